"""Writing files of megabytes that nobody reads back soon.

Linux can hand them to the disk past the page cache (O_DIRECT): half the processor time of an ordinary write, no rush of
dirty pages at the next flush, and other programs keep what they had cached (docs/benchmarks.md). Where a file system
or an operating system does not offer that, the write is an ordinary one. Durable they are only after atomic.GroupSync.

A second copy costs neither time nor space where the file system lets two files share their blocks until one of them is
written to (btrfs, XFS, APFS): each stays whole whatever is done to the other, which no link can promise.
"""

import contextlib
import mmap
import os
import threading
from pathlib import Path

from ..files import regular, system

SMALLEST = 256 << 10
_PIECE = 1 << 20
_BLOCK = 4096


class _Buffer(threading.local):
    """Memory aligned to pages, as O_DIRECT wants it; one per thread."""

    def __init__(self) -> None:
        self.memory = mmap.mmap(-1, _PIECE)


_buffer = _Buffer()


def write(path: Path, data: bytes) -> Path:
    """Write `data` to `path`, replacing what is there, and return `path`. After an OSError the file may be partial."""
    if system.DIRECT and len(data) >= SMALLEST:
        with contextlib.suppress(_NotOffered):
            _write_past_cache(path, data)
            return path
    path.write_bytes(data)
    return path


def write_twin(path: Path, original: Path, data: bytes) -> Path:
    """Like `write`, for `data` that the closed file `original` holds already: shares its blocks where that is offered.

    Raises FileNotFoundError when `original` is gone.
    """
    with regular.opened(original) as stream:
        if system.share_blocks(stream.fileno(), original, path):
            return path
    return write(path, data)


class _NotOffered(Exception):
    pass


def _write_past_cache(path: Path, data: bytes) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | system.DIRECT, 0o666)
    except OSError as error:
        raise _NotOffered from error
    try:
        view = memoryview(data)
        for start in range(0, len(data), _PIECE):
            _write_piece(descriptor, view[start : start + _PIECE])
        os.ftruncate(descriptor, len(data))
    finally:
        os.close(descriptor)


def _write_piece(descriptor: int, piece: memoryview) -> None:
    """Write up to _PIECE bytes, filled up to whole blocks; the caller cuts the file to its length."""
    _buffer.memory[: len(piece)] = piece
    blocks = -(-len(piece) // _BLOCK) * _BLOCK
    with memoryview(_buffer.memory) as memory:
        try:
            written = os.write(descriptor, memory[:blocks])
        except OSError as error:  # not offered, or a real failure that the ordinary write meets again and reports
            raise _NotOffered from error
    if written != blocks:
        raise _NotOffered
