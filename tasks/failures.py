"""What a failed call means to the caller:

Unavailable   nobody knows; ask again later (429, 5xx, timeouts, broken connections)
Refused       the provider said no (4xx): nothing was done
Ambiguous     a create left and no clear answer came back: a job may exist
"""

import orjson


class Unavailable(Exception):
    """The provider did not answer usefully; the question can be asked again."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


class Refused(Exception):
    """The provider refused with an HTTP status; nothing was done."""

    def __init__(self, code: int, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.retry_after = retry_after


class Ambiguous(Exception):
    """The create left this machine and its outcome is unknown."""


def http_error(code: int, body: bytes, retry_after: str | None = None) -> Unavailable | Refused:
    """The failure that an HTTP status other than 200 stands for; `body` is the answer, `retry_after` its header."""
    reason = f"{code} {_message(body)}"
    wait = float(retry_after) if retry_after and retry_after.isdigit() else None
    if code in (408, 429, 499) or code >= 500 or code < 400:
        return Unavailable(reason, wait)
    return Refused(code, reason, wait)


def _message(body: bytes) -> str:
    """Status and message of Google's error body, or the beginning of whatever came instead."""
    try:
        error = orjson.loads(body)["error"]
        return f"{error.get('status', '')} {error.get('message', '')}".strip()
    except (ValueError, KeyError, TypeError, AttributeError):
        return " ".join(body[:120].decode("utf-8", "replace").split())
