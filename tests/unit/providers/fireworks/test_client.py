"""Where our Fireworks client fetches pictures, and who gets the key."""

import json

import pytest

from tasks.providers.answer import Reply
from tasks.providers.failures import Unavailable
from tasks.providers.fireworks.answers import PictureAddress, read_result
from tasks.providers.fireworks.client import Fireworks
from tests.support.answers_once import answers_once


@pytest.mark.parametrize("place", ["http://example.com/a.png", "ftp://127.0.0.1/a.png", "https://[broken"])
def test_a_picture_is_fetched_over_https_only(place: str) -> None:
    """An address that is neither https nor this machine is not asked, and one that cannot be read is no traceback."""
    found = read_result(json.dumps({"status": "Ready", "result": {"sample": place}}).encode())
    assert isinstance(found, PictureAddress)
    with pytest.raises(Unavailable, match=r"not https|cannot be read"):
        Fireworks("http://127.0.0.1:9/inference", "key", 1)._collected(found)


def _collected_from(answer: bytes) -> tuple[Reply, bytes]:
    """What the client makes of a picture's address that answers so, and what it was asked."""
    with answers_once(answer) as server:
        reply = Fireworks("http://127.0.0.1:9/inference", "fw_secret", 5)._collected(
            PictureAddress(f"{server.url}/a.png", "r")
        )
    return reply, server.requests[0]


def test_another_host_gets_no_key() -> None:
    """A picture's address on another host or port is asked without the key."""
    reply, asked = _collected_from(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 4\r\n\r\n\x89PNG")
    assert reply.answer().picture == b"\x89PNG"
    assert b"GET /a.png" in asked and b"fw_secret" not in asked


def test_a_page_in_the_way_of_a_picture_is_not_the_picture() -> None:
    """A proxy's page with status 200 leaves the order open, to be asked again; a picture is one under any name."""
    page, picture = b"<html>sign in</html>", b"\xff\xd8\xff and more"
    with pytest.raises(Unavailable, match="answered with a page"):
        _collected_from(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 20\r\n\r\n" + page)
    reply, _ = _collected_from(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 12\r\n\r\n" + picture)
    assert reply.answer().picture == picture
