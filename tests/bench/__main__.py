"""`make bench`: measures and prints every figure; `--quick` with less data, `--write` also into docs/benchmarks.md."""

import argparse
import shutil
import tempfile
from pathlib import Path

from tests.bench import cluster, costing, fetching, looking, studio, validating, whole
from tests.bench.measure import ROOT
from tests.bench.table import table

DOCUMENT = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- figures: begin -->\n", "<!-- figures: end -->\n"
PARTS = (
    "fetch",
    "memory",
    "limited",
    "jpeg",
    "whole",
    "many",
    "requests",
    "idle",
    "validate",
    "looking",
    "sizes",
    "cost",
    "cluster",
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the data, one round: does it all run?")
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    parser.add_argument("--only", choices=PARTS, action="append", help="some of the figures")
    parser.add_argument("--folder", type=Path, help="where to work (default: the temporary folder); needs 12 GB")
    options = parser.parse_args()
    if options.write and (options.only or options.quick):
        parser.error("--write wants all figures at full size")
    folder = Path(tempfile.mkdtemp(prefix="kamishibai-bench-", dir=options.folder))
    count, times = (50, 1) if options.quick else (500, 5)
    many, sizes = ((1, 10), (100, 1000)) if options.quick else ((1, 10, 100), (100, 1000, 10000))
    parts = {
        "fetch": lambda: fetching.fetch(folder, count, times),
        "memory": lambda: fetching.twice_as_many(folder, count),
        "limited": lambda: fetching.limited(folder, count, times),
        "jpeg": lambda: fetching.jpeg(folder, count, times),
        "whole": lambda: whole.commands(folder / "whole", count, times),
        "many": lambda: whole.many(folder / "many", 10 * count),
        "requests": lambda: studio.request_file(folder / "requests", 20 * count, times),
        "idle": lambda: [
            *studio.nothing_to_do(folder / "idle", 1, times, most=1.7),
            *studio.nothing_to_do(folder / "idle", count // 5, times, most=1.8),
            *studio.nothing_to_do(folder / "idle", 2 * count, times, most=4),
        ],
        "looking": lambda: looking.commands(folder / "looking", many, times),
        "sizes": lambda: looking.by_size(folder / "sizes", sizes, times),
        "cost": lambda: costing.kept_pictures(folder / "cost", 12 if options.quick else 40),
        "cluster": lambda: cluster.workers(folder / "cluster", 2 * count, min(times, 3)),
        "validate": lambda: validating.validate(folder / "validate", 2 * count, times),
    }
    try:
        figures = [figure for name in PARTS if name in (options.only or PARTS) for figure in parts[name]()]
    finally:
        shutil.rmtree(folder)
    text = table(figures, times)
    print(text)
    if options.write:
        _write(text)


def _write(text: str) -> None:
    before, _, rest = DOCUMENT.read_text().partition(BEGIN)
    DOCUMENT.write_text(before + BEGIN + text + END + rest.partition(END)[2])


if __name__ == "__main__":
    main()
