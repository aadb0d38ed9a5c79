"""What is paid for comes home, with every line that tells of it."""

import io
from dataclasses import replace
from pathlib import Path

from PIL import Image

from tasks.project.paths import Paths
from tasks.project.settings import Settings
from tasks.runs import manifest, results
from tasks.runs.manifest import Item, Manifest, State
from tasks.session.session import Session
from tasks.stages.bring_home import fetch
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
