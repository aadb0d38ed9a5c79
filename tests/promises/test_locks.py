"""Two commands on one run: one works, the other says who has it, and there is one job."""

import signal
import time

from filelock import FileLock

from tests.support.studio import Studio, story


def test_the_second_command_says_who_holds_the_run(studio: Studio) -> None:
    """While one `doit visual` waits, another stops at once, names process and command, and creates nothing."""
    assert studio.emulator
    studio.emulator.job_seconds(60)
    studio.prompts(story(2))
    first = studio.start()
    try:
        while studio.jobs_created == 0:
            time.sleep(0.05)
        said = studio.visual(expect=1)
        assert f"process {first.pid}" in said and "CH=CH01" in said
        studio.emulator.advance(60)
        assert first.wait(30) == 0
    finally:
        first.kill()
        first.communicate()
    assert (studio.jobs_created, studio.billed, len(studio.images())) == (1, 2, 2)


def test_started_at_the_same_moment(studio: Studio) -> None:
    """Two commands started together: one ends well, the other stops, one job comes of both."""
    studio.prompts(story(2))
    both = [studio.start(), studio.start()]
    codes = sorted(process.wait(60) for process in both)
    for process in both:
        process.communicate()
    assert codes in ([0, 0], [0, 1])
    assert (studio.jobs_created, studio.billed, len(studio.images())) == (1, 2, 2)


def _submitted(studio: Studio) -> bool:
    path = studio.run() / "_gemini_batch" / "manifest.json"
    return path.exists() and any(each["state"] == "submitted" for each in studio.manifest()["submissions"])


def test_stopped_by_ctrl_c_and_by_sigterm(studio: Studio) -> None:
    """Interrupted while waiting: a word that nothing is lost, exit 130, and the next run collects the same job."""
    assert studio.emulator
    studio.emulator.job_seconds(60)
    studio.prompts(story(1))
    for number in (signal.SIGINT, signal.SIGTERM):
        process = studio.start()
        while not _submitted(studio):
            time.sleep(0.05)
        time.sleep(0.5)
        process.send_signal(number)
        said = process.communicate(timeout=30)[0]
        assert process.returncode == 130, said
        assert "nothing is lost" in said and "Traceback" not in said
    studio.emulator.advance(60)
    studio.visual()
    assert (studio.jobs_created, len(studio.images())) == (1, 1)


def test_pages_are_drawn_by_the_one_who_has_the_run(studio: Studio) -> None:
    """A finished run that another process holds is left to it, also by a command that only draws."""
    studio.prompts(story(1))
    studio.visual()
    page = studio.run() / "gallery.html"
    page.unlink()
    with FileLock(studio.folder / "workspaces" / ".locks" / "CH01-001.lock"):
        assert "is being worked on by" in studio.ask("gallery", "CH=CH01", expect=1)
    assert not page.exists()
    studio.ask("gallery", "CH=CH01")
    assert page.exists()
