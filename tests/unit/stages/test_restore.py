"""What is paid for comes back from the store, to where a person looks for it."""

import io
from pathlib import Path

import pytest
from PIL import Image

from tasks.project.paths import Paths
from tasks.project.settings import Settings
from tasks.session.session import Session
from tasks.stages.restore import restore
from tasks.stages.takes_ordered import order
from tests.support import facts
from tests.support.studio import Studio, story


def _picture(shade: int) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (64, 36), (shade, shade, 128)).save(stream, "png")
    return stream.getvalue()


def test_every_take_lies_where_the_page_shows_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wanted one in images/, the others beside it; of a prompt that was not asked for, nothing yet."""
    monkeypatch.setenv("GEMINI_API_KEY", "a-key")
    studio = Studio(tmp_path / "project", None)
    studio.prompts(story(2))
    paths = Paths(studio.folder).run("CH01", "001")
    with Session(Paths(studio.folder), Settings()) as session:
        [run] = session.runs.own([paths])
        run.add([facts.line(each.prompt_id, each.digest, key=each.key) for each in run.wanted])
        run = order(session, run, ["0001", "0002"], None, count=2)
        for shade, request in enumerate([*run.wanted, *run.beside]):
            facts.keep(run.store, facts.origin(request.key, request.digest), _picture(shade))
        restore(session, run, ["0001"])
        assert list(studio.images()) == ["0001.png"]
        assert studio.kept() == ["0001/2.png"]
        restore(session, run, None)
    assert list(studio.images()) == ["0001.png", "0002.png"]
    assert studio.kept() == ["0001/2.png", "0002/2.png"]


def test_it_is_said_how_many_came_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Once, in a line, with what they cost now; what lies there already is none of them."""
    studio = Studio(tmp_path / "project", None)
    studio.prompts(story(3))
    paths = Paths(studio.folder).run("CH01", "001")
    with Session(Paths(studio.folder), Settings()) as session:
        [run] = session.runs.own([paths])
        for shade, request in enumerate(run.wanted[:2]):
            facts.keep(run.store, facts.origin(request.key, request.digest), _picture(shade))
        restore(session, run, None)
        restore(session, run, None)
    assert capsys.readouterr().out == "CH01-001: 2 pictures paid for already came from the store, $0\n"
