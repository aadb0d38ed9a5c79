"""The immediate lane: what was not left to jobs is sent, and what an earlier command sent is gone on with."""

from collections.abc import Sequence

from ..lanes.immediate.lane import send_now
from ..lanes.immediate.orphans import take_up
from ..lanes.immediate.settle import settle
from ..runs.run import Run
from ..runs.submissions import Part
from ..session.session import Session
from ..text import clock
from .early_pages import EarlyPages


def send(session: Session, runs: Sequence[Run], at_once: list[tuple[Run, Part]]) -> None:
    """Send `at_once`, and fetch what the provider still makes for any of the runs that this command has locked."""
    send_now(session, [run for run in runs if session.runs.holds(run)], at_once, EarlyPages(session))


def resume(session: Session, runs: list[Run]) -> None:
    """Put on record what came of earlier sending, and fetch what the provider still makes. Nothing is sent."""
    for run in runs:
        settle_open(session, run)
    if any(run.manifest.sending() for run in runs):
        send_now(session, runs, [], EarlyPages(session))


def settle_open(session: Session, run: Run) -> None:
    """The journals of what was being sent become lines of the run's results, also when their manifest was lost."""
    take_up(session, run)
    for submission in run.manifest.sending():
        settle(run, submission, clock.now())
