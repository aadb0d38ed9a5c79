"""One look at the jobs of several runs: what is done comes home, and what is wrong with one stops that one only."""

import threading
import time

import pytest

from tasks.lanes.batch.poll import Poll
from tasks.project.paths import Paths
from tasks.project.settings import Settings
from tasks.session.log import Trouble
from tasks.session.session import Session
from tests.support import environment
from tests.support.studio import Studio, story


@pytest.fixture
def sent(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> Studio:
    """A run of two pictures and one of one, each with a job that is done by now; here is who asks about them."""
    assert studio.emulator
    studio.emulator.job_seconds(60)
    studio.prompts(story(2))
    studio.prompts(story(1, "乙"), "CH01-002")
    studio.visual("WAIT=0")
    studio.emulator.advance(60)
    environment.use(monkeypatch, studio.environment())
    return studio


def _look(studio: Studio) -> list[Trouble]:
    """Once at both runs, in this process; what a person is told at the end."""
    paths = Paths(studio.folder)
    with Session(paths, Settings()) as session:
        Poll(session, session.runs.open(paths.runs_of("CH01"))).look()
        return session.log.troubles


def test_one_look_brings_home_what_is_done(sent: Studio) -> None:
    """Nobody has to wait for it, and nothing is left to be told."""
    assert _look(sent) == []
    assert (len(sent.images()), len(sent.images("CH01-002"))) == (2, 1)


def test_a_later_look_brings_what_an_earlier_one_lacked(sent: Studio) -> None:
    """A result file that was short is read again as soon as it is time."""
    assert sent.emulator
    sent.emulator.fault("short", value=1, match="CH01-001")
    _look(sent)
    assert (len(sent.images()), len(sent.images("CH01-002"))) == (1, 1)
    sent.emulator.clear_faults()
    _look(sent)
    assert (len(sent.images()), sent.billed) == (2, 3)


def test_a_disk_that_fails_one_run_stops_that_run_only(sent: Studio) -> None:
    """The place is named with what to do; the other run comes home, and so does this one when the way is free."""
    paths = Paths(sent.folder)
    with Session(paths, Settings()) as session:
        run = session.runs.read(paths.run("CH01", "001"))
        in_the_way = run.store.folder(run.wanted[0].digest)
    in_the_way.parent.mkdir(parents=True, exist_ok=True)
    in_the_way.write_text("not a folder")
    [trouble] = _look(sent)
    assert (trouble.where, trouble.do) == ("CH01-001", "move it away, then: doit visual CH=CH01 RUN=001")
    assert str(in_the_way) in trouble.what
    assert len(sent.images("CH01-002")) == 1
    in_the_way.unlink()
    assert _look(sent) == []
    assert (len(sent.images()), sent.billed) == (2, 3)


def test_a_job_that_is_soon_done_is_asked_about_soon(sent: Studio) -> None:
    """The first pause is a short one, however long the longest may be."""
    assert sent.emulator
    sent.limits(poll_seconds_first=0.05, poll_seconds_most=60)
    job = sent.manifest()["submissions"][0]["job"]
    sent.emulator.force(job, "RUNNING")
    ending = threading.Timer(0.5, sent.emulator.force, (job, "SUCCEEDED"))
    ending.start()
    paths, began = Paths(sent.folder), time.monotonic()
    with Session(paths, Settings(wait=0.5)) as session:
        Poll(session, session.runs.open(paths.runs_of("CH01"))).run()
    ending.join()
    assert time.monotonic() - began < 20
    assert (len(sent.images()), len(sent.images("CH01-002"))) == (2, 1)
