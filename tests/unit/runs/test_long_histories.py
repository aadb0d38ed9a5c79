"""Runs of tens of thousands of requests: what is asked once per request is looked up, not searched for."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tasks.pictures.store import Store
from tasks.project.run_paths import RunPaths
from tasks.providers.answer import Status
from tasks.runs.answers import earlier
from tasks.runs.manifest import Manifest, State
from tasks.runs.results import Result
from tasks.runs.run import Run
from tests.support import facts

COUNT = 50


class Watched(list[Any]):
    """A list that counts how often it was read from end to end."""

    reads = 0

    def __iter__(self) -> Iterator[Any]:
        self.reads += 1
        return super().__iter__()

    def __reversed__(self) -> Iterator[Any]:
        self.reads += 1
        return super().__reversed__()


def _work(folder: Path, history: list[Any]) -> Run:
    manifest = Manifest("CH01-001", (facts.submission(state=State.SUBMITTED),))
    return Run(RunPaths(folder / "CH01-001"), None, None, [], manifest, history, Store(folder))  # type: ignore[arg-type]


def _line(number: int, **more: object) -> Result:
    return facts.line(f"{number}", **{"key": f"k{number}", "image": None} | more)


def test_history_is_read_once_for_all_requests_of_a_job(tmp_path: Path) -> None:
    """Whether an earlier command brought a picture home is asked for every request, and the lines are read once."""
    history = Watched(_line(number) for number in range(COUNT))
    work, submission = _work(tmp_path, history), facts.submission()
    items = [facts.submission(number).requests[0] for number in range(1, COUNT)]
    found = [earlier(work, submission, item) for item in items]
    assert found == [None] * (COUNT - 1) and history.reads == 1


def test_what_came_is_known_after_a_line_is_added(tmp_path: Path) -> None:
    """The look-up sees new lines, and of two lines for one request the first, as the file says them."""
    (tmp_path / "CH01-001").mkdir()
    work = _work(tmp_path, [_line(1, note="first"), _line(1, note="second")])
    assert work.lines.pictures["s001", "k1"].note == "first" and ("s001", "k2") not in work.lines.pictures
    work.add([_line(2), _line(3, status=Status.ERROR)])
    assert ("s001", "k2") in work.lines.pictures and ("s001", "k3") not in work.lines.pictures


def test_keys_in_flight_are_gathered_once() -> None:
    """A gallery asks for every card whether its request is on its way; a changed manifest answers anew."""
    manifest = Manifest("CH01-001", (facts.submission(state=State.SUBMITTED),))
    assert manifest.in_flight() is manifest.in_flight()
    assert manifest.with_(facts.submission(state=State.COLLECTED)).in_flight() == frozenset()
