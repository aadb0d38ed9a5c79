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
