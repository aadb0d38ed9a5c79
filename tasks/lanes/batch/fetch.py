"""Fetch: the answers of one finished job become pictures, store records and result lines."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import orjson

from ... import faultpoint
from ...inbox.notices import of_picture_tokens
from ...pictures.ingest import Download, DownloadCut, Plan, ingest
from ...pictures.ingest_one import Ingested
from ...providers.failure_class import is_lost_file
from ...providers.failures import Refused, Unavailable
from ...providers.gemini.client import Gemini
from ...runs.answers import destination, earlier, priced, result_of, shared
from ...runs.deadlines import KEPT_HOURS, hours_between
from ...runs.manifest import Item, Submission
from ...runs.result_line import failed
from ...runs.results import Result
from ...runs.run import Run
from ...runs.uploads import forget
from ...session.session import Session
from ...text.wording import counted

TRIES = 3
TOLERATED = 0.1  # share by which billed image tokens may differ from the expected ones before anybody is told
SURELY_GONE_HOURS = KEPT_HOURS - 1  # a refused download before that is not believed; an hour for clocks that differ
MISSING = "missing: the result file has no line for this request"
GONE = "results gone: "


Watch = Callable[[bytes], None]
"""Is given every piece of a download, to show that it moves."""


def fetch(session: Session, run: Run, submission: Submission, client: Gemini, watch: Watch) -> None:
    """Collect a finished job. Raises Unavailable or Refused when its results cannot be had now, which costs nothing."""
    outcome, why_missing = _download(session, run, submission, client, watch)
    faultpoint.reached("before-results")
    run.add(_lines(run, submission, outcome, why_missing))
    faultpoint.reached("after-results")
    run.record(replace(submission, state="collected", collected_at=session.now()))
    faultpoint.reached("after-collected")
    if any(is_lost_file(got.answer.text) for got in outcome.answers.values()):
        forget(session.paths, client)
    _tell(session, run, submission, outcome)
    _note_prices(session, run, submission)
    _free_input(client, submission)


def _download(session: Session, run: Run, submission: Submission, client: Gemini, watch: Watch) -> tuple[Download, str]:
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
            session.say(f"{run.paths.name}: {cut}; {done}, downloading again")
    if cuts == TRIES:
        raise Unavailable(f"the download of {submission.output} broke off {TRIES} times")
    return outcome, MISSING if submission.provider_state == "SUCCEEDED" else _ended(submission)


def _ended(submission: Submission) -> str:
    detail = f" ({submission.reason})" if submission.reason else ""
    return f"job {submission.provider_state}{detail}"


def _gone(submission: Submission, client: Gemini, error: Refused) -> str:
    """Why the results are gone for good; raises `error` when they should still be there, for a later try."""
    age = hours_between(submission.ended_at, client.date) if submission.ended_at and client.date else 0.0
    if error.code in (403, 404) and age >= SURELY_GONE_HOURS:
        return f"{GONE}the job ended {age:.0f} h ago and the provider keeps results for {KEPT_HOURS:.0f} h"
    raise error


def _answers(submission: Submission, client: Gemini, watch: Watch) -> Iterator[bytes]:
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


def _lines(run: Run, submission: Submission, outcome: Download, why_missing: str) -> list[Result]:
    """A line for every request: of its answer, of a picture that came before, else of an answer that is missing."""
    found = {item.key: _line(run, submission, item, outcome.answers.get(item.key)) for item in submission.requests}
    missing = [item for item in submission.requests if not found[item.key]]
    came = sum(_is_done(each) for each in found.values() if each)
    unseen = min(len(missing), max(0, _done(submission, why_missing) - came))
    usd = submission.share_usd * unseen / len(missing) if missing else 0.0
    counted = f"; {unseen} of {len(missing)} such requests are done by the provider's counts, so the cost is estimated"
    why = why_missing + (counted if usd else "")
    for item in missing:
        found[item.key] = failed(shared(run, submission, item), why, usd)
    return [each for each in found.values() if each]


def _line(run: Run, submission: Submission, item: Item, got: Ingested | None) -> Result | None:
    return result_of(run, submission, item, got) if got else earlier(run, submission, item)


def _is_done(made: Result) -> bool:
    """Whether the provider counts that request as done and bills it, picture or not."""
    return made["status"] != "error" or any(made["tokens"].values())


def _done(submission: Submission, why_missing: str) -> int:
    """How many requests the provider says it did; all, when it told no counts of a job whose results are gone."""
    counts = submission.counts or {}
    told = any(counts.values())
    is_gone = submission.provider_state == "SUCCEEDED" and why_missing.startswith(GONE)
    return counts.get("succeeded", 0) if told or not is_gone else len(submission.requests)


def _tell(session: Session, run: Run, submission: Submission, outcome: Download) -> None:
    """One line per job, and one per kind of line that could not be used."""
    came = sum(each.answer.status == "ok" for each in outcome.answers.values())
    count = f"{came} of {counted(len(submission.requests), 'picture')}"
    session.say(f"{run.paths.name}: {submission.job} {submission.provider_state}, {count}")
    oddities = {
        "a key nobody sent": outcome.unknown,
        "a key that came before": outcome.duplicates,
        "text that is no JSON": [f"byte {offset}: {reason}" for offset, reason in outcome.unreadable],
    }
    for what, found in oddities.items():
        if found:
            more = f" and {len(found) - 3} more" if len(found) > 3 else ""
            session.say(f"{run.paths.name}: {len(found)} result lines with {what}: {', '.join(found[:3])}{more}")


def _note_prices(session: Session, run: Run, submission: Submission) -> None:
    """Tell the inbox when pictures are billed otherwise than the models config expects."""
    for each in run.history:
        request = run.request(each["key"]) if each["submission"] == submission.id else None
        billed, expected = each["tokens"]["image"], run.picture_tokens(each["key"])
        if request and billed and expected and abs(billed - expected) > expected * TOLERATED:
            session.note(of_picture_tokens(submission.model_key, request.choice.image_size, billed, expected))
            return


def _free_input(client: Gemini, submission: Submission) -> None:
    """Give back the space of the uploaded requests (20 GB a project, P-08); harmless when it fails: 48 h do it.

    The result file cannot be deleted (P-09).
    """
    if submission.input_file:
        try:
            client.delete_file(submission.input_file)
        except (Refused, Unavailable):
            return
