"""Fetch: the answers of one finished job become pictures, store records and result lines."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from ...files import faultpoint
from ...inbox.notices import of_awaited, of_picture_tokens
from ...pictures.ingest import Download, DownloadCut, Watch
from ...pictures.ingest_one import Ingested
from ...providers.failure_class import is_lost_file
from ...providers.failures import BrokeOff, Refused, Unavailable
from ...providers.port import BatchProvider
from ...runs.answers import Pricing, destination, earlier, failed, origin, result_of
from ...runs.awaited import next_try
from ...runs.manifest import Item, State, Submission
from ...runs.results import Cause, Result
from ...runs.run import Run
from ...runs.uploads import forget
from ...session.session import Session
from ...text import clock
from ...text.sentences import english, t
from .absence import Absence, Look, absence, unseen
from .engine import Engine
from .job_part import JobPart

TRIES = 3
LOOKS = 2  # how often a line that is missing or broken is read before that is believed of this download
TOLERATED = 0.1  # share by which billed image tokens may differ from the expected ones before anybody is told


def part_of(session: Session, run: Run, submission: Submission) -> JobPart:
    """What of a finished job's results is not here yet, and where each answer belongs.

    Asked once for each look at a job: what lies in an answer's place is looked into, and moved when it is not ours.
    """
    had = _had(run, submission)
    missing = [item for item in submission.requests if item.key not in had] if submission.has_results else []
    return JobPart(
        submission=submission,
        root=session.paths.root,
        wanted={item.key: destination(run, submission, item) for item in missing},
        store=run.store,
        owner=run.paths.name,
        pricing=Pricing.of(run, submission),
        done=frozenset(had),
    )


def fetch(session: Session, run: Run, part: JobPart, client: BatchProvider, watch: Watch, engine: Engine) -> None:
    """Collect a finished job, or what there is of it: then the job stays open, with what it still owes.

    Raises Unavailable or Refused when its results cannot be had now, which costs nothing.
    """
    submission = part.submission
    count, had = len(submission.requests), _had(run, submission)
    look = _look(session, run, part, client, watch, engine)
    came = _came(run, submission, look, had)
    faultpoint.reached("before-results")
    why = absence(submission, came, look, client.date) if len(came) < count else None
    if len(came) < count and why is None:
        _await(session, run, submission, look, came)
    else:
        _close(session, run, submission, client, came, why)
    if any(is_lost_file(got.answer.text) for got in look.download.answers.values()):
        forget(session.paths, client)
    if submission.awaited is None or why is not None or len(came) > len(had):
        _tell(session, run, submission, look.download, came.values())
    _note_prices(session, run, submission)


def _had(run: Run, submission: Submission) -> dict[str, Result]:
    """The lines that earlier looks at this job brought, by key."""
    owed = {item.key for item in submission.owed}
    lines = {line.key: line for line in run.history if line.submission == submission.id}
    return {key: line for key, line in lines.items() if key not in owed}


def _look(session: Session, run: Run, part: JobPart, client: BatchProvider, watch: Watch, engine: Engine) -> Look:
    """Read the results until every line is here and its picture whole, or often enough."""
    submission, had = part.submission, len(part.done)
    if not submission.has_results:
        return Look(Download(), LOOKS)
    got, reads, cuts = Download(), 0, 0
    while reads < _looks(submission, got) and cuts < TRIES and len(good := _good(got)) + had < len(submission.requests):
        try:
            got = got.with_(engine.ingest(part.without(good), client, watch))
            reads += 1
        except Refused as error:
            return Look(got, reads, error)
        except (DownloadCut, BrokeOff) as cut:
            got, cuts = got.with_(cut.outcome) if isinstance(cut, DownloadCut) else got, cuts + 1
            if cuts < TRIES:
                _say_cut(session, run, submission, cut, len(_good(got)) + had)
    return Look(got, reads)


def _looks(submission: Submission, got: Download) -> int:
    """How often results are read to their end, once where a later command asks again and no picture is broken."""
    is_broken = len(_good(got)) < len(got.answers)
    return LOOKS if is_broken or submission.awaited is None else 1


def _say_cut(session: Session, run: Run, submission: Submission, cut: Exception, safe: int) -> None:
    session.log.say(
        "{run}: {cut}; {safe} of {wanted} are safe, downloading again",
        run=run.paths.name,
        cut=t("{cut}", cut=cut),
        safe=safe,
        wanted=len(submission.requests),
    )


def _good(got: Download) -> list[str]:
    """Keys that need not be read again. A broken picture may have been damaged on its way."""
    return [key for key, each in got.answers.items() if not each.answer.is_broken]


def _came(run: Run, submission: Submission, look: Look, had: Mapping[str, Result]) -> dict[str, Result]:
    """The line of every request that was answered, by key: now, by an earlier look, or to a command that was killed."""
    answers = look.download.answers
    if look.reads < LOOKS:
        answers = {key: answers[key] for key in _good(look.download)}
    now = {item.key: _result(run, submission, item, answers.get(item.key)) for item in submission.requests}
    return {key: line for key, each in now.items() if (line := each or had.get(key))}


def _result(run: Run, submission: Submission, item: Item, got: Ingested | None) -> Result | None:
    return result_of(got) if got else earlier(run, submission, item)


def _await(session: Session, run: Run, submission: Submission, look: Look, came: Mapping[str, Result]) -> None:
    """Keep what came, and put on record what did not and when it is asked for again."""
    run.add(list(came.values()))
    faultpoint.reached("after-results")
    keys = tuple(key for key in submission.keys if key not in came)
    first = session.catalog.providers[submission.provider].batch.poll_seconds_first
    awaited = next_try(submission.awaited, keys, first, clock.now())
    if awaited.whole_at is None and look.is_whole(came):
        awaited = replace(awaited, whole_at=session.accounts.clock(submission.provider))
    run.record(replace(submission, awaited=awaited))


def _close(
    session: Session,
    run: Run,
    submission: Submission,
    client: BatchProvider,
    came: Mapping[str, Result],
    why: Absence | None,
) -> None:
    """A line for every request, and the job is done with."""
    run.add(_lines(run, submission, came, why))
    faultpoint.reached("after-results")
    run.record(replace(submission, state=State.COLLECTED, collected_at=clock.now(), awaited=None))
    faultpoint.reached("after-collected")
    if submission.awaited:
        session.log.settle(of_awaited(run.paths.name, run.paths.command, submission))
    _free_input(client, submission)


def _lines(run: Run, submission: Submission, came: Mapping[str, Result], why: Absence | None) -> list[Result]:
    """A line for every request: the one that came, else one that says why there is none."""
    if why is None:
        return list(came.values())
    missing = len(submission.requests) - len(came)
    made = unseen(submission, came) if why.cause is Cause.MADE_AND_GONE else 0
    estimated = f"; {made} of {missing} such requests are done by the provider's counts, so the cost is estimated"
    reason, usd = english(why.why) + (estimated if made else ""), submission.share_usd * made / missing
    return [
        came.get(item.key) or failed(origin(run, submission, item), reason, usd, why.cause)
        for item in submission.requests
    ]


def _tell(session: Session, run: Run, submission: Submission, outcome: Download, came: Collection[Result]) -> None:
    """One line per job, and one per kind of line that could not be used."""
    session.log.say(
        "{run}: {job} {provider_state}, {pictures} of {wanted:picture}",
        run=run.paths.name,
        job=submission.job,
        provider_state=submission.provider_state,
        pictures=sum(line.is_picture for line in came),
        wanted=len(submission.requests),
    )
    oddities = {
        t("a key nobody sent"): outcome.unknown,
        t("a key that came before"): outcome.duplicates,
        t("text that is no JSON"): [
            t("byte {offset}: {reason}", offset=offset, reason=reason) for offset, reason in outcome.unreadable
        ],
    }
    for what, found in oddities.items():
        if found:
            more = t(" and {more} more", more=len(found) - 3) if len(found) > 3 else ""
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
            session.log.note(of_picture_tokens(submission.model_key, request.choice.form, billed, expected))
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
