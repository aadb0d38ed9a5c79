"""An immediate submission is over, in whatever way: its journal becomes lines of results.jsonl."""

from dataclasses import replace

from ... import faultpoint
from ...runs.answers import earlier, shared
from ...runs.manifest import Item, Submission
from ...runs.result_line import maybe_billed
from ...runs.results import Line
from ...runs.run import RunWork
from .journal import Event, Journal
from .salvage import owner, rescue

UNANSWERED = "it was sent, and the command was stopped before an answer came"


def settle(work: RunWork, submission: Submission, now: str) -> Submission:
    """Put every answer of `submission` on record; returns its new state. now: UTC ISO 8601.

    A request that left and has no answer counts as maybe billed, unless its picture had come already; one that never
    left is forgotten, so that it is sent as if for the first time. What the provider still works on (accepted) keeps
    the submission open.
    """
    journal = Journal(work.place.journal(submission.id))
    last = journal.last()
    rescue(work, submission, [item for item in submission.requests if last.get(item.key, {}).get("event") == "sent"])
    lines = {item.key: _line(work, submission, item, last.get(item.key)) for item in submission.requests}
    pending = {key for key, event in last.items() if event["event"] == "accepted"}
    work.add([line for line in lines.values() if line])
    faultpoint.reached("settled-lines")
    settled = _settled(submission, {key for key, line in lines.items() if line}, pending, now)
    work.record(settled)
    if not pending:
        work.store.sweep(owner(work, submission))
        journal.remove()
    return settled


def tidy(work: RunWork) -> None:
    """Remove what a command left that was killed while it removed it: journals of submissions that are over."""
    under_way = {each.id for each in work.manifest.sending()}
    for each in work.manifest.submissions:
        journal = work.place.journal(each.id)
        if each.lane == "immediate" and each.id not in under_way and journal.is_file():
            work.store.sweep(owner(work, each))
            journal.unlink()


def _line(work: RunWork, submission: Submission, item: Item, event: Event | None) -> Line | None:
    if event is None or event["event"] in ("unsent", "accepted"):
        return None
    if event["event"] == "answered":
        return dict(event["line"])
    times = {"submitted_at": event["at"], "finished_at": None}
    billed = maybe_billed(shared(work, submission, item) | times, UNANSWERED, event["estimate_usd"])
    return earlier(work, submission, item) or billed


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
