"""Where our Fireworks client fetches pictures, and who gets the key."""

import json
import socket
import threading

import pytest

from tasks.providers.failures import Unavailable
from tasks.providers.fireworks.answers import PictureAddress, read_result
from tasks.providers.fireworks.client import Fireworks


@pytest.mark.parametrize("place", ["http://example.com/a.png", "ftp://127.0.0.1/a.png", "https://[broken"])
def test_a_picture_is_fetched_over_https_only(place: str) -> None:
    """An address that is neither https nor this machine is not asked, and one that cannot be read is no traceback."""
    found = read_result(json.dumps({"status": "Ready", "result": {"sample": place}}).encode())
    assert isinstance(found, PictureAddress)
    with pytest.raises(Unavailable, match=r"not https|cannot be read"):
        Fireworks("http://127.0.0.1:9/inference", "key", 1)._collected(found)


def test_another_host_gets_no_key() -> None:
    """A picture's address on another host or port is asked without the key."""
    seen: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                seen.append(connection.recv(65536))
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 4\r\n\r\n\x89PNG")

        thread = threading.Thread(target=serve)
        thread.start()
        place = PictureAddress(f"http://127.0.0.1:{server.getsockname()[1]}/a.png", "r")
        reply = Fireworks("http://127.0.0.1:9/inference", "fw_secret", 5)._collected(place)
        thread.join(timeout=10)
    assert reply.answer().picture == b"\x89PNG"
    assert b"GET /a.png" in seen[0] and b"fw_secret" not in seen[0]
