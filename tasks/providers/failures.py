"""What a failed call means to the caller:

Unavailable   not now; nothing was billed, ask again later (429, 5xx, timeouts, broken connections)
Refused       the provider said no (4xx): nothing was done
Ambiguous     a create or a purchase left and no clear answer came back: a job may exist, a picture may be billed
Gone          what was ordered and paid for is not to be had at the provider, as far as it says now

What a provider says goes into files and onto terminals: every reason is one printable line without secrets.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from ..text.errors import Portable
from ..text.redaction import one_line, without
from ..text.sentences import english
from .failure_class import AccountTrouble, trouble_of
from .protojson import items, text
from .protojson import message as object_of

LONGEST = 600

_PASSING = frozenset({408, 409, 425, 429, 499})
"""HTTP statuses from 400 to 499 that say "not now" rather than "no"."""


class _Told(Portable):
    """A failure with what the provider said of it, made printable here for every kind."""

    def __init__(self, reason: str) -> None:
        # A sentence that can be shown as it is stays one: files have it in English.
        self.reason = reason if one_line(reason, LONGEST) == reason else one_line(english(reason), LONGEST)
        super().__init__(self.reason)


class Unavailable(_Told):
    """The provider did not answer usefully; the question can be asked again.

    code: the HTTP status, None when there was no answer. retry_after: seconds the provider wants to be left alone.
    """

    def __init__(self, reason: str, retry_after: float | None = None, code: int | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after
        self.code = code


class BrokeOff(Unavailable):
    """The answer began with status 200 and broke off before its end."""


class OutOfPatience(Unavailable):
    """The time of WAIT= is over and the provider too slow: it was not asked again."""


class Refused(_Told):
    """The provider refused with an HTTP status; nothing was done.

    trouble: what is wrong with the account, so that every further request would be refused as well; None when the
    refusal is about this very request. word: the provider's own for it, such as INVALID_ARGUMENT; "" for none.
    """

    def __init__(
        self,
        code: int,
        reason: str,
        retry_after: float | None = None,
        trouble: AccountTrouble | None = None,
        word: str = "",
    ) -> None:
        super().__init__(reason)
        self.code = code
        self.retry_after = retry_after
        self.trouble = trouble
        self.word = word


class Ambiguous(_Told):
    """The create or purchase left this machine and its outcome is unknown."""


class Gone(_Told):
    """An order that is paid for cannot be fetched: the provider does not know it, or its picture is not there."""


def http_error(code: int, body: bytes, wait: float | None = None, secret: str = "") -> Unavailable | Refused:
    """The failure that an HTTP status other than 200 stands for.

    body: the answer. wait: its Retry-After; without one the delay in the body counts (P-31). secret: the key it was
    sent with, which some answers repeat.
    """
    reason, error = f"{code} {message(body, secret)}".strip(), object_of(_error(body))
    wait = _retry_delay(error) if wait is None else wait
    trouble = trouble_of(code, error or {"message": reason})
    if not 400 <= code < 500 or (code in _PASSING and not trouble):
        return Unavailable(reason, wait, code)
    return Refused(code, reason, wait, trouble, _word(error))


def purchase_error(
    code: int, body: bytes, wait: float | None = None, secret: str = ""
) -> Unavailable | Refused | Ambiguous:
    """The same for a request that costs money when it is answered.

    4xx and 5xx are not billed (P-22), but only the provider's own error body shows that it was the
    provider who answered: a proxy says 502 also when the picture is made and billed, some in JSON with a "message".
    """
    if code not in (408, 499) and 400 <= code < 500:
        return http_error(code, body, wait, secret)
    if code >= 400 and _error(body, ("error", "detail")) is not None:
        return http_error(code, body, wait, secret)
    return Ambiguous(f"{code} {message(body, secret)}".strip())


def message(body: bytes, secret: str = "") -> str:
    """What an error body says: `{"error": {...}}`, `{"error": "…"}`, `{"detail": …}`, or the beginning of its text.

    In one printable line without secrets; secret: one more that must not stand in it.
    """
    found = _error(body)
    if isinstance(found, dict):
        found = [_word(found) or found.get("status") or found.get("type"), found.get("message")]
    elif found is None:
        found = one_line(without(secret, body[:2000].decode("utf-8", "replace")), 120)
    parts = found if isinstance(found, list) else [found]
    return one_line(without(secret, " ".join(str(part) for part in parts if part)), 300)


def _word(error: Mapping[str, Any]) -> str:
    """The provider's own word for an error; its code may be a number."""
    return text(error.get("status")) or text(error.get("code"))


def _retry_delay(error: Mapping[str, Any]) -> float | None:
    """Seconds by the error's google.rpc.RetryInfo, such as "33.5s"; None without one."""
    for detail in map(object_of, items(error.get("details"))):
        if found := re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)s", text(detail.get("retryDelay")), re.ASCII):
            return float(found[1])
    return None


def _error(body: bytes, names: Sequence[str] = ("error", "detail", "message")) -> object:
    """The error in a JSON error body, under the first of `names` that it has; None when `body` is no such thing."""
    try:
        data = orjson.loads(body)
    except ValueError:
        return None
    if not isinstance(data, dict):
        return None
    return next((data[name] for name in names if data.get(name)), None)


PATIENCE = 120.0
"""Seconds. A Retry-After beyond it means "not today", and a person decides."""
