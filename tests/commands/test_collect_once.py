"""What bringing home does in one look, for all runs of a channel."""

import pytest

from tasks.project.paths import Paths
from tasks.project.settings import Settings
from tasks.session.session import Session
from tasks.stages.bring_home import collect, opened
from tests.support import environment
from tests.support.studio import Studio, story


@pytest.fixture
def sent(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> Studio:
    """A run of one picture and one of two, each with a job that takes a minute; here is who asks about them."""
    assert studio.emulator
    studio.emulator.job_seconds(60)
    studio.prompts(story(1))
    studio.prompts(story(2, "乙"), "CH01-002")
    studio.visual("WAIT=0")
    environment.use(monkeypatch, studio.environment())
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
