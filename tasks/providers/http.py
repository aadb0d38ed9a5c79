"""One plain HTTP call, sent once, and what its failure means. The clients of both providers speak through it."""

import hashlib
import math
import ssl
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from ..text import clock
from ..text.sentences import t
from .failures import Ambiguous, Unavailable, http_error, purchase_error

CONNECTIONS = 32
_JSON = {"Content-Type": "application/json"}


class Whole(NamedTuple):
    """An answer with status 200, read to its end. headers: names in any letter case."""

    headers: Mapping[str, str]
    body: bytes


class Http:
    """Calls to the provider at `endpoint`, a host name for messages.

    key_header: name and value of the header that carries the key; a redirect to another host does not get it.
    timeout: seconds without a byte. May be shared by threads.
    """

    def __init__(self, endpoint: str, key_header: tuple[str, str], timeout: float) -> None:
        self._endpoint = endpoint
        self._key_header = key_header
        self._key = key_header[1].removeprefix("Bearer ")
        self._timeout = timeout
        self._pool: Any = None
        self._clock: tuple[datetime, float] | None = None

    @property
    def date(self) -> str | None:
        """The provider's clock, UTC, ISO 8601, by its last answer and the time since; None before the first."""
        if self._clock is None:
            return None
        told, when = self._clock
        now = told + timedelta(seconds=time.monotonic() - when)
        return clock.said(now)

    def _read_clock(self, headers: Mapping[str, str]) -> None:
        if told := _moment(headers.get("Date") or ""):
            self._clock = (told, time.monotonic())

    def ask(self, method: str, url: str, body: bytes | None = None, with_key: bool = True) -> Any:
        """The answer with status 200, its body not yet read, of a call that may be repeated.

        Redirects are followed. Raises Unavailable (no answer, 408, 429, 5xx) or Refused (any other status).
        """
        import urllib3

        headers = (dict([self._key_header]) if with_key else {}) | (_JSON if body else {})
        try:
            response = self._open().request(method, url, body=body, headers=headers, preload_content=False)
        except urllib3.exceptions.HTTPError as error:
            raise Unavailable(
                t("no answer from {endpoint}: {name}", endpoint=self._endpoint, name=_name(error))
            ) from error
        self._read_clock(response.headers)
        if response.status != 200:
            raise http_error(response.status, whole(response), retry_after(response.headers), self._key)
        return response

    def buy(self, url: str, body: bytes) -> Whole:
        """POST a request that is paid for when it is answered: once, without redirects, never again.

        Raises Unavailable or Refused when nothing can have been billed, Ambiguous when something may have been.
        """
        import urllib3

        headers = dict([self._key_header]) | _JSON | {"Accept": "application/json"}
        try:
            response = self._open().request("POST", url, body=body, headers=headers, redirect=False)
        except urllib3.exceptions.HTTPError as error:
            if _never_sent(error):
                raise Unavailable(
                    t("no connection to {endpoint}: {name}", endpoint=self._endpoint, name=_name(error))
                ) from error
            raise Ambiguous(f"no clear answer from {self._endpoint}: {_name(error)}") from error
        self._read_clock(response.headers)
        if response.status != 200:
            raise purchase_error(response.status, response.data, retry_after(response.headers), self._key)
        return Whole(response.headers, response.data)

    def _open(self) -> Any:
        import urllib3

        if self._pool is None:
            self._pool = urllib3.PoolManager(
                maxsize=CONNECTIONS,
                timeout=urllib3.Timeout(connect=min(10, self._timeout), read=self._timeout),
                retries=urllib3.Retry(
                    total=5,
                    connect=0,
                    read=0,
                    status=0,
                    other=0,
                    redirect=5,
                    respect_retry_after_header=False,  # it would sleep, and give up by an error without status
                    remove_headers_on_redirect=[self._key_header[0]],
                ),
            )
        return self._pool


def whole(response: Any) -> bytes:
    """The body of an answer of `Http.ask`. Raises Unavailable when it breaks off."""
    import urllib3

    try:
        return bytes(response.read())
    except urllib3.exceptions.HTTPError as error:
        raise Unavailable(t("the answer broke off: {name__}", name__=type(error).__name__)) from error


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait by the Retry-After header, a number or an HTTP date (RFC 9110, 10.2.3); None without one.

    A date counts from the answer's own Date, so that a clock that is wrong here does no harm.
    """
    value = (headers.get("Retry-After") or "").strip()
    try:
        seconds = float(value)
    except ValueError:
        until = _moment(value)
        now = _moment(headers.get("Date") or "") or datetime.now(UTC)
        return max(0.0, (until - now).total_seconds()) if until else None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def fingerprint(key: str) -> str:
    """A hash by which a key is recognised and from which it cannot be read."""
    return hashlib.sha256(b"kamishibai key " + key.encode()).hexdigest()[:12]


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _never_sent(error: Exception) -> bool:
    """Whether no connection came about: nothing of the request can have left."""
    import urllib3

    cause = getattr(error, "reason", None) or error
    if isinstance(cause, urllib3.exceptions.SSLError):
        return any(isinstance(each, ssl.SSLCertVerificationError) for each in cause.args)
    return isinstance(cause, (urllib3.exceptions.ConnectTimeoutError, urllib3.exceptions.LocationValueError))


def _name(error: Exception) -> str:
    return type(getattr(error, "reason", None) or error).__name__
