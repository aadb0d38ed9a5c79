"""What is paid for comes home, with every line that tells of it."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from tasks.project.paths import Paths
from tasks.project.settings import Settings
from tasks.runs import manifest, results
from tasks.runs.manifest import Item, Manifest, State
from tasks.session.session import Session
from tasks.stages.bring_home import collect, fetch, opened
from tests.support import facts
from tests.support.studio import Studio, story


def _noise() -> bytes:
    """A whole picture."""
    stream = io.BytesIO()
    Image.effect_noise((64, 36), 50).save(stream, "png")
    return stream.getvalue()


def test_what_a_picture_cost_is_told_again_also_when_another_prompt_shows_it_now(tmp_path: Path) -> None:
    """results.jsonl is gone, and the prompt was renamed: its picture comes for nothing, and its cost is on record."""
    studio = Studio(tmp_path / "project", None)
    studio.prompts({"0007": story(2)["0002"]})
    paths = Paths(studio.folder).run("CH01", "001")
    with Session(Paths(studio.folder), Settings()) as session:
        run = session.runs.read(paths)
        [wanted] = run.wanted
        origin = facts.origin(f"0002-{wanted.digest[:16]}", wanted.digest)
        item = Item(origin.key, "0002", wanted.digest, "d" * 64)
        paths.manifest.parent.mkdir()
        bought = replace(facts.submission(state=State.COLLECTED, job="batches/j1"), requests=(item,))
        manifest.save(paths.manifest, Manifest("CH01-001", (bought,)))
        facts.keep(run.store, origin, _noise())
        fetch(session, [paths])
    told = [(line.prompt_id, line.image, line.cost_usd) for line in results.read(paths.results)]
    assert told == [("0007", "images/0007.png", 0.0), ("0002", None, 0.0168)]
    assert (paths.images / "0007.png").exists()


@pytest.fixture
def sent(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> Studio:
    """A run of one picture and one of two, each with a job that takes a minute; here is who asks about them."""
    assert studio.emulator
    studio.emulator.job_seconds(60)
    studio.prompts(story(1))
    studio.prompts(story(2, "乙"), "CH01-002")
    studio.visual("WAIT=0")
    for name, value in studio.environment().items():
        monkeypatch.setenv(name, value)
    return studio


def _collected(studio: Studio, **settings: float) -> None:
    """Both runs, in this process."""
    paths = Paths(studio.folder)
    with Session(paths, Settings(**settings)) as session:  # type: ignore[arg-type]
        collect(session, opened(session, paths.runs_of("CH01")))


def test_collecting_looks_once(sent: Studio) -> None:
    """A job that is not done is left for later, however long one would wait: cron must not pile up."""
    assert sent.emulator
    before = sent.emulator.ledger()["requests"].get("get", 0)
    _collected(sent, wait=0.03)
    assert sent.emulator.ledger()["requests"]["get"] == before + 2


def test_what_you_cancelled_is_no_failure(sent: Studio, capsys: pytest.CaptureFixture[str]) -> None:
    """Of each run it says how many, and what sends it or them."""
    assert sent.emulator
    for run in ("CH01-001", "CH01-002"):
        job = sent.manifest(run)["submissions"][0]["job"]
        Paths(sent.folder).run("CH01", run[5:]).cancelled.write_text(job + "\n")
        sent.emulator.force(job, "CANCELLED")
    _collected(sent)
    said = capsys.readouterr().out
    assert "CH01-001: 1 picture cancelled by you; doit visual CH=CH01 RUN=001 sends it\n" in said
    assert "CH01-002: 2 pictures cancelled by you; doit visual CH=CH01 RUN=002 sends them\n" in said
