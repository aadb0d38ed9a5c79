"""Fetch: the answers of one finished job become pictures, store records and result lines."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import orjson

from tasks import faultpoint
from tasks.deposit import Deposited, DownloadCut, Outcome, Plan, Wanted, deposit
from tasks.failures import Refused, Unavailable
from tasks.gemini import Gemini
from tasks.manifest import Item, Submission
from tasks.responses import Tokens
from tasks.resultline import billed, cost, facts, failed, no_picture
from tasks.results import Line
from tasks.run import RunWork, hours_between
from tasks.session import Session
from tasks.worklist import output_size

TRIES = 3
KEPT_HOURS = 47.0  # results vanish 48 h after the end (facts 2.7); a refused download before that is not believed
MISSING = "missing: the result file has no line for this request"


Watch = Callable[[bytes], None]
"""Is given every piece of a download, to show that it moves."""


def fetch(session: Session, work: RunWork, submission: Submission, client: Gemini, watch: Watch) -> None:
    """Collect a finished job. Raises Unavailable or Refused when its results cannot be had now, which costs nothing."""
    outcome, why_missing = _download(session, work, submission, client, watch)
    faultpoint.reached("before-results")
    work.add(
        [_line(work, submission, item, outcome.answers.get(item.key), why_missing) for item in submission.requests]
    )
    faultpoint.reached("after-results")
    work.record(replace(submission, state="collected", collected_at=session.now()))
    faultpoint.reached("after-collected")
    _tell(session, work, submission, outcome)
    _free_input(client, submission)


def _download(
    session: Session, work: RunWork, submission: Submission, client: Gemini, watch: Watch
) -> tuple[Outcome, str]:
    """(what came, why the rest did not). A key without a line is asked for once more before it counts as missing."""
    if not _has_results(submission):
        return Outcome(), _ended(submission)
    plan, outcome, cuts = _plan(work, submission), Outcome(), 0
    while cuts < TRIES and outcome.passes - cuts < 2 and len(outcome.answers) < len(submission.requests):
        try:
            outcome = outcome.with_(deposit(_answers(submission, client, watch), plan.without(outcome.answers)))
        except Refused as error:
            return outcome, _gone(submission, client, error)
        except DownloadCut as cut:
            outcome, cuts = outcome.with_(cut.outcome), cuts + 1
            done = f"{len(outcome.answers)} of {len(submission.requests)} are safe"
            session.say(f"{work.place.name}: {cut}; {done}, downloading again")
    if cuts == TRIES:
        raise Unavailable(f"the download of {submission.output} broke off {TRIES} times")
    return outcome, MISSING if submission.provider_state == "SUCCEEDED" else _ended(submission)


def _has_results(submission: Submission) -> bool:
    """Whether there may be answers: in a file, or inline in the job itself (facts 2.2)."""
    return bool(submission.output) or submission.provider_state in ("SUCCEEDED", "PARTIALLY_SUCCEEDED")


def _ended(submission: Submission) -> str:
    detail = f" ({submission.reason})" if submission.reason else ""
    return f"job {submission.provider_state}{detail}"


def _gone(submission: Submission, client: Gemini, error: Refused) -> str:
    """Why the results are gone for good; raises `error` when they should still be there, for a later try."""
    age = hours_between(submission.ended_at, client.date) if submission.ended_at and client.date else 0.0
    if error.code in (403, 404) and age >= KEPT_HOURS:
        return f"results gone: the job ended {age:.0f} h ago and the provider keeps results for 48 h"
    raise error


def _answers(submission: Submission, client: Gemini, watch: Watch) -> Iterator[bytes]:
    """The result lines in pieces: from the output file, or written anew from inline answers."""
    if submission.output:
        for piece in client.download(submission.output):
            watch(piece)
            yield piece
    elif submission.job:
        yield from (orjson.dumps(each) + b"\n" for each in client.status(submission.job).inline)


def _plan(work: RunWork, submission: Submission) -> Plan:
    """Where each answer belongs. A picture that is not wanted any more goes to the store only."""
    model = work.catalog.models[submission.model_key]

    def wanted(item: Item) -> Wanted:
        request = work.request(item.key)
        if request:
            work.set_aside(request)
        return Wanted(
            prompt_id=item.prompt_id,
            digest=item.digest,
            image=work.place.image(item.prompt_id) if request else None,
            output_size=request.choice.output_size if request else None,
            record=facts(submission, item, work.manifest.attempt(submission.id, item.key)) | {"run": work.place.name},
        )

    return Plan(
        wanted={item.key: wanted(item) for item in submission.requests},
        store=work.store,
        owner=work.place.name,
        priced=lambda _, answer: cost(model, submission.lane, answer.tokens, work.picture_tokens(answer.key)),
    )


def _line(work: RunWork, submission: Submission, item: Item, got: Deposited | None, why_missing: str) -> Line:
    shared = facts(submission, item, work.manifest.attempt(submission.id, item.key))
    if got is None:
        return _earlier(work, submission, item, shared) or failed(shared, why_missing)
    answer, request = got.answer, work.request(item.key)
    picture = answer.status == "ok"
    tokens = work.picture_tokens(item.key) if picture else 0
    shared |= {"status": answer.status, "failure": answer.failure, "reason": answer.reason, "note": answer.note or None}
    shared |= billed(work.catalog.models[submission.model_key], submission.lane, answer.tokens, tokens)
    if not picture:
        return shared | no_picture()
    names = ("image_bytes", "image_sha256", "source_sha256", "width", "height")
    shared |= {name: getattr(got, name) for name in names}
    shared["image"] = f"images/{item.prompt_id}.png" if request else None
    shared["output_size"] = output_size(request) if request else None
    return shared


def _earlier(work: RunWork, submission: Submission, item: Item, shared: Line) -> Line | None:
    """What an interrupted collection of the same job brought home before its results vanished."""
    for line in work.history:
        if line["submission"] == submission.id and line["key"] == item.key and line["status"] == "ok":
            return line
    record = work.store.find(item.digest)
    if record is None or record.facts.get("job") != submission.job or record.facts.get("key") != item.key:
        return None
    tokens = Tokens(**record.facts["tokens"])
    price = billed(work.catalog.models[submission.model_key], submission.lane, tokens, work.picture_tokens(item.key))
    verdict = {"status": "ok", "failure": None, "reason": "", "note": "collected before the results vanished"}
    return shared | verdict | price | no_picture() | {"source_sha256": record.sha256}


def _tell(session: Session, work: RunWork, submission: Submission, outcome: Outcome) -> None:
    """One line per job, and one per kind of line that could not be used."""
    came = sum(each.answer.status == "ok" for each in outcome.answers.values())
    count = f"{came} of {len(submission.requests)} pictures"
    session.say(f"{work.place.name}: {submission.job} {submission.provider_state}, {count}")
    oddities = {
        "a key nobody sent": outcome.unknown,
        "a key that came before": outcome.duplicates,
        "text that is no JSON": [f"byte {offset}: {reason}" for offset, reason in outcome.unreadable],
    }
    for what, found in oddities.items():
        if found:
            more = f" and {len(found) - 3} more" if len(found) > 3 else ""
            session.say(f"{work.place.name}: {len(found)} result lines with {what}: {', '.join(found[:3])}{more}")


def _free_input(client: Gemini, submission: Submission) -> None:
    """Give back the space of the uploaded requests (20 GB a project, facts 1.5); harmless when it fails: 48 h do it."""
    if submission.input_file:
        try:
            client.delete_file(submission.input_file)
        except (Refused, Unavailable):
            return
