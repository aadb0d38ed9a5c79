"""A row of `doit status`: state and clock of a job."""

from dataclasses import replace
from pathlib import Path

import pytest

from tasks.project.run_paths import RunPaths
from tasks.providers.job_status import Counts, JobStatus, ProviderState
from tasks.runs.awaited import Awaited
from tasks.runs.deadlines import Deadlines
from tasks.runs.manifest import State, Submission
from tasks.session.job_view import View, line_of, record, refreshed, view, with_status
from tasks.session.open_jobs import OpenJob
from tests.support import facts

LATER = "2026-11-23T08:00:00Z"
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
        (
            row(
                state=State.FINISHED, provider_state=ProviderState.SUCCEEDED, awaited=Awaited(("0001-aaaa",), 1, LATER)
            ),
            "succeeded, results awaited",
            "expires in 18 h",
        ),
        (
            row(state=State.FINISHED, awaited=Awaited(("0001-aaaa",), 1, LATER)),
            "ended, results awaited",
            "expires in 18 h",
        ),
    ],
)
def test_a_row_says_state_and_clock(view: View, state: str, ends: str) -> None:
    """Our state with the provider's word where it adds something, and the clock that runs, in hours or minutes."""
    assert (view.state, view.ends) == (state, ends)


STATUS = JobStatus(
    name="batches/j1",
    display_name=facts.submission().display_name,
    state=ProviderState.RUNNING,
    counts=Counts(total=4, succeeded=2, failed=1, pending=1),
    created_at="2026-11-23T00:00:05Z",
    ended_at=None,
    outputs=(),
    inline=(),
    error=None,
)
ANOTHER = replace(STATUS, name="batches/j2", display_name="kamishibai CH09-001 s001 ffff")
LISTED = {each.name: each for each in (ANOTHER, STATUS)}


def _open(**changes: object) -> Submission:
    """Of four pictures."""
    keys = tuple(f"000{number}-aaaa" for number in range(1, 5))
    return facts.submission(keys=keys, **{"state": State.SUBMITTED, "job": "batches/j1"} | changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("submission", "job"),
    [
        (_open(), "batches/j1"),
        (replace(_open(), display_name="renamed"), "batches/j1"),
        (_open(state=State.CREATING, job=None), "batches/j1"),
        (replace(_open(state=State.CREATING, job=None), display_name="nobody's"), None),
        (_open(job="batches/j9"), None),
    ],
)
def test_a_job_is_found_in_the_list_by_its_name(submission: Submission, job: str | None) -> None:
    """One whose reply was lost by the name that we gave it; no other job is ever taken for it."""
    found = refreshed(OpenJob(RunPaths(Path("CH01-001")), submission), LISTED)
    assert (found.submission.job if found else None) == job
    if found:
        its = found.submission
        told = (its.state, its.provider_state, its.submitted_at, its.counts)
        assert told == (State.SUBMITTED, ProviderState.RUNNING, STATUS.created_at, STATUS.counts)


@pytest.mark.parametrize(
    ("state", "ours"), [(ProviderState.SUCCEEDED, State.FINISHED), (ProviderState.QUEUED, State.SUBMITTED)]
)
def test_what_the_provider_says_of_a_job(state: ProviderState, ours: State) -> None:
    """It is finished when that says so; what it leaves out stays as it was known."""
    before = _open(submitted_at="2026-11-23T01:00:00Z", counts=Counts(4, 1, 0, 3), outputs=("files/a",))
    bare = replace(STATUS, state=state, created_at=None, counts=Counts())
    listed = refreshed(OpenJob(RunPaths(Path("CH01-001")), before), {"batches/j1": bare})
    asked = with_status(before, bare)
    for its in (listed.submission if listed else None, asked):
        assert its and (its.state, its.submitted_at, its.ended_at) == (ours, "2026-11-23T01:00:00Z", None)
    assert (asked.counts, asked.outputs) == (Counts(4, 1, 0, 3), ("files/a",))
    told = with_status(before, replace(STATUS, ended_at="2026-11-23T02:00:00Z", outputs=("files/b",), error="so"))
    assert (told.submitted_at, told.ended_at, told.outputs) == (STATUS.created_at, "2026-11-23T02:00:00Z", ("files/b",))
    assert (told.counts, told.reason) == (STATUS.counts, "so")


def test_the_end_of_a_job_is_told_once_and_stays() -> None:
    """An answer without the time keeps the one known before, while the job is over; a job that goes on has none."""
    ended = _open(ended_at="2026-11-23T02:00:00Z")
    assert with_status(ended, replace(STATUS, state=ProviderState.EXPIRED)).ended_at == "2026-11-23T02:00:00Z"
    assert with_status(ended, STATUS).ended_at is None


@pytest.mark.parametrize(
    ("state", "do"),
    [
        (State.CREATING, "doit visual CH=CH01 RUN=001"),
        (State.SENDING, "doit visual CH=CH01 RUN=001"),
        (State.SUBMITTED, "doit collect"),
        (State.FINISHED, "doit collect"),
    ],
)
def test_a_row_says_what_goes_on_with_it(state: State, do: str) -> None:
    """What is known of its requests, and the command: collect where nothing is sent any more."""
    now = "2026-11-23T06:00:00Z"
    row = view(OpenJob(RunPaths(Path("CH01-001")), _open(state=state, counts=STATUS.counts)), None, now)
    assert (row.done, row.failed, row.pending, row.do, row.clocks.age) == (2, 1, 1, do, 6.0)
    bare = view(OpenJob(RunPaths(Path("CH01-001")), _open(state=state)), None, now)
    assert (bare.done, bare.failed, bare.pending) == (0, 0, 4)


def test_a_row_says_what_is_awaited() -> None:
    """How many pictures, until when they can be had, and when they are asked for; nothing for any other job."""
    waits = row(state=State.FINISHED, ended_at="2026-11-23T02:00:00Z", awaited=Awaited(("0001-aaaa",), 1, LATER))
    assert waits.awaited.startswith("1 picture to come") and record(waits)["asked_again_at"] == LATER
    assert row(state=State.FINISHED).awaited == ""


def test_a_row_for_programs() -> None:
    """Hours with three digits, null for a clock that does not run; whether the provider's list has the job."""
    told = record(row(Deadlines(1 / 3, None, 2 / 3, ("stuck",)), state=State.FINISHED, job="batches/j1"))
    clocks = (told["age_hours"], told["expires_in_hours"], told["results_vanish_in_hours"], told["warnings"])
    assert clocks == (0.333, None, 0.667, ["stuck"])
    assert (told["run"], told["channel"], told["state"], told["listed"]) == ("CH01-001", "CH01", State.FINISHED, True)
    assert (told["requests"], told["asked_again_at"], told["next"]) == (1, None, "doit collect")
    told = record(row(replace(CLOCKS, expires_in=2 / 3), unlisted=True, state=State.SUBMITTED))
    assert (told["expires_in_hours"], told["results_vanish_in_hours"], told["listed"]) == (0.667, None, False)


def test_the_line_of_a_command_that_waits() -> None:
    """Its job by the provider's name, else by ours; the provider's word, and how long it takes by now."""
    now = "2026-11-23T01:00:00Z"
    told = line_of("CH01-001", _open(counts=STATUS.counts, provider_state=ProviderState.RUNNING), now)
    assert (told.job, told.state, told.done, told.failed, told.total) == ("batches/j1", "RUNNING", 2, 1, 4)
    assert told.age_seconds == 3600 and told.estimate_seconds is None
    told = line_of("CH01-001", _open(state=State.CREATING, job=None, submitted_at="2026-11-23T02:00:00Z"), now)
    assert (told.job, told.state, told.done, told.age_seconds) == ("s001", "creating", 0, 0.0)
