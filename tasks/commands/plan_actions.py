"""What doit runs for `doit plan`."""

from ..driver.action import action
from ..money.budget import said
from ..project.paths import Paths
from ..project.run_paths import RunPaths
from ..project.settings import Settings


@action
def plan(paths: Paths, settings: Settings, runs: list[RunPaths]) -> None:
    """Say what `doit visual` would send, and for how much."""
    from datetime import UTC, datetime

    from ..views.plan import as_data, planned

    rows = planned(paths, settings, runs, datetime.now(UTC).date())
    if settings.format == "json":
        import orjson

        print(orjson.dumps(as_data(rows), option=orjson.OPT_INDENT_2).decode())  # noqa: T201 - for the next program
        return
    from ..views.plan_table import show

    show(rows, _command(settings))


def _command(settings: Settings) -> str:
    """The command that does what was planned, with the words the plan was asked with."""
    words = {"CH": settings.channel, "RUN": settings.run, "SLOT": settings.slot, "LIMIT": settings.limit}
    words |= {"RETRY": ",".join(sorted(settings.retry))}
    budget = "" if settings.budget is None else f" {said(settings.budget)}"
    return " ".join(["doit visual", *(f"{name}={value}" for name, value in words.items() if value)]) + budget
