"""An immediate submission is over, in whatever way: its journal becomes lines of results.jsonl."""

from dataclasses import replace

from ... import faultpoint
from ...runs.answers import earlier, shared
from ...runs.manifest import Item, Submission
from ...runs.result_line import maybe_billed
from ...runs.results import Result
from ...runs.run import Run
from .journal import Event, Journal
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
    salvage(run, submission, [item for item in submission.requests if last.get(item.key, {}).get("event") == "sent"])
    lines = {item.key: _line(run, submission, item, last.get(item.key)) for item in submission.requests}
    pending = {key for key, event in last.items() if event["event"] == "accepted"}
    run.add([line for line in lines.values() if line])
    faultpoint.reached("settled-lines")
    settled = _settled(submission, {key for key, line in lines.items() if line}, pending, now)
    run.record(settled)
    if not pending:
        run.store.sweep(owner(run, submission))
        journal.remove()
    return settled


def tidy(run: Run) -> None:
    """Remove what a command left that was killed while it removed it: journals of submissions that are over."""
    under_way = {each.id for each in run.manifest.sending()}
    for each in run.manifest.submissions:
        journal = run.paths.journal(each.id)
        if each.lane == "immediate" and each.id not in under_way and journal.is_file():
            run.store.sweep(owner(run, each))
            journal.unlink()


def _line(run: Run, submission: Submission, item: Item, event: Event | None) -> Result | None:
    if event is None or event["event"] in ("unsent", "accepted"):
        return None
    if event["event"] == "answered":
        return dict(event["line"])
    times = {"submitted_at": event["at"], "finished_at": None}
    billed = maybe_billed(shared(run, submission, item) | times, UNANSWERED, event["estimate_usd"])
    return earlier(run, submission, item) or billed


def _settled(submission: Submission, answered: set[str], pending: set[str], now: str) -> Submission:
    alive = answered | pending
    kept = [item for item in submission.requests if item.key in alive]
    if not kept:
        return replace(submission, state="dropped", reason="nothing was taken by the provider")
    share = len(kept) / len(submission.requests)
    state = "sending" if pending else "collected"
    estimate = round(submission.estimate_usd * share, 6)
    collected = None if pending else now
    return replace(submission, requests=tuple(kept), state=state, estimate_usd=estimate, collected_at=collected)
