"""What doit runs for `doit plan`."""

from tasks.actions import action
from tasks.places import Places, RunPlace
from tasks.settings import Settings


@action
def plan(places: Places, settings: Settings, runs: list[RunPlace]) -> None:
    """Say what `doit visual` would send, and for how much."""
    from datetime import UTC, datetime

    from tasks.plan import as_data, planned

    rows = planned(places, settings, runs, datetime.now(UTC).date())
    if settings.format == "json":
        import orjson

        print(orjson.dumps(as_data(rows), option=orjson.OPT_INDENT_2).decode())  # noqa: T201 - for the next program
        return
    from tasks.plan_table import show

    show(rows, settings)
