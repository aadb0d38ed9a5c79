"""Play all scenarios with the base's code and with the working tree's, and say where they differ.

Exit status 0: equal; 1: something differs, or with --self-test: a breakage was not noticed.
"""

import argparse
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from . import checkout, snapshot, theatre
from .breakages import BREAKAGES, Breakage, broken
from .checkout import BASE, ROOT
from .forking import Forge
from .scenario import Scenario
from .scenarios import ALL
from .steps import Doit, Serve

KEPT = ROOT / ".guard"
"""Snapshots by base commit and builder; git ignores it."""
MOST_KEPT = 3


def main() -> int:
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    options = _options()
    began = time.monotonic()
    work = Path(options.keep or tempfile.mkdtemp(prefix="guard-")).resolve()
    try:
        base = checkout.resolved(options.base)
        old = theatre.old_code(work, base)
        taken = _snapshot(old, base)
        right = _self_test(work, old, taken, options) if options.self_test else _guard(work, old, taken, options)
    finally:
        if not options.keep:
            shutil.rmtree(work, ignore_errors=True)
    print(f"{time.monotonic() - began:.0f} s")
    return 0 if right else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.guard", description=__doc__)
    add = parser.add_argument
    add("--base", default=BASE, metavar="COMMIT", help="the code that is right (what is committed)")
    add("--new", type=Path, default=ROOT, metavar="DIR", help="the working tree that is looked at (this one)")
    add("--only", nargs="+", default=[], metavar="WORD", help="scenarios of that name, or with that word in a command")
    add("--quick", action="store_true", help="a short guard, for after each step")
    add("--self-test", action="store_true", help="break a copy of the new code in several ways; each must be noticed")
    add("--keep", metavar="DIR", help="work there and leave everything for a look")
    add("--jobs", type=int, default=2, metavar="N", help="scenarios at a time (2)")
    return parser.parse_args()


def _snapshot(old: tuple[Path, Forge], base: str) -> Path:
    """The kept snapshot, or a new one; the oldest of too many are removed."""
    folder = KEPT / snapshot.key(base)
    if not snapshot.is_kept(folder):
        print(f"making the snapshot {folder.name} (once) ...", flush=True)
        snapshot.make(*old, folder)
        kept = sorted(KEPT.iterdir(), key=lambda path: path.stat().st_mtime)
        for each in kept[:-MOST_KEPT]:
            shutil.rmtree(each)
    return folder


def _guard(work: Path, old: tuple[Path, Forge], taken: Path, options: argparse.Namespace) -> bool:
    codes = theatre.with_new(work, old, options.new)
    tally = theatre.play([each for each in ALL if _is_wanted(each, options)], codes, work, taken, options.jobs)
    verdict = f"{len(tally.differing)} differ: {', '.join(tally.differing)}" if tally.differing else "equal"
    print(f"{tally.played} scenarios, {tally.files} files compared, {verdict}")
    return not tally.differing


def _is_wanted(scenario: Scenario, options: argparse.Namespace) -> bool:
    commands = [step.words for step in scenario.steps if isinstance(step, (Doit, Serve))]
    words = {scenario.name, *" ".join([scenario.name, *commands]).split()}
    return (scenario.quick or not options.quick) and (not options.only or not words.isdisjoint(options.only))


def _self_test(work: Path, old: tuple[Path, Forge], taken: Path, options: argparse.Namespace) -> bool:
    """Whether every breakage is noticed."""
    noticed = [_is_noticed(each, work, old, taken, options.new) for each in BREAKAGES]
    return all(noticed)


def _is_noticed(breakage: Breakage, work: Path, old: tuple[Path, Forge], taken: Path, tree: Path) -> bool:
    changed: list[int] = []
    codes = theatre.with_new(work, old, tree, lambda folder: changed.append(broken(folder, breakage)))
    stage = theatre.Theatre(work / "stage1", codes, taken)
    scenarios: Sequence[Scenario] = [each for each in ALL if each.name in breakage.scenarios]
    found = [each for scenario in scenarios for each in stage.compare(scenario, patience=1)[0]] if changed[0] else []
    first = found[0].where if found else "its pattern finds nothing in this code" if not changed[0] else "no difference"
    print(f"{'noticed' if found else 'MISSED':8s} {breakage.what}: {first}", flush=True)
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
