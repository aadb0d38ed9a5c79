"""Fetch: the answers of one finished job become pictures, store records and result lines."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

import orjson

from ... import faultpoint
from ...inbox.notices import of_picture_tokens
from ...pictures.ingest import Download, DownloadCut, Plan, ingest
from ...pictures.ingest_one import Ingested
from ...providers.answer import Status, Tokens
from ...providers.failure_class import is_lost_file
from ...providers.failures import Refused, Unavailable
from ...providers.job_status import Counts, ProviderState
from ...providers.port import BatchProvider
from ...runs.answers import destination, earlier, failed, origin, priced, result_of
from ...runs.deadlines import KEPT_HOURS, hours_between
from ...runs.manifest import Item, State, Submission
from ...runs.results import Cause, Result
from ...runs.run import Run
from ...runs.uploads import forget
from ...session.session import Session
from ...text import clock
from ...text.sentences import counted, t

TRIES = 3
TOLERATED = 0.1  # share by which billed image tokens may differ from the expected ones before anybody is told
SURELY_GONE_HOURS = KEPT_HOURS - 1  # a refused download before that is not believed; an hour for clocks that differ


class Absence(NamedTuple):
    """Why a request has no answer, for the code and for a person."""

    cause: Cause
    why: str


MISSING = Absence(Cause.MISSING, t("missing: the result file has no line for this request"))
Watch = Callable[[bytes], None]
"""Is given every piece of a download, to show that it moves."""


def fetch(session: Session, run: Run, submission: Submission, client: BatchProvider, watch: Watch) -> None:
    """Collect a finished job. Raises Unavailable or Refused when its results cannot be had now, which costs nothing."""
    outcome, absence = _download(session, run, submission, client, watch)
    faultpoint.reached("before-results")
    run.add(_results(run, submission, outcome, absence))
    faultpoint.reached("after-results")
    run.record(replace(submission, state=State.COLLECTED, collected_at=clock.now()))
    faultpoint.reached("after-collected")
    if any(is_lost_file(got.answer.text) for got in outcome.answers.values()):
        forget(session.paths, client)
    _tell(session, run, submission, outcome)
    _note_prices(session, run, submission)
    _free_input(client, submission)


def _download(
    session: Session, run: Run, submission: Submission, client: BatchProvider, watch: Watch
) -> tuple[Download, Absence]:
    """(what came, why the rest did not). A key without a line is asked for once more before it counts as missing."""
    if not submission.has_results:
        return Download(), _ended(submission)
    plan, outcome, cuts = _plan(run, submission), Download(), 0
    while cuts < TRIES and outcome.passes - cuts < 2 and len(outcome.answers) < len(submission.requests):
        try:
            outcome = outcome.with_(ingest(_answers(submission, client, watch), plan.without(outcome.answers)))
        except Refused as error:
            return outcome, _gone(submission, client, error)
        except DownloadCut as cut:
            outcome, cuts = outcome.with_(cut.outcome), cuts + 1
            done = f"{len(outcome.answers)} of {len(submission.requests)} are safe"
            session.log.say("{run}: {cut}; {done}, downloading again", run=run.paths.name, cut=cut, done=done)
    if cuts == TRIES:
        raise Unavailable(t("the download of {output} broke off {tries} times", output=submission.output, tries=TRIES))
    return outcome, MISSING if submission.provider_state is ProviderState.SUCCEEDED else _ended(submission)


def _ended(submission: Submission) -> Absence:
    detail = f" ({submission.reason})" if submission.reason else ""
    is_cancelled = submission.provider_state is ProviderState.CANCELLED
    cause = Cause.JOB_CANCELLED if is_cancelled else Cause.JOB_ENDED
    return Absence(cause, t("job {provider_state}{detail}", provider_state=submission.provider_state, detail=detail))


def _gone(submission: Submission, client: BatchProvider, error: Refused) -> Absence:
    """Why the results are gone for good; raises `error` when they should still be there, for a later try."""
    age = hours_between(submission.ended_at, client.date) if submission.ended_at and client.date else 0.0
    if error.code in (403, 404) and age >= SURELY_GONE_HOURS:
        why = t(
            "results gone: the job ended {age:.0f} h ago and the provider keeps results for {kept_hours:.0f} h",
            age=age,
            kept_hours=KEPT_HOURS,
        )
        return Absence(Cause.RESULTS_GONE, why)
    raise error


def _answers(submission: Submission, client: BatchProvider, watch: Watch) -> Iterator[bytes]:
    """The result lines in pieces: from the output file, or written anew from inline answers."""
    if submission.output:
        for piece in client.download(submission.output):
            watch(piece)
            yield piece
    elif submission.job:
        yield from (orjson.dumps(each) + b"\n" for each in client.status(submission.job).inline)


def _plan(run: Run, submission: Submission) -> Plan:
    """Where each answer belongs."""
    return Plan(
        wanted={item.key: destination(run, submission, item) for item in submission.requests},
        store=run.store,
        owner=run.paths.name,
        priced=priced(run, submission),
    )


def _results(run: Run, submission: Submission, download: Download, absence: Absence) -> list[Result]:
    """A line for every request: of its answer, of a picture that came before, else of an answer that is missing."""
    came = {item.key: _result(run, submission, item, download.answers.get(item.key)) for item in submission.requests}
    missing = [item for item in submission.requests if not came[item.key]]
    done = sum(_is_done(result) for result in came.values() if result)
    unseen = min(len(missing), max(0, _done(submission, absence) - done))
    usd = submission.share_usd * unseen / len(missing) if missing else 0.0
    counted = f"; {unseen} of {len(missing)} such requests are done by the provider's counts, so the cost is estimated"
    why = absence.why + (counted if usd else "")
    for item in missing:
        came[item.key] = failed(origin(run, submission, item), why, usd, absence.cause)
    return [result for result in came.values() if result]


def _result(run: Run, submission: Submission, item: Item, got: Ingested | None) -> Result | None:
    return result_of(got) if got else earlier(run, submission, item)


def _is_done(result: Result) -> bool:
    """Whether the provider counts that request as done and bills it, picture or not."""
    return result.status is not Status.ERROR or result.tokens != Tokens()


def _done(submission: Submission, absence: Absence) -> int:
    """How many requests the provider says it did; all, when it told no counts of a job whose results are gone."""
    counts = submission.counts or Counts()
    is_gone = submission.provider_state is ProviderState.SUCCEEDED and absence.cause is Cause.RESULTS_GONE
    return len(submission.requests) if is_gone and counts == Counts() else counts.succeeded


def _tell(session: Session, run: Run, submission: Submission, outcome: Download) -> None:
    """One line per job, and one per kind of line that could not be used."""
    came = sum(each.answer.status is Status.OK for each in outcome.answers.values())
    count = f"{came} of {counted(len(submission.requests), 'picture')}"
    session.log.say(
        "{run}: {job} {provider_state}, {count}",
        run=run.paths.name,
        job=submission.job,
        provider_state=submission.provider_state,
        count=count,
    )
    oddities = {
        "a key nobody sent": outcome.unknown,
        "a key that came before": outcome.duplicates,
        "text that is no JSON": [f"byte {offset}: {reason}" for offset, reason in outcome.unreadable],
    }
    for what, found in oddities.items():
        if found:
            more = f" and {len(found) - 3} more" if len(found) > 3 else ""
            session.log.say(
                "{run}: {count} result lines with {what}: {founds}{more}",
                run=run.paths.name,
                count=len(found),
                what=what,
                founds=", ".join(found[:3]),
                more=more,
            )


def _note_prices(session: Session, run: Run, submission: Submission) -> None:
    """Tell the inbox when pictures are billed otherwise than the models config expects."""
    for each in run.history:
        request = run.request(each.key) if each.submission == submission.id else None
        billed, expected = each.tokens.image, run.picture_tokens(each.key)
        if request and billed and expected and abs(billed - expected) > expected * TOLERATED:
            session.log.note(of_picture_tokens(submission.model_key, request.choice.image_size, billed, expected))
            return


def _free_input(client: BatchProvider, submission: Submission) -> None:
    """Give back the space of the uploaded requests (20 GB a project, P-08); harmless when it fails: 48 h do it.

    The result file cannot be deleted (P-09).
    """
    if submission.input_file:
        try:
            client.delete_file(submission.input_file)
        except (Refused, Unavailable):
            return
