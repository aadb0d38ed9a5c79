"""The fetch stage: what jobs and the store still owe -> images/, results.jsonl."""

from collections.abc import Sequence

from ..lanes.batch.poll import Loop
from ..project.run_paths import RunPlace
from ..session.session import Session
from .restore import restore


def collect(session: Session, runs: Sequence[RunPlace]) -> None:
    """Pictures that are paid for come back from the store; then everything that jobs still owe is fetched.

    What came under an id that the prompt has no more is in the store by then, and comes back under the new one.
    """
    works = [work for work in session.open(runs) if session.holds(work)]
    for work in works:
        restore(session, work)
    Loop(session, works).run()
    for work in works:
        restore(session, work)
        work.add([])
        work.mark_complete()
