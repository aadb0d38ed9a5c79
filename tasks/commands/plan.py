"""`doit plan`: what `doit visual` would send, and for how much; with SLOTS= the same pictures on each of them."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from ..project.paths import Paths
from ..project.run_paths import RunPaths
from ..project.settings import Settings
from ..text.errors import BadInput
from ..text.sentences import in_english, t
from ..views.plan import as_data, planned
from ..views.plan_table import show, show_texts

_OF_ONE_SLOT = ("SLOT", "LIMIT", "RETRY", "BUDGET")


def run(paths: Paths, settings: Settings) -> None:
    """A table, below the texts that would be sent (TEXT=1), or one object with all of it (FORMAT=json)."""
    found = paths.sorted_selection(settings.channel, settings.run)
    runs = sorted([*found.worked, *found.waiting], key=lambda run: run.name)
    if settings.slots:
        _side_by_side(paths, settings, runs)
        return
    made = planned(paths, settings, runs, datetime.now(UTC).date())
    for line in found.lines:
        print(line, file=sys.stderr)  # noqa: T201 - the person reads it
    if settings.format == "json":
        _print(as_data(made))
    elif runs:
        show_texts(made.texts or [])
        show(made.rows, visual_command(settings) if found.worked else "")
    made.conclude()


def _side_by_side(paths: Paths, settings: Settings, runs: Sequence[RunPaths]) -> None:
    from ..views import side_by_side, side_by_side_table

    given = settings.as_typed(*_OF_ONE_SLOT).strip() or ("TEXT=1" if settings.text else "")
    if given:
        raise BadInput(
            "SLOTS= looks at all pictures on several slots, {given} is about one",
            "leave out one of them: doit plan{where} SLOTS={slots}",
            given=given,
            where=settings.as_typed("CH", "RUN"),
            slots=",".join(settings.slots),
        )
    made = side_by_side.side_by_side(paths, runs, settings.slots, datetime.now(UTC).date())
    if settings.format == "json":
        _print(side_by_side.as_data(made))
    else:
        side_by_side_table.show(made.rows, t("doit visual") + settings.as_typed("CH", "RUN"))
    made.conclude()


def _print(data: dict[str, Any]) -> None:
    print(orjson.dumps(in_english(data), option=orjson.OPT_INDENT_2).decode())  # noqa: T201 - for the next program


def visual_command(settings: Settings) -> str:
    """The command that does what was planned, with the words the plan was asked with."""
    return t("doit visual") + settings.as_typed("CH", "RUN", "SLOT", "LIMIT", "RETRY", "BUDGET")
