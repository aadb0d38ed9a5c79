"""Where scenarios are played twice: once with the base's code, once with the new one, over the same snapshot."""

import queue
import shutil
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from . import checkout, judge
from .forking import Forge
from .judge import Difference, Record
from .person import Person
from .provider import Provider, free_port
from .scenario import Scenario
from .stage import Stage
from .steps import Play

OLD, NEW = "old", "new"


@dataclass(frozen=True)
class Codes:
    """Folders of both codes, whose paths are equally long, and the processes that run their commands."""

    old: Path
    new: Path
    forges: Mapping[Path, Forge]

    @property
    def folders(self) -> tuple[str, ...]:
        return str(self.old), str(self.new)


def old_code(work: Path, commit: str) -> tuple[Path, Forge]:
    """The code of a commit, ready to run."""
    folder = _empty(work / "code" / OLD)
    checkout.of_commit(commit, folder)
    return folder, Forge(folder)


def with_new(work: Path, old: tuple[Path, Forge], tree: Path, change: Callable[[Path], object] = bool) -> Codes:
    """Both codes, the new one copied from a working tree and changed."""
    folder = _empty(work / "code" / NEW)
    checkout.of_tree(tree, folder)
    change(folder)
    return Codes(old[0], folder, {old[0]: old[1], folder: Forge(folder)})


def _empty(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


class Theatre:
    """One worker's stage over a snapshot."""

    def __init__(self, folder: Path, codes: Codes, snapshot: Path) -> None:
        self._stage, self._codes = Stage(folder, snapshot), codes

    def compare(self, scenario: Scenario, patience: int = 2) -> tuple[list[Difference], int]:
        """How the halves differ, and how many files were compared. What differs is played again, `patience` times in
        all."""
        for _ in range(patience):
            old, new = self._half(scenario, self._codes.old), self._half(scenario, self._codes.new)
            found = judge.differences(old, new, self._codes.folders, scenario)
            if not found:
                break
        return found, old.files

    def _half(self, scenario: Scenario, new: Path) -> Record:
        self._stage.put_back()
        code = new if scenario.own_provider else self._codes.old
        with Provider(code, self._stage.state, free_port()) as running:
            people = {
                name: Person(code, self._stage.project, running.address, self._codes.forges[code])
                for name, code in ((OLD, self._codes.old), (NEW, new))
            }
            play = Play(self._stage, people, running)
            said = [each for step in scenario.steps for each in step.play(play)]
            return judge.taken(play, said)


@dataclass
class Tally:
    """What came of the scenarios so far."""

    played: int = 0
    files: int = 0
    differing: list[str] = field(default_factory=list)


def play(wanted: Sequence[Scenario], codes: Codes, work: Path, snapshot: Path, jobs: int) -> Tally:
    """Play all of them, `jobs` at a time, and tell of each at once."""
    left, tally, lock = queue.SimpleQueue[Scenario](), Tally(), threading.Lock()
    for scenario in wanted:
        left.put(scenario)

    def worker(number: int) -> None:
        theatre = Theatre(work / f"stage{number}", codes, snapshot)
        while (scenario := _next(left)) is not None:
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

    threads = [threading.Thread(target=worker, args=(number,), daemon=True) for number in range(1, jobs + 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return tally


def _next(left: "queue.SimpleQueue[Scenario]") -> Scenario | None:
    try:
        return left.get_nowait()
    except queue.Empty:
        return None


def _tell(scenario: Scenario, found: Sequence[Difference], seconds: float) -> None:
    print(f"{'DIFFERS' if found else 'equal':8s}{seconds:6.1f} s  {scenario.name}", flush=True)
    for each in found:
        print(f"--- {each.where}\n{each.diff}\n", flush=True)
