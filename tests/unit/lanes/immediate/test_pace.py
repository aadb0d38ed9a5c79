"""How fast requests of one provider may begin."""

from threading import Event

import pytest

from tasks.lanes.immediate import pace
from tasks.lanes.immediate.pace import Pace


class Clock(Event):
    """A clock that moves only when somebody waits."""

    def __init__(self) -> None:
        super().__init__()
        self.time = 100.0

    def wait(self, timeout: float | None = None) -> bool:
        self.time += timeout or 0.0
        return self.is_set()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(pace.time, "monotonic", lambda: clock.time)
    return clock


def test_requests_are_spread_evenly(clock: Clock) -> None:
    """At 60 a minute the fourth request begins three seconds after the first."""
    turns = Pace(60, clock)
    assert all(turns.wait() for _ in range(4))
    assert clock.time == pytest.approx(103)


def test_a_pause_holds_for_everybody(clock: Clock) -> None:
    """After the provider asked for ten seconds nothing begins before they are over."""
    turns = Pace(6000, clock)
    turns.wait()
    turns.pause(10)
    turns.wait()
    assert clock.time == pytest.approx(110)


def test_nobody_waits_for_a_stopped_command(clock: Clock) -> None:
    """A command that is being stopped sends nothing more."""
    clock.set()
    assert not Pace(60, clock).wait()
