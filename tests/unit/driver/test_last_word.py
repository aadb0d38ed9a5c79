"""What ends a command: whose fault it is, with which exit status, and where nobody listens."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tasks.driver.reporter import as_stop, needs_person
from tasks.text import errors
from tasks.text.errors import BadInput, DiskRefuses
from tests.support.emulator_process import ROOT


@pytest.fixture
def nothing_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other tests of this process may have sent something."""
    monkeypatch.setattr(errors, "_sent", False)


@pytest.mark.usefixtures("nothing_sent")
def test_exit_status_3_only_while_nothing_was_sent() -> None:
    """A file that turns out wrong after something left is status 1, with the same words and one more."""
    stop = BadInput("x.json: is a folder", "move it away")
    assert needs_person(stop).exit_code == 3
    errors.note_sent()
    late = needs_person(stop)
    assert late.exit_code == 1 and str(stop) in late.message and "is on record" in late.message


def test_a_disk_is_no_bug_and_a_bug_is_no_disk() -> None:
    """An error with a path, or of a disk's kind, is a person's; a network's and our own keep their traceback."""
    full = as_stop(OSError(errno.ENOSPC, "No space left on device"))
    assert isinstance(full, DiskRefuses) and str(full).startswith("the disk refuses: the disk is full\n  -> make room")
    gone = as_stop(FileNotFoundError(errno.ENOENT, "No such file", "a/b"))
    assert gone and gone.what.startswith("a/b: is not there") and gone.do.endswith("run the same command again")
    for bug in (ConnectionResetError(errno.ECONNRESET, "reset"), KeyError("x"), None):
        assert as_stop(bug) is None


SAYING = """
import os, sys
sys.path.insert(0, sys.argv[1])
from tasks.driver import streams
streams.endure()
print("月" * 10, "\\udcff", flush=True)
print("again")
lost = streams.unheard()
with open(sys.argv[2], "w") as told:
    print(lost and lost.errno, open(os.devnull).fileno() > 2, file=told)
"""


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("way", ["| true", ">&-", "<&- >&- 2>&-", ">/dev/full", "2>/dev/full", ">/dev/null"])
def test_no_print_fails(tmp_path: Path, way: str, unbuffered: str) -> None:
    """Closed, full, left by its reader, or unable to show a character: the program goes on; a full disk is known."""
    told = tmp_path / "told"
    command = f'"$0" -c "$1" "{ROOT}" "{told}" {way}'
    env = {**os.environ, "PYTHONUNBUFFERED": unbuffered, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(["bash", "-c", command, sys.executable, SAYING], env=env, capture_output=True, text=True)
    full = errno.ENOSPC if way == ">/dev/full" else None
    assert (told.read_text(), done.stderr) == (f"{full} True\n", "")
