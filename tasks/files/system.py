"""What one operating system offers and another lacks, here and nowhere else: Linux, macOS and Windows.

Where something is not offered the promise is kept by other means: files are flushed one by one, written the ordinary
way, copied whole. Windows has no flush for folders: there the newest renames are as safe as the file system makes them.
"""

import contextlib
import ctypes
import importlib
import os
import sys
from pathlib import Path
from typing import Any


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:  # Windows
        return None


fcntl = _module("fcntl")
resource = _module("resource")

MOST_FILES = 8192
DIRECT: int = getattr(os, "O_DIRECT", 0)
"""Writing past the page cache (Linux)."""
FULL_SYNC: int | None = getattr(fcntl, "F_FULLFSYNC", None)
"""fcntl command that empties the disk's own cache (macOS)."""
FICLONE = 0x40049409 if fcntl and sys.platform == "linux" else 0
"""_IOW(0x94, 9, int) of linux/fs.h; man 2 ioctl_ficlone."""
FOLDERS_OPEN = os.name != "nt"
"""Whether a folder can be opened, and so be flushed."""


def _of_libc(name: str) -> Any:
    try:
        return getattr(ctypes.CDLL(None, use_errno=True), name, None)
    except (OSError, TypeError):
        return None


syncfs: Any = _of_libc("syncfs") if sys.platform == "linux" else None
"""int syncfs(int descriptor): flushes a whole file system; errno by ctypes.get_errno()."""
malloc_trim: Any = _of_libc("malloc_trim") if sys.platform == "linux" else None
"""man 3 malloc_trim of glibc: int malloc_trim(size_t keep)."""
mallopt: Any = _of_libc("mallopt") if malloc_trim else None
"""man 3 mallopt of glibc: int mallopt(int what, int value)."""
TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
"""M_TRIM_THRESHOLD and M_MMAP_THRESHOLD of malloc.h."""
clonefile: Any = _of_libc("clonefile") if sys.platform == "darwin" else None
"""man 2 clonefile of macOS: int clonefile(const char *source, const char *target, int flags)."""


MACHINE = "KAMISHIBAI_MACHINE"
"""The variable that gives this machine another name than the system's, where two have the same."""


def host() -> str:
    """What this machine is called, by itself and in what others read of it."""
    import socket  # a command with nothing to do needs no network

    return os.environ.get(MACHINE, "").strip() or socket.gethostname()


def flush_fully(descriptor: int) -> bool:
    """Down to the medium, where fsync stops before it; False where there is no such call or the disk refuses it."""
    if fcntl is None or FULL_SYNC is None:
        return False
    try:
        fcntl.fcntl(descriptor, FULL_SYNC)
    except OSError:  # network file systems do not offer it
        return False
    return True


def share_blocks(descriptor: int, original: Path, path: Path) -> bool:
    """Make `path` a second file over the blocks of `original`, open as `descriptor`; False where none are shared."""
    if clonefile:
        path.unlink(missing_ok=True)
        return bool(clonefile(os.fsencode(original), os.fsencode(path), 0) == 0)
    if not FICLONE:
        return False
    with path.open("wb") as twin:
        try:
            fcntl.ioctl(twin.fileno(), FICLONE, descriptor)
        except OSError:  # other file system, or one that cannot; a real failure comes again and is told by the write
            return False
    return True


def keep_freed_memory(most: int) -> None:
    """Let what was freed serve the next piece of up to `most` bytes, until `give_memory_back`; glibc only.

    By itself glibc gives megabytes back at once and asks for them anew for the next picture, each page of them cleared.
    """
    if mallopt:
        mallopt(TRIM_THRESHOLD, most)
        mallopt(MMAP_THRESHOLD, most)


def give_memory_back() -> None:
    """Let the system have memory that is free but kept for later, as threads leave it behind; nothing where that goes
    by itself."""
    if malloc_trim:
        malloc_trim(0)


def allow_many_files() -> None:
    """A lock keeps a file open; a thousand runs need more than the usual 256 or 1,024. Windows has no such limit."""
    if resource is None:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
