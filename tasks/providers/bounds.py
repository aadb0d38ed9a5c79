"""How long and how much: every call has an end in time and in bytes, whatever the other side does."""

import math
import time

ASKED = 16 << 20
"""Bytes of a status, a list or an error at most."""
PICTURED = 128 << 20
"""Bytes of one answer with pictures at most."""
ASKED_SECONDS = 30.0
"""Most seconds for a call that asks and can be repeated, from its first byte sent to the last one received."""
REST_SECONDS = 20.0
"""Seconds for the rest of an answer that has begun, and for each further PIECE of a long one."""
PIECE = 64 << 10
GRACE_SECONDS = 10.0
"""Seconds that a call gets which begins when WAIT= is over, or nearly."""
CONNECT_SECONDS = 10.0
_HEADERS = 256 << 10


class TooMuch(OSError):
    """The answer is longer than any true one."""


class Patience:
    """How long one command waits, all its clients together. Shared by threads.

    Calls that may be repeated end with it; a create or a purchase has an end of its own: cut short, it is in doubt.
    """

    def __init__(self, minutes: float | None = None) -> None:
        """minutes: of WAIT=, None for no end."""
        self.is_over = False
        self.begin(minutes)

    def begin(self, minutes: float | None) -> None:
        """Wait so long from now on."""
        self._until = math.inf if minutes is None else time.monotonic() + minutes * 60

    def seconds(self, timeout: float) -> float:
        """What a call that asks may take now."""
        return min(timeout, ASKED_SECONDS, max(self._until - time.monotonic(), GRACE_SECONDS))

    def late(self) -> None:
        """A call ran into its end: when WAIT= is over too, nobody is waited for again."""
        self.is_over = self.is_over or time.monotonic() >= self._until


class Bounds:
    """The end of one call.

    first: seconds until the answer begins, and with `rest` None for all of it. rest: seconds for what follows then, and
    for every PIECE of a long answer. most: bytes, None for any number. sent: whether any of the request can have left.
    """

    def __init__(self, first: float, rest: float | None, most: int | None) -> None:
        self.first = first
        self.sent = False
        self.bytes = 0
        self._rest = rest
        self._most = math.inf if most is None else most + _HEADERS
        self._began = time.monotonic()
        self._until = self._began + first
        self._headers_end: int | None = None
        self._piece = 0

    @property
    def seconds(self) -> float:
        """Since the call began."""
        return time.monotonic() - self._began

    def begin_answer(self) -> None:
        """All is sent: what a long request took on its way does not count."""
        if self._rest is not None:
            self._until = time.monotonic() + self.first

    def begin_body(self) -> None:
        """The headers are read; from here on an answer may be long."""
        self._headers_end = self._piece = self.bytes

    def left(self) -> float:
        """Seconds until the end. Raises TimeoutError when it is reached."""
        if (seconds := self._until - time.monotonic()) <= 0:
            raise TimeoutError
        return seconds

    def took(self, count: int) -> None:
        """So many bytes more came. Raises TooMuch."""
        begins = not self.bytes
        self.bytes += count
        if self.bytes > (_HEADERS if self._headers_end is None else self._most):
            raise TooMuch
        if self._rest is not None and (begins or (self._headers_end is not None and self.bytes - self._piece >= PIECE)):
            self._until, self._piece = time.monotonic() + self._rest, self.bytes
