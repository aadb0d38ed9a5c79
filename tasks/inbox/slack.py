"""Slack, outwards: what every command calls at its end. With nothing new it looks at two small files and no more.

Every event goes out once by incoming webhook, late rather than never. When the answer to a post is lost, nobody can
tell whether Slack has it: it is posted again, and its key shows the two to be one.
"""

import contextlib
import os
import sys

from ..files import regular
from ..project.paths import Paths
from ..text.errors import DiskRefuses, Stop
from ..text.sentences import t
from .posted import read_posted


def deliver(paths: Paths) -> None:
    """Bring pm_inbox.md up to date and post what Slack has not accepted yet.

    A command's own outcome never depends on it: what goes wrong is said on stderr and tried again by the next command.
    """
    length = _length(paths)
    if not length:
        return
    try:
        if not _is_current(paths, length):
            from . import inbox

            inbox.refresh(paths)
        if webhook() and read_posted(paths).through != _length(paths):
            from . import posting

            posting.post(paths, webhook())
    except (Stop, OSError) as error:
        said = DiskRefuses(error) if isinstance(error, OSError) else error
        print(t("inbox: {said}", said=str(said)), file=sys.stderr)  # noqa: T201 - the person reads it


def webhook() -> str:
    """The address from SLACK_WEBHOOK_URL; itself a secret. "" when there is none."""
    return os.environ.get("SLACK_WEBHOOK_URL", "").strip()


def _length(paths: Paths) -> int:
    with contextlib.suppress(*regular.NOT_THERE):
        return (paths.inbox / "events.jsonl").stat().st_size
    return 0


def _is_current(paths: Paths, length: int) -> bool:
    with contextlib.suppress(FileNotFoundError):
        (paths.inbox / "pm_inbox.md").stat()
        return regular.read(paths.inbox / ".digest") == str(length).encode()
    return False
