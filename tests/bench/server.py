"""A plain HTTP server in a process of its own: every GET answers with one file, by sendfile.

`python -m tests.bench.server FILE [BYTES_PER_SECOND]` prints its port and serves until its standard input closes.
"""

import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PIECE = 128 << 10


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    file: Path
    rate: float

    def do_GET(self) -> None:
        size = self.file.stat().st_size
        self.send_response(200)
        self.send_header("Content-Length", str(size))
        self.end_headers()
        with self.file.open("rb") as stream:
            if self.rate:
                self._slowly(stream.fileno(), size)
            else:
                self.connection.sendfile(stream)

    def _slowly(self, descriptor: int, size: int) -> None:
        """A link of `rate` bytes per second: what the reader does not take in time is not made up for by a burst."""
        offset, due = 0, time.monotonic()
        while offset < size:
            offset += os.sendfile(self.connection.fileno(), descriptor, offset, min(PIECE, size - offset))
            due = max(due + PIECE / self.rate, time.monotonic() - 0.02)
            if (pause := due - time.monotonic()) > 0:
                time.sleep(pause)

    def log_message(self, *_: object) -> None:
        pass


def main() -> None:
    Handler.file, Handler.rate = Path(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 0.0
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        print(server.server_address[1], flush=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sys.stdin.read()
        server.shutdown()


if __name__ == "__main__":
    main()
