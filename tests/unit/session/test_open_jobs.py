"""What a selection has on its way, and what is said of one that has nothing."""

from dataclasses import replace
from pathlib import Path

import pytest

from tasks.project.paths import Paths
from tasks.project.settings import Settings
from tasks.runs import manifest, results
from tasks.runs.manifest import Manifest, State
from tasks.session.open_jobs import nothing_open, owing
from tasks.text.errors import Stop
from tests.support import facts
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
        ("CH02", "7", "there is no run CH02-7"),
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


@pytest.fixture
def owing_paths(paths: Paths) -> Paths:
    """CH01-001 has a job on its way, the costs of CH09-001 are not told yet, and a third manifest is damaged."""
    job = facts.submission(state=State.SUBMITTED, job="batches/j1")
    manifest.save(_made(paths, "CH01", "001"), Manifest("CH01-001", (job,)))
    over = replace(job, state=State.COLLECTED, job="batches/j2")
    manifest.save(_made(paths, "CH09", "001"), Manifest("CH09-001", (over,)))
    results.save(paths.run("CH09", "001").results, [facts.line()])
    _made(paths, "CH01", "002").write_text('{"version": 1, "run"')
    return paths


def _made(paths: Paths, channel: str, run: str) -> Path:
    path = paths.run(channel, run).manifest
    path.parent.mkdir(parents=True)
    return path


@pytest.mark.parametrize(
    ("job", "places", "unreadable"),
    [
        (None, ["CH01-001", "CH09-001"], ["CH01-002"]),
        ("batches/j1", ["CH01-001"], []),
        ("batches/j2", [], []),
        ("batches/j9", [], ["CH01-002"]),
    ],
)
def test_what_there_is_to_bring_home(
    owing_paths: Paths, job: str | None, places: list[str], unreadable: list[str]
) -> None:
    """Jobs, and costs that are not told yet; of a named job its own place, and a damaged file if it may know it."""
    found = owing(owing_paths, Settings(job=job))
    assert [each.name for each in found.places] == places
    assert [each.paths.name for each in found.unreadable] == unreadable
