"""Why a request of a finished job has no answer: what proves that its line will never come. Pure.

A line counts as missing only when everything that the provider says it made is here. Whatever else may keep a line away
(a file cut short, a web page in its place, a result that is listed late: P-42) proves nothing: the job is asked again,
until its results are surely gone.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from ...pictures.ingest import Download
from ...providers.answer import Status, Tokens
from ...providers.failures import Refused
from ...providers.job_status import ANSWERED, Counts, ProviderState
from ...runs.deadlines import hours_between, kept_until
from ...runs.manifest import Submission
from ...runs.results import Cause, Result
from ...text.clock import minute
from ...text.sentences import t

GONE = frozenset({403, 404})
"""Answers to a download that say that there is no such file (P-07)."""
EARLY_HOURS = 1.0  # such an answer is believed so long before the results' last hour, for clocks that differ
APART_HOURS = 1 / 12  # between two downloads that say the same, where the provider tells no counts


class Absence(NamedTuple):
    """Why a request has no answer, for the code and for a person."""

    cause: Cause
    why: str


@dataclass(frozen=True)
class Look:
    """What one look at a job's results brought. reads: how often it read them to their end. refusal: what ended it."""

    download: Download
    reads: int
    refusal: Refused | None = None

    def is_whole(self, came: Collection[str]) -> bool:
        """Whether this was a result file, and one that holds all that ever came."""
        got = self.download
        return self.reads > 0 and bool(got.keys) and not got.unreadable and got.keys.issuperset(came)


def absence(submission: Submission, came: Mapping[str, Result], look: Look, now: str | None) -> Absence | None:
    """Why the requests that are not in `came` have no line; None while it may still come.

    now: the provider's clock; None when it told none. Raises the look's refusal while it is not to be believed.
    """
    hours_left = hours_between(now, kept_until(submission)) if now else submission.kept_hours
    if look.refusal and not (look.refusal.code in GONE and hours_left <= EARLY_HOURS):
        raise look.refusal
    if look.refusal is None and look.reads and (_all_here(submission, came) or _is_proven(submission, came, look, now)):
        return _never_made(submission)
    if look.refusal is None and hours_left > 0:
        return None
    return _gone(submission, came)


def _all_here(submission: Submission, came: Mapping[str, Result]) -> bool:
    """Whether everything is here that the provider may have made, or every line that its counts speak of."""
    counts = submission.counts or Counts()
    told, worked = counts.succeeded + counts.failed, sum(each.cause is not Cause.JOB_ENDED for each in came.values())
    return _done(came) >= _most_made(submission) or (_is_told(submission) and worked >= told)


def _is_proven(submission: Submission, came: Mapping[str, Result], look: Look, now: str | None) -> bool:
    """Without counts: two whole result files, minutes apart, that lack the same lines."""
    before = submission.awaited
    if _is_told(submission) or before is None or before.whole_at is None or now is None:
        return False
    is_same = before.keys == tuple(key for key in submission.keys if key not in came)
    return is_same and look.is_whole(came) and hours_between(before.whole_at, now) >= APART_HOURS


def _is_told(submission: Submission) -> bool:
    """Whether the counts speak of every request, as they do when a job was answered; else they lag or are not told."""
    counts = submission.counts or Counts()
    return submission.provider_state not in ANSWERED or counts.succeeded + counts.failed >= len(submission.requests)


def _most_made(submission: Submission) -> int:
    """How many of its requests the provider may have made: those it counts, and those it says nothing of."""
    counts = submission.counts or Counts()
    return counts.succeeded if _is_told(submission) else len(submission.requests) - counts.failed


def unseen(submission: Submission, came: Mapping[str, Result]) -> int:
    """How many of the requests without a line the provider may have made, and so billed."""
    return max(0, min(len(submission.requests) - len(came), _most_made(submission) - _done(came)))


def _done(came: Mapping[str, Result]) -> int:
    """How many of them the provider surely counts as done and bills, picture or not.

    What was refused for its content is counted as failed by some, which then tell no tokens.
    """
    made = (Status.OK, Status.EMPTY)
    return sum(each.status in made or each.tokens != Tokens() for each in came.values())


def _never_made(submission: Submission) -> Absence:
    if submission.provider_state in ANSWERED:
        return Absence(Cause.MISSING, t("missing: the result file has no line for this request"))
    detail = f" ({submission.reason})" if submission.reason else ""
    is_cancelled = submission.provider_state is ProviderState.CANCELLED
    cause = Cause.JOB_CANCELLED if is_cancelled else Cause.JOB_ENDED
    return Absence(cause, t("job {provider_state}{detail}", provider_state=submission.provider_state, detail=detail))


def _gone(submission: Submission, came: Mapping[str, Result]) -> Absence:
    why = t(
        "results gone: the provider kept them until {until}, {kept_hours:.0f} h after the job's end",
        until=minute(kept_until(submission)),
        kept_hours=submission.kept_hours,
    )
    return Absence(Cause.MADE_AND_GONE if unseen(submission, came) else Cause.RESULTS_GONE, why)
