"""What is said of a selection that has nothing on its way."""

from pathlib import Path

import pytest

from tasks.project.paths import Paths
from tasks.project.settings import Settings
from tasks.session.open_jobs import nothing_open
from tasks.text.errors import Stop
from tests.support.studio import Studio, story


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    """Two channels in the presets, one of them with a run; a third has a run only."""
    studio = Studio(tmp_path / "project", None)
    studio.prompts(story(1))
    studio.prompts(story(1), "CH09-001")
    return Paths(studio.folder)


@pytest.mark.parametrize(
    ("channel", "run", "says"),
    [
        ("CH01", None, "CH01: no job"),
        ("CH02", None, "CH02: no job"),
        ("CH09", None, "CH09: no job"),
        (None, None, "ALL: no job"),
        ("CH01", "001", "CH01-001: no job"),
        ("CH77", None, "there is no channel CH77"),
        ("CH77", "001", "there is no channel CH77"),
        ("CH01", "7", "there is no run CH01-7"),
        ("CH09", "7", "there is no run CH09-7"),
    ],
)
def test_what_is_nowhere_is_named(paths: Paths, channel: str | None, run: str | None, says: str) -> None:
    """The channel where that is the mistake, the run where the channel has others; what exists is no mistake."""
    try:
        said = nothing_open(paths, Settings(channel=channel, run=run))
    except Stop as stop:
        said = stop.what
    assert said.startswith(says)
    assert said.endswith("nothing to collect")
