"""`TAKES=`: several pictures of one prompt to choose from, each bought once and only once."""

import signal

import pytest

from tests.support.studio import Studio, story


def retake(studio: Studio, *words: str, expect: int = 0) -> str:
    return studio.ask("retake", "CH=CH01", "RUN=001", *words, expect=expect)


@pytest.fixture
def made(studio: Studio) -> Studio:
    """A run of two pictures that are there."""
    studio.prompts(story(2))
    studio.visual()
    return studio


def test_three_to_choose_from(made: Studio) -> None:
    """One job, one announcement, three bills; the last lies in images/, the others beside it, and any is picked."""
    first = made.images()["0002.png"]
    said = retake(made, "IDS=2", "TAKES=3")
    assert "takes 2 to 4 of 0002 are ordered" in said and "CH01-001: 3 pictures, g-1" in said
    assert (made.jobs_created, made.billed) == (2, 5)
    assert made.kept() == ["0002/1.png", "0002/2.png", "0002/3.png"]
    files = {path.read_bytes() for path in (made.run() / "images").rglob("0002*/*.png")}
    assert len(files) == 3 and made.images()["0002.png"] != first
    page = (made.run() / "gallery.html").read_text("utf-8")
    assert "4 takes" in page and "PICK=2" in page and "PICK=3" in page
    assert all(take["shown_at"] for take in made.takes()["0002"]["ordered"][1:])
    retake(made, "IDS=2", "PICK=3")
    assert made.images()["0002.png"] not in (first, "") and made.billed == 5
    made.visual()
    before = made.snapshot()
    assert "nothing was sent" in made.visual()
    assert (made.snapshot(), made.billed) == (before, 5)


@pytest.mark.parametrize(
    ("point", "slot"),
    [
        *((point, ()) for point in ("ordered", "after-intent", "images-before", "before-results", "after-collected")),
        *((point, ("SLOT=i-1",)) for point in ("ordered", "before-settle", "settled-lines")),
    ],
)
def test_killed_and_ordered_again(made: Studio, point: str, slot: tuple[str, ...]) -> None:
    """After a crash the same command goes on with the same takes: three bills, on either lane."""
    done = made.doit("retake", "CH=CH01", "RUN=001", "IDS=2", "TAKES=3", *slot, KAMISHIBAI_KILL_AT=point)
    assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr
    retake(made, "IDS=2", "TAKES=3", *slot)
    assert len(made.takes()["0002"]["ordered"]) == 4
    assert (made.billed, made.kept()) == (5, ["0002/1.png", "0002/2.png", "0002/3.png"])
    assert made.leftovers() == []


def test_one_of_several_fails(made: Studio) -> None:
    """The others lie there all the same; the same command sends that one again; then a new order is a new order."""
    assert made.emulator
    made.emulator.fault("no_image", times=1)
    assert "NO_IMAGE" in retake(made, "IDS=2", "TAKES=3", expect=1)
    assert made.billed == 5
    assert "going on with them" in retake(made, "IDS=2", "TAKES=3")
    assert (made.billed, made.kept()) == (6, ["0002/1.png", "0002/2.png", "0002/3.png"])
    retake(made, "IDS=2", "TAKES=2")
    assert (made.billed, len(made.takes()["0002"]["ordered"])) == (8, 6)


def test_a_refused_one_does_not_keep_new_ones_away(made: Studio) -> None:
    """What came of an order was seen, the rest is held back: the next order is a new one."""
    assert made.emulator
    made.emulator.fault("safety", times=1)
    retake(made, "IDS=2", "TAKES=2", expect=1)
    made.ask("retake", "CH=CH01", "RUN=001", "IDS=2", "TAKES=2")
    assert len(made.takes()["0002"]["ordered"]) == 5


def test_the_first_pictures_are_several(studio: Studio) -> None:
    """`doit visual TAKES=2` makes two of each missing picture; the first is the one in images/; again sends nothing."""
    studio.prompts(story(2))
    said = studio.visual("TAKES=2")
    assert "CH01-001: 4 pictures, g-1" in said
    assert (studio.jobs_created, studio.billed) == (1, 4)
    assert studio.kept() == ["0001/2.png", "0002/2.png"]
    assert {name: its["picked"] for name, its in studio.takes().items()} == {"0001": 1, "0002": 1}
    studio.visual("TAKES=2")
    studio.visual()
    before = studio.snapshot()
    assert "nothing was sent" in studio.visual()
    assert (studio.snapshot(), studio.billed) == (before, 4)


@pytest.mark.parametrize("point", ["ordered", "after-intent", "before-results"])
def test_killed_while_the_first_are_several(studio: Studio, point: str) -> None:
    """The same command after a crash buys the rest of them and nothing twice."""
    studio.prompts(story(2))
    studio.killed(point, "TAKES=2")
    studio.visual("TAKES=2")
    assert (studio.billed, studio.kept()) == (4, ["0001/2.png", "0002/2.png"])


def test_thumbnails_to_choose_from(studio: Studio) -> None:
    """Two of each missing thumbnail, two more of one that is named, each bought once, the others beside it."""
    template = {"id": "bold", "name": "太字", "prompt_template": "{{thumbnail_prompt}}"}
    one = {"templates": [template], "default_template_id": "bold"}
    studio.write("workspaces/thumbnails/templates.json", {"channels": {"CH01": one}})
    row = {"episode": 251, "thumbnail_prompt": "雪の峠"}
    studio.write("workspaces/thumbnails/CH01/prompts.json", {"prompts": [row]})
    assert "CH01-thumbnails: 2 pictures" in studio.ask("thumbnails", "CH=CH01", "TAKES=2")
    assert "takes 3 to 4 of 251-bold" in studio.ask("thumbnails", "CH=CH01", "IDS=251-bold", "TAKES=2")
    beside = studio.folder / "workspaces" / "thumbnails" / "assets" / "CH01" / "_takes" / "251-bold"
    assert sorted(path.name for path in beside.iterdir()) == ["1.png", "2.png", "3.png"]
    assert studio.billed == 4


def test_a_cap_holds_for_all_of_them(made: Studio) -> None:
    """Three cost more than is allowed: none is sent, and the same order is sent once it may be."""
    said = retake(made, "IDS=2", "TAKES=3", "BUDGET=0.04", expect=1)
    assert "not sent: 3 pictures" in said and "TAKES=3" in said
    assert made.billed == 2
    retake(made, "IDS=2", "TAKES=3")
    assert made.billed == 5


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("IDS=2", "TAKES=5"), "TAKES=5 is more than 4"),
        (("IDS=2", "TAKES=0"), "TAKES='0' is not a whole number from 1"),
        (("IDS=2", "TAKES=2", "PICK=1"), "PICK= puts a picture back"),
    ],
)
def test_what_cannot_be_asked_for(made: Studio, words: tuple[str, ...], said: str) -> None:
    """So many that it must be a mistake, or a pick that would order: refused, nothing written."""
    assert said in retake(made, *words, expect=3)
    assert not (made.run() / "takes.json").exists() and made.billed == 2
