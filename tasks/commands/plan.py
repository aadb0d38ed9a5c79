"""`doit plan`: what `doit visual` would send, and for how much."""

import sys
from datetime import UTC, datetime

import orjson

from ..project import moved_in
from ..project.paths import Paths
from ..project.run_paths import RunPaths
from ..project.settings import Settings
from ..views.plan import as_data, planned
from ..views.plan_table import show, show_texts


def run(paths: Paths, settings: Settings) -> None:
    """A table, below the texts that would be sent (TEXT=1), or one object with all of it (FORMAT=json)."""
    runs, lines = _runs(paths, settings)
    made = planned(paths, settings, runs, datetime.now(UTC).date())
    for line in lines:
        print(line, file=sys.stderr)  # noqa: T201 - the person reads it
    if settings.format == "json":
        print(orjson.dumps(as_data(made), option=orjson.OPT_INDENT_2).decode())  # noqa: T201 - for the next program
    else:
        show_texts(made.texts or [])
        show(made.rows, "" if lines and all(run.is_foreign for run in runs) else visual_command(settings))
    made.conclude()


def _runs(paths: Paths, settings: Settings) -> tuple[list[RunPaths], tuple[str, ...]]:
    """Those that would be made, also of another program and before anybody took them in; what is said of such."""
    if settings.run is not None and settings.channel is not None:
        run = paths.run(settings.channel, settings.run)
        if run.is_foreign and not moved_in.taken_in(paths, settings.channel):
            return [run], (moved_in.waiting_line(settings.channel),)
    elif settings.channel is not None:
        found = paths.sorted_runs(settings.channel)
        if found.worked or found.waiting:
            return sorted([*found.worked, *found.waiting], key=lambda run: run.name), found.lines
    return paths.selection(settings.channel, settings.run), ()


def visual_command(settings: Settings) -> str:
    """The command that does what was planned, with the words the plan was asked with."""
    return "doit visual" + settings.as_typed("CH", "RUN", "SLOT", "LIMIT", "RETRY", "BUDGET")
