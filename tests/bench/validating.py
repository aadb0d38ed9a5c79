"""Figure of `doit validate` on a project of real size, against the json module reading and parsing the same files."""

import sys
from pathlib import Path

from tests.bench.measure import ROOT, Sample, process, rounds
from tests.bench.table import Figure
from tests.support import wild

PLAIN = (
    "import json, sys, yaml; from pathlib import Path\n"
    "for path in Path(sys.argv[1]).rglob('*.json'): json.loads(path.read_text('utf-8'))\n"
    "for path in Path(sys.argv[1]).rglob('*.yaml'): yaml.load(path.read_text('utf-8'), yaml.CSafeLoader)\n"
)


def validate(folder: Path, runs: int, times: int) -> list[Figure]:
    """40 channels with foreign keys, 4 templates and 50 subjects each, and that many runs of 60 prompts."""
    wild.project(folder, runs=runs)
    seen = rounds(times, {"plain": lambda: _plain(folder), "ours": lambda: _validate(folder)})
    detail = f"plain {seen.seconds('plain'):.2f} s, ours {seen.seconds('ours'):.2f} s"
    what = f"validate {runs} runs x 60, 40 channels"
    return [
        Figure(f"{what} / json.loads of the same files", seen.ratio("ours", "plain"), "x", detail=detail),
        Figure(f"{what}: time", seen.seconds("ours"), " s", most=2),
    ]


def _plain(folder: Path) -> Sample:
    return process([sys.executable, "-c", PLAIN, str(folder)])


def _validate(folder: Path) -> Sample:
    return process([sys.executable, "-m", "doit", "-f", str(ROOT / "dodo.py"), "-d", str(folder), "validate"])
