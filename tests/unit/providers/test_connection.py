"""How long a call may take, held against a server that takes its time."""

import pytest

from tasks.providers import http
from tasks.providers.bounds import Bounds
from tasks.providers.connection import BOUNDS, manager
from tasks.providers.failures import Unavailable
from tests.support.answers_once import answers_once

LONG = b"x" * (24 << 20)
"""More than the sockets of both sides hold, so that sending it waits for the reader."""
FINE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def asked(url: str) -> bytes:
    """The answer to a long request, which has two seconds to begin, and five for the rest."""
    token = BOUNDS.set(Bounds(2.0, 5.0, None))
    try:
        with manager(None, None) as pool:
            return bytes(pool.request("POST", url, body=LONG).data)
    finally:
        BOUNDS.reset(token)


def test_what_a_long_request_takes_on_its_way_does_not_count() -> None:
    """A slow line up is no reason to give up a purchase that was sent whole: it would be in doubt."""
    with answers_once(FINE, before_reading=2.5) as server:
        assert asked(server.url) == b"ok"


def test_an_answer_that_does_not_begin_is_given_up() -> None:
    """In the seconds that were said, counted from the request's end."""
    with (
        answers_once(FINE, before_answering=4.0) as server,
        pytest.raises(Exception, match=r"imed out|Timeout"),
    ):
        asked(server.url)


def test_more_than_belongs_in_an_answer_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor awaited where no length was said; and how much was read is said in MiB."""
    monkeypatch.setattr(http, "ASKED", 3 << 20)
    with (
        answers_once(b"HTTP/1.1 200 OK\r\n\r\n" + b"{" * (32 << 20)) as server,
        pytest.raises(Unavailable, match=r"sent more than belongs there \([34] MiB were read\)"),
    ):
        http.Http(server.url, {}, timeout=10).ask("POST", server.url, LONG)
