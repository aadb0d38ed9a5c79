"""`Gemini.generate` without a provider: no connection, or an answer that nobody can read."""

import socket
from typing import Any

import pytest

from tasks.providers.failures import Ambiguous, Unavailable
from tasks.providers.gemini.client import Gemini
from tests.support.answers_once import answers_once

MODEL = "gemini-3.1-flash-lite-image"


def ask(text: str = "雪の山道", ratio: str = "16:9") -> dict[str, Any]:
    config = {"responseModalities": ["IMAGE"], "imageConfig": {"aspectRatio": ratio}}
    return {"contents": [{"role": "user", "parts": [{"text": text}]}], "generationConfig": config}


def test_without_a_connection_nothing_was_bought() -> None:
    """Where nobody listens, the request cannot have been sent."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(Unavailable) as caught:
        Gemini(f"http://127.0.0.1:{port}", "v1beta", "key", timeout=1).generate(MODEL, ask())
    assert caught.value.code is None


ANSWERS = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<html></h",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]",
    b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"candidates": [',
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
    b"HTTP/1.1 307 Moved\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n",
    b"nonsense\r\n\r\n",
]


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_unreadable_answer_may_have_been_billed(answer: bytes) -> None:
    """A 200 that cannot be read, a body that breaks off and a redirect are no clear answers."""
    with answers_once(answer) as server, pytest.raises(Ambiguous):
        Gemini(server.url, "v1beta", "key", timeout=2).generate(MODEL, ask())
