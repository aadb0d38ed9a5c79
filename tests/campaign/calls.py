"""Which calls of a process change something outside it: each is announced before it is made, on Linux and macOS alike.

`install` puts itself before the calls of Python by which files are changed and sockets used; `watch` says of which
folder, and who is told. Reading a file or taking a lock is not announced: to die before it is to die before the next
change. What runs in C alone is sqlite (doit's own database, announced by statement) and syncfs (announced by hand).
"""

import builtins
import fcntl
import io
import os
import shutil  # noqa: F401 - looks for dir_fd functions when it is imported, so before they are wrapped
import socket
import sqlite3
import tempfile  # noqa: F401 - likewise
import threading
from collections.abc import Callable
from typing import Any

Told = Callable[[str, str, int, str], bool]
"""Called with (call, path or "network", bytes, second path or request line) before the call; True: make it with half of
the bytes and then tell of HALVED. May raise what the call shall raise, or never return."""
HALVED = "halved"

_real_open = io.open
_flag: Any = threading.local()
_paths: dict[int, str] = {}
_root = ""
_told: Told | None = None


def watch(root: str, told: Told | None) -> None:
    """Announce from now on every change under the folder `root`, and every use of a socket, to `told`."""
    global _root, _told
    _root, _told = os.path.realpath(root), told


def _ours(path: Any, dir_fd: int | None = None) -> str:
    """The path inside the watched folder as the folder's owner says it; "" for any other."""
    if _told is None or isinstance(path, int):
        return _paths.get(path, "") if isinstance(path, int) else ""
    name = os.fsdecode(path)
    if dir_fd is not None:
        name = os.path.join(_root, _paths.get(dir_fd, "/"), name)
    full = os.path.join(os.path.realpath(os.path.dirname(name) or "."), os.path.basename(name))
    return os.path.relpath(full, _root) if full == _root or full.startswith(_root + os.sep) else ""


def _say(call: str, where: str, size: int = 0, other: str = "") -> bool:
    """Announce one call, but none that the announcing itself makes."""
    if not where or _told is None or getattr(_flag, "busy", False):
        return False
    _flag.busy = True
    try:
        return _told(call, where, size, other)
    finally:
        _flag.busy = False


class _File(io.FileIO):
    """A file of the watched folder, open for writing."""

    def __init__(self, where: str, *args: Any) -> None:
        super().__init__(*args)
        self._where = where
        _paths[self.fileno()] = where

    def write(self, data: Any) -> int:
        view = memoryview(data).cast("B")
        if not _say("write", self._where, len(view)):
            return super().write(view)
        written = super().write(view[: len(view) // 2])
        _say(HALVED, self._where)
        return written

    def truncate(self, size: int | None = None) -> int:
        _say("truncate", self._where)
        return super().truncate(size)

    def close(self) -> None:
        if not self.closed:
            _paths.pop(self.fileno(), None)
        super().close()


def _open(file: Any, mode: str = "r", buffering: int = -1, *args: Any, **more: Any) -> Any:
    """`io.open`, through `_File` where a file of ours is opened for writing."""
    where = _ours(file) if set(mode) & set("wax+") and not isinstance(file, int) else ""
    if not where or getattr(_flag, "busy", False):
        return _real_open(file, mode, buffering, *args, **more)
    if set(mode) & set("wx") or not os.path.exists(file):
        _say("create", where)
    kind = next(letter for letter in mode if letter in "rwax")
    raw = _File(where, file, kind + ("+" if "+" in mode else ""))
    if buffering == 0:
        return raw
    size = buffering if buffering > 1 else os.fstat(raw.fileno()).st_blksize
    made: Any = io.BufferedRandom(raw, size) if "+" in mode else io.BufferedWriter(raw, size)
    return made if "b" in mode else io.TextIOWrapper(made, *args, **more)


def _os_open(path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
    where = _ours(path, dir_fd)
    there = os.path.lexists(path) if where and dir_fd is None else True
    if where and ((flags & os.O_CREAT and not there) or flags & os.O_TRUNC):
        _say("create", where)
    descriptor = _REAL["open"](path, flags, mode, dir_fd=dir_fd)
    if where:
        _paths[descriptor] = where
    return int(descriptor)


def _os_close(descriptor: int) -> None:
    _paths.pop(descriptor, None)
    _REAL["close"](descriptor)


def _os_write(descriptor: int, data: Any) -> int:
    where = _paths.get(descriptor, "")
    if not _say("write", where, len(data)):
        return int(_REAL["write"](descriptor, data))
    written = int(_REAL["write"](descriptor, memoryview(data)[: len(data) // 2]))
    _say(HALVED, where)
    return written


def _on_path(call: str) -> Callable[..., Any]:
    def wrapped(path: Any, *args: Any, **more: Any) -> Any:
        changes = isinstance(path, int) or os.path.lexists(path) != (call == "mkdir") or "dir_fd" in more
        _say(call, _ours(path, more.get("dir_fd")) if changes else "")
        return _REAL[call](path, *args, **more)

    return wrapped


def _on_two(call: str) -> Callable[..., Any]:
    def wrapped(source: Any, target: Any, **more: Any) -> Any:
        _say(call, _ours(target, more.get("dst_dir_fd")), 0, _ours(source, more.get("src_dir_fd")))
        return _REAL[call](source, target, **more)

    return wrapped


def _fcntl(descriptor: Any, command: int, *args: Any) -> Any:
    if command == getattr(fcntl, "F_FULLFSYNC", None):
        _say("fsync", _paths.get(descriptor, ""))
    return _REAL["fcntl"](descriptor, command, *args)


def _ioctl(descriptor: Any, request: int, *args: Any) -> Any:
    _say("clone", _paths.get(descriptor, ""))
    return _REAL["ioctl"](descriptor, request, *args)


def _on_socket(call: str) -> Callable[..., Any]:
    real, sends = getattr(socket.socket, call), call in ("send", "sendall")

    def wrapped(self: socket.socket, *args: Any) -> Any:
        if self.family == socket.AF_UNIX:
            return real(self, *args)
        size, about = (len(args[0]), _first_words(args[0])) if sends else (0, "")
        half = _say(call, "network", size, about)
        answer = real(self, *((memoryview(args[0])[: size // 2], *args[1:]) if half else args))
        if half:
            _say(HALVED, "network")
        return answer

    return wrapped


def _first_words(data: Any) -> str:
    """What a request says first, without anything that changes from run to run."""
    words = bytes(memoryview(data)[:80]).split(b"\r\n")[0].split(b"?")[0].decode("ascii", "replace")
    return words if words.endswith(("1.1", "1.0")) or "/" in words[:8] else ""


class _Database(sqlite3.Connection):
    """doit's database: a statement that may write, and the commit."""

    def execute(self, sql: str, *args: Any) -> sqlite3.Cursor:
        if not sql.lstrip().lower().startswith("select"):
            _say("sqlite", ".doit.db")
        return super().execute(sql, *args)

    def commit(self) -> None:
        _say("sqlite", ".doit.db")
        super().commit()


def _connect(name: Any, *args: Any, **more: Any) -> sqlite3.Connection:
    ours = {} if name == ":memory:" else {"factory": _Database}
    return _REAL["connect"](name, *args, **(ours | more))


_ONE = ("fsync", "fdatasync", "unlink", "remove", "mkdir", "rmdir", "ftruncate", "truncate", "utime", "chmod")
_TWO = ("replace", "rename", "link", "symlink")
_REAL: dict[str, Any] = {"connect": sqlite3.connect, "fcntl": fcntl.fcntl, "ioctl": fcntl.ioctl}
_REAL |= {name: getattr(os, name) for name in ("open", "close", "write")}


def install() -> None:
    """Once in a process, before anything that takes functions out of `os` by name is imported."""
    for names, make in ((_ONE, _on_path), (_TWO, _on_two)):
        for name in names:
            if hasattr(os, name):
                _REAL[name] = getattr(os, name)
                setattr(os, name, make(name))
    os.open, os.close, os.write = _os_open, _os_close, _os_write  # type: ignore[assignment]
    io.open = builtins.open = _open  # type: ignore[assignment]
    sqlite3.connect = _connect  # type: ignore[assignment]
    fcntl.fcntl, fcntl.ioctl = _fcntl, _ioctl  # type: ignore[assignment]
    for name in ("connect", "connect_ex", "send", "sendall", "recv", "recv_into"):
        setattr(socket.socket, name, _on_socket(name))


def install_syncfs(offered: bool) -> None:
    """After tasks.files was imported: it calls syncfs through ctypes. offered: False for a system that has none."""
    from tasks.files import system

    if not offered:
        system.syncfs = None
    if real := system.syncfs:

        def syncfs(descriptor: int) -> int:
            _say("syncfs", _paths.get(descriptor, ""))
            return int(real(descriptor))

        system.syncfs = syncfs
