"""The markdown of the inbox: entries under their day."""

from tasks.inbox import markdown
from tasks.inbox.events import Event, InboxEntry


def test_entries_go_under_their_day_also_when_it_is_empty() -> None:
    """A heading that a person emptied takes the new entry below a blank line; the file ends with a line break."""
    event = Event("stuck", "CH01-001", "text", "do", at="2026-11-23T01:00:00Z")
    text = markdown.merge("# Inbox\n\n## 2026-11-23", [InboxEntry(event)]).text
    assert text.startswith("# Inbox\n\n## 2026-11-23\n\n- [ ] 2026-11-23T01:00:00Z key=") and text.endswith("\n")
