"""What became of each request of one immediate submission, written down as it happens, while it is under way.

One line an event, appended and flushed before the next step is taken.
"""

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO

import orjson

from ...files import atomic, regular
from ...runs.results import Result
from ...text.errors import Stop


@dataclass(frozen=True)
class Sent:
    """The request is about to leave: from here on it may be billed. at: UTC ISO 8601."""

    key: str
    at: str
    estimate_usd: float


@dataclass(frozen=True)
class Accepted:
    """The provider makes the picture later and told the number to ask for it by."""

    key: str
    number: str
    at: str


@dataclass(frozen=True)
class Unsent:
    """The provider certainly did not take it: nothing was billed."""

    key: str


@dataclass(frozen=True)
class Answered:
    """The finished line for results.jsonl; the picture, if there is one, is durable already."""

    key: str
    result: Result


Event = Sent | Accepted | Unsent | Answered
_NAMES: Mapping[type[Event], str] = {Sent: "sent", Accepted: "accepted", Unsent: "unsent", Answered: "answered"}
_TYPES: Mapping[str, type[Sent | Accepted | Unsent]] = {"sent": Sent, "accepted": Accepted, "unsent": Unsent}


class Journal:
    """The journal at `path`, appended to by any thread of the one process that holds the run's lock."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = Lock()

    def append(self, event: Event) -> None:
        """Add one event; durable when it returns."""
        line = _to_json(event)
        with self._lock:
            new = not self.path.exists()
            atomic.make_folder(self.path.parent)
            with atomic.naming(self.path), regular.extended(self.path) as stream:
                stream.write(b"\n" + line if self._is_torn(stream) else line)
                stream.flush()
                atomic.flush(stream.fileno())
            if new:
                atomic.sync_folder(self.path.parent)

    def _is_torn(self, stream: BinaryIO) -> bool:
        """Whether the file ends in a half-written line."""
        if stream.seek(0, os.SEEK_END) == 0:
            return False
        stream.seek(-1, os.SEEK_END)
        return stream.read(1) != b"\n"

    def last(self) -> Mapping[str, Event]:
        """The last event of every request that has any. A line that a stopped process left half-written is no event.

        Raises Stop for an event that this version does not know: what it means for money, nobody here can say.
        """
        try:
            lines = regular.read(self.path).split(b"\n")
        except FileNotFoundError:
            return {}
        return {event.key: event for line in lines if (event := self._event(line))}

    def _event(self, line: bytes) -> Event | None:
        try:
            record = orjson.loads(line)
            name, key = record["event"], record["key"]
        except (ValueError, KeyError, TypeError):
            return None
        try:
            return _from_json(name, key, record)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise Stop(
                "{path} has an event of {key} that this version does not know: {name}",
                "go on with the version that wrote it; nothing is lost",
                path=self.path,
                key=key,
                name=name,
            ) from None

    def remove(self) -> None:
        """Forget it, after its answers are in results.jsonl."""
        self.path.unlink(missing_ok=True)


def _to_json(event: Event) -> bytes:
    head = {"key": event.key, "event": _NAMES[type(event)]}
    facts = {"line": orjson.Fragment(event.result.to_json().strip())} if isinstance(event, Answered) else asdict(event)
    return orjson.dumps(head | facts, option=orjson.OPT_APPEND_NEWLINE)


def _from_json(name: str, key: str, record: Mapping[str, Any]) -> Event:
    if name == _NAMES[Answered]:
        return Answered(key, Result.from_json(record["line"]))
    kind = _TYPES[name]
    return kind(**{field: record[field] for field in kind.__dataclass_fields__})
