"""Durable files: a reader sees the old bytes or the new ones, never a mixture, also after a power cut."""

import contextlib
import ctypes
import errno
import fcntl
import filecmp
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

PART = ".part"
_T = TypeVar("_T")


def write(path: Path, data: bytes) -> None:
    """Put `data` at `path` durably: temporary file beside it, fsync, rename, fsync of the folder.

    Raises OSError when the disk refuses; then `path` is as it was.
    """
    make_folder(path.parent)
    part = path.with_name(f".{path.name}{PART}")
    try:
        with part.open("wb") as stream:
            stream.write(data)
            stream.flush()
            _flush(stream.fileno())
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def make_folder(folder: Path) -> None:
    """Make `folder` and those above it where they are missing. A new one is durable: a file is lost with its folder."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)


def write_if_new(path: Path, data: bytes) -> bool:
    """Like `write`, but a file that already holds `data` keeps its time stamp. Says whether it wrote."""
    with contextlib.suppress(FileNotFoundError):
        if path.read_bytes() == data:
            return False
    write(path, data)
    return True


def place_if_new(part: Path, path: Path) -> bool:
    """Like `write_if_new` for a file that was written as `part`, in the same folder, and may be large.

    `part` is gone afterwards. Says whether `path` changed.
    """
    if path.is_file() and filecmp.cmp(part, path, shallow=False):
        part.unlink()
        return False
    with part.open("rb") as stream:
        os.fsync(stream.fileno())
    part.replace(path)
    sync_folder(path.parent)
    return True


def sync_folder(folder: Path) -> None:
    """Make renames inside `folder` durable."""
    _on_open(folder, _flush)


def sync_group(paths: Iterable[Path]) -> None:
    """Make the contents of many closed files durable with as few flushes as the system offers.

    Linux flushes their file system once (syncfs, one flush for any number of files: measured against fsync of
    each in docs/benchmarks.md). Elsewhere every file is handed to the disk by itself; macOS then empties the disk's own
    cache once.
    """
    paths = list(paths)
    one_each = _one_per_filesystem(paths)
    if _syncfs and all(_on_open(path, _sync_filesystem) for path in one_each):
        return
    for path in paths:
        _on_open(path, os.fsync)
    for path in one_each if _FULL is not None else ():
        _on_open(path, _flush)


def _on_open(path: Path, flush: Callable[[int], _T]) -> _T:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return flush(descriptor)
    finally:
        os.close(descriptor)


def _flush(descriptor: int) -> None:
    """Down to the medium. On macOS fsync stops at the disk's own cache, which a power cut empties (man 2 fsync)."""
    if _FULL is not None:
        with contextlib.suppress(OSError):  # network file systems do not offer it
            fcntl.fcntl(descriptor, _FULL)
            return
    os.fsync(descriptor)


def _sync_filesystem(descriptor: int) -> bool:
    """Whether everything on that file system is durable now; False where a sandbox or file system does not offer it.

    Raises OSError when the disk refused something. A fsync of one of the files afterwards would not tell of the others.
    """
    if _syncfs(descriptor) == 0:
        return True
    number = ctypes.get_errno()
    if number in (errno.ENOSYS, errno.EPERM, errno.EINVAL, errno.ENOTSUP):
        return False
    raise OSError(number, os.strerror(number))


def _one_per_filesystem(paths: Iterable[Path]) -> list[Path]:
    return list({path.stat().st_dev: path for path in paths}.values())


_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
_syncfs: Any = getattr(_libc, "syncfs", None)
_FULL: int | None = getattr(fcntl, "F_FULLFSYNC", None)
