"""Everything the emulator remembers: one sqlite database and files beside it, safe for several processes."""

import hashlib
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .wire import MICROS, read_time

MOST_MICROS = read_time("3000-01-01")
_TABLES = """
create table if not exists settings (name text primary key, value text);
create table if not exists counters (name text primary key, value integer not null);
create table if not exists requests (operation text primary key, count integer not null);
create table if not exists uploads (
    id text primary key, owner text, file_id text, display_name text, mime text, size integer, received integer,
    finished integer not null default 0);
create table if not exists files (
    seq integer primary key, id text unique, owner text, display_name text, mime text, size integer, sha256 text,
    created integer);
create table if not exists jobs (
    seq integer primary key, id text unique, owner text, model text, version text, display_name text, input_file text,
    created integer, seconds real, requests integer, fate text, cancelled text, forced text, settled text,
    deleted integer);
create table if not exists flux_orders (
    seq integer primary key, id text unique, owner text, model text, asked text, created integer, seconds real,
    fate text);
create table if not exists billed (
    seq integer primary key, key text, job text, line integer, model text, lane text, input_tokens integer,
    image_tokens integer, text_tokens integer, thinking_tokens integer, usd real, unique (job, line));
create table if not exists sent (sha256 text primary key);
create table if not exists faults (seq integer primary key, spec text not null, left integer, seen integer not null);
"""


class State:
    """The database and folders under `folder`. One connection, shared by the threads under a lock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("files", "uploads", "jobs", "outputs"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._depth = 0
        self._db = sqlite3.connect(folder / "state.sqlite3", timeout=60, check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("pragma journal_mode = wal")
        self._db.execute("pragma synchronous = normal")
        self._db.executescript(_TABLES)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, and alone among the processes on this state. May be nested."""
        with self._lock:
            if self._depth == 0:
                self._db.execute("begin immediate")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._leave("rollback")
                raise
            self._leave("commit")

    def _leave(self, verdict: str) -> None:
        self._depth -= 1
        if self._depth == 0:
            self._db.execute(verdict)

    def run(self, sql: str, *values: object) -> None:
        with self._lock:
            self._db.execute(sql, values)

    def rows(self, sql: str, *values: object) -> list[sqlite3.Row]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def row(self, sql: str, *values: object) -> sqlite3.Row | None:
        return next(iter(self.rows(sql, *values)), None)

    def setting(self, name: str) -> str | None:
        row = self.row("select value from settings where name = ?", name)
        return None if row is None else row["value"]

    def set(self, name: str, value: str | None) -> None:
        self.run("insert or replace into settings values (?, ?)", name, value)

    def next(self, counter: str) -> int:
        """1, 2, 3 ...: the source of every id, so that equal calls get equal ids."""
        rows = self.rows(
            "insert into counters values (?, 1) on conflict (name) do update set value = value + 1 returning value",
            counter,
        )
        return int(rows[0]["value"])

    def close(self) -> None:
        with self._lock:
            self._db.close()


class Clock:
    """The emulator's time: the machine's plus an offset, or frozen. Kept in the state, so every process agrees."""

    def __init__(self, state: State) -> None:
        self._state = state

    def now(self) -> int:
        """Microseconds since 1970."""
        frozen = self._state.setting("clock_frozen")
        if frozen is not None:
            return int(frozen)
        return time.time_ns() // 1000 + int(self._state.setting("clock_offset") or 0)

    @property
    def frozen(self) -> bool:
        return self._state.setting("clock_frozen") is not None

    def freeze(self, text: str) -> None:
        """Stand still at an ISO 8601 time until moved. ValueError when it is no time that can be printed."""
        self._state.set("clock_frozen", str(_printable(read_time(text))))

    def advance(self, seconds: float) -> None:
        """ValueError for a time that cannot be printed; then it stays where it is."""
        name, step = "clock_frozen" if self.frozen else "clock_offset", round(seconds * MICROS)
        with self._state.transaction():
            _printable(self.now() + step)
            self._state.set(name, str(int(self._state.setting(name) or 0) + step))


def _printable(micros: int) -> int:
    if not 0 <= micros < MOST_MICROS:
        raise ValueError("the clock goes from 1970 to 2999")
    return micros


def identifier(kind: str, number: int, length: int) -> str:
    """Lower-case letters and digits, the same for the same kind and number; `length` up to 49."""
    value = int.from_bytes(hashlib.sha256(f"{kind} {number}".encode()).digest())
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    text = ""
    for _ in range(length):
        value, digit = divmod(value, 36)
        text += digits[digit]
    return text


def fingerprint(key: str) -> str:
    """What stands for an API key in the state; the key itself is never kept."""
    return hashlib.sha256(key.encode()).hexdigest()
