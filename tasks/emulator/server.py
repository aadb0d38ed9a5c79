"""HTTP/1.1 on loopback: one thread per connection, bodies streamed, connections broken on demand."""

import contextlib
import os
import re
import socket
import struct
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import parse_qsl, urlsplit

from . import control
from .api import Api
from .routes import find_route
from .world.wire import ApiError, Reply
from .world.world import Body, Misframed, Request, World

_PIECE = 1 << 16
_MOST_BYTES = 1 << 40  # of a body: more than any provider takes


class Server(ThreadingHTTPServer):
    """Listens on 127.0.0.1 only; `port` 0 takes a free one."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, world: World, port: int, verbose: bool = False) -> None:
        self.world = world
        self.api = Api(world)
        self.verbose = verbose
        super().__init__(("127.0.0.1", port), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no error of ours."""
        if not isinstance(sys.exception(), ConnectionError | EOFError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server_version = "kamishibai-emulator"
    sys_version = ""

    def do_GET(self) -> None:
        try:
            body = self._body()
            reply = self._reply(body)
            if not reply.drop:
                body.drain()
        except Misframed as error:
            # Where the next request begins, nobody knows.
            self.close_connection = True
            reply = ApiError(400, f"The request cannot be read: {error}.").reply({"Connection": "close"})
        if reply.drop:
            self._drop(reply.hang)
        else:
            self._send(reply)

    do_POST = do_PUT = do_DELETE = do_GET

    def _body(self) -> Body:
        stream: BinaryIO = self.rfile  # type: ignore[assignment]
        if coding := self.headers.get("Transfer-Encoding"):
            if coding.strip().lower() != "chunked":
                raise Misframed("its transfer encoding is not chunked")
            return Body(stream, 0, chunked=True)
        lengths = {length.strip() for length in self.headers.get_all("Content-Length", ["0"])}
        length = lengths.pop()
        if lengths or not re.fullmatch(r"[0-9]{1,18}", length, re.ASCII) or int(length) > _MOST_BYTES:
            raise Misframed("its Content-Length is no length")
        return Body(stream, int(length), chunked=False)

    def _reply(self, body: Body) -> Reply:
        try:
            address = urlsplit(self.path)
        except ValueError:
            raise Misframed("its address is none") from None
        if address.path.startswith(control.PREFIX):
            headers = {name.lower(): value for name, value in self.headers.items()}
            return control.answer(self.server.world, self.command, address.path, headers, body)
        query = dict(parse_qsl(address.query))
        found = find_route(self.command, address.path, uploading="upload_id" in query)
        route, names = found or (None, {})
        headers = {name.lower(): value for name, value in self.headers.items()}
        base_url = f"http://{self.headers.get('Host') or urlsplit(self.server.url).netloc}"
        operation = route.operation if route else "unknown"
        request = Request(operation, self.command, address.path, names, query, headers, body, base_url)
        return self.server.api.answer(route, request)

    def _send(self, reply: Reply) -> None:
        if reply.file is not None:
            self._send_file(reply, reply.file)
            return
        if reply.pieces is not None:
            self.wfile.write(self._head(reply, {"Transfer-Encoding": "chunked"}))
            for piece in reply.pieces:
                self._write_piece(piece, chunked=True)
            self.wfile.write(b"0\r\n\r\n")
            return
        head = self._head(reply, {"Content-Length": str(len(reply.body))})
        self.wfile.write(head + reply.body)

    def _head(self, reply: Reply, more: dict[str, str]) -> bytes:
        """Status line and headers, to be sent in one piece with what follows."""
        self.log_request(reply.status)
        self.send_response_only(reply.status)
        for name, value in {
            "Server": self.version_string(),
            "Date": self.date_time_string(self.server.world.clock.now() / 1_000_000),
            **reply.headers,
            **more,
        }.items():
            self.send_header(name, value)
        buffer: list[bytes] = self._headers_buffer  # type: ignore[attr-defined]
        head = b"".join(buffer) + b"\r\n"
        buffer.clear()
        return head

    def _send_file(self, reply: Reply, path: Path) -> None:
        delivery = reply.delivery
        with path.open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            until = size if delivery.cut_at is None else min(size, delivery.cut_at)
            self.wfile.write(self._head(reply, self._framing(reply, size)))
            if delivery.chunked or delivery.rate:
                self._send_pieces(stream, until, delivery.chunked, delivery.rate)
            elif until:
                self.connection.sendfile(stream, 0, until)
        if delivery.chunked and until == size:
            self.wfile.write(b"0\r\n\r\n")
        self.close_connection = self.close_connection or until < size or not delivery.announce_length

    def _framing(self, reply: Reply, size: int) -> dict[str, str]:
        if reply.delivery.chunked:
            return {"Transfer-Encoding": "chunked"}
        return {"Content-Length": str(size)} if reply.delivery.announce_length else {"Connection": "close"}

    def _send_pieces(self, stream: BinaryIO, until: int, chunked: bool, rate: float | None) -> None:
        started, sent = time.monotonic(), 0
        while piece := stream.read(min(_PIECE, until - sent)):
            self._write_piece(piece, chunked)
            sent += len(piece)
            if rate:
                time.sleep(max(0.0, started + sent / rate - time.monotonic()))

    def _write_piece(self, piece: bytes, chunked: bool) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)

    def _drop(self, hang: float) -> None:
        """Reset the connection (RST, no FIN) after `hang` seconds of silence."""
        self.server.world.stopping.wait(hang)
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        socket.close(self.connection.detach())

    def finish(self) -> None:
        with contextlib.suppress(OSError):
            super().finish()

    def log_message(self, format: str, *values: Any) -> None:
        if self.server.verbose:
            super().log_message("%s", re.sub(r"([?&]key=)[^&\s]+", r"\1(key)", format % values))
