"""Slack's incoming webhook takes the messages.

Slack's answers: docs.slack.dev, "Sending messages using incoming webhooks" and "Rate limits" (2026-11-23): 200 and the
word "ok" for accepted; 429 with Retry-After; about one message a second; messages under 4,000 characters.
"""

import re
import time
from collections.abc import Iterable
from http.client import HTTPException
from typing import TYPE_CHECKING

from ..project.extras import Extra, missing
from ..project.paths import Paths
from ..providers.address import is_safe
from ..providers.http import retry_after
from ..text.errors import Stop
from ..text.redaction import one_line
from ..text.sentences import t
from . import posting
from .posted import of_slack
from .posting import NotNow, Service

if TYPE_CHECKING:
    import logging

    from slack_sdk.webhook import WebhookClient

WEBHOOK = "SLACK_WEBHOOK_URL"
LONGEST_MESSAGE = 3800
LONGEST_WAIT = 20.0  # seconds a command waits in all when Slack says "later"
TIMEOUT = 10  # seconds
ACCEPTED = "ok"  # the body of Slack's answer


def post(paths: Paths, url: str) -> None:
    """Post what is pending, oldest first; says on stderr what Slack did not take.

    Raises Stop for an unsafe address, or where its client is not installed.
    """
    if not is_safe(url):
        raise Stop(
            "{webhook} is no https:// address; nothing was posted", "set {webhook} as Slack shows it", webhook=WEBHOOK
        )
    posting.post(paths, Service("Slack", of_slack(paths), LONGEST_MESSAGE, _Webhook(url), _escaped))


def _escaped(text: str) -> str:
    """As Slack wants it: nothing in it can mention anyone."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class _Webhook:
    """One command's way to the webhook; waits a bounded time in all when Slack says "later"."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.patience = LONGEST_WAIT

    def __call__(self, text: str) -> None:
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
        try:
            from slack_sdk.webhook import WebhookClient
        except ImportError:
            raise missing(Extra.SLACK, WEBHOOK) from None
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
