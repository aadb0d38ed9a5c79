"""How long a job may still take and its results may still be fetched: pure. The rules stand in the models config."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ..catalog.model import BatchLimits, Lane
from ..text import clock
from ..text.clock import seconds_between
from ..text.sentences import later
from .manifest import State, Submission

STUCK, EXPIRING = later("stuck"), later("expiring")
VANISHING, AWAITED = later("results vanish"), later("results awaited")


@dataclass(frozen=True)
class Deadlines:
    """Hours; None where a clock does not run. concerns: STUCK, EXPIRING, VANISHING, AWAITED, as they hold."""

    age: float
    expires_in: float | None
    vanish_in: float | None
    concerns: tuple[str, ...]


def deadlines(submission: Submission, limits: BatchLimits | None, now: str) -> Deadlines:
    """The clocks of an open submission. limits: the provider's, None when unknown: then nothing is a concern.

    now: UTC ISO 8601. The immediate lane has no clocks.
    """
    age = max(0.0, hours_between(submission.submitted_at or submission.intent_at, now))
    if submission.lane is not Lane.BATCH:
        return Deadlines(age, None, None, ())
    expires_in = submission.life_hours - age if submission.live else None
    is_awaited = submission.state is State.FINISHED and submission.awaited is not None
    waits = submission.state is State.FINISHED and submission.has_results and submission.ended_at
    vanish_in = hours_between(now, kept_until(submission)) if waits or is_awaited else None
    if is_awaited:
        return Deadlines(age, expires_in, vanish_in, (AWAITED,))
    return Deadlines(age, expires_in, vanish_in, _concerns(age, expires_in, vanish_in, limits))


def kept_until(submission: Submission) -> str:
    """Until when results can be had, UTC ISO 8601: from the job's end, untold from the last moment it may have had."""
    began = submission.submitted_at or submission.intent_at
    hours = submission.kept_hours if submission.ended_at else submission.life_hours + submission.kept_hours
    return clock.said(datetime.fromisoformat(submission.ended_at or began) + timedelta(hours=hours))


def _concerns(
    age: float, expires_in: float | None, vanish_in: float | None, limits: BatchLimits | None
) -> tuple[str, ...]:
    if limits is None:
        return ()
    found = []
    if expires_in is not None and age > limits.warn_after_hours:
        found.append(STUCK)
    if expires_in is not None and expires_in < limits.warn_before_expiry_hours:
        found.append(EXPIRING)
    if vanish_in is not None and vanish_in < limits.warn_before_results_vanish_hours:
        found.append(VANISHING)
    return tuple(found)


def hours_between(earlier: str, later: str) -> float:
    """Hours from one ISO 8601 time to another."""
    return seconds_between(earlier, later) / 3600
