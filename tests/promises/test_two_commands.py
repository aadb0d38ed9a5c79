"""One command waits for jobs for hours; meanwhile another works on the runs that the first found finished."""

import shutil
import time
from collections.abc import Iterator

import pytest

from tasks.project.paths import Paths
from tasks.project.settings import Settings
from tasks.session.session import Session
from tasks.stages.request import write_requests
from tasks.stages.submit import submit
from tests.support import environment, runner
from tests.support.studio import Studio, story


def until_submitted(studio: Studio, run: str) -> None:
    path = studio.run(run) / "_gemini_batch" / "manifest.json"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if path.is_file() and any(each["job"] for each in studio.manifest(run)["submissions"]):
            return
        time.sleep(0.05)
    raise AssertionError("no job was made")


@pytest.fixture
def waiting(studio: Studio) -> Iterator[tuple[Studio, runner.Process]]:
    """Run 001 is finished, and `doit visual CH=CH01` waits for a job of run 002."""
    assert studio.emulator
    studio.prompts(story(2), "CH01-001")
    studio.visual()
    studio.emulator.job_seconds(3600)
    studio.prompts({"0001": "別の絵"}, "CH01-002")
    process = studio.start()
    until_submitted(studio, "CH01-002")
    yield studio, process
    process.kill()


def test_what_another_command_paid_stays_on_record(waiting: tuple[Studio, runner.Process]) -> None:
    """A row "maybe billed" and a picture, bought in a run that the waiting command had found finished, are kept."""
    studio, process = waiting
    assert studio.emulator
    studio.prompts(story(3), "CH01-001")
    studio.emulator.fault("lost_reply", on="generate", times=1)
    studio.doit("visual", "CH=CH01", "RUN=001", "SLOT=i-1")
    studio.visual("RUN=001", "SLOT=i-1")
    lines, rows = studio.results(), studio.usage()
    studio.emulator.advance(3600)
    process.communicate(timeout=60)
    assert len(lines) == 4 and (studio.results(), studio.usage()) == (lines, rows)


def test_a_job_of_another_command_is_not_forgotten(waiting: tuple[Studio, runner.Process]) -> None:
    """A retake ordered meanwhile is still in the manifest when the waiting command ends."""
    studio, process = waiting
    assert studio.emulator
    (studio.run() / "images" / "0002.png").unlink()
    studio.ask("retake", "CH=CH01", "RUN=001", "IDS=1", "WAIT=0")
    submissions = studio.manifest()["submissions"]
    assert [each["state"] for each in submissions] == ["collected", "submitted"]
    studio.emulator.force(studio.emulator.jobs()[1]["name"], "SUCCEEDED")
    process.communicate(timeout=60)
    assert studio.manifest()["submissions"] == submissions


def test_requests_of_another_command_are_not_blanked(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """What another command is about to send stands in batch_request.jsonl, whoever looked at the run before."""
    assert studio.emulator
    studio.prompts(story(1))
    studio.visual()
    environment.use(monkeypatch, studio.emulator.env)
    places = Paths(studio.folder)
    session, runs = Session(places, Settings(channel="CH01")), places.runs_of("CH01")
    session.runs.open(runs)
    runs[0].request.write_bytes(b"another's\n")
    write_requests(session, runs)
    assert runs[0].request.read_bytes() == b"another's\n"
    session.runs.close()


@pytest.mark.parametrize("state", ["submitted", "intent"])
def test_a_run_that_was_left_is_not_sent(studio: Studio, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Found finished and left; its pictures vanish and another command takes it: the first sends and writes nothing."""
    assert studio.emulator
    studio.prompts(story(2))
    studio.visual()
    environment.use(monkeypatch, studio.emulator.env)
    places = Paths(studio.folder)
    session = Session(places, Settings(channel="CH01"))
    works = session.runs.open(places.runs_of("CH01"))
    shutil.rmtree(studio.run() / "images")
    shutil.rmtree(places.store)
    studio.emulator.job_seconds(3600)
    studio.visual("WAIT=0") if state == "submitted" else studio.killed("after-intent")
    before, asked = studio.manifest(), studio.emulator.ledger()["http_total"]
    assert [each["state"] for each in before["submissions"]] == ["collected", state]
    submit(session, works)
    assert studio.manifest() == before and studio.emulator.ledger()["http_total"] == asked
    session.runs.close()
