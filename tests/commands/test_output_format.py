"""`output_format: jpg`: the provider's JPEG as it came, in place of a PNG, and nothing is bought for the change."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tasks.pictures import picture
from tests.support.studio import Studio, story


def files(studio: Studio) -> list[str]:
    """What lies in images/, but for what begins with a line."""
    return sorted(path.name for path in (studio.run() / "images").iterdir() if not path.name.startswith("_"))


def stored(studio: Studio) -> list[bytes]:
    """The provider's bytes, by digest."""
    found = sorted((studio.folder / "workspaces" / ".store").glob("??/*.*"))
    return [path.read_bytes() for path in found if path.suffix != ".json"]


def test_a_jpeg_lies_in_images_as_it_came(studio: Studio) -> None:
    """The file is the store's, byte for byte, and every page and file names it; the next command has nothing to do."""
    studio.presets(output_format="jpg")
    studio.prompts(story(2))
    studio.visual()
    assert files(studio) == ["0001.jpg", "0002.jpg"]
    assert sorted((studio.run() / "images" / name).read_bytes() for name in files(studio)) == sorted(stored(studio))
    assert [row["image"] for row in studio.usage()] == ["images/0001.jpg", "images/0002.jpg"]
    page = (studio.run() / "gallery.html").read_text("utf-8")
    assert "images/0001.jpg" in page and ".png" not in page
    assert len(list((studio.run() / "images" / "_thumbs").glob("*.jpg"))) == 2
    studio.ask("validate")
    assert "all 2 pictures are there" in studio.visual()
    assert studio.billed == 2


def test_the_request_is_the_same(studio: Studio) -> None:
    """No digest and no byte of what is sent depends on the output format."""
    studio.prompts(story(2))
    studio.ask("request", "CH=CH01")
    before = (studio.run() / "batch_request.jsonl").read_bytes()
    studio.presets(output_format="jpg")
    studio.ask("request", "CH=CH01")
    assert (studio.run() / "batch_request.jsonl").read_bytes() == before != b""


def test_another_format_comes_from_the_store(studio: Studio) -> None:
    """png to jpg and back: one file a prompt, $0, the same pictures as at first, and the run is finished each time."""
    studio.prompts(story(2))
    studio.visual()
    first = studio.images()
    studio.presets(output_format="jpg")
    assert "2 pictures paid for already came from the store, $0" in studio.visual()
    assert files(studio) == ["0001.jpg", "0002.jpg"]
    assert "all 2 pictures are there" in studio.visual()
    assert json.loads(studio.ask("report", "FORMAT=json"))["total"]["kept"] == 2
    studio.presets()
    studio.visual()
    assert (files(studio), studio.images()) == (["0001.png", "0002.png"], first)
    assert not (studio.run() / "images" / "_kept").exists()
    assert studio.billed == 2


def test_what_somebody_changed_is_kept(studio: Studio) -> None:
    """A picture touched up by hand makes room for the other format in images/_kept/, and the command says so."""
    studio.prompts(story(2))
    studio.visual()
    images = studio.run() / "images"
    Image.effect_noise((64, 36), 50).save(images / "0001.png")
    mine = (images / "0001.png").read_bytes()
    (images / "0002.jpg").write_bytes(b"somebody's export")
    studio.presets(output_format="jpg")
    said = studio.visual()
    assert "1 picture that somebody had changed made room for the other format" in said
    kept = {path.name.partition(".")[0]: path for path in (images / "_kept").iterdir()}
    assert kept["0001"].suffix == ".png" and kept["0001"].read_bytes() == mine
    assert kept["0002"].suffix == ".jpg" and kept["0002"].read_bytes() == b"somebody's export"
    assert files(studio) == ["0001.jpg", "0002.jpg"]
    assert studio.billed == 2


def test_a_file_beside_ours_that_we_never_made_stays(studio: Studio) -> None:
    """Somebody's own export to 0001.jpg beside our 0001.png is nobody's business."""
    studio.prompts(story(1))
    studio.visual()
    own = studio.run() / "images" / "0001.jpg"
    own.write_bytes(b"an export")
    studio.visual("RETRY=changed")
    assert own.read_bytes() == b"an export"
    assert files(studio) == ["0001.jpg", "0001.png"]


def test_killed_before_the_former_file_is_cleared(studio: Studio) -> None:
    """The next command clears it away; nothing is bought, and one file a prompt remains."""
    studio.prompts(story(2))
    studio.visual()
    studio.presets(output_format="jpg")
    studio.killed("former-before")
    assert files(studio) == ["0001.jpg", "0001.png", "0002.jpg", "0002.png"]
    studio.visual()
    assert files(studio) == ["0001.jpg", "0002.jpg"]
    assert studio.billed == 2


def test_without_the_store_what_lies_there_stays(studio: Studio) -> None:
    """The store is gone: the picture in the former format is the picture, and is not bought again."""
    studio.prompts(story(1))
    studio.visual()
    for path in (studio.folder / "workspaces" / ".store").glob("??/*"):
        path.unlink()
    studio.presets(output_format="jpg")
    studio.visual()
    assert (files(studio), studio.billed) == (["0001.png"], 1)


@pytest.mark.parametrize("shrunk", [1])
def test_another_size_is_converted_once(studio: Studio) -> None:
    """What output_size crops becomes a JPEG of that size; the store keeps what came."""
    studio.presets(output_format="jpg", output_size="640x360")
    studio.prompts(story(1))
    studio.visual()
    facts = picture.inspect((studio.run() / "images" / "0001.jpg").read_bytes())
    assert (facts.format, facts.width, facts.height) == ("JPEG", 640, 360)
    assert picture.inspect(stored(studio)[0]).width > 640


def test_a_png_answer_is_converted_once(studio: Studio) -> None:
    """A provider that answers PNG: images/ has a JPEG of it, the store the PNG."""
    assert studio.emulator
    studio.emulator.fault("as_png", times=1)
    studio.presets(output_format="jpg")
    studio.prompts(story(1))
    studio.visual()
    assert picture.inspect((studio.run() / "images" / "0001.jpg").read_bytes()).format == "JPEG"
    assert picture.inspect(stored(studio)[0]).format == "PNG"


def test_takes_keep_their_format(studio: Studio) -> None:
    """A retake in jpg of a png: both takes lie there, each in its own format, and picking the first costs nothing."""
    studio.prompts(story(1))
    studio.visual()
    first = hashlib.sha256((studio.run() / "images" / "0001.png").read_bytes()).hexdigest()
    studio.presets(output_format="jpg")
    studio.ask("retake", "CH=CH01", "RUN=001", "IDS=0001")
    take = studio.run() / "images" / "_takes" / "0001" / "1.png"
    assert hashlib.sha256(take.read_bytes()).hexdigest() == first
    assert files(studio) == ["0001.jpg"]
    assert "_takes/0001/1.png" in (studio.run() / "gallery.html").read_text("utf-8")
    studio.ask("retake", "CH=CH01", "RUN=001", "IDS=0001", "PICK=1")
    assert files(studio) == ["0001.jpg"] and (take.parent / "2.jpg").is_file()
    assert studio.billed == 2


@pytest.mark.parametrize("wanted", ["png", "jpg"])
@pytest.mark.parametrize("there", ["png", "jpg"])
def test_a_picture_that_lay_there_counts_in_either_format(studio: Studio, wanted: str, there: str) -> None:
    """A whole picture of the prompt's name ends it, whichever of the two endings it has."""
    studio.presets(output_format=wanted)
    studio.prompts(story(1))
    path = studio.run() / "images" / f"0001.{there}"
    path.parent.mkdir(parents=True)
    Image.effect_noise((64, 36), 50).convert("RGB").save(path)
    data = path.read_bytes()
    assert "1 picture lay there already (0001)" in studio.visual()
    assert "the 1 picture is there" in studio.visual()
    assert (files(studio), path.read_bytes(), studio.billed) == ([path.name], data, 0)


def template(studio: Studio, **more: Any) -> None:
    one = {"id": "bold", "name": "太字", "prompt_template": "{{thumbnail_prompt}}"} | more
    templates = {"channels": {"CH01": {"templates": [one], "default_template_id": "bold"}}}
    studio.write("workspaces/thumbnails/templates.json", templates)


def thumbnail(studio: Studio) -> Path:
    return studio.folder / "workspaces" / "thumbnails" / "assets" / "CH01" / "251" / "bold.jpg"


@pytest.mark.parametrize("shrunk", [1])
def test_max_bytes_of_a_thumbnail(studio: Studio) -> None:
    """The quality goes down until the file fits; a further limit makes it anew from the store, for nothing."""
    template(studio, output_format="jpg")
    studio.write("workspaces/thumbnails/CH01/prompts.json", {"prompts": [{"episode": 251, "thumbnail_prompt": "雪"}]})
    studio.ask("thumbnails", "CH=CH01")
    whole = thumbnail(studio).read_bytes()
    assert [whole] == stored(studio)
    for most in (len(whole) * 2 // 3, len(whole) // 2, len(whole)):
        template(studio, output_format="jpg", max_bytes=most)
        studio.ask("thumbnails", "CH=CH01")
        assert most * 0.6 < len(thumbnail(studio).read_bytes()) <= most
    assert thumbnail(studio).read_bytes() == whole
    assert ([whole], studio.billed) == (stored(studio), 1)


def test_a_file_that_cannot_be_that_small_is_named(studio: Studio) -> None:
    """Name and numbers are said with exit status 1, and the picture is there all the same."""
    template(studio, output_format="jpg", image_size="2K", max_bytes=10000)
    studio.write("workspaces/thumbnails/CH01/prompts.json", {"prompts": [{"episode": 251, "thumbnail_prompt": "雪"}]})
    said = studio.ask("thumbnails", "CH=CH01", expect=1)
    size = thumbnail(studio).stat().st_size
    assert f"bold.jpg has {size:,} bytes in the lowest quality, and max_bytes is 10,000" in said
    assert size > 10000 and studio.billed == 1


def test_max_bytes_is_for_jpeg_files(studio: Studio) -> None:
    """Beside a PNG it is refused, with its line, before anything is sent."""
    template(studio, max_bytes=2000000)
    studio.write("workspaces/thumbnails/CH01/prompts.json", {"prompts": [{"episode": 251, "thumbnail_prompt": "雪"}]})
    said = studio.ask("thumbnails", "CH=CH01", expect=3)
    assert "found max_bytes 2,000,000, and the file is a PNG" in said and "templates.json:" in said
    assert studio.billed == 0
