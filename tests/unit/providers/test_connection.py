"""How long a call may take, held against a server that takes its time."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tasks.providers import http
from tasks.providers.bounds import Bounds
from tasks.providers.connection import BOUNDS, manager
from tasks.providers.failures import Unavailable

LONG = b"x" * (24 << 20)
"""More than the sockets of both sides hold, so that sending it waits for the reader."""


@contextlib.contextmanager
def server(
    before_reading: float, before_answering: float, answer: bytes = b"Content-Length: 2\r\n\r\nok"
) -> Iterator[str]:
    """One that reads a request of LONG and answers it once, each after some seconds. answer: after its first line."""

    def serve() -> None:
        with contextlib.suppress(OSError):
            client, _ = listener.accept()
            with client:
                time.sleep(before_reading)
                while not (rest := client.recv(1 << 20)).endswith(b"x"):
                    pass
                left = len(LONG) - len(rest.rpartition(b"\r\n\r\n")[2])
                while left > 0:
                    left -= len(client.recv(1 << 20))
                time.sleep(before_answering)
                client.sendall(b"HTTP/1.1 200 OK\r\n" + answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        thread.join(timeout=10)


def asked(url: str) -> bytes:
    """The answer to a long request, which has half a second to begin, and five for the rest."""
    token = BOUNDS.set(Bounds(0.5, 5.0, None))
    try:
        with manager(None, None) as pool:
            return bytes(pool.request("POST", url, body=LONG).data)
    finally:
        BOUNDS.reset(token)


def test_what_a_long_request_takes_on_its_way_does_not_count() -> None:
    """A slow line up is no reason to give up a purchase that was sent whole: it would be in doubt."""
    with server(before_reading=0.8, before_answering=0.0) as url:
        assert asked(url) == b"ok"


def test_an_answer_that_does_not_begin_is_given_up() -> None:
    """In the seconds that were said, counted from the request's end."""
    with server(before_reading=0.0, before_answering=1.5) as url, pytest.raises(Exception, match=r"imed out|Timeout"):
        asked(url)


def test_more_than_belongs_in_an_answer_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor awaited where no length was said; and how much was read is said in MiB."""
    monkeypatch.setattr(http, "ASKED", 3 << 20)
    with (
        server(0.0, 0.0, answer=b"\r\n" + b"{" * (32 << 20)) as url,
        pytest.raises(Unavailable, match=r"sent more than belongs there \([34] MiB were read\)"),
    ):
        http.Http(url, {}, timeout=10).ask("POST", url, LONG)
