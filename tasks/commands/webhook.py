"""A Gemini webhook, checked: Standard Webhooks, signed with the secret of a static webhook.

Headers webhook-id, webhook-timestamp, webhook-signature; body {"type": "batch.succeeded", "version": "v1",
"timestamp": "...", "data": {"id": "...", ...}} (ai.google.dev/gemini-api/docs/webhooks and /api/webhooks, read
2026-11; the form of data.id is not shown there for a real job, so it is taken with and without "batches/").
"""

from collections import OrderedDict
from collections.abc import Mapping
from typing import NamedTuple

import orjson

EVENTS = frozenset({"batch.succeeded", "batch.failed", "batch.expired", "batch.cancelled"})
REMEMBERED = 10_000  # ids; far more than arrive within the five minutes that a timestamp is good for


class Unwelcome(Exception):
    """A request that is refused. status: the HTTP status."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Notice(NamedTuple):
    """What a webhook says. job: "batches/…", None when it is about something else."""

    kind: str
    job: str | None


class Gate:
    """Lets through what is signed, fresh and new."""

    def __init__(self, secret: str) -> None:
        """secret: "whsec_…". Raises ValueError when it cannot be one."""
        from standardwebhooks import Webhook
        from standardwebhooks.webhooks import EmptyWebhookSecretError

        try:
            self._webhook = Webhook(secret)
        except (EmptyWebhookSecretError, ValueError):
            raise ValueError("no webhook secret") from None
        self._seen: OrderedDict[str, None] = OrderedDict()

    def admit(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """The notice in a request. Raises Unwelcome: 401 wrong or old signature, 409 came before, 400 unreadable."""
        from standardwebhooks import WebhookVerificationError

        small = {name.lower(): value for name, value in headers.items()}
        try:
            self._webhook.verify(body, small, json_parse=False)
        except (WebhookVerificationError, ValueError) as error:
            raise Unwelcome(401, "signature, timestamp or headers are not right") from error
        identity = small["webhook-id"]
        if identity in self._seen:
            raise Unwelcome(409, "came before")
        notice = _read(body)
        self._seen[identity] = None
        while len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return notice


def _read(body: bytes) -> Notice:
    try:
        data = orjson.loads(body)
        kind, identity = str(data["type"]), str((data.get("data") or {}).get("id") or "")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unwelcome(400, "not a webhook of the expected form") from error
    is_job = kind in EVENTS and identity
    return Notice(kind, f"batches/{identity.rpartition('/')[2]}" if is_job else None)
