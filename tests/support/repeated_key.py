"""A provider that repeats the key in every answer, as Google does when a key is suspended."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Repeats(BaseHTTPRequestHandler):
    status = 403

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.do_GET()

    def do_GET(self) -> None:
        key = self.headers["x-goog-api-key"] or self.headers["Authorization"].removeprefix("Bearer ")
        said = f"Permission denied: Consumer 'api_key:{key}' has been suspended. \x1b[2J"
        body = json.dumps({"error": {"code": self.status, "status": f"DENIED {key}", "message": said}}).encode()
        self.send_response(self.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_DELETE = do_GET

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def repeats(status: int) -> Iterator[str]:
    """The address of a provider that answers everything with that status and the key."""
    handler = type("Repeats", (_Repeats,), {"status": status})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
