"""What dodo.py hands to doit: its settings, and the tasks of the command line for the project in the current folder."""

from pathlib import Path

from ..project.paths import Paths
from . import command_line
from .database import FileChecker
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
    """The tasks for what was typed. Ends the process, with the reason, when that cannot be."""
    return Tasks(command_line.read(Paths(Path())))
