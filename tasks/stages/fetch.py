"""The fetch stage: what jobs and the store still owe -> images/, results.jsonl."""

from collections.abc import Sequence

from ..lanes.batch.poll import Poll
from ..project.run_paths import RunPaths
from ..session.session import Session
from .restore import restore


def fetch(session: Session, runs: Sequence[RunPaths]) -> None:
    """Pictures that are paid for come back from the store; then everything that jobs still owe is fetched.

    What came under an id that the prompt has no more is in the store by then, and comes back under the new one.
    """
    held = [run for run in session.open(runs) if session.holds(run)]
    for run in held:
        restore(session, run)
    Poll(session, held).run()
    for run in held:
        restore(session, run)
        run.add([])
        run.mark_complete()
