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
    """One that is neither https nor this machine is not asked; the provider answered, and can be asked again."""
    found = read_result(json.dumps({"status": "Ready", "result": {"sample": place}}).encode())
    assert isinstance(found, PictureAddress)
    with pytest.raises(Unavailable, match=r"not https|cannot be read") as caught:
        Fireworks("http://127.0.0.1:9/inference", "key", 1)._collected(found)
    assert caught.value.code == 200


def test_an_https_address_is_asked() -> None:
    """It is what the provider names in earnest: where nobody answers there, it is the connection that failed."""
    with pytest.raises(Unavailable, match=r"no connection to 127\.0\.0\.1"):
        Fireworks("http://127.0.0.1:9/inference", "key", 1)._collected(PictureAddress("https://127.0.0.1:9/a.png", "r"))


@pytest.mark.parametrize("body", [b"<html>", b'{"status": "Unheard of"}'])
def test_a_result_that_cannot_be_read_leaves_the_order_open(body: bytes) -> None:
    """The provider answered, and is asked again: nothing is known of the picture, which is paid for."""
    with (
        answers_once(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)) as server,
        pytest.raises(Unavailable, match="unreadable result") as caught,
    ):
        Fireworks(server.url, "key", 5).result("accounts/a/models/m", "r")
    assert caught.value.code == 200


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


def test_the_provider_itself_gets_the_key() -> None:
    """Where the picture is at its own address, as its results are."""
    with answers_once(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n\x89PNG") as server:
        Fireworks(f"{server.url}/inference", "fw_secret", 5)._collected(PictureAddress(f"{server.url}/a.png", "r"))
    assert b"Bearer fw_secret" in server.requests[0]


def test_a_page_in_the_way_of_a_picture_is_not_the_picture() -> None:
    """A proxy's page with status 200 leaves the order open, to be asked again; a picture is one under any name."""
    page, picture = b"<html>sign in</html>", b"\xff\xd8\xff and more"
    with pytest.raises(Unavailable, match="answered with a page") as caught:
        _collected_from(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 20\r\n\r\n" + page)
    assert caught.value.code == 200
    reply, _ = _collected_from(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 12\r\n\r\n" + picture)
    assert reply.answer().picture == picture
