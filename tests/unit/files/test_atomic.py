"""Durable files: old bytes or new ones, never a mixture, and no traces."""

import contextlib
import ctypes
import io
import os
import stat
from pathlib import Path

import pytest

from tasks.files import atomic, regular, system


def test_a_write_leaves_nothing_else(tmp_path: Path) -> None:
    """The folder is made, the file holds the bytes, no temporary file stays."""
    atomic.write(tmp_path / "a" / "b.json", b"one")
    atomic.write(tmp_path / "a" / "b.json", b"two")
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b.json"]
    assert (tmp_path / "a" / "b.json").read_bytes() == b"two"


def test_the_same_bytes_keep_the_time_stamp(tmp_path: Path) -> None:
    """Writing what is there already changes nothing and says so."""
    path = tmp_path / "x"
    assert atomic.write_if_new(path, b"1") is True
    before = path.stat().st_mtime_ns
    assert atomic.write_if_new(path, b"1") is False
    assert path.stat().st_mtime_ns == before
    assert atomic.write_if_new(path, b"2") is True


def test_a_file_of_another_size_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of ten megabytes that grew is written without holding the old one in memory beside it."""
    path = tmp_path / "x"
    path.write_bytes(b"old")
    read = list[int]()
    real = regular.opened

    class Counted(io.BufferedReader):
        def read(self, size: int | None = -1, /) -> bytes:
            read.append(1)
            return super().read(size)

    monkeypatch.setattr(regular, "opened", lambda path: Counted(real(path).detach()))
    assert atomic.write_if_new(path, b"newer") is True
    assert not read
    assert atomic.write_if_new(path, b"newer") is False
    assert read


def test_a_failed_write_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk refuses, the earlier content stays as it was."""
    path = tmp_path / "x"
    atomic.write(path, b"old")

    def refuse(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic.os, "fsync", refuse)
    with pytest.raises(OSError, match="No space"):
        atomic.write(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_groups_are_synced_with_and_without_syncfs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A group of files is flushed by one call where the system has it, file by file elsewhere."""
    paths = [tmp_path / str(number) for number in range(3)]
    for path in paths:
        path.write_bytes(b"x")
    synced: list[int] = []
    monkeypatch.setattr(atomic.os, "fsync", synced.append)
    with atomic.GroupSync(tmp_path) as disk:
        disk.sync(paths)
    assert len(synced) == (0 if system.syncfs else 3)
    monkeypatch.setattr(system, "syncfs", None)
    synced.clear()
    with atomic.GroupSync(tmp_path) as disk:
        disk.sync(paths)
    assert len(synced) == 3


@pytest.mark.parametrize(("number", "raised"), [(5, True), (28, True), (38, False), (1, False)])
def test_a_disk_that_fails_is_not_taken_for_one_without_syncfs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, raised: bool
) -> None:
    """A write error is raised, whatever file it struck; where the call is not offered, every file is flushed."""
    paths = [tmp_path / str(name) for name in range(3)]
    for path in paths:
        path.write_bytes(b"x")
    synced: list[int] = []

    def refuse(_: int) -> int:
        ctypes.set_errno(number)
        return -1

    monkeypatch.setattr(system, "syncfs", refuse)
    monkeypatch.setattr(atomic.os, "fsync", synced.append)
    if raised:
        with pytest.raises(OSError) as error, atomic.GroupSync(tmp_path) as disk:
            disk.sync(paths)
        assert error.value.errno == number and not synced
    else:
        with atomic.GroupSync(tmp_path) as disk:
            disk.sync(paths)
        assert len(synced) == 3


@pytest.fixture
def macos(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The calls that would reach the disk on a system with F_FULLFSYNC and without syncfs."""
    calls: list[str] = []
    monkeypatch.setattr(system, "syncfs", None)
    monkeypatch.setattr(system, "FULL_SYNC", 51)
    monkeypatch.setattr(atomic.os, "fsync", lambda _: calls.append("fsync"))
    monkeypatch.setattr(system.fcntl, "fcntl", lambda _, command: calls.append(f"fcntl {command}"))
    return calls


def test_macos_flushes_the_disk_as_well(tmp_path: Path, macos: list[str]) -> None:
    """There fsync stops at the disk's cache: file and folder are flushed by F_FULLFSYNC."""
    atomic.write(tmp_path / "x", b"1")
    assert macos == ["fcntl 51", "fcntl 51"]


def test_macos_flushes_the_disk_once_for_a_group(tmp_path: Path, macos: list[str]) -> None:
    """Every file is handed to the disk, and then the disk's cache is emptied, once."""
    paths = [tmp_path / str(number) for number in range(3)]
    for path in paths:
        path.write_bytes(b"x")
    with atomic.GroupSync(tmp_path) as disk:
        disk.sync(paths)
    assert macos == ["fsync"] * 3 + ["fcntl 51"]


def test_where_the_disk_cannot_be_flushed_fsync_must_do(
    tmp_path: Path, macos: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A network file system that refuses F_FULLFSYNC still gets fsync."""

    def refuse(*_: object) -> None:
        raise OSError(45, "Operation not supported")

    monkeypatch.setattr(system.fcntl, "fcntl", refuse)
    atomic.write(tmp_path / "x", b"1")
    assert macos == ["fsync", "fsync"]


def test_a_new_folder_is_flushed_into_the_one_above(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each new folder's entry is made durable; nothing is flushed where all folders are there."""
    flushed: list[Path] = []
    monkeypatch.setattr(atomic, "sync_folder", flushed.append)
    atomic.make_folder(tmp_path / "a" / "b")
    atomic.make_folder(tmp_path / "a" / "b")
    assert flushed == [tmp_path, tmp_path / "a"]


@pytest.mark.parametrize(("number", "raised"), [(22, False), (95, False), (9, False), (5, True), (28, True)])
def test_a_disk_without_a_flush_for_folders_works_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, raised: bool
) -> None:
    """EINVAL and its kin for a folder are passed over; a real failure, and any for a file, are not."""

    def refuse(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(number, "refused")

    monkeypatch.setattr(atomic.os, "fsync", refuse)
    monkeypatch.setattr(system, "syncfs", None)
    with pytest.raises(OSError) if raised else contextlib.nullcontext():
        atomic.write(tmp_path / "a" / "x", b"1")
    with pytest.raises(OSError) if raised else contextlib.nullcontext(), atomic.GroupSync(tmp_path) as disk:
        disk.sync([tmp_path])


def test_an_error_names_the_file_that_was_to_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the temporary one beside it, and not nothing, as a flush does."""
    (tmp_path / "x").mkdir()
    with pytest.raises(OSError) as error:
        atomic.write(tmp_path / "x", b"1")
    assert (error.value.filename, error.value.filename2) == (str(tmp_path / "x"), None)

    def refuse(_: int) -> None:
        raise OSError(22, "refused")

    monkeypatch.setattr(atomic.os, "fsync", refuse)
    with pytest.raises(OSError) as error:
        atomic.write(tmp_path / "y", b"1")
    assert error.value.filename == str(tmp_path / "y")


def test_the_file_system_is_watched_from_before_the_first_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """syncfs tells of failures since its descriptor was opened: one descriptor, from the beginning, for all groups."""
    opened: list[int] = []
    monkeypatch.setattr(system, "syncfs", lambda descriptor: opened.append(descriptor) or 0)
    with atomic.GroupSync(tmp_path) as disk:
        before = list(disk._open.values())
        for number in range(2):
            (tmp_path / str(number)).write_bytes(b"x")
            disk.sync([tmp_path / str(number)])
        assert opened == before * 2 and len(before) == 1
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(before[0])
