"""A server for one request: it is read whole and answered with the given bytes."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from typing import NamedTuple

from tests.support.hostile_server import read_request


class Asked(NamedTuple):
    """url: of the server, without a path. requests: head and body of the one that came, once it has."""

    url: str
    requests: list[bytes]


@contextlib.contextmanager
def answers_once(answer: bytes, before_reading: float = 0.0, before_answering: float = 0.0) -> Iterator[Asked]:
    """On loopback. answer: from its status line on. The others: seconds that the server takes before it does so."""
    requests: list[bytes] = []

    def serve() -> None:
        with contextlib.suppress(OSError):  # the client gave up
            connection, _ = server.accept()
            with connection:
                time.sleep(before_reading)
                requests.append(b"\r\n\r\n".join(read_request(connection)))
                time.sleep(before_answering)
                connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield Asked(f"http://127.0.0.1:{server.getsockname()[1]}", requests)
        finally:
            with contextlib.suppress(OSError):  # whom nobody asked waits no longer
                server.shutdown(socket.SHUT_RDWR)
            thread.join(timeout=10)
