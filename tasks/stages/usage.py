"""The usage stage: results.jsonl -> usage.csv."""

from collections.abc import Sequence

from .. import faultpoint
from ..files import atomic
from ..money import usage
from ..project.run_paths import RunPlace
from ..session.session import Session


def write_usage(session: Session, runs: Sequence[RunPlace]) -> None:
    """usage.csv of every run."""
    faultpoint.reached("before-usage")
    for work in session.own(runs):
        atomic.write_if_new(work.place.usage, usage.encode(work.place.name, work.place.task, work.history))
