"""Posting to services outside: one message per command where it fits, and what was accepted is noted after."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from ..files import faultpoint
from ..project.paths import Paths
from ..text.sentences import t
from . import events
from .events import Event
from .posted import Posted, read_posted, write_posted

MOST_MESSAGES = 10  # per command; the rest goes with the next one
BETWEEN = 1.0  # seconds
LOCK_SECONDS = 30.0

Pending = list[tuple[int, Event]]


class NotNow(Exception):
    """A message was not taken. why: for the person, without address or token; until: Unix time asked for, or 0."""

    def __init__(self, why: str, until: float = 0.0) -> None:
        super().__init__(why)
        self.why = why
        self.until = until


@dataclass(frozen=True)
class Service:
    """Where messages go. name: for the person; posted: file that tells how far; longest: characters of a message.

    send: returns when a message was accepted, else raises NotNow. escaped: a line as it wants it.
    """

    name: str
    posted: Path
    longest: int
    send: Callable[[str], None]
    escaped: Callable[[str], str] = str


def post(paths: Paths, service: Service) -> None:
    """Post what is pending, oldest first; says on stderr what was not taken."""
    from filelock import Timeout

    from ..files import locks

    try:
        with locks.held(paths.lock("slack"), LOCK_SECONDS):
            _post(paths, service)
    except Timeout:
        _say(t("inbox: another command is posting to {service}; the rest goes with the next one", service=service.name))


def _post(paths: Paths, service: Service) -> None:
    posted, pending = _pending(paths, service, read_posted(service.posted))
    if not pending:
        return
    messages = _messages(pending, service)
    why, until, sent = t("there is more than one command posts"), 0.0, 0
    try:
        _heed(service, posted)
        for number, message in enumerate(messages[:MOST_MESSAGES]):
            time.sleep(BETWEEN if number else 0)
            faultpoint.reached("before-post")
            service.send(_text(message, number, len(messages), service))
            faultpoint.reached("after-post")
            posted = Posted(message[-1][0], message[-1][1].id)
            write_posted(service.posted, posted)
            sent += len(message)
    except NotNow as error:
        why, until = error.why, error.until
        write_posted(service.posted, replace(posted, not_before=until))
    if left := len(pending) - sent:
        _say(
            t(
                "inbox: {left:entry is|entries are} not in {service} yet: {why}; the next command tries again",
                left=left,
                service=service.name,
                why=why,
            )
        )


def _say(line: str) -> None:
    print(line, file=sys.stderr)  # noqa: T201 - the person reads it


def _heed(service: Service, posted: Posted) -> None:
    """Leave a service alone as long as it asked to be."""
    left = posted.not_before - time.time()
    if left > 0:
        said = t("{service} asked to wait, {left:.0f} s more", service=service.name, left=left)
        raise NotNow(said, posted.not_before)


def _pending(paths: Paths, service: Service, posted: Posted) -> tuple[Posted, Pending]:
    """What is not posted, and the state from there on. What came from Slack does not go back to it.

    A journal that does not hold the last posted event is another one, begun anew. When nothing was ever posted, what
    a person ticked already is left out: setting a service up late does not flood it.
    """
    journal = events.since(paths, 0)
    begun_anew = posted.last and all(event is None or event.id != posted.last for _, event in journal)
    through = 0 if begun_anew else posted.through
    settled = {each.event.id for each in events.read(paths) if each.done} if posted.first else set()
    rest = [(end, event) for end, event in journal if end > through]
    pending = [(end, event) for end, event in rest if event and not event.src and event.id not in settled]
    if not pending and rest:
        posted = Posted(rest[-1][0], "" if begun_anew else posted.last, posted.not_before)
        write_posted(service.posted, posted)
    return replace(posted, first=False), pending


def _messages(pending: Pending, service: Service) -> list[Pending]:
    messages: list[Pending] = []
    size = service.longest
    for end, event in pending:
        size += len(_line(event, service)) + 1
        if size > service.longest - 100:
            messages.append([])
            size = len(_line(event, service)) + 1
        messages[-1].append((end, event))
    return messages


def _text(message: Pending, number: int, messages: int, service: Service) -> str:
    part = t(" ({number} of {messages})", number=number + 1, messages=messages) if messages > 1 else ""
    head = t("Kamishibai inbox: {count} new{part}", count=len(message), part=part)
    return "\n".join([head, *(_line(event, service) for _, event in message)])


def _line(event: Event, service: Service) -> str:
    """One event, cut to what one message of the service holds."""
    told = event.told()
    do = f" -> {told.do}" if told.do else ""
    line = service.escaped(f"- key={event.id} {event.kind} {event.subject} | {told.text}{do}")
    most = service.longest - 101
    return line if len(line) <= most else f"{line[: most - 1]}…"
