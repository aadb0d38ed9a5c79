"""Durable files: a reader sees the old bytes or the new ones, never a mixture, also after a power cut."""

import contextlib
import ctypes
import errno
import filecmp
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Self

from . import regular, system

PART = ".part"


def write(path: Path, data: bytes) -> None:
    """Put `data` at `path` durably: temporary file beside it, fsync, rename, fsync of the folder.

    Raises OSError with `path` when the disk refuses; then it is as it was.
    """
    make_folder(path.parent)
    part = path.with_name(f".{path.name}{PART}")
    with naming(path):
        try:
            with regular.created(part) as stream:
                stream.write(data)
                stream.flush()
                flush(stream.fileno())
            part.replace(path)
        except OSError:
            with contextlib.suppress(OSError):
                part.unlink()
            raise
        sync_folder(path.parent)


def append(path: Path, data: bytes) -> None:
    """Put `data` at the end of the file at `path`; durable when it returns.

    No rename: a kill may leave the first part of it there. Readers of such files pass over a last line without its end.
    """
    with naming(path), regular.extended(path) as stream:
        stream.write(data)
        stream.flush()
        flush(stream.fileno())


@contextlib.contextmanager
def naming(path: Path) -> Iterator[None]:
    """An OSError from inside says that it was about `path`: a flush or a write by itself names no file."""
    try:
        yield
    except OSError as error:
        error.filename, error.filename2 = str(path), None
        raise


def make_folder(folder: Path) -> None:
    """Make `folder` and those above it where they are missing. A new one is durable: a file is lost with its folder."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)


def write_if_new(path: Path, data: bytes) -> bool:
    """Like `write`, but a file that already holds `data` keeps its time stamp. Says whether it wrote."""
    with contextlib.suppress(FileNotFoundError):
        if _holds(path, data):
            return False
    write(path, data)
    return True


def _holds(path: Path, data: bytes) -> bool:
    """Whether that is what stands in the file; one of another size is not read."""
    with regular.opened(path) as stream:
        return os.fstat(stream.fileno()).st_size == len(data) and stream.read() == data


def place_if_new(part: Path, path: Path) -> bool:
    """Like `write_if_new` for a file that was written as `part`, in the same folder, and may be large.

    `part` is gone afterwards. Says whether `path` changed.
    """
    if path.is_file() and filecmp.cmp(part, path, shallow=False):
        part.unlink()
        return False
    with naming(path):
        with regular.opened(part) as stream:
            flush(stream.fileno())
        part.replace(path)
        sync_folder(path.parent)
    return True


def sync_folder(folder: Path) -> None:
    """Make renames inside `folder` durable."""
    if not system.FOLDERS_OPEN:
        return
    with naming(folder), _opened(folder) as descriptor:
        flush(descriptor)


class GroupSync:
    """Makes many closed files durable with as few flushes as the system offers.

    Linux flushes a file system once (syncfs, one flush for any number of files: measured against fsync of each in
    docs/benchmarks.md), through a descriptor opened here, before anything is written: one that is opened later is not
    told of a failed write that another process heard of first (man 2 syncfs). Files on other file systems than those of
    `folders`, and all files elsewhere, are handed to the disk one by one; macOS then empties the disk's own cache once.
    """

    def __init__(self, *folders: Path) -> None:
        self._open: dict[int, int] = {}
        for folder in folders if system.syncfs else ():
            self._hold(folder)

    def _hold(self, folder: Path) -> None:
        with naming(folder):
            descriptor = os.open(folder, os.O_RDONLY)
            if self._open.setdefault(os.fstat(descriptor).st_dev, descriptor) != descriptor:
                os.close(descriptor)

    def sync(self, paths: Iterable[Path]) -> None:
        """Durable when it returns. Raises OSError when the disk refused something."""
        groups: dict[int, list[Path]] = {}
        for path in paths:
            groups.setdefault(path.stat().st_dev, []).append(path)
        for device, group in groups.items():
            if not self._whole(device, group[0].parent):
                _sync_each(group)

    def _whole(self, device: int, folder: Path) -> bool:
        with naming(folder):
            return device in self._open and _sync_filesystem(self._open[device])

    def close(self) -> None:
        while self._open:
            os.close(self._open.popitem()[1])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _sync_each(paths: Sequence[Path]) -> None:
    if not system.FOLDERS_OPEN:
        paths = [path for path in paths if not path.is_dir()]
    for path in paths:
        with naming(path), _opened(path) as descriptor:
            _fsync(descriptor)
    if system.FULL_SYNC is not None and paths:
        with _opened(paths[0]) as descriptor:
            flush(descriptor)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[int]:
    # Windows flushes nothing that is open to be read only.
    descriptor = os.open(path, os.O_RDONLY if system.FOLDERS_OPEN else os.O_RDWR)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def flush(descriptor: int) -> None:
    """Down to the medium. On macOS fsync stops at the disk's own cache, which a power cut empties (man 2 fsync)."""
    if not system.flush_fully(descriptor):
        _fsync(descriptor)


def _fsync(descriptor: int) -> None:
    """fsync, but for a folder on a disk that has none for folders: some network and FUSE file systems refuse it."""
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NOT_OFFERED or not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise


_NOT_OFFERED = frozenset({errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EBADF})


def _sync_filesystem(descriptor: int) -> bool:
    """Whether everything on that file system is durable now; False where a sandbox or file system does not offer it.

    Raises OSError when the disk refused something. A fsync of one of the files afterwards would not tell of the others.
    """
    if system.syncfs(descriptor) == 0:
        return True
    number = ctypes.get_errno()
    if number in (errno.ENOSYS, errno.EPERM, errno.EINVAL, errno.ENOTSUP):
        return False
    raise OSError(number, os.strerror(number))
