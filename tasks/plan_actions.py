"""What doit runs for `doit plan`."""

from tasks.actions import action
from tasks.places import Places, RunPlace
from tasks.settings import Settings


@action
def plan(places: Places, settings: Settings, runs: list[RunPlace]) -> None:
    """Say what `doit visual` would send, and for how much."""
    from datetime import UTC, datetime

    from tasks.plan import tell

    tell(places, settings, runs, datetime.now(UTC).date())
