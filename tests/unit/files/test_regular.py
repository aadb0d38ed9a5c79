"""Only regular files are read: what else lies at a file's place is said at once, and never waited for."""

import errno
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tasks.files import regular
from tasks.text.errors import disk_words


def _socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # an address has at most 108 bytes
    try:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path.name)
    finally:
        os.chdir(here)


PUT: dict[str, Callable[[Path], None]] = {
    "folder": Path.mkdir,
    "pipe": os.mkfifo,
    "socket": _socket,
    "device": lambda path: path.symlink_to("/dev/zero"),
    "circle": lambda path: path.symlink_to(path.name),
    "nowhere": lambda path: path.symlink_to("not there"),
}
SAYS = {
    "folder": "is a folder, and a file belongs there",
    "pipe": "is a pipe, a socket or a device",
    "socket": "is a pipe, a socket or a device",
    "device": "is a pipe, a socket or a device",
    "circle": "is a symbolic link that leads nowhere",
    "nowhere": "is a symbolic link that leads nowhere",
}


@pytest.mark.parametrize("kind", PUT)
def test_what_is_no_file_is_never_taken_for_one_that_is_missing(tmp_path: Path, kind: str) -> None:
    """It is there, it cannot be read, and the words for it name what it is."""
    path = tmp_path / "x"
    PUT[kind](path)
    assert regular.there(path)
    with pytest.raises(OSError) as raised:
        regular.read(path)
    assert raised.value.filename == str(path)
    error = regular.unfit(path)
    assert error and SAYS[kind] in disk_words(error)[0]


@pytest.mark.parametrize("kind", ["pipe", "socket", "device"])
def test_nothing_is_written_into_what_is_no_file(tmp_path: Path, kind: str) -> None:
    """Neither to write anew nor to append: a pipe without a reader would be waited for."""
    path = tmp_path / "x"
    PUT[kind](path)
    for opened in (regular.created, regular.extended):
        with pytest.raises(OSError) as raised:
            opened(path)
        assert raised.value.errno == errno.ENXIO


def test_a_file_is_a_file(tmp_path: Path) -> None:
    """Written, appended to and read back, also through a link; what is not there yet may be written."""
    path, link = tmp_path / "x", tmp_path / "link"
    assert regular.unfit(path) is None and not regular.there(path)
    with regular.created(path) as stream:
        stream.write(b"1")
    with regular.extended(path) as more:
        more.write(b"2")
    link.symlink_to("x")
    assert regular.read(link) == b"12" and regular.unfit(link) is None
    with pytest.raises(FileNotFoundError):
        regular.read(tmp_path / "none")


def test_a_folder_is_a_folder(tmp_path: Path) -> None:
    """A file at a folder's place is said once, by the folder; what would lie in it is not blamed as well."""
    (tmp_path / "x").write_bytes(b"")
    assert regular.unfit(tmp_path, is_folder=True) is None
    error = regular.unfit(tmp_path / "x", is_folder=True)
    assert error and "where a folder belongs" in disk_words(error)[0]
    assert regular.unfit(tmp_path / "x" / "y") is None
    assert regular.there(tmp_path / "x" / "y"), "whether anything lies there, nobody knows"


def test_a_file_that_another_command_just_made_is_no_broken_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two commands that take one lock for the first time both get to it: neither calls the other's file a link."""
    looks, stat = iter((True,)), Path.stat

    def look(self: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        if next(looks, False):
            self.write_bytes(b"")
            raise FileNotFoundError(errno.ENOENT, "not there yet", str(self))
        return stat(self, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(Path, "stat", look)
    assert regular.unfit(tmp_path / "a.lock") is None
