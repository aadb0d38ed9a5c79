"""A page in the middle of a job shows what is here, and what is still to come as that."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tasks.project.paths import Paths
from tasks.project.settings import Settings
from tasks.runs.manifest import Item, Manifest, State
from tasks.session.session import Session
from tasks.stages import early_pages
from tasks.stages.early_pages import EarlyPages
from tests.support import facts
from tests.support.studio import Studio, story


def _cards(page: Path) -> dict[str, str]:
    """The state of each card by its prompt."""
    found = re.findall(r'<li class="card ([a-z ]+)" id="p-([0-9]+)"', page.read_text("utf-8"))
    return {name: state for state, name in found}


def test_each_card_says_how_far_its_picture_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sent again after a failure, the first has come by now; the second failed before and is waited for."""
    monkeypatch.setattr(early_pages, "FIRST", 0.0)
    studio = Studio(tmp_path / "project", None)
    studio.prompts(story(2))
    paths = Paths(studio.folder).run("CH01", "001")
    with Session(Paths(studio.folder), Settings()) as session:
        [run] = session.runs.own([paths])
        lines = [facts.failed(each.prompt_id, digest=each.digest, key=each.key) for each in run.wanted]
        run.add(lines)
        items = tuple(Item(each.key, each.prompt_id, each.digest, "d" * 64) for each in run.wanted)
        sent = replace(facts.submission(2, state=State.FINISHED, job="batches/j2"), requests=items)
        run.keep(Manifest("CH01-001", (sent,)))
        paths.images.mkdir()
        (paths.images / "0001.png").write_bytes(b"png")
        first = run.wanted[0]
        came = facts.line("0001", first.digest, key=first.key, submission="s002", job="batches/j2", attempt=2)
        EarlyPages(session).answered(run, sent, lambda: {first.key: came})
    assert _cards(paths.gallery) == {"0001": "there", "0002": "waiting"}
