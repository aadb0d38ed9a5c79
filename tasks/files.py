"""Durable files: a reader sees the old bytes or the new ones, never a mixture, also after a power cut."""

import contextlib
import ctypes
import os
import sys
from collections.abc import Iterable
from pathlib import Path

PART = ".part"


def write(path: Path, data: bytes) -> None:
    """Put `data` at `path` durably: temporary file beside it, fsync, rename, fsync of the folder.

    Raises OSError when the disk refuses; then `path` is as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}{PART}")
    try:
        with part.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_if_new(path: Path, data: bytes) -> bool:
    """Like `write`, but a file that already holds `data` keeps its time stamp. Says whether it wrote."""
    with contextlib.suppress(FileNotFoundError):
        if path.read_bytes() == data:
            return False
    write(path, data)
    return True


def sync_folder(folder: Path) -> None:
    """Make renames inside `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_group(paths: Iterable[Path]) -> None:
    """Make the contents of many closed files durable with as few flushes as the system offers.

    Linux flushes their file system once (syncfs, one flush for any number of files: measured against fsync of
    each in docs/benchmarks.md); elsewhere every file is flushed by itself.
    """
    for representative in _one_per_filesystem(paths) if _syncfs else paths:
        descriptor = os.open(representative, os.O_RDONLY)
        try:
            if not (_syncfs and _syncfs(descriptor) == 0):
                os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _one_per_filesystem(paths: Iterable[Path]) -> list[Path]:
    return list({path.stat().st_dev: path for path in paths}.values())


_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
_syncfs = getattr(_libc, "syncfs", None)
