"""What was paid for is never thrown away: a picture is one whatever it is called, the rest is kept, said and held."""

import pytest

from tasks.pictures import picture
from tests.support.studio import Studio, story

PICTURES = [
    ("labelled", "application/octet-stream", "png"),
    ("labelled", "IMAGE/PNG", "png"),
    ("thought_only", None, "png"),
    ("as_avif", None, "avif"),
    ("as_gif", None, "gif"),
    ("stray_bytes", None, "jpg"),
]
FOREIGN = [
    ("foreign_bytes", "heic", "HEIC, which nothing here reads"),
    ("hollow_png", "png", "PNG does not decode"),
    (
        "address",
        "txt",
        "an address in place of a picture: https://generativelanguage.googleapis.com/v1beta/files/abc123",
    ),
]
SLOTS = [("g-1", 0.0168), ("i-1", 0.0336)]


def _kept(studio: Studio) -> list[str]:
    return [path.name for path in sorted((studio.run() / "_gemini_batch" / "unreadable").glob("*"))]


@pytest.mark.parametrize("slot", ["g-1", "i-1"])
@pytest.mark.parametrize(("fault", "value", "ending"), PICTURES)
def test_a_whole_picture_is_bought_once_whatever_it_is_called(
    studio: Studio, fault: str, value: str | None, ending: str, slot: str
) -> None:
    """Any label, place or format that a decoder reads: its bytes in the store, a PNG in images/, billed once."""
    assert studio.emulator
    studio.presets(slot)
    studio.emulator.fault(fault, value=value)
    if ending == "png":
        studio.emulator.fault("as_png")
    studio.prompts(story(1))
    studio.visual()
    studio.visual()
    assert studio.billed == 1
    (image,) = (studio.run() / "images").glob("*.png")
    assert picture.inspect(image.read_bytes()).format == "PNG"
    (stored,) = (path for path in (studio.folder / "workspaces/.store").glob("??/*") if path.suffix != ".json")
    assert stored.suffix == f".{ending}" and not _kept(studio)
    image.unlink()
    studio.visual()
    assert studio.billed == 1 and image.is_file()


@pytest.mark.parametrize(("slot", "usd"), SLOTS)
@pytest.mark.parametrize(("fault", "ending", "says"), FOREIGN)
def test_what_nobody_reads_is_kept_held_and_bought_again_only_when_asked(
    studio: Studio, fault: str, ending: str, says: str, slot: str, usd: float
) -> None:
    """Its bytes or its address lie on disk, path and cause are said everywhere, its cost is that of a picture; the same
    command buys nothing, RETRY=unreadable says first that it buys again, and does."""
    assert studio.emulator
    studio.presets(slot)
    studio.emulator.fault(fault, times=1)
    studio.prompts(story(1))
    said = studio.visual(expect=1)
    (kept,) = _kept(studio)
    assert kept.endswith(f".{ending}")
    (line,) = studio.results()
    assert (line["status"], line["failure"], line["cause"]) == ("error", "permanent", "unreadable")
    assert f"kept as _gemini_batch/unreadable/{kept}: {says}" in line["reason"]
    assert line["cost_usd"] == pytest.approx(usd, rel=0.01)
    assert "RETRY=unreadable buys it again" in " ".join(said.split())
    gallery = (studio.run() / "gallery.html").read_text()
    assert kept in gallery and "Look at what came, or RETRY=unreadable buys it again." in gallery
    assert "RETRY=unreadable" in (studio.folder / "workspaces/inbox/pm_inbox.md").read_text()
    studio.visual(expect=1)
    studio.visual("RETRY=permanent,exhausted,refused", expect=1)
    assert studio.billed == 1
    assert "1 paid for before and bought again" in studio.ask("plan", "CH=CH01", "RETRY=unreadable")
    assert "1 of these pictures was paid for before" in studio.visual("RETRY=unreadable")
    assert (studio.billed, len(studio.images()), _kept(studio)) == (2, 1, [kept])
    studio.ask("validate")


def test_an_address_from_fireworks_is_held_too(studio: Studio) -> None:
    """A URL where base64 belongs: said, kept, billed once."""
    assert studio.emulator
    studio.presets("f-1")
    studio.emulator.fault("address")
    studio.prompts(story(1))
    studio.visual(expect=1)
    studio.visual(expect=1)
    (line,) = studio.results()
    assert (line["cause"], line["cost_usd"], studio.billed) == ("unreadable", 0.0014, 1)
    assert "an address in place of a picture: https://" in line["reason"] and len(_kept(studio)) == 1


@pytest.mark.parametrize("point", ["before-results", "after-results"])
def test_a_fetch_that_was_killed_ends_with_the_same_files(studio: Studio, point: str) -> None:
    """What was kept before the kill is found, not kept a second time under another name."""
    assert studio.emulator
    studio.emulator.fault("foreign_bytes", match="0001")
    studio.prompts(story(2))
    studio.killed(point)
    before = _kept(studio)
    studio.visual(expect=1)
    assert _kept(studio) == before and len(before) == 1
    assert (studio.billed, len(studio.images()), len(studio.results())) == (2, 1, 2)


def test_what_was_kept_before_a_kill_is_not_bought_again(studio: Studio) -> None:
    """Immediate lane: the bytes were on disk and the journal did not know; they are on record as held, not as lost."""
    assert studio.emulator
    studio.presets("i-1")
    studio.emulator.fault("foreign_bytes")
    studio.prompts(story(1))
    studio.killed("kept")
    studio.visual(expect=1)
    studio.visual(expect=1)
    (line,) = studio.results()
    assert (line["cause"], line["cost_basis"], studio.billed) == ("unreadable", "estimated", 1)
    assert _kept(studio)[0] in line["reason"]


@pytest.mark.parametrize(("slot", "usd"), SLOTS)
def test_a_split_without_image_tokens_costs_what_a_picture_costs(studio: Studio, slot: str, usd: float) -> None:
    """The picture's tokens are not booked as text; the cost is an estimate, since the provider did not say."""
    assert studio.emulator
    studio.presets(slot)
    studio.emulator.fault("split_without_image")
    studio.prompts(story(1))
    studio.visual()
    (line,) = studio.results()
    assert (line["status"], line["cost_basis"]) == ("ok", "estimated")
    assert line["cost_usd"] == pytest.approx(usd, rel=0.01) and line["tokens"]["image"] > 1000


def test_the_providers_words_stand_where_people_look(studio: Studio) -> None:
    """The sentence beside an error code or a finish reason is in results.jsonl, terminal, page and inbox."""
    assert studio.emulator
    studio.emulator.fault("safety", match="0001", times=1)
    studio.emulator.fault("request_error", value=3, match="0002", times=1)
    studio.emulator.fault("text_only", match="0003", times=1)
    studio.prompts(story(3))
    said = " ".join(studio.visual(expect=1).split())
    gallery = (studio.run() / "gallery.html").read_text()
    inbox = (studio.folder / "workspaces/inbox/pm_inbox.md").read_text()
    for line, words in zip(studio.results(), ("Unable to show", "argument", "in words"), strict=True):
        assert words in line["words"] and len(line["words"]) <= 300
        assert line["words"] in said and words in gallery and words in inbox
