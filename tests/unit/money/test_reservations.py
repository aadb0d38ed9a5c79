"""Whose money it is: what every folder of work spent, read from its files."""

from pathlib import Path

import pytest

from tasks.money.budget import Spending
from tasks.money.reservations import Reservations
from tasks.project.paths import Paths
from tasks.runs import manifest
from tasks.runs.index import Index
from tasks.runs.manifest import Manifest, State
from tests.support import facts


def _spent(folder: Path, today: str) -> list[Spending]:
    paths = Paths(folder)
    return Reservations(paths, None, Index(paths)).spent(today)


@pytest.mark.parametrize(
    ("folder", "channel"),
    [
        ("video/runs/CH01-251", "CH01"),
        ("thumbnails/CH02", "CH02"),
        ("compare/duel/g-1", "comparisons"),
        ("compare/CH01/g-1", "comparisons"),
    ],
)
def test_every_folder_spends_for_its_channel(tmp_path: Path, folder: str, channel: str) -> None:
    """A run and thumbnails for their channel; a comparison for none, whatever it is called."""
    path = tmp_path / "workspaces" / folder / "_gemini_batch" / "manifest.json"
    path.parent.mkdir(parents=True)
    manifest.save(path, Manifest("any", (facts.submission(state=State.SUBMITTED),)))
    spent = _spent(tmp_path, "2026-11-23")
    assert [(each.channel, each.day, each.usd) for each in spent] == [(channel, "2026-11-23", 0.0168)]
