"""From prompts to usage.csv in one go, for commands that make pictures without tasks of doit for their stages."""

from collections.abc import Collection, Sequence

from ..project.run_paths import RunPaths
from ..session.session import Session
from .bring_home import fetch
from .request import write_requests
from .send import send
from .submit import submit
from .usage import write_usage


def make(session: Session, paths: Sequence[RunPaths], ids: Collection[str] | None = None) -> None:
    """Make what is missing. ids: the prompts it is about; None: all."""
    write_requests(session, paths, ids)
    runs = session.runs.open(paths)
    send(session, runs, submit(session, runs))
    fetch(session, paths, ids)
    write_usage(session, paths)
