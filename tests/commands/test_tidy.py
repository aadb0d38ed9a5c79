"""`doit tidy`: what the store gives back for $0 makes room, stays finished, is bought by nobody, and comes back."""

import json
import signal
from pathlib import Path

import pytest
from PIL import Image

from tests.support.studio import Studio, story

LATER = "BEFORE=2099-01-01"


def shown(studio: Studio) -> list[str]:
    """Pictures and previews that lie there."""
    images = studio.run() / "images"
    return sorted(path.relative_to(images).as_posix() for path in images.rglob("*") if path.is_file())


def store(studio: Studio, name: str = "0001") -> Path:
    """The paid picture of a prompt."""
    digest = next(line["digest"] for line in studio.results() if line["prompt_id"] == name)
    folder = studio.folder / "workspaces" / ".store" / digest[:2]
    return next(path for path in folder.glob(f"{digest}.*") if path.suffix != ".json")


@pytest.fixture
def made(studio: Studio) -> Studio:
    studio.prompts(story(2))
    studio.visual()
    return studio


@pytest.fixture
def away(made: Studio) -> Studio:
    made.ask("tidy", "CH=CH01", LATER, "APPLY=1")
    return made


def test_without_apply_nothing_is_removed(made: Studio) -> None:
    """What could go is shown with its size and the command that removes it; no file is touched."""
    before = made.snapshot()
    said = made.ask("tidy", "CH=CH01", LATER)
    assert "CH01-001: 2 pictures, " in said
    assert "nothing was removed" in said and f"doit tidy CH=CH01 {LATER} APPLY=1" in said
    assert made.snapshot() == before


def test_a_tidied_run_stays_finished(made: Studio) -> None:
    """Pictures and previews are gone, every command counts them as there, the pages say so, and nothing is bought."""
    said = made.ask("tidy", "CH=CH01", LATER, "APPLY=1")
    assert "2 pictures removed" in said and "doit visual CH=CH01 RUN=001" in said
    assert shown(made) == []
    for _ in range(2):
        assert "2 of them in the store only, tidied away" in made.visual()
    for words in (("visual", "CH=ALL"), ("collect",), ("usage", "CH=CH01"), ("gallery", "CH=CH01"), ("report",)):
        made.ask(*words)
    assert json.loads(made.ask("status", "FORMAT=json"))["runs"]["to_do"] == []
    (row,) = json.loads(made.ask("plan", "CH=CH01", "FORMAT=json"))["rows"]
    assert (row["present"], row["missing"], row["paid"]) == (2, 0, 0)
    made.ask("validate")
    page = (made.run() / "gallery.html").read_text("utf-8")
    assert "2 pictures were tidied away" in page and "doit visual CH=CH01 RUN=001" in page
    assert "images/0001.png" not in page and "not there any more" not in page
    assert page.count("for $0 it comes back with: doit visual CH=CH01 RUN=001") == 2
    channel = made.folder / "workspaces" / "video" / "CH01.html"
    text = channel.read_text("utf-8")
    assert "tidied away, in the store" in text and "<b>2</b> tidied away" in text
    assert "missing" not in text and "to judge" not in text
    assert made.ask("inbox").count("tidied") == 0
    assert (shown(made), made.billed, made.jobs_created) == ([], 2, 1)


def test_the_report_tells_them_apart(made: Studio) -> None:
    """They count as there, and are told: for every selection, from the notes too, until a person puts one back."""
    made.prompts(story(1, "b"), "CH01-002")
    made.visual("RUN=002")
    assert "tidied away" not in made.ask("report")
    picture = made.run() / "images" / "0001.png"
    data = picture.read_bytes()
    made.ask("tidy", "CH=CH01", "RUN=001", LATER, "APPLY=1")
    for _ in range(2):
        assert "2 of them in the store only, tidied away" in made.ask("report")
        assert told_of(made) == (3, 2) and told_of(made, "RUN=002", "CH=CH01") == (1, 0)
    page = made.folder / "workspaces" / "reports" / "usage.html"
    assert "2 of them in the store only, tidied away" in page.read_text("utf-8")
    picture.write_bytes(data)
    (made.folder / "workspaces" / ".report.json").unlink()
    assert told_of(made) == (3, 1)
    made.visual("RUN=001")
    assert told_of(made) == (3, 0)
    assert "tidied away" not in made.ask("report")


def told_of(studio: Studio, *words: str) -> tuple[int, int]:
    total = json.loads(studio.ask("report", "FORMAT=json", *words))["total"]
    return total["kept"], total["tidied"]


def test_naming_the_run_brings_its_pictures_back(made: Studio) -> None:
    """The same files, for $0, and the run is as it was."""
    before, lines, usage = shown(made), made.results(), made.usage()
    pictures = made.images()
    made.ask("tidy", "CH=CH01", LATER, "APPLY=1")
    said = made.visual("RUN=001")
    assert "2 pictures paid for already came from the store, $0" in said
    assert (shown(made), made.images(), made.results(), made.usage()) == (before, pictures, lines, usage)
    assert "tidied away" not in made.visual() + made.visual("RUN=001")
    assert "tidied" not in made.manifest()
    assert "tidied away" not in (made.run() / "gallery.html").read_text("utf-8")
    assert made.billed == 2


def test_what_the_store_cannot_give_back_stays(studio: Studio) -> None:
    """Changed by hand, a person's own, lost or damaged in the store: each is named with its reason, the others go."""
    own = studio.run() / "images" / "0001.png"
    own.parent.mkdir(parents=True)
    Image.effect_noise((64, 36), 50).save(own)
    studio.prompts(story(5))
    studio.visual()
    Image.effect_noise((64, 36), 60).save(studio.run() / "images" / "0002.png")
    store(studio, "0003").unlink()
    damaged = store(studio, "0004")
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"\0")
    said = studio.ask("tidy", "CH=CH01", LATER, "APPLY=1")
    assert "0001 stays: nobody bought it" in said
    assert "0002 stays: it was changed since it came" in said
    assert "0003 stays: the paid picture" in said and "is missing" in said
    assert "0004 stays: the paid picture" in said and "is not what was stored" in said
    assert "1 picture removed" in said
    assert sorted(studio.images()) == ["0001.png", "0002.png", "0003.png", "0004.png"]
    studio.visual()
    studio.visual("RUN=001")
    assert sorted(studio.images()) == [f"000{number}.png" for number in range(1, 6)]
    assert studio.billed == 4


def test_pictures_of_another_wish_stay(made: Studio) -> None:
    """Of prompts that ask for another picture by now, nobody would bring the old one back."""
    made.presets(negative_prompt="文字")
    made.visual()
    said = made.ask("tidy", "CH=CH01", LATER, "APPLY=1")
    assert "0001, 0002 stays: its prompt asks for another picture by now" in said and "nothing to remove" in said
    assert len(made.images()) == 2


def test_a_picture_that_prompts_refer_to_stays(made: Studio) -> None:
    """Removed, the request that it goes with would be another one."""
    texts = [{"id": name, "prompt": text} for name, text in story(2).items()]
    more = {"id": "0003", "prompt": "同じ僧", "references": ["images/0001.png"]}
    made.write("workspaces/video/runs/CH01-001/prompts.json", {"prompts": [*texts, more]})
    made.visual()
    said = made.ask("tidy", "CH=CH01", LATER, "APPLY=1")
    assert "0001 stays: a prompt refers to it" in said
    assert list(made.images()) == ["0001.png"]
    made.visual()
    assert made.billed == 3


@pytest.mark.parametrize("point", ["tidy-noted", "mid-tidy"])
def test_killed_while_it_removes(made: Studio, point: str) -> None:
    """Nothing is bought for what is gone, the same command finishes, and all of it comes back."""
    before = made.images()
    done = made.doit("tidy", "CH=CH01", LATER, "APPLY=1", KAMISHIBAI_KILL_AT=point)
    assert done.returncode == -signal.SIGKILL
    left = made.images()
    assert len(left) == (2 if point == "tidy-noted" else 1)
    made.visual()
    assert made.images() == left
    made.ask("tidy", "CH=CH01", LATER, "APPLY=1")
    assert made.images() == {}
    made.visual("RUN=001")
    assert (made.images(), made.billed) == (before, 2)


def test_killed_while_they_come_back(away: Studio) -> None:
    """The next command of the channel takes the rest from the store."""
    away.killed("former-before", "RUN=001")
    away.visual()
    assert (len(away.images()), away.billed) == (2, 2)


def test_only_what_was_finished_before_the_day(made: Studio) -> None:
    """A run that is newer, or that has something left to do, is left alone."""
    assert "no run of CH=CH01 was finished before 2020-01-01" in made.ask("tidy", "CH=CH01", "BEFORE=2020-01-01")
    made.prompts(story(3))
    assert "CH01-001: not finished, so its pictures stay" in made.ask("tidy", "CH=CH01", LATER, "APPLY=1")
    assert len(made.images()) == 2


def test_a_day_must_be_named(made: Studio) -> None:
    """Without BEFORE= nothing is looked at."""
    assert "none is named" in made.ask("tidy", "CH=CH01", expect=3)
    assert "BEFORE=soon is not a day" in made.ask("tidy", "CH=CH01", "BEFORE=soon", expect=3).replace("'", "")


def test_a_tidied_run_goes_on(away: Studio) -> None:
    """A further prompt is bought alone; a retake comes and the others stay in the store; another format changes nothing
    until the run is named."""
    away.prompts(story(3))
    away.visual()
    assert (list(away.images()), away.billed) == (["0003.png"], 3)
    away.ask("retake", "CH=CH01", "RUN=001", "IDS=0001")
    assert (list(away.images()), away.billed) == (["0001.png", "0003.png"], 4)
    away.presets(output_format="jpg")
    away.visual()
    assert "0002.jpg" not in shown(away)
    away.visual("RUN=001")
    assert [name for name in shown(away) if "/" not in name] == ["0001.jpg", "0002.jpg", "0003.jpg"]
    assert away.billed == 4


def test_validate_tells_what_the_store_lost(away: Studio) -> None:
    """A tidied picture that the store has no more is an error, with the place to restore."""
    store(away).unlink()
    said = away.ask("validate", expect=3)
    assert "0001.png" in said and "was tidied away, and the store has it no more" in said
