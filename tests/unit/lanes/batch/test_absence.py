"""What proves that a line will never come."""

from dataclasses import replace

import pytest

from tasks.lanes.batch.absence import Look, absence, unseen
from tasks.pictures.ingest import Download
from tasks.providers.failures import Refused
from tasks.providers.job_status import Counts, ProviderState
from tasks.runs.awaited import Awaited
from tasks.runs.manifest import State, Submission
from tasks.runs.results import Cause, Result
from tests.support import facts

KEYS = ("0001-aaaa", "0002-bbbb", "0003-cccc")
ENDED, SOON, LATE = "2026-11-23T00:00:00Z", "2026-11-23T00:10:00Z", "2026-11-25T01:00:00Z"


def job(counts: Counts | None, state: str = "SUCCEEDED", **changes: object) -> Submission:
    told = {"counts": counts, "provider_state": ProviderState(state), "ended_at": ENDED, "state": State.FINISHED}
    return replace(facts.submission(1, KEYS), **told | changes)  # type: ignore[arg-type]


def came(*names: str) -> dict[str, Result]:
    """A picture for each name, a failed line for one with a dash before, one never begun with for a tilde."""
    lines = {}
    for name in names:
        plain, cause = name.strip("-~"), Cause.JOB_ENDED if name.startswith("~") else None
        key = next(key for key in KEYS if key.startswith(plain))
        line = facts.line(plain) if plain == name else facts.failed(plain, tokens=facts.Tokens(), cause=cause)
        lines[key] = replace(line, key=key)
    return lines


def read(lines: dict[str, Result], reads: int = 2) -> Look:
    return Look(Download(keys=frozenset(lines), lines=len(lines)), reads)


@pytest.mark.parametrize(
    ("counts", "state", "lines", "cause"),
    [
        (Counts(3, 3), "SUCCEEDED", ("0001", "0002"), None),
        (Counts(3, 2, 1), "SUCCEEDED", ("0001", "0002"), Cause.MISSING),
        (Counts(3, 2, 1), "SUCCEEDED", ("0001", "-0002"), None),
        (Counts(3, 0, 3), "SUCCEEDED", (), Cause.MISSING),
        (Counts(3, 2, 0, 1), "SUCCEEDED", ("0001", "0002"), None),
        (Counts(3), "SUCCEEDED", ("0001", "0002"), None),
        (None, "SUCCEEDED", ("0001", "0002"), None),
        (None, "PARTIALLY_SUCCEEDED", (), None),
        (Counts(3, 0, 3), "FAILED", (), Cause.JOB_ENDED),
        (None, "EXPIRED", (), Cause.JOB_ENDED),
        (Counts(3, 1, 0, 2), "EXPIRED", (), None),
        (Counts(3, 1, 0, 2), "CANCELLED", ("0001",), Cause.JOB_CANCELLED),
        (Counts(3, 2, 0, 1), "CANCELLED", ("0001",), None),
        (Counts(3, 1, 0, 2), "NOT_FOUND", (), None),
        (Counts(3, 1, 0, 0), "EXPIRED", ("~0001", "~0002"), None),
        (Counts(3, 1, 0, 0), "EXPIRED", ("~0001", "0002"), Cause.JOB_ENDED),
        (Counts(3, 1, 1, 0), "EXPIRED", ("-0001", "~0002"), None),
    ],
)
def test_a_line_is_missing_only_when_all_that_was_made_is_here(
    counts: Counts | None, state: str, lines: tuple[str, ...], cause: Cause | None
) -> None:
    """Counts that speak of every request are believed; counts that are missing or lag prove nothing."""
    why = absence(job(counts, state), came(*lines), read(came(*lines)), SOON)
    assert (why.cause if why else None) is cause


@pytest.mark.parametrize(("at", "cause"), [("2026-11-23T00:08:00Z", None), (ENDED, Cause.MISSING)])
def test_without_counts_two_whole_files_minutes_apart_prove_it(at: str, cause: Cause | None) -> None:
    """The second must hold every line that ever came, and nothing that is no line."""
    lines = came("0001", "0002")
    waiting = job(None, awaited=Awaited(KEYS[2:], 1, ENDED, whole_at=at))
    why = absence(waiting, lines, read(lines), SOON)
    assert (why.cause if why else None) is cause
    for look in (read(came("0001")), Look(Download(keys=frozenset(lines), unreadable=[(0, "x")]), 2), read(lines, 0)):
        assert absence(waiting, lines, look, SOON) is None


def test_results_are_gone_after_their_time() -> None:
    """A day early a refusal is none; late it is, and so is a file that stayed short: what was made is held."""
    lines, refused = came("0001", "0002"), Look(Download(), 0, Refused(403, "no"))
    with pytest.raises(Refused):
        absence(job(Counts(3, 3)), lines, refused, SOON)
    with pytest.raises(Refused):
        absence(job(Counts(3, 3)), lines, Look(Download(), 0, Refused(401, "no")), LATE)
    for look in (refused, read(lines), read(lines, 0)):
        why = absence(job(Counts(3, 3)), lines, look, LATE)
        assert why and why.cause is Cause.MADE_AND_GONE
    why = absence(job(Counts(3, 2, 1)), lines, refused, LATE)
    assert why and why.cause is Cause.RESULTS_GONE
    assert unseen(job(Counts(3, 3)), lines) == 1 and unseen(job(None), {}) == 3


@pytest.mark.parametrize(("now", "is_believed"), [("2026-11-24T22:59:00Z", False), ("2026-11-24T23:00:00Z", True)])
def test_a_file_that_is_not_there_is_believed_from_an_hour_before_its_end(now: str, is_believed: bool) -> None:
    """Results are kept for 48 hours, and clocks differ; before that hour the refusal is only an answer of today."""
    refused = Look(Download(), 0, Refused(404, "no"))
    if is_believed:
        assert absence(job(Counts(3, 3)), came("0001"), refused, now)
        return
    with pytest.raises(Refused):
        absence(job(Counts(3, 3)), came("0001"), refused, now)


def test_an_end_that_was_not_told_is_taken_for_the_last_possible_one() -> None:
    """A job lives for 48 h at most and keeps its results for 48 h: before that, nothing is gone."""
    lines = came("0001")
    asked = job(Counts(3, 3), ended_at=None, submitted_at="2026-11-23T00:00:00Z")
    assert absence(asked, lines, read(lines), "2026-11-26T23:00:00Z") is None
    assert absence(asked, lines, read(lines), "2026-11-27T01:00:00Z") is not None
    assert absence(asked, lines, read(lines), None) is None
