"""When a job is asked again whose results have not all come."""

import pytest

from tasks.runs.awaited import Awaited, next_try
from tasks.text.clock import seconds_between

NOW = "2026-11-23T00:00:00Z"


def test_pauses_grow_to_an_hour_and_begin_anew_when_something_came() -> None:
    """5 s, 15 s, 45 s … an hour while the same lines are missing; 5 s again when there are fewer."""
    awaited, pauses = None, []
    for _ in range(9):
        awaited = next_try(awaited, ("a", "b"), 5, NOW)
        pauses.append(seconds_between(NOW, awaited.next_at))
    assert pauses == [5, 15, 45, 135, 405, 1215, 3600, 3600, 3600]
    assert next_try(awaited, ("a",), 5, NOW) == Awaited(("a",), 1, "2026-11-23T00:00:05Z")


@pytest.mark.parametrize(
    ("now", "left"), [(NOW, 5), ("2026-11-23T00:00:05Z", 0), ("2026-11-24T00:00:00Z", 0), ("2026-11-20T00:00:00Z", 0)]
)
def test_a_clock_that_was_set_back_keeps_nobody_waiting(now: str, left: float) -> None:
    """Before its time a job is left alone, but never for longer than the longest pause."""
    assert Awaited(("a",), 1, "2026-11-23T00:00:05Z").seconds_left(now) == left
