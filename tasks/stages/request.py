"""The request stage: what is missing and may be sent -> batch_request.jsonl."""

from collections.abc import Collection, Sequence

from ..files import atomic
from ..lanes.batch.adoption import give_up_lost
from ..lanes.immediate.settle import tidy
from ..project.run_paths import RunPaths
from ..project.settings import Retry
from ..requests.request import Request, line
from ..runs.run import Run
from ..session.session import Session
from .found import record_found
from .recall import recall
from .send import settle_open


def write_requests(session: Session, runs: Sequence[RunPaths], ids: Collection[str] | None = None) -> None:
    """batch_request.jsonl of every run: what is missing and may be sent. What is bad in one run stops that run only.

    What stands in two runs is sent for the first of them. The file of a finished run stays as it is: by now it may be
    another command's. ids: prompts that may be sent; None: all. Raises BadInput when no run can be worked on.
    """
    opened = session.runs.open(runs)
    due = [run.paths for run in opened if session.runs.holds(run) or not run.paths.request.is_file()]
    held = {run.paths.name: run for run in session.runs.own(due)}
    for run in held.values():
        for note in run.notes():
            session.log.say("{note}", note=note.what)
        settle_open(session, run)
        tidy(run)
        recall(run)
        record_found(session, run)
        learn(session, run)
    if Retry.LOST in session.settings.retry:
        give_up_lost(session, list(held.values()))
    left, claimed = session.settings.limit, set[str]()
    for run, missing in session.runs.each(due, lambda paths: _missing(held[paths.name], ids)):
        sending = [request for request in missing if claimed.isdisjoint(request.digests)][:left]
        claimed.update(*(request.digests for request in sending))
        left = None if left is None else left - len(sending)
        atomic.write_if_new(run.paths.request, b"".join(line(request) for request in sending))


def learn(session: Session, run: Run) -> None:
    """Who else has on its way what this run lacks, where a store is shared; what is done by now is taken from it."""
    if session.machines:
        from .other_machines import learn  # who works alone never loads it

        learn(session, session.machines, run)


def _missing(run: Run, ids: Collection[str] | None) -> tuple[Run, list[Request]]:
    return run, [request for request in run.worklist.send if ids is None or request.prompt_id in ids]
