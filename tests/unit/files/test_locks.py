"""Locks: held until let go, and a disk that has none is said before anything is sent."""

import errno
import fcntl
from pathlib import Path

import pytest
from filelock import Timeout

from tasks.files import locks
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


def test_a_pipe_is_no_lock(tmp_path: Path) -> None:
    """What lies at the lock's place and is no file is said."""
    (tmp_path / "x.lock").mkdir()
    with pytest.raises(IsADirectoryError), locks.held(tmp_path / "x.lock"):
        pass
