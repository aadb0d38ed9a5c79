"""What one command has to say: once to the person, and at once to the inbox."""

from pathlib import Path

import pytest

from tasks.files import locks
from tasks.inbox import events, inbox
from tasks.inbox.events import STUCK, Event
from tasks.pictures.store import Store
from tasks.project.paths import Paths
from tasks.project.run_paths import RunPaths
from tasks.project.settings import Settings
from tasks.runs.found_pictures import FoundPictures
from tasks.runs.manifest import Manifest
from tasks.runs.run import Run
from tasks.session.log import Log

NOTED = Event(STUCK, "CH01-001", "batches/j1 has been running for 30 h", "doit visual")


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths(tmp_path)


def test_what_is_told_stands_in_the_list_that_a_person_reads(paths: Paths) -> None:
    """pm_inbox.md has it when the command has ended, and no other command needs to come first."""
    log = Log(paths)
    log.note(NOTED)
    log.tell_inbox()
    assert f"key={NOTED.id}" in inbox.path(paths).read_text()


def test_what_was_told_in_a_long_wait_keeps_nobody_waiting_at_the_end(
    paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is on record: a command with nothing new ends well while another one writes into the inbox."""
    monkeypatch.setattr(events, "LOCK_SECONDS", 0.1)
    log = Log(paths)
    log.note(NOTED)
    log.tell_inbox()
    with locks.held(paths.lock("inbox")):
        log.tell_inbox()
    assert [entry.event.id for entry in events.read(paths)] == [NOTED.id]


def test_what_is_over_is_ticked(paths: Paths) -> None:
    """Also by another command than the one that told of it; what is not over stays open."""
    other = Event(STUCK, "CH01-002", "batches/j2 has been running for 30 h", "doit visual")
    before = Log(paths)
    before.note(NOTED)
    before.note(other)
    before.tell_inbox()
    log = Log(paths)
    log.settle(NOTED)
    log.tell_inbox()
    assert {entry.event.id: entry.done for entry in events.read(paths)} == {NOTED.id: True, other.id: False}
    assert f"- [x] {events.read(paths)[0].event.at} key={NOTED.id}" in inbox.path(paths).read_text()


def test_a_command_that_stops_half_way_still_tells_what_it_saw(paths: Paths) -> None:
    """Its own failure goes on to whoever called it."""
    log = Log(paths)
    with pytest.raises(ZeroDivisionError), log.heard():
        log.note(NOTED)
        raise ZeroDivisionError
    assert [entry.event.id for entry in events.read(paths)] == [NOTED.id]


def test_the_same_trouble_is_said_once(paths: Paths) -> None:
    """Met twice by one command it is one line at its end and one entry; another one beside it is a second."""
    log = Log(paths)
    for name in ("0001", "0001", "0002"):
        log.trouble("CH01-001", "{name} cannot be read", "look into it", name=name)
    log.tell_inbox()
    assert [trouble.what for trouble in log.troubles] == ["0001 cannot be read", "0002 cannot be read"]
    assert [entry.event.text for entry in events.read(paths)] == ["0001 cannot be read", "0002 cannot be read"]


def test_what_the_files_of_a_run_settle_is_ticked(paths: Paths, tmp_path: Path) -> None:
    """Whatever command told of it; what is said of another run stays, and so does what this command told itself."""
    other = Event(STUCK, "CH01-002", "batches/j2 has been running for 30 h", "doit visual")
    own = Event(STUCK, "CH01-001", "batches/j3 has been running for 30 h", "doit visual", "batches/j3")
    before = Log(paths)
    before.note(NOTED)
    before.note(other)
    before.tell_inbox()
    log = Log(paths)
    log.note(own)
    place, store = RunPaths(tmp_path / "CH01-001"), Store(tmp_path / ".store")
    run = Run(place, None, Settings(), [], Manifest("CH01-001", ()), [], store)  # type: ignore[arg-type]
    run.__dict__["_found"] = FoundPictures(0, tuple)
    log.close_settled([run])
    log.tell_inbox()
    done = {entry.event.id: entry.done for entry in events.read(paths)}
    assert done == {NOTED.id: True, other.id: False, own.id: False}
