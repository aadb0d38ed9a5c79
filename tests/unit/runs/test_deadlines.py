"""The clocks of a job: pending, expiring, results that vanish."""

from typing import Any

import pytest

from tasks.catalog.model import BatchLimits, Lane
from tasks.providers.job_status import ProviderState
from tasks.runs.deadlines import AWAITED, EXPIRING, STUCK, VANISHING, deadlines
from tasks.runs.manifest import Item, State, Submission

LIMITS = BatchLimits(
    max_requests_per_job=1,
    max_bytes_per_job=1,
    max_live_jobs=1,
    max_attempts=1,
    poll_seconds_first=1,
    poll_seconds_most=1,
    adopt_wait_minutes=1,
    believe_404_after_minutes=1,
    request_timeout_seconds=1,
    create_retries_on_429=1,
    warn_after_hours=24,
    warn_before_expiry_hours=12,
    warn_before_results_vanish_hours=24,
)
DAY = "2026-11-2{}T{:02d}:00:00Z"


def submission(**more: Any) -> Submission:
    about: dict[str, Any] = {
        "id": "s001",
        "display_name": "kamishibai CH01-001 s001 0123456789abcdef",
        "task": "visual_image_gen",
        "provider": "gemini",
        "endpoint": "127.0.0.1",
        "model_key": "gemini_nano_banana_2_1",
        "model_name": "gemini-nano-banana-2.1",
        "slot": "g-1",
        "lane": Lane.BATCH,
        "requests": (Item("0001-0123456789abcdef", "0001", "0" * 64, "0" * 64),),
        "request_bytes": 10,
        "request_sha256": "0" * 64,
        "key_fingerprint": "0",
        "estimate_usd": 0.017,
        "intent_at": DAY.format(0, 0),
        "state": State.SUBMITTED,
        "job": "batches/abc",
        "provider_state": ProviderState.PENDING,
    }
    return Submission(**{**about, **more})


@pytest.mark.parametrize(
    ("changes", "now", "concerns"),
    [
        ({}, DAY.format(0, 20), ()),
        ({}, DAY.format(1, 1), (STUCK,)),
        ({}, DAY.format(1, 13), (STUCK, EXPIRING)),
        ({"state": State.CREATING, "job": None}, DAY.format(1, 13), (STUCK, EXPIRING)),
        (
            {"state": State.FINISHED, "provider_state": ProviderState.SUCCEEDED, "ended_at": DAY.format(0, 2)},
            DAY.format(0, 20),
            (),
        ),
        (
            {"state": State.FINISHED, "provider_state": ProviderState.SUCCEEDED, "ended_at": DAY.format(0, 2)},
            DAY.format(1, 4),
            (VANISHING,),
        ),
        (
            {"state": State.FINISHED, "provider_state": ProviderState.EXPIRED, "ended_at": DAY.format(0, 2)},
            DAY.format(2, 4),
            (),
        ),
        ({"state": State.SENDING, "lane": Lane.IMMEDIATE, "job": None}, DAY.format(2, 4), ()),
    ],
)
def test_clocks(changes: dict[str, Any], now: str, concerns: tuple[str, ...]) -> None:
    """24 h is stuck, 12 h before 48 h expiring, 24 h before the results' 48 h vanishing; only where a clock runs."""
    assert deadlines(submission(**changes), LIMITS, now).concerns == concerns


def test_what_is_said_of_each_clock() -> None:
    """Status and plan show these words as they stand, in English."""
    assert [STUCK, EXPIRING, VANISHING, AWAITED] == ["stuck", "expiring", "results vanish", "results awaited"]
