"""What one request sees and what every operation works on."""

import hashlib
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from .faults import Faults
from .ledger import Ledger
from .output_file import OutputFiles
from .state import Clock, State, fingerprint
from .wire import ApiError

PIECE = 1 << 20
_LINE = 1024  # bytes of a line between chunks


class Misframed(Exception):
    """A body whose length, or the length of one of its chunks, cannot be: nobody knows where it ends."""


class Body:
    """A request body that is read from the connection when asked for, once."""

    def __init__(self, stream: BinaryIO, length: int, chunked: bool) -> None:
        self._stream, self._left, self._chunked = stream, length, chunked
        self._kept: bytes | None = None

    def pieces(self) -> Iterator[bytes]:
        """The bytes still unread, in pieces of at most 1 MiB. EOFError when the client stops early, Misframed."""
        if self._kept is not None:
            yield self._kept
            return
        while self._left or self._next_chunk():
            piece = self._stream.read(min(PIECE, self._left))
            if not piece:
                raise EOFError("the client stopped in the middle of a body")
            self._left -= len(piece)
            if self._chunked and self._left == 0 and self._line():
                raise Misframed("a chunk is longer than its length")
            yield piece

    def _next_chunk(self) -> bool:
        if not self._chunked:
            return False
        length = self._line().partition(b";")[0].strip()
        if not re.fullmatch(rb"[0-9A-Fa-f]{1,15}", length):
            raise Misframed("a chunk has no length")
        self._left = int(length, 16)
        if self._left == 0:
            self._chunked = False
            while self._line():
                pass
        return self._left > 0

    def _line(self) -> bytes:
        line = self._stream.readline(_LINE)
        if len(line) == _LINE:
            raise Misframed("a line between chunks does not end")
        return line.strip()

    def bytes(self) -> bytes:
        """The whole body; may be asked for again."""
        if self._kept is None:
            self._kept = b"".join(self.pieces())
        return self._kept

    def drain(self) -> None:
        """Read and forget what is left, so that the connection can be used again."""
        if self._kept is None:
            for _ in self.pieces():
                pass


@dataclass(frozen=True)
class Request:
    """One HTTP request, routed."""

    operation: str
    method: str
    path: str
    names: Mapping[str, str]  # what the path names: version, model, file, job
    query: Mapping[str, str]
    headers: Mapping[str, str]  # names in lower case
    body: Body
    base_url: str  # this server as the client sees it

    @property
    def version(self) -> str:
        return self.names.get("version", "v1beta")

    @property
    def owner(self) -> str:
        """The fingerprint of the API key that asks."""
        return fingerprint(self._key())

    def _key(self) -> str:
        return self.headers.get("x-goog-api-key") or self.query.get("key") or ""

    def check_key(self) -> None:
        """ApiError as the provider answers a missing or wrong key. A key that begins with "invalid" is wrong."""
        key = self._key()
        if not key:
            raise ApiError(
                403,
                "Method doesn't allow unregistered callers (callers without established identity). "
                "Please use API Key or other form of API consumer identity to call this API.",
            )
        if key.startswith("invalid"):
            raise ApiError(400, _BAD_KEY, details=_BAD_KEY_DETAILS)


_BAD_KEY = "API key not valid. Please pass a valid API key."
_BAD_KEY_DETAILS = [
    {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "API_KEY_INVALID",
        "domain": "googleapis.com",
        "metadata": {"service": "generativelanguage.googleapis.com"},
    },
    {"@type": "type.googleapis.com/google.rpc.LocalizedMessage", "locale": "en-US", "message": _BAD_KEY},
]


@dataclass(frozen=True)
class World:
    """The state and everything computed over it."""

    state: State
    clock: Clock
    faults: Faults
    ledger: Ledger
    outputs: OutputFiles
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def job_seconds(self) -> float:
        """How long new jobs take, by the emulator's clock."""
        return float(self.state.setting("job_seconds") or 0)

    @property
    def flux_seconds(self) -> float:
        """How long new Kontext orders take, by the emulator's clock; as long as jobs unless set."""
        return float(self.state.setting("flux_seconds") or self.job_seconds)


def seed(*parts: object) -> int:
    """A number that depends on `parts` alone, for choices that must come out the same everywhere."""
    return int.from_bytes(hashlib.sha256("\0".join(map(str, parts)).encode()).digest()[:8])
