"""What became of each request of an immediate submission."""

import json
from pathlib import Path

import pytest

from tasks.lanes.immediate.journal import Accepted, Answered, Event, Journal, Sent, Unsent
from tasks.text.errors import Stop
from tests.support import facts

AT = "2026-11-23T00:00:00Z"


def test_the_last_event_of_a_request_counts(tmp_path: Path) -> None:
    """Each request is where its last event says."""
    journal = Journal(tmp_path / "_immediate" / "s001.jsonl")
    journal.append(Sent("a", AT, 0.0168))
    journal.append(Sent("b", AT, 0.0168))
    journal.append(Answered("a", facts.line()))
    assert journal.last() == {"a": Answered("a", facts.line()), "b": Sent("b", AT, 0.0168)}


def test_a_half_written_line_harms_no_other(tmp_path: Path) -> None:
    """A line that was cut by a kill is no event, and the next event after it is not lost."""
    journal = Journal(tmp_path / "_immediate" / "s001.jsonl")
    journal.append(Sent("a", AT, 0.0168))
    with journal.path.open("ab") as stream:
        stream.write(b'{"key":"b","eve')
    journal.append(Sent("c", AT, 0.0168))
    assert sorted(journal.last()) == ["a", "c"]


def test_no_journal_is_an_empty_one(tmp_path: Path) -> None:
    """Asking for what never began is fine, and so is forgetting it."""
    journal = Journal(tmp_path / "s001.jsonl")
    assert journal.last() == {}
    journal.remove()


EVENTS: list[tuple[Event, dict[str, object]]] = [
    (Sent("a", AT, 0.0168), {"key": "a", "event": "sent", "at": AT, "estimate_usd": 0.0168}),
    (Accepted("a", "r-7", AT), {"key": "a", "event": "accepted", "number": "r-7", "at": AT}),
    (Unsent("a"), {"key": "a", "event": "unsent"}),
    (
        Answered("a", facts.line(seconds=1.5, more={"later": 1})),
        {"key": "a", "event": "answered", "line": json.loads(facts.line(seconds=1.5, more={"later": 1}).to_json())},
    ),
    (
        Answered("a", facts.failed()),
        {"key": "a", "event": "answered", "line": json.loads(facts.failed().to_json())},
    ),
]


@pytest.mark.parametrize(("event", "line"), EVENTS)
def test_an_event_is_read_as_it_was_written(tmp_path: Path, event: Event, line: dict[str, object]) -> None:
    """Each kind survives the file, which says it in the words it always had; keys of newer versions do no harm."""
    journal = Journal(tmp_path / "s001.jsonl")
    journal.append(event)
    written = journal.path.read_bytes()
    assert written.endswith(b"}\n") and json.loads(written) == line
    assert journal.last() == {"a": event}
    journal.path.write_text(json.dumps(line | {"later": [1]}) + "\n")
    assert journal.last() == {"a": event}


@pytest.mark.parametrize(
    "line",
    [
        {"key": "0001-k", "event": "refunded", "usd": 1},
        {"key": "0001-k", "event": "sent", "at": AT},
        {"key": "0001-k", "event": ["sent"]},
        {"key": "0001-k", "event": "answered", "line": {"key": "0001-k"}},
        {"key": "0001-k", "event": "answered", "line": None},
    ],
)
def test_an_event_of_an_unknown_kind_stops(tmp_path: Path, line: dict[str, object]) -> None:
    """What it means for money nobody here can say, so nothing is settled; the journal and the request are named."""
    journal = Journal(tmp_path / "s001.jsonl")
    journal.append(Sent("a", AT, 0.0168))
    with journal.path.open("a") as stream:
        stream.write(json.dumps(line) + "\n")
    with pytest.raises(Stop) as stopped:
        journal.last()
    assert str(journal.path) in stopped.value.what and "0001-k" in stopped.value.what and stopped.value.exit_code == 1


@pytest.mark.parametrize("end", [1, 12, 25, -1])
@pytest.mark.parametrize("event", [event for event, _ in EVENTS])
def test_a_torn_line_is_no_event(tmp_path: Path, event: Event, end: int) -> None:
    """Wherever the kill cut it: the request is where its last whole line says."""
    journal = Journal(tmp_path / "s001.jsonl")
    journal.append(event)
    line = journal.path.read_bytes().strip()
    journal.remove()
    journal.append(Unsent("b"))
    with journal.path.open("ab") as stream:
        stream.write(line[:end])
    assert journal.last() == {"b": Unsent("b")}
