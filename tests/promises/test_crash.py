"""Killed at any moment, the next run ends as if nothing had happened, and pays nothing twice."""

import shutil
from pathlib import Path

import pytest

from tests.support.emulator_process import EmulatorProcess
from tests.support.studio import Studio, story

POINTS = [
    "after-intent",
    "after-upload",
    "after-create",
    "after-submitted",
    "polling",
    "after-status",
    "mid-download",
    "mid-download:3",
    "mid-picture",
    "group-before-rename",
    "group-after-rename",
    "record-before",
    "images-before",
    "before-results",
    "after-results",
    "after-collected",
    "before-usage",
]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, dict[str, str]]:
    """usage.csv and pictures of a run that nobody killed."""
    folder = tmp_path_factory.mktemp("undisturbed")
    with EmulatorProcess(folder / "emulator", "--job-seconds", "60", "--clock", "2026-11-23T00:00:00Z") as emulator:
        studio = Studio(folder / "project", emulator)
        studio.prompts(story(4))
        studio.visual("WAIT=0")
        emulator.advance(60)
        studio.visual()
        return (studio.run() / "usage.csv").read_bytes(), studio.images()


@pytest.mark.parametrize("point", POINTS)
def test_killed_and_run_again(point: str, tmp_path: Path, undisturbed: tuple[bytes, dict[str, str]]) -> None:
    """Every picture, one job, every request billed once, and usage.csv byte for byte that of an undisturbed run."""
    with EmulatorProcess(tmp_path / "emulator", "--job-seconds", "60", "--clock", "2026-11-23T00:00:00Z") as emulator:
        studio = Studio(tmp_path / "project", emulator)
        studio.prompts(story(4))
        if point in ("after-intent", "after-upload", "after-create", "after-submitted", "polling"):
            studio.killed(point)
        studio.visual("WAIT=0")
        emulator.advance(60)
        if point not in ("after-intent", "after-upload", "after-create", "after-submitted", "polling"):
            studio.killed(point)
        studio.visual()
        usage, images = undisturbed
        assert studio.images() == images
        assert (studio.run() / "usage.csv").read_bytes() == usage
        assert (studio.jobs_created, studio.billed) == (1, 4)
        assert studio.leftovers() == []
        assert not (studio.run() / "images" / "_kept").exists()


def test_killed_again_and_again(tmp_path: Path, undisturbed: tuple[bytes, dict[str, str]]) -> None:
    """Killed at a later point each time, on the same run, it still ends with the same files for one price."""
    with EmulatorProcess(tmp_path / "emulator", "--job-seconds", "60", "--clock", "2026-11-23T00:00:00Z") as emulator:
        studio = Studio(tmp_path / "project", emulator)
        studio.prompts(story(4))
        for point in ("after-intent", "after-upload", "after-create", "polling"):
            studio.killed(point)
        emulator.advance(60)
        for point in (
            "mid-download:2",
            "mid-picture",
            "group-after-rename",
            "before-results",
            "after-results",
            "before-usage",
        ):
            studio.killed(point)
        shutil.rmtree(studio.folder / ".doit.db", ignore_errors=True)
        studio.visual()
        assert studio.images() == undisturbed[1]
        assert (studio.run() / "usage.csv").read_bytes() == undisturbed[0]
        assert (studio.jobs_created, studio.billed) == (1, 4)
