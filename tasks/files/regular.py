"""Opening files that people, programs and disks may have exchanged for something else.

A pipe, a socket, a device or a folder at the place of a file is refused at once: reading a pipe would wait for ever.
"""

import errno
import io
import os
import stat
from pathlib import Path
from typing import Any

NOT_THERE = (FileNotFoundError, NotADirectoryError)
"""What looking at a path may raise when nothing is there."""
Stamp = tuple[int, ...]
"""Inode, size and time stamp (ns) of a file; empty when there is none."""
_AT_ONCE = getattr(os, "O_NONBLOCK", 0)


def opened(path: Path) -> io.BufferedReader:
    """The regular file at `path`, open to read. Raises OSError, with the path, for what is none, and as `open` does."""
    return open(path, "rb", opener=_open)


def created(path: Path) -> io.BufferedWriter:
    """A regular file at `path`, open to write, empty. Raises OSError as `opened` does."""
    return open(path, "wb", opener=_open)


def extended(path: Path) -> io.BufferedRandom:
    """The regular file at `path`, made where it is missing, open to read and to append. Raises as `opened` does."""
    return open(path, "a+b", opener=_open)


def read(path: Path) -> bytes:
    """All bytes of the regular file at `path`. Raises OSError as `opened` does."""
    with opened(path) as stream:
        return stream.read()


def there(path: Path) -> bool:
    """Whether anything lies at `path`, also a folder, a link that leads nowhere, or what nobody may look at.

    Only where this says no may a program go on as if the file had never been written.
    """
    try:
        path.lstat()
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return True


def stamp(path: str | Path) -> Stamp:
    """By which a file that was read is known to be the same."""
    try:
        about = os.stat(path)  # noqa: PTH116 - a path object costs more
    except OSError:
        return ()
    return about.st_ino, about.st_size, about.st_mtime_ns


def unfit(path: Path, is_folder: bool = False) -> OSError | None:
    """Why a file, or a folder, cannot be written at `path`; None when it can, or when that is up to its own folder."""
    try:
        kind = path.stat().st_mode
    except NotADirectoryError:
        return None
    except FileNotFoundError:
        # Not `there`: between the two looks another command may have made the file.
        return _error(errno.ELOOP, path) if path.is_symlink() else None
    except OSError as error:
        return error
    if is_folder:
        return None if stat.S_ISDIR(kind) else _error(errno.ENOTDIR, path)
    return None if stat.S_ISREG(kind) else _no_file(path, kind)


def _open(path: Any, flags: int) -> int:
    descriptor = os.open(path, flags | _AT_ONCE, 0o666)
    kind = os.fstat(descriptor).st_mode
    if stat.S_ISREG(kind):
        return descriptor
    os.close(descriptor)
    raise _no_file(path, kind)


def _no_file(path: Path, kind: int) -> OSError:
    """As opening says it for a folder, and for a socket or a pipe that nobody reads."""
    return _error(errno.EISDIR if stat.S_ISDIR(kind) else errno.ENXIO, path)


def _error(number: int, path: Path) -> OSError:
    return OSError(number, os.strerror(number), str(path))
