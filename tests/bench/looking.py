"""Figures by size: the commands that look, the contact sheet, the request file."""

import shutil
import sys
from pathlib import Path

from tests.bench import studio
from tests.bench.measure import Sample, process, rounds, way
from tests.bench.table import Figure

PLAIN = (
    "import csv, sys; from pathlib import Path\n"
    "rows = [row for path in sorted(Path(sys.argv[1]).glob('*/usage.csv')) for row in csv.DictReader(path.open())]\n"
    "print(len(rows), sum(float(row['cost_usd']) for row in rows))\n"
)


def commands(folder: Path, runs: tuple[int, ...], times: int) -> list[Figure]:
    """report, status and plan over that many runs of 100 pictures; report against the csv module on the same rows."""
    studio.project(folder, studio.PICTURES)
    studio.visual(folder)
    figures = []
    for count in runs:
        studio.multiply(folder, count)
        studio.visual(folder)  # a workspace that commands have worked on: the index knows what is finished
        seen = rounds(
            times,
            {"plain": lambda: _plain(folder)} | {name: lambda name=name: _look(folder, name) for name in LOOKS},
        )
        figures += [_figure(name, count, seen.seconds(name), seen.mib(name)) for name in LOOKS]
        what = f"report of {count * studio.PICTURES} rows / csv module reading them"
        figures.append(Figure(what, seen.ratio("report", "plain"), "x"))
    shutil.rmtree(folder)
    return figures


LOOKS = ("report", "report again", "status", "plan")


def _look(folder: Path, name: str) -> Sample:
    """One look. "report" adds everything up, as where something is new; "report again" has nothing new to add."""
    if name == "report":
        (folder / "workspaces" / ".report.json").unlink(missing_ok=True)
    return studio.doit(folder, name.partition(" ")[0], *([f"CH={studio.CHANNEL}"] if name == "plan" else []))


def _plain(folder: Path) -> Sample:
    return process([sys.executable, "-c", PLAIN, str(studio.runs_of(folder))])


def _figure(name: str, runs: int, seconds: float, mib: float) -> Figure:
    return Figure(
        f"doit {name}, {runs * studio.PICTURES} pictures in {runs} runs", seconds, " s", detail=f"{mib:.0f} MiB"
    )


def by_size(folder: Path, sizes: tuple[int, ...], times: int) -> list[Figure]:
    """Time and memory of one run's request file and contact sheet, for that many pictures in one run."""
    figures = []
    for name, what in (("requests", "request file"), ("sheet", "contact sheet")):
        for size in sizes:
            studio.project(folder, size)
            seen = rounds(times, {name: lambda name=name, size=size: way(name, "", folder, size)})
            shutil.rmtree(folder)
            detail = f"{seen.mib(name):.0f} MiB"
            figures.append(Figure(f"{what} of {size} pictures", seen.seconds(name), " s", detail=detail))
    return figures
