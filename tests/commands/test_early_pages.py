"""Pages show what came while the rest is still under way."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tasks.project.paths import Paths
from tasks.project.settings import Settings
from tasks.session.session import Session
from tasks.stages import early_pages
from tests.support.studio import Studio, story

pytestmark = pytest.mark.parametrize("shrunk", [1])  # a download is as long as its pictures


def _within(seconds: float, holds: Callable[[], bool]) -> bool:
    until = time.monotonic() + seconds
    while not (done := holds()) and time.monotonic() < until:
        time.sleep(0.05)
    return done


def _shown(page: Path) -> int:
    """How many cards of a gallery have a picture."""
    return page.read_text().count('src="images/_thumbs/') if page.exists() else 0


def test_the_first_pictures_of_a_job_are_on_the_page_while_the_others_arrive(studio: Studio) -> None:
    """Within five seconds after the first picture; results.jsonl is written when all of the job is here."""
    assert studio.emulator
    studio.prompts(story(30))
    studio.emulator.fault("as_png")
    studio.emulator.fault("rate", value=1_000_000)
    page, images = studio.run() / "gallery.html", studio.run() / "images"
    command = studio.start()
    try:
        assert _within(30, lambda: any(images.glob("*.png")))
        assert _within(5, lambda: _shown(page) > 0)
        assert _shown(page) < 30 and not (studio.run() / "results.jsonl").exists()
        channel = studio.folder / "workspaces" / "video" / "CH01.html"
        assert _within(5, lambda: channel.exists() and "CH01-001/gallery.html" in channel.read_text())
    finally:
        said = command.communicate(timeout=60)
    assert command.returncode == 0, said
    assert _shown(page) == len(studio.results()) == 30


def test_the_first_pictures_of_the_immediate_lane_are_on_the_page_while_the_others_are_made(studio: Studio) -> None:
    """Within five seconds after the first picture; what was not answered yet waits on its card."""
    studio.limits({"requests_per_minute": 150, "max_concurrent": 2})
    studio.presets("i-1")
    studio.prompts(story(30))
    page, images = studio.run() / "gallery.html", studio.run() / "images"
    command = studio.start()
    try:
        assert _within(30, lambda: any(images.glob("*.png")))
        assert _within(5, lambda: _shown(page) > 0)
        assert _shown(page) < 30 and not (studio.run() / "results.jsonl").exists()
        assert "Waiting" in page.read_text("utf-8")
    finally:
        said = command.communicate(timeout=120)
    assert command.returncode == 0, said
    assert (_shown(page), studio.billed) == (len(studio.results()), 30) == (30, 30)


def test_a_run_that_is_home_is_on_the_page_while_another_is_waited_for(studio: Studio) -> None:
    """Whoever waits for the last job sees what the others brought."""
    assert studio.emulator
    studio.prompts(story(2, "甲"))
    studio.prompts(story(2, "乙"), "CH01-002")
    studio.emulator.fault("stuck_pending", match="CH01-002")
    command = studio.start()
    try:
        assert _within(30, lambda: any((studio.run() / "images").glob("*.png")))
        assert _within(5, lambda: _shown(studio.run() / "gallery.html") == 2)
    finally:
        command.terminate()
        command.communicate(timeout=60)


def test_pages_are_not_drawn_so_often_that_the_pictures_wait(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a page that took a second, none for twenty; after a quick one, none for five."""
    studio.prompts(story(1))
    studio.visual()
    now, drawn = [100.0], []
    monkeypatch.setattr(early_pages.time, "monotonic", lambda: now[0])
    paths = Paths(studio.folder)
    session = Session(paths, Settings(channel="CH01"))
    run = session.runs.read(paths.selection("CH01", "001")[0])

    def write(*_: object) -> None:
        drawn.append(now[0])
        now[0] += 1.0 if len(drawn) == 1 else 0.0

    monkeypatch.setattr(early_pages.channel_index, "write", write)
    pages = early_pages.EarlyPages(session)
    while now[0] < 140:
        pages.came(run)
        now[0] += 0.5
    assert drawn == [102.5, 123.5, 128.5, 133.5, 138.5]
