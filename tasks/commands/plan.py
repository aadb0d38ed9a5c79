"""`doit plan`: what `doit visual` would send, and for how much."""

from datetime import UTC, datetime

import orjson

from ..money.budget import said
from ..project.paths import Paths
from ..project.settings import Settings
from ..runs.spoiled import SpoiledManifest, refuse
from ..views.plan import as_data, planned
from ..views.plan_table import show


def run(paths: Paths, settings: Settings) -> None:
    """A table, or one object (FORMAT=json). Stop when there are runs whose manifest cannot be read."""
    left_out: list[SpoiledManifest] = []
    runs = paths.selection(settings.channel, settings.run)
    rows = planned(paths, settings, runs, datetime.now(UTC).date(), left_out)
    if settings.format == "json":
        print(orjson.dumps(as_data(rows), option=orjson.OPT_INDENT_2).decode())  # noqa: T201 - for the next program
    else:
        show(rows, visual_command(settings))
    refuse(left_out)


def visual_command(settings: Settings) -> str:
    """The command that does what was planned, with the words the plan was asked with."""
    words = {"CH": settings.channel, "RUN": settings.run, "SLOT": settings.slot, "LIMIT": settings.limit}
    words |= {"RETRY": ",".join(sorted(map(str, settings.retry)))}
    budget = "" if settings.budget is None else f" {said(settings.budget)}"
    return " ".join(["doit visual", *(f"{name}={value}" for name, value in words.items() if value)]) + budget
