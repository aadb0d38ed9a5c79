"""Object storage on this machine: moto's server as a process of its own, and one that breaks the S3 API's promise."""

import contextlib
import http.client
import http.server
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import md5

BUCKET = "bucket"
_SIGNED = "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"


def variables(port: int) -> dict[str, str]:
    """What a client needs in its environment."""
    return {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
    }


SERVER = """
import threading
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple

moto, alone = DomainDispatcherApplication(create_backend_app), threading.Lock()

def one_by_one(environ, start_response):
    with alone:
        return list(moto(environ, start_response))

run_simple("127.0.0.1", 0, one_by_one, threaded=True)
"""
"""moto compares and then writes: of two conditional writes at one moment both may win, which S3 promises not to do."""


@contextmanager
def moto() -> Iterator[int]:
    """The port of moto's server, which has one bucket and takes one request after the other."""
    command = [sys.executable, "-c", SERVER]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr
        port = next(int(found[1]) for line in process.stderr if (found := re.search(r"127\.0\.0\.1:(\d+)", line)))
        threading.Thread(target=process.stderr.read, daemon=True).start()
        make_bucket(port)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def make_bucket(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("PUT", f"/{BUCKET}", headers={"Authorization": _SIGNED})
    assert connection.getresponse().status == 200
    connection.close()


@contextmanager
def careless(status: int | None = None, seconds: float = 0) -> Iterator[int]:
    """The port of a server that answers 200 to every write, whatever its conditions.

    status: this to everything. seconds: so long it takes for each answer.
    """
    kept: dict[str, bytes] = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_PUT(self) -> None:
            kept[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(200, kept[self.path])

        def do_GET(self) -> None:
            self._answer(200 if self.path in kept else 404, kept.get(self.path, b""))

        def _answer(self, code: int, data: bytes) -> None:
            time.sleep(seconds)
            self.send_response(status or code)
            body = data if self.command == "GET" else b""
            headers = {"Content-Length": str(len(body)), "ETag": f'"{md5(data).hexdigest()}"'}
            for name, value in (headers | {"Last-Modified": "Mon, 23 Nov 2026 00:00:00 GMT"}).items():
                self.send_header(name, value)
            with contextlib.suppress(BrokenPipeError):  # who asked has gone
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing: tests read what commands say."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
