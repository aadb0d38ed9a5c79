"""The text of `pm_inbox.md`: our entries and a person's own lines in one file. Pure.

- [ ] 2026-11-23T01:00:00Z key=ab12cd34 kind=failed CH01-251 0003 | what happened -> what to do

A person ticks, re-orders, writes between and behind; what they wrote is never changed and never removed.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ..text.sentences import later, t
from .events import Event, InboxEntry

HEADER = later("""# Inbox

Tick what is done: an x between the brackets. Lines of your own stay. Open entries on a terminal: doit inbox
""")
# Also what an input method for Japanese makes of brackets, and a list sign that was lost.
_OURS = re.compile(
    r"(?P<open>\s*(?:[-*+・]\s*)?[\[［])(?P<tick>[^\]］]{0,3})(?P<close>[\]］]\s*)(?P<body>.*\bkey=(?P<key>[a-z2-7]{8})\b.*)"
)
_DAY = re.compile(r"##\s+(\d{4}-\d{2}-\d{2})\s*")


@dataclass(frozen=True)
class Merged:
    """A file's new text, and for each entry that a person ticked or opened since: key -> done."""

    text: str
    marks: dict[str, bool]


def merge(text: str, entries: Sequence[InboxEntry], tick: Collection[str] = ()) -> Merged:
    """The file `text` brought up to date with the journal; the entries of `tick` are ticked.

    Entries that are not in the file are put in unless a person was done with them. An entry whose text changed is
    open again: what was ticked was the old text.
    """
    lines = (text or t(HEADER)).split("\n")
    end = "\r" if text.count("\r\n") * 2 > text.count("\n") else ""
    for entry in entries:
        if entry.earlier:
            _revise(lines, entry)
    places = _places(lines)
    missing = [each for each in entries if not each.done and not _stands(each, lines, places)]
    for day in sorted({each.event.at[:10] for each in missing}):
        _insert(lines, day, [_line(each.event) + end for each in missing if each.event.at[:10] == day], end)
    places = _places(lines)
    for number in (number for key in tick for number in places.get(key, ())):
        lines[number] = _OURS.sub(r"\g<open>x\g<close>\g<body>", lines[number], count=1)
    ticked = {key: all(_ticked(lines[number]) for number in numbers) for key, numbers in places.items()}
    marks = {
        each.event.id: ticked[each.event.id] for each in entries if ticked.get(each.event.id, each.done) != each.done
    }
    return Merged("\n".join(lines), marks)


def body(event: Event, text: str | None = None) -> str:
    """An entry without its box; with another `text`, as it looked when it said that."""
    origin = f" src={event.src} who=human" if event.src else ""
    about = f" {event.subject}" if event.subject else ""
    told = event.told()
    do = f" -> {told.do}" if told.do else ""
    said = told.text if text is None else text
    return _plain(f"{event.at} key={event.id} kind={event.kind}{origin}{about} | {said}{do}")


def _plain(text: str) -> str:
    """Without what Markdown would take for HTML and swallow."""
    return text.replace("<", "‹").replace(" -> ", "\0").replace(">", "›").replace("\0", " -> ")


def _line(event: Event) -> str:
    return f"- [ ] {body(event)}"


def _places(lines: Sequence[str]) -> dict[str, list[int]]:
    """Where each key stands; a person may have copied a line."""
    places: dict[str, list[int]] = {}
    for number, line in enumerate(lines):
        if found := _OURS.match(line):
            places.setdefault(found["key"], []).append(number)
    return places


def _ticked(line: str) -> bool:
    found = _OURS.match(line)
    return bool(found and found["tick"].strip())


def _stands(entry: InboxEntry, lines: Sequence[str], places: dict[str, list[int]]) -> bool:
    """Whether the entry is in the file; one whose text changed only with its last text."""
    numbers = places.get(entry.event.id, ())
    return any(not entry.earlier or body(entry.event) in lines[number] for number in numbers)


def _revise(lines: list[str], entry: InboxEntry) -> None:
    """Put the last text in place of an earlier one; a line that a person rewrote is left to them."""
    new = body(entry.event)
    texts = sorted({new, *(body(entry.event, text) for text in entry.earlier)}, key=len, reverse=True)
    for number in _places(lines).get(entry.event.id, ()):
        found = _OURS.match(lines[number])
        assert found
        stands = next((text for text in texts if found["body"].startswith(text)), new)
        if stands != new:
            lines[number] = found["open"] + " " + found["close"] + new + found["body"].removeprefix(stands)


def _insert(lines: list[str], day: str, new: list[str], end: str) -> None:
    """Put the entries of a day at the end of its section; days stand newest first."""
    heads = [(number, found[1]) for number, line in enumerate(lines) if (found := _DAY.fullmatch(line))]
    at = next((number + 1 for number, name in heads if name == day), 0)
    if at:
        stop = next((number for number in range(at, len(lines)) if re.match(r"##?\s", lines[number])), len(lines))
    else:
        stop = next((number for number, name in heads if name < day), len(lines))
        new = [end, f"## {day}{end}", end, *new]
    while stop > at and not lines[stop - 1].strip():
        stop -= 1
    if at and stop == at:
        new = [end, *new]
    lines[stop:stop] = new
    if stop + len(new) == len(lines):
        lines.append("")
