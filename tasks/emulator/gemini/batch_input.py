"""The lines of a batch input file, as the provider reads them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from ..world.models import Model
from ..world.wire import ApiError, camel_case, rpc_error
from .asks import Ask, FileKnown, read_ask


class BadInput(Exception):
    """The file as a whole cannot be read: the job fails."""


@dataclass(frozen=True)
class Entry:
    """One request: its place in the file, its key, the fields to echo, and an Ask or the error it gets."""

    index: int
    key: str | None
    echo: Mapping[str, Any]
    ask: Ask | None
    error: Mapping[str, Any] | None


def offsets(path: Path) -> list[int]:
    """Byte offsets of the lines that hold something."""
    found, position = [], 0
    with path.open("rb") as stream:
        for line in stream:
            if line.strip():
                found.append(position)
            position += len(line)
    return found


def entries(path: Path, model: Model, find_file: FileKnown, order: list[int] | None = None) -> Iterator[Entry]:
    """The requests of the file at `path`, one in memory at a time; `order` gives other than file order by index.

    BadInput for a line that is not a JSON object. Which faults make the provider fail a whole job, and which one line
    only, is not documented: here unreadable JSON fails the job, an invalid request fails its line.
    """
    lines = offsets(path)
    with path.open("rb") as stream:
        for index in range(len(lines)) if order is None else order:
            stream.seek(lines[index])
            yield _entry(index, stream.readline(), model, find_file)


def _entry(index: int, line: bytes, model: Model, find_file: FileKnown) -> Entry:
    try:
        data = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise BadInput(f"Failed to parse line {index + 1} of the input file as JSON: {error}") from error
    if not isinstance(data, dict):
        raise BadInput(f"Line {index + 1} of the input file is not a JSON object.")
    key, echo = _key(data), {name: _echoed(value) for name, value in data.items() if name not in ("key", "request")}
    try:
        return Entry(index, key, echo, read_ask(camel_case(data.get("request")), model, find_file), None)
    except ApiError as error:
        return Entry(index, key, echo, None, rpc_error(7 if error.http == 403 else 3, error.message))


def _key(data: Mapping[str, Any]) -> str | None:
    metadata = data.get("metadata")
    key = data.get("key", metadata.get("key") if isinstance(metadata, dict) else None)
    return None if key is None else str(key)


def _echoed(value: Any) -> Any:
    """Extra fields come back in the output line; arrays come back empty (googleapis/go-genai #513)."""
    return [] if isinstance(value, list) else value


def reads_as_key(entry: Entry) -> str:
    """What a fault's `match` is looked for in."""
    named = entry.echo.get("metadata")
    identity = named.get("id") if isinstance(named, dict) else None
    return entry.key or str(identity or "") or f"line {entry.index + 1}"


def label(name: str, ask: Ask) -> str:
    """What stands in a placeholder picture beside the word: whose it is and what was asked for."""
    one_line = " ".join(name.split())[:40]
    return f"{one_line} · {ask.ratio} · {ask.size}"
