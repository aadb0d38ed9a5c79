"""Locks: held until let go, and a disk that has none is said before anything is sent."""

import errno
import fcntl
import os
from pathlib import Path

import pytest
from filelock import Timeout

from tasks.files import locks, system
from tasks.text.errors import Stop


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL])
def test_a_disk_without_locks_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Exit status 1 with the path and the reason; no lock of another kind, which would outlive its process."""

    def refuse(*_: object) -> None:
        raise OSError(number, "refused")

    monkeypatch.setattr(fcntl, "flock", refuse)
    for taken in (lambda path: locks.take(path, "CH01-001"), lambda path: locks.held(path).__enter__()):
        with pytest.raises(Stop, match=r"x\.lock: this disk has no locks") as stop:
            taken(tmp_path / "locks" / "x.lock")
        assert stop.value.exit_code == 1


def test_any_other_refusal_names_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """flock by itself says no path."""

    def refuse(*_: object) -> None:
        raise OSError(errno.EIO, "refused")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(OSError) as error, locks.held(tmp_path / "x.lock"):
        pass
    assert error.value.filename == str(tmp_path / "x.lock")


def test_a_held_lock_is_waited_for_and_let_go(tmp_path: Path) -> None:
    """A second holder gets Timeout meanwhile, and the lock afterwards."""
    with locks.held(tmp_path / "x.lock"), pytest.raises(Timeout), locks.held(tmp_path / "x.lock", 0):
        pass
    with locks.held(tmp_path / "x.lock", 0):
        pass


def test_a_holder_of_this_machine_may_be_stopped(tmp_path: Path) -> None:
    """Who comes second reads the process that has it, and the command that stops it."""
    lock = locks.take(tmp_path / "x.lock", "CH01-001")
    with pytest.raises(Stop, match=f"process {os.getpid()} ") as stop:
        locks.take(tmp_path / "x.lock", "CH01-001")
    assert f"kill {os.getpid()}" in stop.value.do
    lock.release()


def test_nobody_is_told_to_kill_a_process_of_another_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a shared disk the number of a process may be anybody's here: the other machine is named, and no number."""
    monkeypatch.setenv(system.MACHINE, "studio-b")
    lock = locks.take(tmp_path / "x.lock", "CH01-001")
    monkeypatch.setenv(system.MACHINE, "studio-a")
    with pytest.raises(Stop, match=f"process {os.getpid()} on studio-b ") as stop:
        locks.take(tmp_path / "x.lock", "CH01-001")
    assert "kill" not in stop.value.do and "stop it on studio-b" in stop.value.do
    lock.release()


def test_a_pipe_is_no_lock(tmp_path: Path) -> None:
    """What lies at the lock's place and is no file is said."""
    (tmp_path / "x.lock").mkdir()
    with pytest.raises(IsADirectoryError), locks.held(tmp_path / "x.lock"):
        pass
