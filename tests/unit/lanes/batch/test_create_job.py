"""What a command that was stopped before it sent anything leaves behind."""

from pathlib import Path

import pytest

from tasks.lanes.batch.create_job import clear_unsent
from tasks.project.paths import Paths
from tasks.project.settings import Settings
from tasks.runs.manifest import State
from tasks.runs.submissions import intent, split
from tasks.session.session import Session
from tasks.stages.request import write_requests
from tasks.text import clock
from tests.support.studio import Studio, story


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Paths]:
    """Two projects, each as on a machine of its own, that want the same picture and share a store."""
    (tmp_path / "store").mkdir()
    monkeypatch.setenv("KAMISHIBAI_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("GEMINI_API_KEY", "a-key")
    studios = [Studio(tmp_path / name, None) for name in ("a", "b")]
    for studio in studios:
        studio.prompts(story(1))
    return [Paths(studio.folder) for studio in studios]


def _holder(paths: Paths) -> str:
    """Who has the picture on its way, as another machine sees it."""
    with Session(paths, Settings()) as session:
        run = session.runs.read(paths.run("CH01", "001"))
        assert session.machines
        digests = [request.digest for request in run.wanted]
        session.machines.look(run, digests)
        return session.machines.holder(digests)


def test_other_machines_are_told_that_nothing_will_come_of_it(
    two: list[Paths], monkeypatch: pytest.MonkeyPatch
) -> None:
    """They cannot look into this one: without a word they would wait for the picture as for one on its way."""
    ours, theirs = two
    monkeypatch.setenv("KAMISHIBAI_MACHINE", "studio-a")
    with Session(ours, Settings(channel="CH01")) as session:
        write_requests(session, ours.runs_of("CH01"))
        [run] = session.runs.open(ours.runs_of("CH01"))
        [part], client = list(split(run)), session.accounts.batch("gemini")
        with session.reservations.alone():
            claimed = session.claimed(run, part, client, client.traits)
            assert claimed
            assert session.afford(run, intent(run, part, client, clock.now(), client.traits, claimed.name))
    monkeypatch.setenv("KAMISHIBAI_MACHINE", "studio-b")
    assert "on machine studio-a" in _holder(theirs)
    monkeypatch.setenv("KAMISHIBAI_MACHINE", "studio-a")
    with Session(ours, Settings(channel="CH01")) as session:
        [run] = session.runs.open(ours.runs_of("CH01"))
        clear_unsent(run)
        assert [each.state for each in run.manifest.submissions] == [State.DROPPED]
    monkeypatch.setenv("KAMISHIBAI_MACHINE", "studio-b")
    assert _holder(theirs) == ""
