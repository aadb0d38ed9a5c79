"""One HTTP call, sent once, and what its failure means. Every client of every provider speaks through it.

No redirect is followed with a key, nothing is unpacked, and every call has an end in time and bytes (bounds).
"""

import hashlib
import io
import math
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

from ..text import clock
from ..text.redaction import one_line
from ..text.sentences import t
from .address import is_loopback, is_safe
from .bounds import ASKED, CONNECT_SECONDS, PICTURED, REST_SECONDS, Bounds, Patience, TooMuch
from .failures import Ambiguous, BrokeOff, OutOfPatience, Unavailable, http_error, purchase_error
from .network import Network, Proxy

CHUNK = 1 << 20
IN_MEMORY = 8 << 20
"""Bytes of an answer that are held before its end is known; the rest waits in a temporary file."""
REDIRECTS = 5
_JSON = {"Content-Type": "application/json"}
_NOTHING: Mapping[str, str] = MappingProxyType({})


class Whole(NamedTuple):
    """An answer with status 200, read to its end. headers: names in any letter case."""

    headers: Mapping[str, str]
    body: bytes


class _Broken(Exception):
    """No answer that can be used. sent: whether anything of the request can have left; late: it ran into its end."""

    def __init__(self, reason: str, sent: bool, late: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sent = sent
        self.late = late


class Http:
    """Calls to the provider at `base_url`.

    key_headers: those that carry the key and belong to it. timeout: seconds for one call, see bounds. network: how this
    machine reaches it, by the environment unless given. secret: the key, which some answers repeat.
    Raises Stop when the environment names a proxy or certificates that cannot be used. May be shared by threads.
    """

    def __init__(
        self,
        base_url: str,
        key_headers: Mapping[str, str],
        timeout: float,
        patience: Patience | None = None,
        network: Network | None = None,
        secret: str = "",
    ) -> None:
        self.endpoint = urlsplit(base_url).hostname or base_url
        self._key_header = dict(key_headers)
        self._key = secret
        self._timeout = timeout
        self._patience = patience or Patience()
        self._network = network or Network()
        self._network.proxy(base_url)
        self._managers: dict[tuple[Proxy | None, bool], Any] = {}
        self._clock: tuple[datetime, float] | None = None

    @property
    def date(self) -> str | None:
        """The provider's clock, UTC, ISO 8601, by its last answer and the time since; None before the first."""
        if self._clock is None:
            return None
        told, when = self._clock
        now = told + timedelta(seconds=time.monotonic() - when)
        return clock.said(now)

    def ask(
        self,
        method: str,
        url: str,
        body: bytes | None = None,
        headers: Mapping[str, str] = _NOTHING,
        with_key: bool = True,
    ) -> Whole:
        """The answer with status 200 to a call that may be repeated.

        Raises Unavailable (no answer that can be used, 408, 409, 429, 5xx) or Refused (any other 4xx).
        """
        given = (self._key_header if with_key else {}) | (_JSON if body else {}) | dict(headers)
        with self._checked(method, url, Bounds(self._seconds(), None, ASKED), body, given) as response:
            return Whole(response.headers, _whole(response, ASKED))

    def upload(self, url: str, data: bytes, headers: Mapping[str, str], with_key: bool = False) -> Whole:
        """Send a file, as `ask`, but long as the file may be. with_key: not to an address that is the permission."""
        seconds = self._seconds()
        bounds = Bounds(seconds, min(REST_SECONDS, seconds), ASKED)
        given = (self._key_header if with_key else {}) | dict(headers)
        with self._checked("POST", url, bounds, data, given) as response:
            return Whole(response.headers, _whole(response, ASKED))

    def picture(self, url: str, with_key: bool) -> Whole:
        """A picture at an address that the provider named, as `ask`. Redirects are followed when no key goes along."""
        seconds = self._seconds()
        bounds = Bounds(seconds, min(REST_SECONDS, seconds), PICTURED)
        headers, follow = (self._key_header, _same_origin) if with_key else ({}, _as_safe)
        with self._checked("GET", url, bounds, None, headers, follow) as response:
            return Whole(response.headers, _whole(response, PICTURED))

    def stream(self, url: str) -> Iterator[bytes]:
        """The bytes of an answer of any length in pieces of at most 1 MiB, as they arrive. Raises as `ask`.

        A line feed follows when the answer is known to be whole, so that a last line without one is not taken for cut:
        without a length or chunks a cut cannot be seen here, so the caller counts what came.
        """
        seconds = self._seconds()
        bounds = Bounds(seconds, min(REST_SECONDS, seconds), None)
        with self._checked("GET", url, bounds, None, self._key_header, _same_origin) as response:
            while piece := response.read(CHUNK):
                yield piece
            if response.headers.get("Content-Length") or response.chunked:
                yield b"\n"

    def buy(
        self,
        url: str,
        body: bytes,
        most: int = PICTURED,
        more: Mapping[str, str] = _NOTHING,
        failure: Callable[..., Exception] = purchase_error,
    ) -> Whole:
        """POST a request that is paid for when it is answered, with at most so many bytes: once, never again.

        more: headers beside the key's. failure: what a status other than 200 means.
        Raises Unavailable or Refused when nothing can have been billed, Ambiguous when something may have been.
        """
        headers = self._key_header | _JSON | {"Accept": "application/json"} | dict(more)
        bounds = Bounds(self._timeout, min(REST_SECONDS, self._timeout), most)
        try:
            with self._sent("POST", url, bounds, body, headers) as response:
                packed = _packed(response)
                if response.status != 200:
                    said = b"" if packed else _whole(response, ASKED)
                    raise failure(response.status, said, retry_after(response.headers), self._key)
                if packed:
                    raise Ambiguous(f"200, but {packed}")
                return Whole(response.headers, _whole(response, most))
        except _Broken as error:
            if error.sent:
                raise Ambiguous(t("no clear answer: {reason}", reason=error.reason)) from error
            raise Unavailable(error.reason) from error

    def _seconds(self) -> float:
        """What a call that asks may take; Unavailable when the command has waited for long enough."""
        if self._patience.is_over:
            raise OutOfPatience(t("{endpoint} is too slow, and the time of WAIT= is over", endpoint=self.endpoint))
        return self._patience.seconds(self._timeout)

    @contextmanager
    def _checked(
        self,
        method: str,
        url: str,
        bounds: Bounds,
        body: bytes | None,
        headers: Mapping[str, str],
        follow: Callable[[str, str], bool] = lambda _, __: False,
    ) -> Iterator[Any]:
        """The answer with status 200, not yet read, to a call that may be repeated. follow: which redirects."""
        failure: type[Unavailable] = Unavailable
        try:
            for _ in range(REDIRECTS):
                with self._sent(method, url, bounds, body, headers) as response:
                    to = _target(url, response)
                    if not (to and follow(url, to)):
                        self._check(response)
                        failure = BrokeOff
                        yield response
                        return
                url = to
            raise Unavailable(t("{endpoint} redirects from one address to the next", endpoint=self.endpoint))
        except _Broken as error:
            if error.late:
                self._patience.late()
            raise failure(error.reason) from error

    def _check(self, response: Any) -> None:
        """Raise Unavailable or Refused for an answer that is not the one asked for."""
        packed = _packed(response)
        if 300 <= response.status < 400:
            raise Unavailable(_moved(response), code=response.status)
        if response.status != 200:
            said = b"" if packed else _whole(response, ASKED)
            raise http_error(response.status, said, retry_after(response.headers), self._key)
        if packed:
            raise Unavailable(t("{endpoint} sent {packed}", endpoint=self.endpoint, packed=packed))

    @contextmanager
    def _sent(
        self, method: str, url: str, bounds: Bounds, body: bytes | None, headers: Mapping[str, str]
    ) -> Iterator[Any]:
        """The answer, whatever it is, within `bounds`. Raises _Broken when there is none, or it breaks off."""
        from http.client import HTTPException

        from urllib3 import Timeout
        from urllib3.exceptions import HTTPError

        from .connection import BOUNDS

        length = {} if body is None else {"Content-Length": str(len(body))}
        response = None
        try:
            BOUNDS.set(bounds)
            response = self._manager(url).request(
                method,
                url,
                body=None if body is None else io.BytesIO(body),  # sent piece by piece: each has its own time
                headers=dict(headers) | length | {"Accept-Encoding": "identity"},
                preload_content=False,
                decode_content=False,
                redirect=False,
                timeout=Timeout(connect=min(CONNECT_SECONDS, bounds.first), read=None),
            )
            bounds.begin_body()
            self._read_clock(response.headers)
            yield response
        except (HTTPError, HTTPException, OSError, ValueError) as error:
            raise _Broken(self._words(error, bounds, url), bounds.sent, _is_late(error)) from error
        finally:
            if response is not None:
                response.close()

    def _manager(self, url: str) -> Any:
        from .connection import manager

        proxy = self._network.proxy(url)
        is_secure = "https" in (urlsplit(url).scheme, proxy and urlsplit(proxy.url).scheme)
        if (proxy, is_secure) not in self._managers:
            # The system's authorities take 20 ms to read, in vain for the offline providers.
            certificates = self._network.certificates() if is_secure else None
            self._managers[proxy, is_secure] = manager(proxy, certificates)
        return self._managers[proxy, is_secure]

    def _read_clock(self, headers: Mapping[str, str]) -> None:
        if told := _moment(headers.get("Date") or ""):
            self._clock = (told, time.monotonic())

    def _words(self, error: Exception, bounds: Bounds, url: str) -> str:
        """What went wrong, for a person."""
        where, proxy = urlsplit(url).hostname or self.endpoint, self._network.proxy(url)
        if proxy:
            where = t("{where} by way of the proxy {proxy}", where=where, proxy=proxy.url)
        reason = t("no connection to {where} (is the network up?): {name}", where=where, name=_name(error))
        if any(isinstance(each, TooMuch) for each in _causes(error)):
            size = bounds.bytes / (1 << 20)
            reason = t("{where} sent more than belongs there ({size:.0f} MiB were read)", where=where, size=size)
        elif any(type(each).__name__ == "SSLCertVerificationError" for each in _causes(error)):
            reason = t("the certificate of {where} is not trusted; SSL_CERT_FILE may name more", where=where)
        elif bounds.sent and _is_late(error):
            reason = t("{where} did not answer to the end in {seconds:.0f} s", where=where, seconds=bounds.seconds)
        elif bounds.sent and bounds.bytes:
            reason = t("the answer of {where} broke off: {name}", where=where, name=_name(error))
        elif bounds.sent:
            reason = t("no answer from {where}: {name}", where=where, name=_name(error))
        return reason


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


def _whole(response: Any, most: int) -> bytes:
    """The body of an answer. Raises TooMuch for one that says or turns out to be longer than `most` bytes."""
    if (response.length_remaining or 0) > most:
        raise TooMuch
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as body:
        while piece := response.read(CHUNK):
            body.write(piece)
        body.seek(0)
        return body.read()


def _packed(response: Any) -> str:
    """How the answer is packed, which nobody asked for: what would come out has no end. "" when it is not."""
    encoding = one_line(response.headers.get("Content-Encoding") or "identity", 30).lower()
    if encoding == "identity":
        return ""
    return t("an answer packed as {encoding}, which nobody asked for", encoding=encoding)


def _target(url: str, response: Any) -> str:
    """Where a redirect leads; "" for any other answer."""
    to = response.headers.get("Location") if 300 <= response.status < 400 else None
    return str(urljoin(url, to)) if to else ""


def _same_origin(url: str, to: str) -> bool:
    return urlsplit(url)[:2] == urlsplit(to)[:2]


def _as_safe(url: str, to: str) -> bool:
    return to.startswith("https:") or (is_loopback(url) and is_safe(to))


def _moved(response: Any) -> str:
    to = urlsplit(response.headers.get("Location") or "").hostname or "elsewhere"
    return t("{status}: a redirect to {to}, which is not followed", status=response.status, to=to)


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _causes(error: BaseException) -> list[BaseException]:
    """The error and what is behind it, which the library keeps in several places."""
    found = [error]
    for each in found:
        behind = (*each.args, each.__cause__, each.__context__)
        found += [cause for cause in behind if isinstance(cause, BaseException) and cause not in found]
    return found


def _is_late(error: Exception) -> bool:
    return any(isinstance(each, TimeoutError) or "Timeout" in type(each).__name__ for each in _causes(error))


def _name(error: Exception) -> str:
    return type(_causes(error)[-1]).__name__
