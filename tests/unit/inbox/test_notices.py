"""What happened as an event of the inbox: the same finding has the same key."""

from dataclasses import replace

import pytest

from tasks.inbox import notices
from tasks.runs.deadlines import EXPIRING, STUCK, VANISHING, Deadlines
from tests.support import facts

CLOCKS = Deadlines(30.0, 18.0, None, ())


@pytest.mark.parametrize(
    ("concern", "clocks", "says"),
    [
        (STUCK, CLOCKS, "batches/j has been pending for 30 h"),
        (EXPIRING, CLOCKS, "batches/j: time at the provider ends in 18 h"),
        (EXPIRING, replace(CLOCKS, expires_in=-1.0), "batches/j: time at the provider should have ended by now"),
        (VANISHING, replace(CLOCKS, vanish_in=3.0), "batches/j: what is kept of its results ends in 3 h"),
    ],
)
def test_every_clock_has_its_notice(concern: str, clocks: Deadlines, says: str) -> None:
    """A concern becomes one event with the job, the hours and what to do, and the same hours later the same event."""
    job = facts.submission(state="submitted", job="batches/j", provider_state="PENDING")
    told = notices.concerns("CH01-001", "doit visual CH=CH01", job, replace(clocks, concerns=(concern,)))
    assert [each.text for each in told] == [says]
    assert told[0].do
    later = notices.concerns("CH01-001", "doit visual CH=CH01", job, replace(clocks, age=31.0, concerns=(concern,)))
    assert later[0].id == told[0].id


def test_a_finding_is_one_event_however_often_it_is_met() -> None:
    """Adopted jobs, prices, ending models and caps: the same finding has the same key, another one another."""
    prices = [notices.of_picture_tokens("m", "1K", billed, 1120) for billed in (1290, 1290, 1300)]
    assert prices[0].id == prices[1].id != prices[2].id
    models = [notices.of_life_cycle("m", "retired", "2026-12-01", text, "") for text in ("8 days left", "7 days left")]
    assert models[0].id == models[1].id
    jobs = [notices.of_adopted("CH01-001", name, "taken in") for name in ("batches/a", "batches/b")]
    assert jobs[0].id != jobs[1].id
    caps = [notices.of_budget("CH01-001", f"day 2026-11-{day}", "over", "") for day in (23, 24)]
    assert caps[0].id != caps[1].id
