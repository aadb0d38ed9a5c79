"""Inside one command: count its calls, and at one of them die, or let the disk refuse."""

import errno
import json
import os
import signal
import sqlite3
import sys
import threading
from dataclasses import asdict, dataclass
from pathlib import Path

from . import calls

KILLS = ("before", "half", "power")
REFUSALS = ("ENOSPC", "EIO", "EROFS")
KINDS = KILLS + REFUSALS
TAKES_SPACE = frozenset({"create", "write", "mkdir", "link", "symlink", "clone", "sqlite"})
NETWORK = frozenset({"connect", "connect_ex", "send", "sendall", "recv", "recv_into"})
SYNCS = frozenset({"fsync", "fdatasync", "syncfs"})


@dataclass(frozen=True)
class Call:
    """One call. number: from 1. where: path from the project's folder, or "network". by: our function that made it."""

    number: int
    call: str
    where: str
    size: int
    other: str
    thread: str
    by: str

    def __str__(self) -> str:
        about = " <- ".join(filter(None, (self.where, self.other)))
        return f"{self.call} {about} ({self.by or 'nobody of ours'}, {self.thread})"

    @property
    def on_disk(self) -> bool:
        return self.call not in NETWORK


@dataclass(frozen=True)
class Order:
    """What shall happen at call `at`; at 0 nothing. folder: where the trap may write what it saw. match: only calls
    that say this are counted, such as "replace workspaces/video/CH01.html"; a $ stands for the end.

    before: SIGKILL instead of the call. half: SIGKILL after half of the bytes of a write or send. power: SIGKILL, and
    what was written but not flushed is gone. ENOSPC: from this call on nothing that takes space succeeds, the first
    write only by half. EIO: this one call fails. EROFS: from this call on no change succeeds.
    """

    at: int
    kind: str
    folder: str
    trace: bool = False
    match: str = ""


class Trap:
    """Is told of every call (see calls.Told)."""

    def __init__(self, project: Path, order: Order) -> None:
        self._project = project
        self._order = order
        self._folder = Path(order.folder)
        self._lock = threading.RLock()
        self._count = 0
        self._refusing = self._struck = False
        self._unsynced: dict[str, int] = {}
        self._trace: list[Call] = []

    def __call__(self, call: str, where: str, size: int, other: str) -> bool:
        with self._lock:
            if call == calls.HALVED:
                return self._halved()
            self._count += self._order.match in f"{call} {where}$"
            seen = Call(self._count, call, where, size, other, threading.current_thread().name, _caller())
            if self._order.trace:
                self._trace.append(seen)
            half = self._act(seen)
            self._remember(seen)
            return half

    def _act(self, seen: Call) -> bool:
        struck = seen.number == self._order.at and not self._struck
        if struck:
            self._struck = True
            self._note(seen)
            if self._order.kind in REFUSALS:
                self._refusing = True
            elif self._order.kind == "half" and seen.size > 1:
                return True
            else:
                self._die()
        if self._refusing and _is_refused(seen, self._order.kind):
            if self._order.kind == "ENOSPC" and struck and seen.size > 1:
                return True
            self._refuse(seen)
        return False

    def _halved(self) -> bool:
        if self._order.kind == "half":
            self._die()
        return False

    def _refuse(self, seen: Call) -> None:
        if self._order.kind == "EIO":
            self._refusing = False
        number = getattr(errno, self._order.kind)
        if seen.call == "sqlite":
            words = {"ENOSPC": "database or disk is full", "EIO": "disk I/O error"}
            raise sqlite3.OperationalError(words.get(self._order.kind, "attempt to write a readonly database"))
        raise OSError(number, os.strerror(number), seen.where)

    def _remember(self, seen: Call) -> None:
        """Which contents a power cut would take: by path, how many bytes of it are safe."""
        if seen.call == "write" and seen.where not in self._unsynced:
            path = self._project / seen.where
            self._unsynced[seen.where] = path.stat().st_size if path.exists() else 0
        elif seen.call == "create":
            self._unsynced[seen.where] = 0
        elif seen.call == "syncfs":
            self._unsynced.clear()
        elif seen.call in SYNCS or seen.call in ("unlink", "remove"):
            self._unsynced.pop(seen.where, None)
        elif seen.call in ("rename", "replace"):
            safe = self._unsynced.pop(seen.other, None)
            self._unsynced.pop(seen.where, None)
            if safe is not None:
                self._unsynced[seen.where] = safe

    def _die(self) -> None:
        if self._order.kind == "power":
            for where, safe in self._unsynced.items():
                if (self._project / where).is_file():
                    os.truncate(self._project / where, safe)
        os.kill(os.getpid(), signal.SIGKILL)

    def _note(self, seen: Call) -> None:
        (self._folder / "hit.json").write_text(json.dumps(asdict(seen)))

    def save(self) -> None:
        """How many calls there were, and, when asked for, all of them."""
        (self._folder / "calls.json").write_text(json.dumps([asdict(each) for each in self._trace]))


def _is_refused(seen: Call, kind: str) -> bool:
    return seen.on_disk and (kind != "ENOSPC" or seen.call in TAKES_SPACE or seen.call in SYNCS)


def _caller() -> str:
    """The innermost function of tasks/ on the stack: "pictures/store.py:135 _take"."""
    frame = sys._getframe(2)
    while frame is not None:
        _, ours, module = frame.f_code.co_filename.rpartition(f"{os.sep}tasks{os.sep}")
        if ours:
            return f"{module}:{frame.f_lineno} {frame.f_code.co_name}"
        frame = frame.f_back  # type: ignore[assignment]
    return ""
