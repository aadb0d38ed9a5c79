"""An immediate submission is over, in whatever way: its journal becomes lines of results.jsonl."""

import glob
from dataclasses import replace

from ...catalog.model import Lane
from ...files import atomic, faultpoint
from ...runs.answers import earlier, lost, origin
from ...runs.manifest import Item, State, Submission
from ...runs.results import Result
from ...runs.run import Run
from .journal import Accepted, Answered, Event, Journal, Sent
from .salvage import owner, salvage

UNANSWERED = "it was sent, and the command was stopped before an answer came"


def settle(run: Run, submission: Submission, now: str) -> Submission:
    """Put every answer of `submission` on record; returns its new state. now: UTC ISO 8601.

    A request that left and has no answer counts as maybe billed, unless its picture had come already; one that never
    left is forgotten, so that it is sent as if for the first time. What the provider still works on (accepted) keeps
    the submission open.
    """
    journal = Journal(run.paths.journal(submission.id))
    last = journal.last()
    salvage(run, submission, [item for item in submission.requests if isinstance(last.get(item.key), Sent)])
    lines = {item.key: _line(run, submission, item, last.get(item.key)) for item in submission.requests}
    pending = {key for key, event in last.items() if isinstance(event, Accepted)}
    run.add([line for line in lines.values() if line])
    faultpoint.reached("settled-lines")
    settled = _settled(submission, {key for key, line in lines.items() if line}, pending, now)
    run.record(settled)
    if not pending:
        _sweep(run, submission)
        journal.remove()
    return settled


def tidy(run: Run) -> None:
    """Remove what a command left that was killed while it removed it: journals of submissions that are over."""
    under_way = {each.id for each in run.manifest.sending()}
    for each in run.manifest.submissions:
        journal = run.paths.journal(each.id)
        if each.lane is Lane.IMMEDIATE and each.id not in under_way and journal.is_file():
            _sweep(run, each)
            journal.unlink()


def _sweep(run: Run, submission: Submission) -> None:
    """Remove what a killed command left half-written of it: in the store, and beside the pictures, whose names tell."""
    mine = owner(run, submission)
    run.store.sweep(mine)
    for folder in {run.paths.image(item.prompt_id).parent for item in submission.requests}:
        for part in folder.glob(f".*.{glob.escape(mine)}{atomic.PART}"):
            part.unlink(missing_ok=True)


def _line(run: Run, submission: Submission, item: Item, event: Event | None) -> Result | None:
    if isinstance(event, Answered):
        return event.result
    if not isinstance(event, Sent):
        return None
    asked = replace(origin(run, submission, item), submitted_at=event.at, finished_at=None)
    return earlier(run, submission, item) or lost(run, asked, UNANSWERED, event.estimate_usd)


def _settled(submission: Submission, answered: set[str], pending: set[str], now: str) -> Submission:
    alive = answered | pending
    kept = [item for item in submission.requests if item.key in alive]
    if not kept:
        return replace(submission, state=State.DROPPED, reason="nothing was taken by the provider")
    share = len(kept) / len(submission.requests)
    state = State.SENDING if pending else State.COLLECTED
    estimate = round(submission.estimate_usd * share, 6)
    collected = None if pending else now
    return replace(submission, requests=tuple(kept), state=state, estimate_usd=estimate, collected_at=collected)
