"""What became of each request of one immediate submission, written down as it happens, while it is under way.

One line an event, appended and flushed before the next step is taken:

sent       the request is about to leave: from here on it may be billed
accepted   the provider makes the picture later and told the number to ask for it by
unsent     the provider certainly did not take it: nothing was billed
answered   the finished line for results.jsonl; the picture, if there is one, is durable already
"""

import os
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO

import orjson

from ...files import atomic

Event = dict[str, Any]


class Journal:
    """The journal at `path`, appended to by any thread of the one process that holds the run's lock."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = Lock()

    def append(self, key: str, event: str, **facts: Any) -> None:
        """Add one event of the request `key`; durable when it returns."""
        line = orjson.dumps({"key": key, "event": event, **facts}, option=orjson.OPT_APPEND_NEWLINE)
        with self._lock:
            new = not self.path.exists()
            atomic.make_folder(self.path.parent)
            with self.path.open("a+b") as stream:
                stream.write(b"\n" + line if self._is_torn(stream) else line)
                stream.flush()
                os.fsync(stream.fileno())
            if new:
                atomic.sync_folder(self.path.parent)

    def _is_torn(self, stream: BinaryIO) -> bool:
        """Whether the file ends in a half-written line."""
        if stream.seek(0, os.SEEK_END) == 0:
            return False
        stream.seek(-1, os.SEEK_END)
        return stream.read(1) != b"\n"

    def last(self) -> Mapping[str, Event]:
        """The last event of every request that has any. A line that a stopped process left half-written is no event."""
        try:
            lines = self.path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return {}
        return {event["key"]: event for event in map(_event, lines) if event}

    def remove(self) -> None:
        """Forget it, after its answers are in results.jsonl."""
        self.path.unlink(missing_ok=True)


def _event(line: bytes) -> Event | None:
    try:
        event = orjson.loads(line)
        return event if {"key", "event"} <= event.keys() else None
    except (ValueError, AttributeError):
        return None
