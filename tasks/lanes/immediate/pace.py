"""How fast requests may leave: an even pace for one provider, and a pause for all of them when it asks for one."""

import time
from threading import Event, Lock


class Pace:
    """At most `per_minute` requests begin in a minute, evenly spaced. Shared by the threads of one command."""

    def __init__(self, per_minute: float, stop: Event) -> None:
        self._gap = 60 / per_minute
        self._stop = stop
        self._lock = Lock()
        self._next = 0.0

    def wait(self) -> bool:
        """Wait for this request's turn; False when the command is being stopped instead."""
        with self._lock:
            turn = max(self._next, time.monotonic())
            self._next = turn + self._gap
        return not self._stop.wait(max(0.0, turn - time.monotonic()))

    def pause(self, seconds: float) -> None:
        """No request begins for so long: the provider said when it wants the next one."""
        with self._lock:
            self._next = max(self._next, time.monotonic() + seconds)
