"""A row of `doit status`: state and clock of a job."""

from dataclasses import replace
from pathlib import Path

import pytest

from tasks.project.run_paths import RunPaths
from tasks.providers.job_status import ProviderState
from tasks.runs.deadlines import Deadlines
from tasks.runs.manifest import State
from tasks.session.job_view import View
from tasks.session.open_jobs import OpenJob
from tests.support import facts

CLOCKS = Deadlines(30.0, 18.0, None, ())


def row(clocks: Deadlines = CLOCKS, unlisted: bool = False, **changes: object) -> View:
    job = OpenJob(RunPaths(Path("CH01-001")), facts.submission(**changes))  # type: ignore[arg-type]
    return replace(View(job, 0, 0, 1, clocks, "doit collect"), unlisted=unlisted)


@pytest.mark.parametrize(
    ("view", "state", "ends"),
    [
        (row(state=State.CREATING), "lost reply", "expires in 18 h"),
        (row(state=State.SUBMITTED, provider_state=ProviderState.RUNNING), "running", "expires in 18 h"),
        (row(state=State.SUBMITTED, unlisted=True), "submitted, not listed", "expires in 18 h"),
        (row(replace(CLOCKS, expires_in=1.5), state=State.SENDING), "sending", "expires in 90 min"),
        (row(replace(CLOCKS, vanish_in=-2.0), state=State.FINISHED), "ended, to fetch", "results overdue"),
        (
            row(replace(CLOCKS, expires_in=None), state=State.FINISHED, provider_state=ProviderState.SUCCEEDED),
            "succeeded, to fetch",
            "",
        ),
    ],
)
def test_a_row_says_state_and_clock(view: View, state: str, ends: str) -> None:
    """Our state with the provider's word where it adds something, and the clock that runs, in hours or minutes."""
    assert (view.state, view.ends) == (state, ends)
