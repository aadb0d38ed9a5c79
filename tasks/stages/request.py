"""The request stage: what is missing and may be sent -> batch_request.jsonl."""

from collections.abc import Sequence

from ..files import atomic
from ..lanes.batch.adoption import give_up_lost
from ..lanes.immediate.settle import settle, tidy
from ..project.run_paths import RunPlace
from ..prompts.request import line
from ..session.session import Session


def write_requests(session: Session, runs: Sequence[RunPlace]) -> None:
    """batch_request.jsonl of every run: what is missing and may be sent. One mistake anywhere, and none is written.

    That of a finished run stays as it is: by now it may be another command's.
    """
    opened = session.open(runs)
    works = session.own([each.place for each in opened if session.holds(each) or not each.place.request.is_file()])
    for work in works:
        for submission in work.manifest.sending():
            settle(work, submission, session.now())
        tidy(work)
    if "lost" in session.settings.retry:
        give_up_lost(session, works)
    left = session.settings.limit
    for work in works:
        missing = [request for request in work.worklist.send if session.asked(request.prompt_id)][:left]
        left = None if left is None else left - len(missing)
        atomic.write_if_new(work.place.request, b"".join(line(request) for request in missing))
