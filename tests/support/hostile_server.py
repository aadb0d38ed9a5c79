"""A provider that answers as no provider should: in front of the emulator, on routes that a test chooses.

    with HostileServer(emulator.url) as server:
        server.strike("get", *answers.values())     each once, in this order; then the emulator answers again
        server.strike("list", SLOW, always=True)
        server.strike("create", CUT, done=True)     the emulator does it, the answer is lost

A real server on loopback: whatever is not struck goes to the emulator and back as it is.
"""

import gzip
import http.client
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self
from urllib.parse import urlsplit

Answer = Callable[["HostileServer"], Iterator[bytes]]

ROUTES: Mapping[str, str] = {
    "openai_upload": r"POST /openai/v1/files ",
    "openai_create": r"POST /openai/v1/batches ",
    "openai_get": r"GET /openai/v1/batches/",
    "openai_list": r"GET /openai/v1/batches\?",
    "openai_download": r"GET /openai/v1/files/\S*/content",
    "openai_delete": r"DELETE /openai/v1/files/",
    "openai_generate": r"POST /openai/v1/images/",
    "own_generate": r"POST /own/v1/images/",
    "upload_chunk": r"POST /upload/\S*upload_id=",
    "upload_start": r"POST /upload/",
    "create": r"POST \S*:batchGenerateContent",
    "generate": r"POST \S*:generateContent",
    "download": r"GET \S*:download",
    "get": r"GET /v1beta/batches/",
    "list": r"GET /v1beta/batches\?",
    "delete": r"DELETE /v1beta/files/",
    "models": r"GET \S*/models(\?| )",
    "flux_result": r"\S+ \S*/get_result",
    "flux_generate": r"POST \S*/text_to_image",
    "flux_submit": r"POST \S*/workflows/",
    "flux_picture": r"GET /flux-pictures/",
}
_MIB = b" " * (1 << 20)


def plain(body: bytes, status: str = "200 OK", **headers: str) -> Answer:
    """A whole answer at once."""

    def answer(_: "HostileServer") -> Iterator[bytes]:
        lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        head = f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {len(body)}\r\n{lines}\r\n"
        yield head.encode() + body

    return answer


def slow(_: "HostileServer") -> Iterator[bytes]:
    """A body of one byte each half second."""
    yield b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
    while True:
        yield b" "
        time.sleep(0.5)


def slow_headers(_: "HostileServer") -> Iterator[bytes]:
    """The same before the body."""
    yield b"HTTP/1.1 200 OK\r\nX-Slow: "
    while True:
        yield b"x"
        time.sleep(0.5)


def silent(_: "HostileServer") -> Iterator[bytes]:
    """A connection that is taken, and nothing else."""
    while True:
        time.sleep(0.5)
        yield b""


def huge(_: "HostileServer") -> Iterator[bytes]:
    """A gigabyte in chunks."""
    yield b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    for _number in range(1024):
        yield b"100000\r\n" + _MIB + b"\r\n"
    yield b"0\r\n\r\n"


def long_line(_: "HostileServer") -> Iterator[bytes]:
    """A line of 200 MB that is cut before its end."""
    yield b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    for _number in range(200):
        yield b"100000\r\n" + _MIB + b"\r\n"


def huge_length(_: "HostileServer") -> Iterator[bytes]:
    """A gigabyte, announced."""
    yield b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (1 << 30)
    for _number in range(1024):
        yield _MIB


def huge_error(_: "HostileServer") -> Iterator[bytes]:
    """A gigabyte of explanations."""
    yield b"HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n"
    for _number in range(1024):
        yield b"100000\r\n" + _MIB + b"\r\n"


def endless_headers(_: "HostileServer") -> Iterator[bytes]:
    """Interim answers without end."""
    while True:
        yield b"HTTP/1.1 100 Continue\r\n\r\n" * 1000


def endless_trailers(_: "HostileServer") -> Iterator[bytes]:
    """A whole body whose trailers do not end."""
    yield b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n"
    while True:
        yield b"X-More: more\r\n" * 1000


def redirect(server: "HostileServer") -> Iterator[bytes]:
    """To another host, which must not see the key."""
    yield f"HTTP/1.1 307 Moved\r\nLocation: {server.elsewhere}/x\r\nContent-Length: 0\r\n\r\n".encode()


def many_values(_: "HostileServer") -> Iterator[bytes]:
    """15 MB that would be a hundred times as much in memory."""
    body = b'{"operations":[' + b"{}," * 5_000_000 + b"{}]}"
    yield b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def zipped(_: "HostileServer") -> Iterator[bytes]:
    """200 KB that would be 200 MB."""
    body = gzip.compress(b" " * (200 << 20), 1)
    yield b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def _json(data: object, status: str = "200 OK", **headers: str) -> Answer:
    return plain(json.dumps(data).encode(), status, **headers)


def batch(**changes: object) -> Answer:
    """The status of a job of OpenAI's that is done, but for `changes`: not the one that was asked for."""
    return _json({"id": f"batch_{'x' * 32}", "status": "completed", "output_file_id": "file-x"} | changes)


def job(**changes: object) -> Answer:
    """The status of a job that is done, but for `changes` of its metadata; `name` stands beside them."""
    metadata = {"state": "BATCH_STATE_SUCCEEDED", "output": {"responsesFile": "files/batch-x"}}
    name = changes.pop("name", "batches/x")
    return _json({"name": name, "metadata": metadata | changes})


_ERROR = {"error": {"message": "The server had an error.", "type": "server_error", "param": None, "code": None}}
MISTYPED: Mapping[str, tuple[Answer, ...]] = {
    "openai_get": (
        batch(),
        batch(status="failed"),
        batch(status="expired", output_file_id=None),
        batch(id=7),
        batch(id="batch_../../x"),
        batch(status=3),
        batch(status=None),
        batch(output_file_id=7),
        batch(output_file_id=["file-x"]),
        batch(output_file_id="https://evil.example/x"),
        batch(error_file_id="file-../x"),
        batch(request_counts=[1], metadata=[1], errors={"data": 7}),
        _json(_ERROR),
    ),
    "openai_list": (
        _json({"object": "list"}),
        _json({"data": {}, "has_more": False}),
        _json({"data": [7], "has_more": False}),
        _json({"data": [{"id": "batch_a\nb", "status": "completed"}], "has_more": False}),
        _json({"data": []}),
        _json({"data": [], "has_more": "no"}),
        _json({"data": [], "has_more": True}),
        _json(_ERROR),
    ),
    "openai_create": (
        batch(id=7),
        batch(id=["batch_x"]),
        batch(id="batch_../../x"),
        batch(id="batch_a\nb"),
        batch(status=None),
        _json({}),
        _json(_ERROR),
        _json({"message": "Endpoint request timed out"}, "504 Gateway Timeout"),
    ),
    "openai_upload": (
        _json({}),
        _json({"id": 7}),
        _json({"id": ["file-x"]}),
        _json({"id": "https://evil.example/file-x"}),
        _json({"id": "file-../x"}),
        _json(_ERROR),
    ),
    "openai_generate": (
        _json({"data": 7}),
        _json({"data": {"b64_json": "x"}}),
        _json(_ERROR),
        _json({"message": "Endpoint request timed out"}, "504 Gateway Timeout"),
    ),
    "get": (
        job(),
        job(state="BATCH_STATE_FAILED"),
        job(name=7),
        job(name="batches/../../x"),
        job(state=3),
        job(output=["files/batch-x"]),
        job(output={"responsesFile": 7}),
        job(output={"responsesFile": ["files/x"]}),
        job(output={"responsesFile": "https://evil.example/x"}),
        job(output={"responsesFile": "files/../x"}),
        job(output={"inlinedResponses": 7}),
        job(output={"inlinedResponses": {"inlinedResponses": "x"}}),
        job(batchStats=[1]),
        _json({"name": "batches/x", "metadata": [1]}),
        _json({"name": "batches/x", "error": 7}),
    ),
    "list": (
        _json({"operations": {}}),
        _json({"operations": [7]}),
        _json({"operations": [{"name": "batches/a\nb", "metadata": {"state": "X"}}]}),
        _json({"operations": [], "nextPageToken": 7}),
    ),
    "create": (
        _json({"name": 7}),
        _json({"name": ["batches/x"]}),
        _json({"name": "batches/../../x"}),
        _json({"name": "batches/a\nb"}),
        _json({}),
    ),
    "upload_start": (
        plain(b""),
        plain(b"", X_Goog_Upload_URL="https://evil.example/upload"),
        plain(b"", X_Goog_Upload_URL="file:///etc/passwd"),
        plain(b"", X_Goog_Upload_URL="http://[broken"),
    ),
    "upload_chunk": (
        *(
            _json(answer, X_Goog_Upload_Status="final")
            for answer in (
                {"file": None},
                {"file": [1]},
                {"file": {"name": 7}},
                {"file": {"name": "https://evil.example/files/x"}},
                {"file": {"name": "files/../x"}},
                {"file": {"name": "files/x", "state": "\x1b[2J", "sizeBytes": {}}},
                {"file": {}},
            )
        ),
        plain(b"", X_Goog_Upload_Status="active"),
        plain(b"{}", X_Goog_Upload_Status="cancelled"),
    ),
}
"""Answers that are JSON and whole, with a value of a kind that does not belong there, by route."""
BROKEN: Mapping[str, Answer] = {
    "cut": lambda _: iter([b'HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{"name": "batc']),
    "no http": lambda _: iter([b"\0\xff nonsense\r\n\r\n"]),
    "closed": lambda _: iter([]),
    "zipped": plain(gzip.compress(b"{}"), Content_Encoding="gzip"),
    "redirect": redirect,
    "page": plain(b"<html>please log in</html>"),
    "empty": plain(b""),
    "null": plain(b"null"),
    "list": plain(b"[]"),
    "text": plain(b'"SUCCEEDED"'),
    "deep": plain(b"[" * 100_000),
    "bad utf-8": plain(b'{"name": "\xff\xfe"}'),
    "conflict": plain(b'{"error": {"code": 409, "message": "Conflict", "status": "ABORTED"}}', "409 Conflict"),
    "html 502": plain(b"<html>bad gateway</html>", "502 Bad Gateway"),
    "no content": plain(b"", "204 No Content"),
}
"""What can be told from an answer at once; any route may be answered so."""
HEAVY: Mapping[str, Answer] = {
    "slow": slow,
    "slow headers": slow_headers,
    "silent": silent,
    "huge": huge,
    "huge length": huge_length,
    "huge error": huge_error,
    "endless headers": endless_headers,
    "endless trailers": endless_trailers,
    "many values": many_values,
}
"""What takes time or memory."""


class HostileServer:
    """elsewhere: another host's address; leaked: what arrived there; seen: (route, line, head, body) of all."""

    def __init__(self, emulator: str) -> None:
        self._emulator = urlsplit(emulator).netloc
        self._struck: dict[str, list[tuple[Answer, bool, bool]]] = {}
        self._lock = threading.Lock()
        self._listeners: list[socket.socket] = []
        self._open = True
        self.leaked: list[bytes] = []
        self.seen: list[tuple[str, str, bytes, bytes]] = []
        self.url = self.elsewhere = ""

    def strike(self, route: str, *answers: Answer, done: bool = False, always: bool = False) -> None:
        """Answer `route` so, once for each answer or always. done: the emulator does what is asked before."""
        assert route in ROUTES
        self._struck.setdefault(route, []).extend((answer, done, always) for answer in answers)

    def clear(self) -> None:
        self._struck.clear()

    @property
    def left(self) -> int:
        """How many answers nobody has asked for yet."""
        return sum(len(answers) for answers in self._struck.values())

    @property
    def env(self) -> dict[str, str]:
        others = {"OPENAI_BASE_URL": f"{self.url}/openai/v1", "IMAGE_SERVER_URL": f"{self.url}/own/v1"}
        return others | {"GOOGLE_GEMINI_BASE_URL": self.url, "FIREWORKS_BASE_URL": f"{self.url}/inference"}

    def __enter__(self) -> Self:
        self.url, self.elsewhere = self._listen(self._serve), self._listen(self._note)
        return self

    def __exit__(self, *_: object) -> None:
        self._open = False
        for listener in self._listeners:
            listener.close()

    def _listen(self, serve: Callable[[socket.socket], None]) -> str:
        listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._listeners.append(listener)
        threading.Thread(target=self._accept, args=(listener, serve), daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    def _accept(self, listener: socket.socket, serve: Callable[[socket.socket], None]) -> None:
        while self._open:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._attend, args=(connection, serve), daemon=True).start()

    def _attend(self, connection: socket.socket, serve: Callable[[socket.socket], None]) -> None:
        with connection:
            connection.settimeout(60)
            try:
                serve(connection)
            except (OSError, http.client.HTTPException):
                return

    def _note(self, connection: socket.socket) -> None:
        self.leaked.append(connection.recv(65536))

    def _serve(self, connection: socket.socket) -> None:
        """One request a connection: the answer says so, or the connection is broken anyway."""
        head, body = read_request(connection)
        line = head.split(b"\r\n", 1)[0].decode()
        route = next((name for name, pattern in ROUTES.items() if re.match(pattern, line)), "")
        self.seen.append((route, line, head, body))
        struck = self._next(route)
        if struck is None or struck[1]:
            whole = self._forward(line, head, body)
        for piece in struck[0](self) if struck else [whole]:
            if not self._open:
                return
            connection.sendall(piece)

    def _next(self, route: str) -> tuple[Answer, bool, bool] | None:
        with self._lock:
            answers = self._struck.get(route)
            if not answers:
                return None
            return answers[0] if answers[0][2] else answers.pop(0)

    def _forward(self, line: str, head: bytes, body: bytes) -> bytes:
        method, path, _ = line.split(" ")
        headers = dict(each.split(": ", 1) for each in head.decode().split("\r\n")[1:] if ": " in each)
        server = http.client.HTTPConnection(self._emulator, timeout=60)
        try:
            server.request(method, path, body, headers)
            reply = server.getresponse()
            data = reply.read()
        finally:
            server.close()
        kept: list[tuple[str, Any]] = [
            each
            for each in reply.getheaders()
            if each[0].lower() not in ("transfer-encoding", "content-length", "connection")
        ]
        kept += [("Content-Length", len(data)), ("Connection", "close")]
        lines = "".join(f"{name}: {value}\r\n" for name, value in kept)
        return f"HTTP/1.1 {reply.status} {reply.reason}\r\n{lines}\r\n".encode() + data


def read_request(connection: socket.socket) -> tuple[bytes, bytes]:
    """Head and body of a request, to its end. Raises OSError when the connection ends before."""
    data = b""
    while b"\r\n\r\n" not in data:
        if not (piece := connection.recv(65536)):
            raise OSError("closed")
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    found = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    while len(body) < int(found[1] if found else 0):
        if not (piece := connection.recv(1 << 20)):
            raise OSError("closed")
        body += piece
    return head, body
