"""The request stage: what is missing and may be sent -> batch_request.jsonl."""

from collections.abc import Collection, Sequence

from ..files import atomic
from ..lanes.batch.adoption import give_up_lost
from ..lanes.immediate.settle import tidy
from ..project.run_paths import RunPaths
from ..project.settings import Retry
from ..prompts.request import line
from ..session.session import Session
from .recall import recall
from .send import settle_open


def write_requests(session: Session, runs: Sequence[RunPaths], ids: Collection[str] | None = None) -> None:
    """batch_request.jsonl of every run: what is missing and may be sent. One mistake anywhere, and none is written.

    What stands in two runs is sent for the first of them. The file of a finished run stays as it is: by now it may be
    another command's. ids: prompts that may be sent; None: all.
    """
    opened = session.runs.open(runs)
    held = session.runs.own([run.paths for run in opened if session.runs.holds(run) or not run.paths.request.is_file()])
    for run in held:
        settle_open(session, run)
        tidy(run)
        recall(run)
    if Retry.LOST in session.settings.retry:
        give_up_lost(session, held)
    left, claimed = session.settings.limit, set[str]()
    for run in held:
        due = [request for request in run.worklist.send if ids is None or request.prompt_id in ids]
        missing = [request for request in due if request.digest not in claimed][:left]
        claimed |= {request.digest for request in missing}
        left = None if left is None else left - len(missing)
        atomic.write_if_new(run.paths.request, b"".join(line(request) for request in missing))
