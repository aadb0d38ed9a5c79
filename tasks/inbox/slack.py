"""Slack, outwards: what every command calls at its end. With nothing new it looks at two small files and no more.

Every event goes out once by incoming webhook, late rather than never. When the answer to a post is lost, nobody can
tell whether Slack has it: it is posted again, and its key shows the two to be one.
"""

import contextlib
import os
import sys

from ..errors import Stop
from ..project.paths import Places
from .posted import read_posted


def deliver(places: Places) -> None:
    """Bring pm_inbox.md up to date and post what Slack has not accepted yet.

    A command's own outcome never depends on it: what goes wrong is said on stderr and tried again by the next command.
    """
    length = _length(places)
    if not length:
        return
    try:
        if not _is_current(places, length):
            from . import inbox

            inbox.refresh(places)
        if webhook() and read_posted(places).through != _length(places):
            from . import posting

            posting.post(places, webhook())
    except (Stop, OSError) as error:
        print(f"inbox: {error}", file=sys.stderr)  # noqa: T201 - the person reads it


def webhook() -> str:
    """The address from SLACK_WEBHOOK_URL; itself a secret. "" when there is none."""
    return os.environ.get("SLACK_WEBHOOK_URL", "").strip()


def _length(places: Places) -> int:
    with contextlib.suppress(FileNotFoundError):
        return (places.inbox / "events.jsonl").stat().st_size
    return 0


def _is_current(places: Places, length: int) -> bool:
    with contextlib.suppress(FileNotFoundError):
        (places.inbox / "pm_inbox.md").stat()
        return (places.inbox / ".digest").read_bytes() == str(length).encode()
    return False
