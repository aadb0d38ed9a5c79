"""Posting to Slack's incoming webhook: one message per command where it fits, and what was accepted is noted after.

Slack's answers: docs.slack.dev, "Sending messages using incoming webhooks" and "Rate limits" (2026-11-23): 200 and the
word "ok" for accepted; 429 with Retry-After; about one message a second; messages under 4,000 characters.
"""

import re
import sys
import time
from collections.abc import Iterable
from dataclasses import replace
from http.client import HTTPException
from typing import TYPE_CHECKING

from ..files import faultpoint
from ..project.paths import Paths
from ..providers.address import is_safe
from ..providers.http import retry_after
from ..text.errors import Stop
from ..text.redaction import one_line
from ..text.sentences import t
from . import events
from .events import Event
from .posted import Posted, read_posted, write_posted

if TYPE_CHECKING:
    import logging

    from slack_sdk.webhook import WebhookClient

WEBHOOK = "SLACK_WEBHOOK_URL"
ACCEPTED = "ok"  # the body of Slack's answer
LONGEST_MESSAGE = 3800
MOST_MESSAGES = 10  # per command; the rest goes with the next one
BETWEEN = 1.0  # seconds
LONGEST_WAIT = 20.0  # seconds a command waits in all when Slack says "later"
TIMEOUT = 10  # seconds
LOCK_SECONDS = 30.0

Pending = list[tuple[int, Event]]


class NotNow(Exception):
    """Slack did not take a message. why: for the person, without address or token; until: Unix time asked for, or 0."""

    def __init__(self, why: str, until: float = 0.0) -> None:
        super().__init__(why)
        self.why = why
        self.until = until


def post(paths: Paths, url: str) -> None:
    """Post what is pending, oldest first; says on stderr what Slack did not take. Raises Stop for an unsafe address."""
    from filelock import Timeout

    from ..files import locks

    if not is_safe(url):
        raise Stop(
            "{webhook} is no https:// address; nothing was posted", "set {webhook} as Slack shows it", webhook=WEBHOOK
        )
    try:
        with locks.held(paths.lock("slack"), LOCK_SECONDS):
            _post(paths, url)
    except Timeout:
        said = t("inbox: another command is posting to Slack; the rest goes with the next one")
        print(said, file=sys.stderr)  # noqa: T201 - the person reads it


def _post(paths: Paths, url: str) -> None:
    posted, pending = _pending(paths, read_posted(paths))
    if not pending:
        return
    messages = _messages(pending)
    why, until, sent = t("there is more than one command posts"), 0.0, 0
    try:
        _heed(posted)
        sender = _Sender(url)
        for number, message in enumerate(messages[:MOST_MESSAGES]):
            time.sleep(BETWEEN if number else 0)
            faultpoint.reached("before-post")
            sender.send(_text(message, number, len(messages)))
            faultpoint.reached("after-post")
            posted = Posted(message[-1][0], message[-1][1].id)
            write_posted(paths, posted)
            sent += len(message)
    except NotNow as error:
        why, until = error.why, error.until
        write_posted(paths, replace(posted, not_before=until))
    if left := len(pending) - sent:
        said = t(
            "inbox: {left:entry is|entries are} not in Slack yet: {why}; the next command tries again",
            left=left,
            why=why,
        )
        print(said, file=sys.stderr)  # noqa: T201 - the person reads it


def _heed(posted: Posted) -> None:
    """Leave Slack alone as long as it asked to be."""
    left = posted.not_before - time.time()
    if left > 0:
        raise NotNow(t("Slack asked to wait, {left:.0f} s more", left=left), posted.not_before)


def _pending(paths: Paths, posted: Posted) -> tuple[Posted, Pending]:
    """What is not posted, and the state from there on. What came from Slack does not go back to it.

    A journal that does not hold the last posted event is another one, begun anew. When nothing was ever posted, what
    a person ticked already is left out: setting Slack up late does not flood it.
    """
    journal = events.since(paths, 0)
    begun_anew = posted.last and all(event is None or event.id != posted.last for _, event in journal)
    through = 0 if begun_anew else posted.through
    settled = {each.event.id for each in events.read(paths) if each.done} if posted.first else set()
    rest = [(end, event) for end, event in journal if end > through]
    pending = [(end, event) for end, event in rest if event and not event.src and event.id not in settled]
    if not pending and rest:
        posted = Posted(rest[-1][0], "" if begun_anew else posted.last, posted.not_before)
        write_posted(paths, posted)
    return replace(posted, first=False), pending


def _messages(pending: Pending) -> list[Pending]:
    messages: list[Pending] = []
    size = LONGEST_MESSAGE
    for end, event in pending:
        size += len(_line(event)) + 1
        if size > LONGEST_MESSAGE - 100:
            messages.append([])
            size = len(_line(event)) + 1
        messages[-1].append((end, event))
    return messages


def _text(message: Pending, number: int, messages: int) -> str:
    part = t(" ({number} of {messages})", number=number + 1, messages=messages) if messages > 1 else ""
    head = t("Kamishibai inbox: {count} new{part}", count=len(message), part=part)
    return "\n".join([head, *(_line(event) for _, event in message)])


def _line(event: Event) -> str:
    told = event.told()
    do = f" -> {told.do}" if told.do else ""
    return _escaped(f"- key={event.id} {event.kind} {event.subject} | {told.text}{do}")


def _escaped(text: str) -> str:
    """As Slack wants it: nothing in it can mention anyone."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class _Sender:
    """One command's way to the webhook; waits a bounded time in all when Slack says "later"."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.patience = LONGEST_WAIT

    def send(self, text: str) -> None:
        """Returns when Slack accepted. Raises NotNow otherwise."""
        while (wait := self._try(text)) > 0:
            if wait > self.patience:
                raise NotNow(t("Slack asks to wait {wait:.0f} s", wait=wait), time.time() + wait)
            self.patience -= wait
            time.sleep(wait)

    def _try(self, text: str) -> float:
        """0 when accepted, else the seconds Slack asks to wait."""
        try:
            # mrkdwn off: underscores in our names are no italics.
            answer = self._client().send_dict({"text": text, "mrkdwn": False, "unfurl_links": False})
        except (OSError, HTTPException, ValueError) as error:
            raise NotNow(t("Slack cannot be reached ({reason})", reason=reason(error))) from None
        if answer.status_code == 200 and answer.body.strip() == ACCEPTED:
            return 0.0
        if answer.status_code == 429:
            return pause(answer.headers.items())
        raise NotNow(_refusal(answer.status_code, answer.body))

    def _client(self) -> "WebhookClient":
        from slack_sdk.webhook import WebhookClient

        # No retries by the client: it repeats a post whose answer was lost, which may be one too many.
        return WebhookClient(self.url, timeout=TIMEOUT, logger=silent(), retry_handlers=[])


def silent() -> "logging.Logger":
    """A logger for the client that says nothing: what it logs holds the address, which is the secret."""
    import logging

    logger = logging.Logger("slack", level=logging.CRITICAL + 1)
    logger.addHandler(logging.NullHandler())
    return logger


def pause(headers: Iterable[tuple[str, str]]) -> float:
    """Seconds that Slack asks to wait; at least one, and one when it does not say."""
    return max(1.0, retry_after({name.title(): value for name, value in headers}) or 1.0)


def reason(error: Exception) -> str:
    """Why a connection failed, in words that hold no address."""
    inner = getattr(error, "reason", error)
    words = inner.strerror if isinstance(inner, OSError) and inner.strerror else type(inner).__name__
    return one_line(str(words), 80)


def _refusal(code: int, body: str) -> str:
    word = f" {body.strip()}" if re.fullmatch(r"[a-z_]{2,40}", body.strip(), re.ASCII) else ""
    if code in (301, 302, 307, 308, 401, 403, 404, 410):
        return t(
            "Slack does not know this webhook ({code}{word}); make a new one there and set {webhook}",
            code=code,
            word=word,
            webhook=WEBHOOK,
        )
    return t("Slack answered {code}{word}", code=code, word=word)
