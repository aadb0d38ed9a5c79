"""The usage stage: results.jsonl -> usage.csv.

The file bears the time stamp of the results it says again: whoever writes either of them afterwards is seen by a stat.
"""

import os
from collections.abc import Sequence

from ..files import atomic, faultpoint
from ..money import usage
from ..project.run_paths import RunPaths
from ..session.session import Session


def write_usage(session: Session, runs: Sequence[RunPaths]) -> None:
    """usage.csv of every run."""
    faultpoint.reached("before-usage")
    for run in session.runs.own(runs):
        atomic.write_if_new(run.paths.usage, usage.encode(run.paths.name, run.paths.task, run.history))
        if run.paths.results.is_file():
            about = run.paths.results.stat()
            os.utime(run.paths.usage, ns=(about.st_mtime_ns, about.st_mtime_ns))
