"""The inbox, outwards: what every command calls at its end. With nothing new it looks at a few small files and no more.

Every event goes out once to Slack and to each further service, late rather than never. When the answer to a post is
lost, nobody can tell whether it is there: it is posted again, and its key shows the two to be one.
"""

import contextlib
import os
import sys
from collections.abc import Callable
from pathlib import Path

from ..files import regular
from ..project.paths import Paths
from ..text.errors import DiskRefuses, Stop
from ..text.sentences import t
from .posted import of_service, of_slack, read_posted


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
    except (Stop, OSError) as error:
        _say(error)
    _attempt(paths, [of_slack(paths)] if webhook() else [], _to_slack)
    _attempt(paths, [of_service(paths, number) for number, _ in enumerate(addresses(), 1)], _to_services)


def _attempt(paths: Paths, states: list[Path], post: Callable[[Paths], None]) -> None:
    """Post where one of the services is behind; what keeps it from that is said, and keeps no other service from it."""
    try:
        length = _length(paths)
        if any(read_posted(state).through != length for state in states):
            post(paths)
    except (Stop, OSError) as error:
        _say(error)


def _to_slack(paths: Paths) -> None:
    from . import slack_webhook

    slack_webhook.post(paths, webhook())


def _to_services(paths: Paths) -> None:
    from . import notify

    notify.post(paths, addresses())


def _say(error: Stop | OSError) -> None:
    said = DiskRefuses(error) if isinstance(error, OSError) else error
    print(t("inbox: {said}", said=str(said)), file=sys.stderr)  # noqa: T201 - the person reads it


def webhook() -> str:
    """The address from SLACK_WEBHOOK_URL; itself a secret. "" when there is none."""
    return os.environ.get("SLACK_WEBHOOK_URL", "").strip()


def addresses() -> list[str]:
    """The addresses from KAMISHIBAI_NOTIFY, parted by blanks; secrets themselves."""
    return os.environ.get("KAMISHIBAI_NOTIFY", "").split()


def _length(paths: Paths) -> int:
    with contextlib.suppress(*regular.NOT_THERE):
        return (paths.inbox / "events.jsonl").stat().st_size
    return 0


def _is_current(paths: Paths, length: int) -> bool:
    with contextlib.suppress(FileNotFoundError):
        (paths.inbox / "pm_inbox.md").stat()
        return regular.read(paths.inbox / ".digest") == str(length).encode()
    return False
