"""Reading from Slack's Web API with the bot token: pages, waits that are bounded, failures in our words."""

import os
import re
import time
from collections.abc import Iterator
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

from ..project.extras import Extra, missing
from ..providers.address import is_safe
from ..text.errors import BadInput, Stop
from ..text.sentences import later, t
from .slack_webhook import TIMEOUT, pause, reason, silent

if TYPE_CHECKING:
    from slack_sdk.errors import SlackApiError

PAGE = 200  # messages; what Slack recommends
LONGEST_WAIT = 120.0  # seconds one command waits in all when Slack says "later"
AGAIN = later("run again: doit inbox SYNC=1")
_HINTS = {
    "missing_scope": later(
        "give the Slack app the scope channels:history (groups:history for a private channel), install it again, then: "
        "doit inbox SYNC=1"
    ),
    "not_in_channel": later("invite the Slack app to the channel (/invite), then: doit inbox SYNC=1"),
    "channel_not_found": later(
        "set SLACK_CHANNEL to the channel's id, which stands at the end of the channel's details in Slack; a private "
        "channel needs the app invited"
    ),
}
_OTHER_KEY = later("set SLACK_BOT_TOKEN to the Bot User OAuth Token of the Slack app, then: doit inbox SYNC=1")


def connect() -> tuple["SlackApi", str]:
    """The API and the channel, from SLACK_BOT_TOKEN, SLACK_CHANNEL, SLACK_BASE_URL. Raises BadInput when they lack."""
    token, channel = os.environ.get("SLACK_BOT_TOKEN", "").strip(), os.environ.get("SLACK_CHANNEL", "").strip()
    for name, value in (("SLACK_BOT_TOKEN", token), ("SLACK_CHANNEL", channel)):
        if not value:
            raise BadInput(
                "SYNC=1 reads from Slack, and {name} is not set",
                "export {name}=..., then: doit inbox SYNC=1",
                name=name,
            )
    if not re.fullmatch(r"[CGD][A-Z0-9]{5,}", channel, re.ASCII):
        raise BadInput("SLACK_CHANNEL is no channel id", _HINTS["channel_not_found"])
    url = os.environ.get("SLACK_BASE_URL", "").strip() or "https://slack.com/api/"
    if not is_safe(url):
        raise BadInput(
            "SLACK_BASE_URL cannot be used: tokens travel only over https, or within this machine",
            "unset SLACK_BASE_URL, or set it to an https:// address",
        )
    return SlackApi(url, token), channel


class SlackApi:
    """The few methods that read. Every failure is a Stop without address, token or id in it."""

    def __init__(self, url: str, token: str) -> None:
        try:
            from slack_sdk import WebClient
        except ImportError:
            raise missing(Extra.SLACK, "SYNC=1") from None
        self._client = WebClient(token, url, timeout=TIMEOUT, logger=silent(), retry_handlers=[])
        self._patience = LONGEST_WAIT

    def pages(self, method: str, **parameters: str) -> Iterator[dict[str, Any]]:
        """The messages of all pages, as Slack orders them."""
        cursor = ""
        while True:
            more = {"cursor": cursor} if cursor else {}
            answer = self._call(method, parameters | {"limit": str(PAGE)} | more)
            yield from answer.get("messages") or ()
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return

    def _call(self, method: str, parameters: dict[str, str]) -> dict[str, Any]:
        from slack_sdk.errors import SlackApiError, SlackClientError

        while True:
            try:
                return dict(self._client.api_call(method, params=parameters).data)  # type: ignore[arg-type]
            except SlackApiError as error:
                self._wait(_asked_to_wait(error), error)
            except (SlackClientError, OSError, HTTPException, ValueError) as error:
                raise Stop("Slack cannot be reached ({reason}); nothing is lost", AGAIN, reason=reason(error)) from None

    def _wait(self, seconds: float, error: "SlackApiError") -> None:
        """Wait as asked, or raise Stop: it was another failure, or the wait is too long."""
        if not seconds:
            raise _refusal(error) from None
        if seconds > self._patience:
            raise Stop(
                "Slack asks to wait {seconds:.0f} s; what was read until now is in the inbox",
                "run again after that: doit inbox SYNC=1",
                seconds=seconds,
            ) from None
        self._patience -= seconds
        time.sleep(seconds)


def _asked_to_wait(error: "SlackApiError") -> float:
    response = error.response
    if getattr(response, "status_code", 0) != 429:
        return 0.0
    return pause(response.headers.items())


def _refusal(error: "SlackApiError") -> Stop:
    status = getattr(error.response, "status_code", 0)
    try:
        word = str(error.response["error"])
    except (KeyError, TypeError, ValueError):
        word = ""
    word = word if re.fullmatch(r"[a-z_]{2,60}", word, re.ASCII) else t("HTTP status {status}", status=status)
    if "auth" in word or "token" in word or word == "account_inactive":
        return Stop("Slack does not accept the bot token ({word})", _OTHER_KEY, word=word)
    return Stop("Slack refuses to say what was written ({word})", _HINTS.get(word, AGAIN), word=word)
