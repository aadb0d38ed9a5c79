"""`doit plan`: what `doit visual` would send, and for how much."""

from datetime import UTC, datetime

import orjson

from ..money.budget import said
from ..project.paths import Paths
from ..project.settings import Settings
from ..views.plan import as_data, planned
from ..views.plan_table import show


def run(paths: Paths, settings: Settings) -> None:
    """A table, or one object (FORMAT=json)."""
    made = planned(paths, settings, paths.selection(settings.channel, settings.run), datetime.now(UTC).date())
    if settings.format == "json":
        print(orjson.dumps(as_data(made), option=orjson.OPT_INDENT_2).decode())  # noqa: T201 - for the next program
    else:
        show(made.rows, visual_command(settings))
    made.conclude()


def visual_command(settings: Settings) -> str:
    """The command that does what was planned, with the words the plan was asked with."""
    words = {"CH": settings.channel, "RUN": settings.run, "SLOT": settings.slot, "LIMIT": settings.limit}
    words |= {"RETRY": ",".join(sorted(map(str, settings.retry)))}
    budget = "" if settings.budget is None else f" {said(settings.budget)}"
    return " ".join(["doit visual", *(f"{name}={value}" for name, value in words.items() if value)]) + budget
