"""Connections of urllib3 whose every byte is counted and timed: the only place where a client meets a socket.

The library's own time-outs are for a silence: one byte now and then, headers without end or a trailer would hold it for
ever. Imported only when something is asked.
"""

import http.client
import io
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from .bounds import REST_SECONDS, Bounds
from .network import Proxy

if TYPE_CHECKING:
    import ssl

CONNECTIONS = 32

BOUNDS: ContextVar[Bounds] = ContextVar("bounds")
"""Of the call that this thread is making."""


class _Source(io.RawIOBase):
    """What a socket hands out until its call's end."""

    def __init__(self, sock: Any) -> None:
        self._socket = sock
        self._source = sock.makefile("rb", buffering=0)
        self._bounds = BOUNDS.get()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._socket.settimeout(self._bounds.left())
        count: int | None = self._source.readinto(buffer)
        self._bounds.took(count or 0)
        return count

    def close(self) -> None:
        self._source.close()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: Any, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp.close()
        self.fp = io.BufferedReader(_Source(sock))


class _Sends:
    """Connected first, then sent: so it is known of every failure whether anything of the request can have left."""

    sock: Any
    response_class: Any = _Response

    def request(self, *args: Any, **options: Any) -> None:
        if self.sock is None:
            self.connect()  # type: ignore[attr-defined]
        bounds = BOUNDS.get()
        bounds.sent = True
        self.sock.settimeout(REST_SECONDS)
        super().request(*args, **options)  # type: ignore[misc]
        bounds.begin_answer()


class _Plain(_Sends, HTTPConnection):
    pass


class _Secure(_Sends, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


def manager(proxy: Proxy | None, certificates: "ssl.SSLContext | None") -> urllib3.PoolManager:
    """Connections to any host, by way of `proxy` if there is one. Without retries and redirects.

    certificates: whom to believe; None where neither the hosts nor the proxy are asked over https.
    """
    options: dict[str, Any] = {
        "maxsize": CONNECTIONS,
        "retries": False,
        "ssl_context": certificates,
    }
    if proxy:
        login = urllib3.make_headers(proxy_basic_auth=proxy.login) if proxy.login else {}
        options |= {"proxy_headers": login, "proxy_ssl_context": certificates}
        made: urllib3.PoolManager = urllib3.ProxyManager(proxy.url, **options)
    else:
        made = urllib3.PoolManager(**options)
    made.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}
    return made
