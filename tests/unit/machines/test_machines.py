"""The other machines, as one command sees them."""

import contextlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tasks.catalog.model import Lane
from tasks.files import locks
from tasks.machines.machines import Machines
from tasks.machines.place import here
from tasks.machines.records import OnRecord
from tasks.project.paths import Paths
from tasks.runs.manifest import State
from tasks.shared.configured import Shared
from tasks.text import clock
from tests.support import facts

RUN = "CH01-001"


@pytest.fixture
def machines(tmp_path: Path) -> Machines:
    (tmp_path / "shared").mkdir()
    return Machines(Paths(tmp_path / "ours"), Shared(str(tmp_path / "shared")), lambda _: False, print)


def theirs(tmp_path: Path, lane: Lane, hours: float, host: str = "") -> OnRecord:
    """A submission of a neighbouring project, or of one on that machine, put on record so long ago."""
    intent_at = clock.said(datetime.now(UTC) - timedelta(hours=hours))
    made = replace(facts.submission(), lane=lane, intent_at=intent_at, state=State.SENDING, life_hours=24, kept_hours=6)
    place = here(Paths(tmp_path / "theirs"))
    holder = replace(place, host=host) if host else place
    return OnRecord("submissions/acc/2026-11/a.json", holder, f"video/runs/{RUN}", RUN, "CH01", made)


@pytest.mark.parametrize(
    ("lane", "hours", "host", "is_working", "may_come"),
    [
        (Lane.BATCH, 1, "", False, True),
        (Lane.BATCH, 29, "far away", False, True),
        (Lane.BATCH, 31, "far away", False, False),
        (Lane.BATCH, 31, "", True, False),
        (Lane.IMMEDIATE, 5, "", True, True),
        (Lane.IMMEDIATE, 0, "", False, False),
        (Lane.IMMEDIATE, 0.5, "far away", False, True),
        (Lane.IMMEDIATE, 5, "far away", False, False),
    ],
)
def test_it_is_waited_for_as_long_as_it_may_come(
    tmp_path: Path, machines: Machines, lane: Lane, hours: float, host: str, is_working: bool, may_come: bool
) -> None:
    """A job while it and its results last, whoever is at work; what leaves one by one while its command is at work, and
    where nobody can see that, for a while."""
    lock = Paths(tmp_path / "theirs").lock(RUN)
    with locks.held(lock) if is_working else contextlib.nullcontext():
        assert machines.may_come(theirs(tmp_path, lane, hours, host)) is may_come
