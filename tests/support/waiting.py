"""Waiting for what another process does."""

import time
from collections.abc import Callable


def wait_for(came: Callable[[], object], seconds: float = 30.0, every: float = 0.05) -> None:
    """Look again and again until it is true. every: seconds between two looks."""
    last = time.monotonic() + seconds
    while not came():
        assert time.monotonic() < last, "it did not come"
        time.sleep(every)
