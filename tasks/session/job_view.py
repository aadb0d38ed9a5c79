"""An open job as `doit status` shows it: pure. From its manifest, and from the provider's list when it was asked."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..catalog.model import BatchLimits
from ..providers.job_status import Counts, JobStatus
from ..runs.deadlines import Deadlines, deadlines, hours_between, kept_until
from ..runs.manifest import State, Submission
from ..text.clock import minute
from ..text.progress import JobRow, state_words
from ..text.sentences import t
from .open_jobs import OpenJob


@dataclass(frozen=True)
class View:
    """One row. done, failed, pending: requests. do: the command that goes on with it. unlisted: asked, not shown."""

    job: OpenJob
    done: int
    failed: int
    pending: int
    clocks: Deadlines
    do: str
    unlisted: bool = False

    @property
    def submission(self) -> Submission:
        return self.job.submission

    @property
    def state(self) -> str:
        """In one or two words for a person, with the provider's where it adds something."""
        provider, state = state_words(str(self.submission.provider_state or "")), self.submission.state
        if state is State.FINISHED and self.submission.awaited:
            return t("{provider}, results awaited", provider=provider or t("ended"))
        if state is State.FINISHED:
            return t("{provider}, to fetch", provider=provider or t("ended"))
        words = {State.CREATING: t("lost reply"), State.SUBMITTED: provider or t("submitted")}
        said = words.get(state, state_words(str(state)))
        return t("{state}, not listed", state=said) if self.unlisted else said

    @property
    def ends(self) -> str:
        """The clock that runs."""
        if self.clocks.vanish_in is not None:
            return t("results {left}", left=_left(self.clocks.vanish_in))
        return t("expires {left}", left=_left(self.clocks.expires_in)) if self.clocks.expires_in is not None else ""

    @property
    def awaited(self) -> str:
        """Until when results can be had that have not all come, and when they are asked for; "" for any other job."""
        if self.submission.awaited is None:
            return ""
        return t(
            "{missing:picture} to come: results are kept until {until}, asked for again from {next_at} on",
            missing=len(self.submission.owed),
            until=minute(kept_until(self.submission)),
            next_at=minute(self.submission.awaited.next_at),
        )


def view(job: OpenJob, limits: BatchLimits | None, now: str) -> View:
    """The row of an open job. limits: of its provider's batch lane, None when unknown. now: UTC ISO 8601."""
    submission, counts = job.submission, job.submission.counts or Counts()
    total = len(submission.requests)
    done, failed = counts.succeeded, counts.failed
    do = job.paths.command if submission.state in (State.CREATING, State.SENDING) else "doit collect"
    return View(job, done, failed, total - done - failed, deadlines(submission, limits, now), do)


def refreshed(job: OpenJob, listed: Mapping[str, JobStatus]) -> OpenJob | None:
    """The job as the provider's list has it, by name or, for a lost reply, by display name; None when unlisted."""
    submission = job.submission
    by_name = (each for each in listed.values() if each.display_name == submission.display_name)
    status = listed.get(submission.job) if submission.job else next(by_name, None)
    if status is None:
        return None
    fresh = replace(
        submission,
        state=State.FINISHED if status.done else State.SUBMITTED,
        job=status.name,
        provider_state=status.state,
        counts=status.counts,
        submitted_at=status.created_at or submission.submitted_at,
        ended_at=status.ended_at,
    )
    return replace(job, submission=fresh)


def record(row: View) -> dict[str, Any]:
    """The row as FORMAT=json prints it; docs of the keys: tasks/views/status.py."""
    each, clocks = row.submission, row.clocks
    return {
        "run": row.job.paths.name,
        "channel": row.job.paths.channel,
        "submission": each.id,
        "job": each.job,
        "display_name": each.display_name,
        "provider": each.provider,
        "model_key": each.model_key,
        "model_name": each.model_name,
        "slot": each.slot,
        "lane": each.lane,
        "state": each.state,
        "provider_state": each.provider_state,
        "listed": not row.unlisted,
        "requests": len(each.requests),
        "done": row.done,
        "failed": row.failed,
        "pending": row.pending,
        "submitted_at": each.submitted_at,
        "ended_at": each.ended_at,
        "age_hours": round(clocks.age, 3),
        "expires_in_hours": None if clocks.expires_in is None else round(clocks.expires_in, 3),
        "results_vanish_in_hours": None if clocks.vanish_in is None else round(clocks.vanish_in, 3),
        "estimate_usd": each.estimate_usd,
        "warnings": list(clocks.concerns),
        "asked_again_at": each.awaited.next_at if each.awaited else None,
        "next": row.do,
    }


def _left(hours: float) -> str:
    if hours <= 0:
        return t("overdue")
    return t("in {hours:.0f} h", hours=hours) if hours >= 2 else t("in {minutes:.0f} min", minutes=hours * 60)


def with_status(submission: Submission, status: JobStatus) -> Submission:
    """The submission with what the provider just said of its job."""
    return replace(
        submission,
        state=State.FINISHED if status.done else State.SUBMITTED,
        provider_state=status.state,
        counts=status.counts if status.counts != Counts() else submission.counts or Counts(),
        submitted_at=status.created_at or submission.submitted_at,
        ended_at=status.ended_at or (submission.ended_at if status.done else None),
        outputs=status.outputs or submission.outputs,
        reason=status.error,
    )


def line_of(run: str, submission: Submission, now: str) -> JobRow:
    """The line of a submission of that run in the progress of a waiting command. now: UTC ISO 8601."""
    counts = submission.counts or Counts()
    done, failed = counts.succeeded, counts.failed
    total = len(submission.requests)
    return JobRow(
        run=run,
        job=submission.job or submission.id,
        state="awaited" if submission.awaited else str(submission.provider_state or submission.state),
        done=done,
        failed=failed,
        total=total,
        age_seconds=max(0.0, hours_between(submission.submitted_at or submission.intent_at, now) * 3600),
        estimate_seconds=None,
    )
