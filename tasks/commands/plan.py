"""`doit plan`: what `doit visual` would send, and for how much."""

import sys
from datetime import UTC, datetime

import orjson

from ..project.paths import Paths
from ..project.settings import Settings
from ..text.sentences import in_english, t
from ..views.plan import as_data, planned
from ..views.plan_table import show, show_texts


def run(paths: Paths, settings: Settings) -> None:
    """A table, below the texts that would be sent (TEXT=1), or one object with all of it (FORMAT=json)."""
    found = paths.sorted_selection(settings.channel, settings.run)
    runs = sorted([*found.worked, *found.waiting], key=lambda run: run.name)
    made = planned(paths, settings, runs, datetime.now(UTC).date())
    for line in found.lines:
        print(line, file=sys.stderr)  # noqa: T201 - the person reads it
    if settings.format == "json":
        print(orjson.dumps(in_english(as_data(made)), option=orjson.OPT_INDENT_2).decode())  # noqa: T201 - for the next program
    elif runs:
        show_texts(made.texts or [])
        show(made.rows, visual_command(settings) if found.worked else "")
    made.conclude()


def visual_command(settings: Settings) -> str:
    """The command that does what was planned, with the words the plan was asked with."""
    return t("doit visual") + settings.as_typed("CH", "RUN", "SLOT", "LIMIT", "RETRY", "BUDGET")
