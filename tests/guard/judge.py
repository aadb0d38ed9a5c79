"""What one half of a scenario left behind, and how two halves differ."""

import difflib
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import plain
from .plain import UNREAD
from .scenario import Scenario
from .stage import Found
from .steps import Play, Said

MOST_LINES = 60
"""Lines of one difference that are printed."""


@dataclass(frozen=True)
class Record:
    """What one half left: what was said, what lies there otherwise than before, what is gone, the provider's books."""

    said: Sequence[Said]
    changed: Mapping[str, Found]
    gone: Sequence[str]
    books: Mapping[str, Any]
    files: int


@dataclass(frozen=True)
class Difference:
    """Where, and the two sides as a diff."""

    where: str
    diff: str


def taken(play: Play, said: Sequence[Said]) -> Record:
    """The record of a half that was just played."""
    books = {name: play.provider.ask("GET", name) for name in ("ledger", "jobs", "sent")}
    changed = {plain.name(name): found for name, found in play.stage.changed()}
    return Record(said, changed, play.stage.gone(), books, play.stage.size)


def differences(old: Record, new: Record, folders: tuple[str, ...], scenario: Scenario) -> list[Difference]:
    """Everything in which two halves differ."""
    if scenario.by_lot:
        found = [each for one, other in _pairs(old, new) for each in _heard(one, other, folders)]
        return found + list(_texts("the bill", *(str(each.books["ledger"]["usd"]) for each in (old, new))))
    found = [each for one, other in _pairs(old, new) for each in _said(one, other, folders)]
    found += _texts("what is gone", "\n".join(old.gone), "\n".join(new.gone))
    for name in sorted(old.changed.keys() | new.changed.keys()):
        found += _file(name, old.changed.get(name), new.changed.get(name), folders)
    for name in old.books:
        found += _texts(f"the provider's {name}", *(_book(each.books[name], scenario.loose) for each in (old, new)))
    return found


def _pairs(old: Record, new: Record) -> Iterator[tuple[Said, Said]]:
    return zip(old.said, new.said, strict=True)


def _heard(old: Said, new: Said, folders: tuple[str, ...]) -> Iterator[Difference]:
    yield from _texts(f"{old.what}: exit status", str(old.done.status), str(new.done.status))
    for stream in ("out", "err"):
        sides = (plain.text(getattr(each.done, stream), folders) for each in (old, new))
        yield from _texts(f"{old.what}: std{stream}", *sides)


def _said(old: Said, new: Said, folders: tuple[str, ...]) -> Iterator[Difference]:
    yield from _heard(old, new, folders)
    yield from _texts(f"{old.what}: files touched", *("\n".join(_readable(each.touched)) for each in (old, new)))


def _readable(names: Sequence[str]) -> list[str]:
    return [plain.name(name) for name in names if not UNREAD.fullmatch(name)]


def _file(name: str, old: Found | None, new: Found | None, folders: tuple[str, ...]) -> Iterator[Difference]:
    if UNREAD.fullmatch(name):
        return
    if old is None or new is None:
        yield Difference(name, f"only in the {'new' if old is None else 'old'} half")
        return
    yield from _texts(f"{name}: kind and mode", f"{old.kind} {old.mode:o}", f"{new.kind} {new.mode:o}")
    one, other = (plain.data(each.data, folders, name) for each in (old, new))
    if one != other:
        try:
            yield from _texts(name, one.decode(), other.decode())
        except UnicodeDecodeError:
            yield from _texts(
                name, *(f"{len(each)} bytes, sha256 {hashlib.sha256(each).hexdigest()}" for each in (one, other))
            )


def _book(data: Any, loose: bool) -> str:
    """A book as text. Asking for a state is free, and how often one asks while waiting depends on the clock."""
    if loose and isinstance(data, dict):
        asked = {name: count for name, count in data["requests"].items() if name not in ("get", "flux_result", "list")}
        data = data | {"requests": asked, "http_total": None}
    return plain.text(json.dumps(data, indent=1, ensure_ascii=False), ())


def _texts(where: str, old: str, new: str) -> Iterator[Difference]:
    if old == new:
        return
    lines = [
        line[:400] for line in difflib.unified_diff(old.splitlines(), new.splitlines(), "old", "new", lineterm="", n=1)
    ]
    if len(lines) > MOST_LINES:
        lines = [*lines[:MOST_LINES], f"… {len(lines) - MOST_LINES} lines more"]
    yield Difference(where, "\n".join(lines) or "line ends differ")
