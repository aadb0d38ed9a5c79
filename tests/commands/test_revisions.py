"""`revisions.json`: what a person changed of a prompt is what is asked for, as long as the row stands."""

import json
from pathlib import Path

import pytest

from tasks.prompts import revisions_file
from tasks.prompts.revisions import Edit, Revision
from tests.support.studio import Studio, story

AT = "2026-11-29T20:14:00Z"
TEXT = "雪の山道を登る若い僧の後ろ姿"


def change(studio: Studio, name: str, revision: Revision | None) -> None:
    lock = studio.folder / "workspaces" / ".locks" / "revisions.test.lock"
    revisions_file.save(studio.run(), lock, {name: revision})


def text(number: str, now: str = TEXT) -> Revision:
    return Revision(AT, prompt=Edit(story(2)[number], now))


@pytest.fixture
def made(studio: Studio) -> Studio:
    """A run of two pictures that are there."""
    studio.prompts(story(2))
    studio.visual()
    return studio


def test_the_changed_text_is_asked_for(made: Studio) -> None:
    """Nothing is bought by the change; plan, status and validate know it; `doit visual` makes it; the file stays."""
    written = (made.run() / "prompts.json").read_bytes()
    change(made, "0002", text("0002"))
    assert made.billed == 2
    assert TEXT in made.ask("plan", "CH=CH01", "TEXT=1") and "1 with something to do" in made.ask("status")
    assert "are right" in made.ask("validate")
    assert "1 picture" in made.visual()
    assert made.billed == 3
    change(made, "0002", None)
    made.visual()
    assert (made.billed, (made.run() / "prompts.json").read_bytes()) == (3, written)


def test_when_the_row_says_something_else(made: Studio) -> None:
    """Whoever wrote the row later is believed: the change is said and not applied, by plan, validate and visual."""
    change(made, "0002", text("0002"))
    made.prompts(story(2) | {"0002": "まったく別の絵"})
    said = "the change to 0002 of 2026-11-29T20:14:00Z is not applied: prompts.json says something else since"
    assert said in made.ask("validate") and said in made.ask("plan", "CH=CH01", "TEXT=1")
    assert said in made.visual()
    sent = (made.run() / "gallery.html").read_text("utf-8")
    assert ("まったく別の絵" in sent, TEXT in sent, made.billed) == (True, False, 3)


def test_a_retake_of_a_changed_prompt_and_back(made: Studio) -> None:
    """It is a take like any other; the first one put back brings its text back, and the second one the change."""
    first = made.images()["0002.png"]
    change(made, "0002", text("0002"))
    made.ask("retake", "CH=CH01", "RUN=001", "IDS=2")
    second = made.images()["0002.png"]
    assert second != first and made.billed == 3
    made.ask("retake", "CH=CH01", "RUN=001", "IDS=2", "PICK=1")
    assert (made.images()["0002.png"], revisions_file.read(made.run())) == (first, {})
    made.visual()
    made.ask("retake", "CH=CH01", "RUN=001", "IDS=2", "PICK=2")
    assert revisions_file.read(made.run())["0002"].same(text("0002"))
    made.visual()
    assert (made.images()["0002.png"], made.billed) == (second, 3)


def test_an_order_that_was_never_sent_and_a_new_text(made: Studio) -> None:
    """A refused take is not gone on with once its text was changed: that is another order, and comes."""
    assert made.emulator
    made.emulator.fault("safety", times=1)
    made.ask("retake", "CH=CH01", "RUN=001", "IDS=2", expect=1)
    change(made, "0002", text("0002"))
    assert "take 3 of 0002 is ordered" in made.ask("retake", "CH=CH01", "RUN=001", "IDS=2")
    assert json.loads((made.run() / "takes.json").read_text())["takes"]["0002"]["picked"] == 3


def test_slot_and_references(made: Studio) -> None:
    """They hold like the text; what cannot be is said where it stands, and nothing is sent."""
    picture = made.run() / "references" / "monk.png"
    picture.parent.mkdir()
    picture.write_bytes((made.run() / "images" / "0001.png").read_bytes())
    change(made, "0002", Revision(AT, slot=Edit(None, "i-3"), references=Edit((), ("references/monk.png",))))
    made.ask("retake", "CH=CH01", "RUN=001", "IDS=2")
    assert [line["slot"] for line in made.results()] == ["g-1", "g-1", "i-3"]
    change(made, "0002", Revision(AT, slot=Edit(None, "f-9")))
    for command in (("validate",), ("visual", "CH=CH01")):
        said = made.ask(*command, expect=3)
        assert "revisions.json:8 at /revisions/0002/slot/now" in said and "f-9" in said
    assert made.billed == 3


def test_a_damaged_file_stops_before_anything_is_sent(made: Studio) -> None:
    """File and mistake are named by every command that asks for pictures."""
    path: Path = made.run() / "revisions.json"
    path.write_text('{"version": 1, "revisions": {"0002": {}}}')
    for command in (("validate",), ("visual", "CH=CH01"), ("retake", "CH=CH01", "RUN=001", "IDS=2")):
        assert "revisions.json:1 at /revisions/0002" in made.ask(*command, expect=3)
    assert made.billed == 2
