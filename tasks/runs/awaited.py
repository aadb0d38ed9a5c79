"""A finished job whose results have not all come, and when it is asked for them again: pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ..text import clock
from ..text.clock import seconds_between

GROWTH = 3
LONGEST_PAUSE = 3600.0  # seconds; with a first pause below five, so many times that one:
LONGEST_PAUSES = 720
PATIENCE = 600.0  # seconds that one command waits for such a job: the night belongs to the others


@dataclass(frozen=True)
class Awaited:
    """What a job still owes. keys: of the requests without a line. tries: how often in a row just these were missing.

    next_at: when it is asked again, by this machine's clock. whole_at: when a whole file without just these lines was
    first read, by the provider's; None: never. Both UTC, ISO 8601.
    """

    keys: tuple[str, ...]
    tries: int
    next_at: str
    whole_at: str | None = None

    def seconds_left(self, now: str) -> float:
        """Until it is asked again; 0 when that is due. A clock that was set back keeps nobody waiting for longer."""
        left = seconds_between(now, self.next_at)
        return left if 0 < left <= LONGEST_PAUSE else 0.0


def next_try(before: Awaited | None, keys: tuple[str, ...], first: float, now: str) -> Awaited:
    """The state after one more look that left `keys` without a line.

    first: seconds of the first pause; each is three times the one before, until something comes. now: UTC ISO 8601.
    """
    is_same = before is not None and before.keys == keys
    tries = before.tries + 1 if before and is_same else 1
    pause = min(LONGEST_PAUSE, first * min(LONGEST_PAUSES, GROWTH ** (tries - 1)))
    at = clock.said(datetime.fromisoformat(now) + timedelta(seconds=pause))
    return Awaited(keys, tries, at, before.whole_at if before and is_same else None)
