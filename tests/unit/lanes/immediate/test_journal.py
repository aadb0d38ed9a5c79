"""What became of each request of an immediate submission."""

from pathlib import Path

from tasks.lanes.immediate.journal import Journal


def test_the_last_event_of_a_request_counts(tmp_path: Path) -> None:
    """Each request is where its last event says."""
    journal = Journal(tmp_path / "_immediate" / "s001.jsonl")
    journal.append("a", "sent", at="2026-11-23T00:00:00Z")
    journal.append("b", "sent", at="2026-11-23T00:00:00Z")
    journal.append("a", "answered", line={"key": "a"})
    assert {key: event["event"] for key, event in journal.last().items()} == {"a": "answered", "b": "sent"}


def test_a_half_written_line_harms_no_other(tmp_path: Path) -> None:
    """A line that was cut by a kill is no event, and the next event after it is not lost."""
    journal = Journal(tmp_path / "_immediate" / "s001.jsonl")
    journal.append("a", "sent")
    with journal.path.open("ab") as stream:
        stream.write(b'{"key":"b","eve')
    journal.append("c", "sent")
    assert sorted(journal.last()) == ["a", "c"]


def test_no_journal_is_an_empty_one(tmp_path: Path) -> None:
    """Asking for what never began is fine, and so is forgetting it."""
    journal = Journal(tmp_path / "s001.jsonl")
    assert journal.last() == {}
    journal.remove()
