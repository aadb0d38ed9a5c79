"""Play all scenarios with the base's code and with the working tree's, and say where they differ."""

import argparse
import queue
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from . import checkout, judge, snapshot
from .checkout import BASE, ROOT
from .judge import Difference, Record
from .person import Person
from .provider import Provider, free_port
from .scenario import Scenario
from .scenarios import ALL
from .stage import Stage
from .steps import Doit, Play, Serve

KEPT = ROOT / ".guard"
"""Snapshots by base commit and builder; git ignores it."""
OLD, NEW = "old", "new"


@dataclass(frozen=True)
class Codes:
    """Folders of both codes, whose paths are equally long."""

    old: Path
    new: Path

    @property
    def folders(self) -> tuple[str, ...]:
        return str(self.old), str(self.new)


@dataclass
class Tally:
    """What came of the scenarios so far."""

    played: int = 0
    files: int = 0
    differing: list[str] = field(default_factory=list)


class Theatre:
    """One worker's stage over its own snapshot."""

    def __init__(self, folder: Path, codes: Codes, snapshot: Path) -> None:
        self._stage, self._codes = Stage(folder, snapshot), codes

    def compare(self, scenario: Scenario) -> tuple[list[Difference], int]:
        """How the halves differ, and how many files were compared; what differs once is played once more."""
        for _ in range(2):
            old, new = self._half(scenario, OLD), self._half(scenario, NEW)
            found = judge.differences(old, new, self._codes.folders, scenario.loose)
            if not found:
                break
        return found, old.files

    def _half(self, scenario: Scenario, half: str) -> Record:
        self._stage.put_back()
        new = self._codes.new if half == NEW else self._codes.old
        code = new if scenario.own_provider else self._codes.old
        with Provider(code, self._stage.state, free_port()) as running:
            people = {
                name: Person(code, self._stage.project, running.address)
                for name, code in ((OLD, self._codes.old), (NEW, new))
            }
            play = Play(self._stage, people, running)
            said = [each for step in scenario.steps for each in step.play(play)]
            return judge.taken(play, said)


def main() -> int:
    options = _options()
    wanted = [each for each in ALL if _is_wanted(each, options)]
    began = time.monotonic()
    work = Path(options.keep or tempfile.mkdtemp(prefix="guard-")).resolve()
    try:
        codes = _codes(work, options)
        taken = _snapshot(codes.old, KEPT / snapshot.key(checkout.resolved(options.base)))
        tally = _play(wanted, codes, work, taken, options.jobs)
    finally:
        if not options.keep:
            shutil.rmtree(work, ignore_errors=True)
    verdict = f"{len(tally.differing)} differ: {', '.join(tally.differing)}" if tally.differing else "equal"
    print(f"{tally.played} scenarios, {tally.files} files compared, {verdict} ({time.monotonic() - began:.0f} s)")
    return 1 if tally.differing else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.guard", description=__doc__)
    add = parser.add_argument
    add("--base", default=BASE, metavar="COMMIT", help="the code that is right (the last commit before the walls)")
    add("--new", type=Path, default=ROOT, metavar="DIR", help="the working tree that is looked at (this one)")
    add("--only", nargs="+", default=[], metavar="WORD", help="scenarios with one of these words in name or commands")
    add("--quick", action="store_true", help="a short guard, for after each step")
    add("--keep", metavar="DIR", help="work there and leave everything for a look")
    add("--jobs", type=int, default=2, metavar="N", help="scenarios at a time (2)")
    return parser.parse_args()


def _is_wanted(scenario: Scenario, options: argparse.Namespace) -> bool:
    commands = [step.words for step in scenario.steps if isinstance(step, (Doit, Serve))]
    words = {scenario.name, *" ".join([scenario.name, *commands]).split()}
    return (scenario.quick or not options.quick) and (not options.only or not words.isdisjoint(options.only))


def _codes(work: Path, options: argparse.Namespace) -> Codes:
    old, new = work / "code" / OLD, work / "code" / NEW
    for folder in (old, new):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    return Codes(checkout.of_commit(checkout.resolved(options.base), old), checkout.of_tree(options.new, new))


def _play(wanted: Sequence[Scenario], codes: Codes, work: Path, taken: Path, jobs: int) -> Tally:
    left, tally, lock = queue.SimpleQueue[Scenario](), Tally(), threading.Lock()
    for scenario in wanted:
        left.put(scenario)

    def worker(number: int) -> None:
        theatre = Theatre(work / f"stage{number}", codes, taken)
        while not left.empty():
            scenario = left.get_nowait()
            began = time.monotonic()
            try:
                found, files = theatre.compare(scenario)
            except Exception as error:
                found, files = [Difference("the guard itself", repr(error))], 0
            with lock:
                _tell(scenario, found, time.monotonic() - began)
                tally.played += 1
                tally.files += files
                tally.differing += [scenario.name] if found else []

    threads = [threading.Thread(target=worker, args=(number,)) for number in range(1, jobs + 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return tally


def _snapshot(code: Path, folder: Path) -> Path:
    if not snapshot.is_kept(folder):
        print(f"making the snapshot {folder.name} (once) ...", flush=True)
        snapshot.make(code, folder)
    return folder


def _tell(scenario: Scenario, found: Sequence[Difference], seconds: float) -> None:
    print(f"{'DIFFERS' if found else 'equal':8s}{seconds:5.1f} s  {scenario.name}", flush=True)
    for each in found:
        print(f"--- {each.where}\n{each.diff}\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
