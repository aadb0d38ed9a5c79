"""What dodo.py hands to doit: its settings, and the tasks of the command line for the project in the current folder."""

import sys
from pathlib import Path

from ..project.paths import Paths
from . import command_line
from .database import FileChecker
from .help import asked, page
from .reporter import Reporter
from .tasks import Tasks

CONFIG = {
    "minversion": "0.37.0",
    "default_tasks": ["status"],
    "backend": "sqlite3",
    "dep_file": ".doit.db",
    "verbosity": 2,
    "reporter": Reporter,
    "check_file_uptodate": FileChecker,
}


def tasks_here() -> Tasks:
    """The tasks for what was typed. Ends the process where help was asked for, or, with the reason, what cannot be."""
    if (command := asked(sys.argv[1:])) is not None:
        print(page(command))  # noqa: T201 - the person reads it
        raise SystemExit(0)
    return Tasks(command_line.read(Paths(Path())))
