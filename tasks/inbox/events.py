"""Events: what a person must look at, kept in one journal, `workspaces/inbox/events.jsonl`, before anyone is told.

The journal only grows. A line is an event, a newer text of a note, or "a person was done with it (or not)". The same
happening recorded twice is one event: its key is a hash of what happened, not of when it was noticed.
"""

import base64
import contextlib
import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson

from ..files import atomic, regular
from ..project.paths import Paths
from ..text import clock
from ..text.errors import Stop
from ..text.redaction import one_line
from ..text.sentences import english, later
from .retelling import Made, made_of, retold

FAILED = later("failed")
REFUSED = later("refused")
STUCK = later("stuck")
EXPIRING = later("expiring")
OVER_BUDGET = later("over_budget")
ADOPTED = later("adopted")
PRICE = later("price")
LIFE_CYCLE = later("life_cycle")
NOTE = later("note")
KINDS = frozenset({FAILED, REFUSED, STUCK, EXPIRING, OVER_BUDGET, ADOPTED, PRICE, LIFE_CYCLE, NOTE})

LONGEST = 240  # characters of a text or of what to do: one line that a person still reads
LOCK_SECONDS = 60.0  # a writer holds the lock for milliseconds


@dataclass(frozen=True)
class Event:
    """One thing for a person to look at.

    kind: one of the constants above. subject: "CH01-251", "CH01-251 0003" or a model key.
    text: what happened, one line. do: what to do now, best a command. detail: what tells this happening from others
    of its kind and subject (request key and attempt, job name); it goes into the key and into no file.
    at: UTC ISO 8601; set when it is recorded unless given. key: set when it is read back. src: "slack" or "".
    made: how text and do were made, for `told`; set when it is recorded, whose text and do are English.
    """

    kind: str
    subject: str
    text: str
    do: str
    detail: str = ""
    at: str = ""
    key: str = ""
    src: str = ""
    made: Mapping[str, Made] = field(default_factory=dict)

    def __post_init__(self) -> None:
        assert self.kind in KINDS, self.kind

    @property
    def id(self) -> str:
        """Eight letters and digits, the same for the same happening."""
        if self.key:
            return self.key
        digest = hashlib.sha256(orjson.dumps([self.kind, self.subject, english(self.detail)])).digest()
        return base64.b32encode(digest)[:8].decode().lower()

    def told(self) -> "Event":
        """The same in the language of the person who reads it."""
        text, do = (retold(said, self.made.get(name), LONGEST) for name, said in (("text", self.text), ("do", self.do)))
        return replace(self, text=text, do=do)


@dataclass(frozen=True)
class InboxEntry:
    """An event as the journal knows it. earlier: texts it had before; done: whether a person ticked it."""

    event: Event
    earlier: tuple[str, ...] = ()
    done: bool = False


def journal(paths: Paths) -> Path:
    return paths.inbox / "events.jsonl"


def record(paths: Paths, events: Event | Iterable[Event], now: str = "") -> list[Event]:
    """Write what is new; durable when it returns. Gives the events that were new, or a note whose text changed.

    now: UTC ISO 8601, this moment unless given. Everything is redacted before it is written. Raises Stop when another
    process keeps the lock, OSError when the disk refuses; then nothing of it counts as written.
    """
    now = now or this_moment()
    wanted = {each.id: each for each in map(_clean, [events] if isinstance(events, Event) else events)}
    if not wanted:
        return []
    with _Journal(paths) as writer:
        known = {entry.event.id: entry for entry in read(paths)}
        fresh = [replace(each, at=each.at or now) for each in wanted.values() if _is_news(each, known.get(each.id))]
        writer.append([_encoded(each) for each in fresh])
    return fresh


def this_moment() -> str:
    """UTC, ISO 8601, seconds."""
    return clock.now()


def mark(paths: Paths, done: dict[str, bool]) -> None:
    """Put on record which entries a person is done with (key -> True) or took up again (False)."""
    now = this_moment()
    if done:
        with _Journal(paths) as writer:
            writer.append([{"id": key, "done": now if is_done else ""} for key, is_done in done.items()])


def read(paths: Paths) -> list[InboxEntry]:
    """Every event in the order of recording. A line that cannot be read (a writer was killed) is passed over."""
    entries: dict[str, InboxEntry] = {}
    for line in _lines(journal(paths)):
        key = line["id"]
        if "done" in line:
            if key in entries:
                entries[key] = replace(entries[key], done=bool(line["done"]))
        elif before := entries.get(key):
            revised = replace(before.event, text=line.get("text", ""))
            entries[key] = InboxEntry(revised, (*before.earlier, before.event.text))
        else:
            entries[key] = InboxEntry(_decoded(line))
    return list(entries.values())


def since(paths: Paths, offset: int) -> list[tuple[int, Event | None]]:
    """The whole lines of the journal after byte `offset`: where each ends, and its event if it says a new one."""
    data = regular.read(journal(paths))
    ended: list[tuple[int, Event | None]] = []
    while (end := data.find(b"\n", offset) + 1) > 0:
        line = _line(data[offset:end])
        ended.append((end, _decoded(line) if line and "done" not in line else None))
        offset = end
    return ended


def _lines(path: Path) -> Iterable[dict[str, Any]]:
    try:
        encoded = regular.read(path).split(b"\n")
    except FileNotFoundError:
        return
    for each in encoded:
        if line := _line(each):
            yield line


def _line(encoded: bytes) -> dict[str, Any] | None:
    try:
        line = orjson.loads(encoded)
    except ValueError:
        return None
    known = isinstance(line, dict) and "id" in line and ("done" in line or line.get("kind") in KINDS)
    return line if known else None


def _clean(event: Event) -> Event:
    """The event as it may be written. The key is that of the event as given, so that redaction cannot merge two."""
    text, do = one_line(english(event.text), LONGEST), one_line(english(event.do), LONGEST)
    made = {name: made for name, said in (("text", event.text), ("do", event.do)) if (made := made_of(said))}
    return replace(event, subject=one_line(event.subject, 100), text=text, do=do, key=event.id, made=made)


def _is_news(event: Event, known: InboxEntry | None) -> bool:
    return known is None or (event.kind == NOTE and event.text != known.event.text)


def _encoded(event: Event) -> dict[str, Any]:
    line: dict[str, Any] = {"id": event.id, "at": event.at, "kind": event.kind, "subject": event.subject}
    line |= {"text": event.text, "do": event.do}
    return line | ({"src": event.src} if event.src else {}) | ({"made": event.made} if event.made else {})


def _decoded(line: dict[str, Any]) -> Event:
    text, do, src = line.get("text", ""), line.get("do", ""), line.get("src", "")
    made = line.get("made")
    return Event(
        line["kind"],
        line.get("subject", ""),
        text,
        do,
        at=line.get("at", ""),
        key=line["id"],
        src=src,
        made=made if isinstance(made, dict) else {},
    )


class _Journal:
    """The journal open for writing, under its lock."""

    def __init__(self, paths: Paths) -> None:
        self.path = journal(paths)
        self.lock_file = paths.lock("inbox")
        self._held = contextlib.ExitStack()

    def __enter__(self) -> "_Journal":
        from filelock import Timeout

        from ..files import locks

        try:
            self._held.enter_context(locks.held(self.lock_file, LOCK_SECONDS))
        except Timeout:
            raise Stop(
                "the inbox is held by another process: {lock_file}",
                "look for a doit that hangs, stop it, and run the same command again",
                lock_file=self.lock_file,
            ) from None
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    def append(self, lines: list[dict[str, Any]]) -> None:
        if not lines:
            return
        atomic.make_folder(self.path.parent)
        is_new = not self.path.exists()
        with atomic.naming(self.path), regular.extended(self.path) as stream:
            _repair(stream.fileno(), regular.read(self.path))
            stream.write(b"".join(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in lines))
            stream.flush()
            atomic.flush(stream.fileno())
        if is_new:
            atomic.sync_folder(self.path.parent)


def _repair(descriptor: int, data: bytes) -> None:
    """End the last line: a whole one gets its newline, half a one is cut off; it had not been promised to anyone."""
    whole = data.rfind(b"\n") + 1
    if whole == len(data):
        return
    try:
        orjson.loads(data[whole:])
        os.write(descriptor, b"\n")
    except ValueError:
        os.ftruncate(descriptor, whole)
