"""Pictures that lie in images/ before any was bought: whole ones end the matter, what only looks finished does not."""

import io
import json
from pathlib import Path

import pytest
from PIL import Image

from tests.support.studio import Studio, story

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 1234567\n"
LEAST = 60_000


def noise(size: tuple[int, int] = (1920, 1080), kind: str = "PNG") -> bytes:
    """A picture of many bytes, soon made."""
    stream = io.BytesIO()
    Image.effect_noise((480, 270), 80).resize(size, Image.Resampling.NEAREST).convert("RGB").save(stream, kind)
    return stream.getvalue()


def plain(size: tuple[int, int] = (1920, 1080)) -> bytes:
    """A placeholder: a whole picture of few bytes."""
    stream = io.BytesIO()
    Image.new("RGB", size, (245, 245, 245)).save(stream, "PNG")
    assert len(stream.getvalue()) < LEAST
    return stream.getvalue()


def put(studio: Studio, name: str, data: bytes, folder: str = "workspaces/video/runs/CH01-001/images") -> Path:
    path = studio.folder / folder / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


@pytest.fixture
def moved(studio: Studio) -> Studio:
    """A channel with 1920x1080 and a threshold for placeholders, as an older studio's preset has it."""
    studio.presets(output_size="1920x1080")
    data = json.loads((studio.folder / "configs" / "channel_presets.json").read_text())
    data["channels"]["CH01"]["image_min_bytes"] = LEAST
    studio.write("configs/channel_presets.json", data)
    return studio


def test_whole_pictures_are_done_and_the_rest_is_made_with_the_old_ones_kept(moved: Studio) -> None:
    """Two stay byte for byte, one of them a JPEG with a warning; placeholder, empty and too small files make room."""
    files = {
        "0001": noise(),
        "0002": noise(kind="JPEG"),
        "0003": plain(),
        "0004": b"",
        "0005": noise((1376, 768)),
    }
    for name, data in files.items():
        put(moved, name, data)
    moved.prompts(story(6))
    [row] = json.loads(moved.ask("plan", "CH=CH01", "FORMAT=json"))["rows"]
    assert (row["present"], row["missing"]) == (2, 4)
    said = moved.visual()
    assert "CH01-001: 2 pictures lay there already (0001, 0002): nothing is sent for them" in said
    assert "images/0002.png is a JPEG under the name of a PNG" in said
    assert "6 of 6 pictures, 2 of them yours (0001, 0002)" in said
    assert moved.billed == 4
    images = moved.run() / "images"
    for name in ("0001", "0002"):
        assert (images / f"{name}.png").read_bytes() == files[name]
    kept = {path.name.partition(".")[0]: path.read_bytes() for path in (images / "_kept").iterdir()}
    assert kept == {name: files[name] for name in ("0003", "0004", "0005")}
    assert sorted(path.name for path in images.glob("*.png")) == [f"{number:04d}.png" for number in range(1, 7)]
    assert [row["prompt_id"] for row in moved.usage()] == ["0003", "0004", "0005", "0006"]
    assert (moved.run() / "gallery.html").read_text().count("a picture of yours") == 2
    moved.visual()
    before = moved.snapshot()
    assert "all 6 pictures are there" in moved.visual()
    assert moved.snapshot() == before
    assert moved.billed == 4


def test_a_run_of_pictures_of_yours_is_finished(moved: Studio) -> None:
    """Nothing is sent, nobody is asked, and status counts them."""
    moved.prompts(story(2))
    for name in ("0001", "0002"):
        put(moved, name, noise())
    moved.visual()
    assert moved.emulator
    assert moved.emulator.ledger()["http_total"] == 0
    seen = json.loads(moved.ask("status", "FORMAT=json"))["runs"]
    assert (seen["pictures"], seen["to_do"]) == (2, [])


def test_a_pointer_of_git_lfs_is_held_until_it_is_fetched(moved: Studio) -> None:
    """It is not bought; what fetches it is said, exit 1; fetched, it counts."""
    moved.prompts(story(2))
    path = put(moved, "0002", POINTER)
    [row] = json.loads(moved.ask("plan", "CH=CH01", "FORMAT=json"))["rows"]
    assert (row["missing"], row["held"]) == (1, 1)
    for _ in range(2):
        said = moved.visual(expect=1)
        assert "Git LFS has not fetched 1 picture yet, so nothing is bought in its place: 0002" in said
        assert "git lfs pull --include=" in said
        assert path.read_bytes() == POINTER
    assert moved.billed == 1
    path.write_bytes(noise())
    assert "1 of them yours (0002)" in moved.visual()
    assert moved.billed == 1


def test_a_pointer_in_place_of_a_bought_picture_buys_nothing(moved: Studio) -> None:
    """A clone without its LFS files, and without the store: nothing is bought a second time."""
    import shutil

    moved.prompts(story(1))
    moved.visual()
    put(moved, "0001", POINTER)
    shutil.rmtree(moved.folder / "workspaces" / ".store")
    assert "git lfs pull" in moved.visual(expect=1)
    assert moved.billed == 1


def test_without_a_threshold_or_a_size_every_whole_picture_counts(studio: Studio) -> None:
    """A channel that says neither: a small drawing of a person's is theirs."""
    studio.prompts(story(1))
    put(studio, "0001", plain((640, 360)))
    assert "1 of 1 picture" in studio.visual()
    assert studio.billed == 0


def test_a_channel_change_and_slot_leave_pictures_of_yours_alone(moved: Studio) -> None:
    """No model made them, so no model's change is about them; an edit of the row is, and theirs is kept."""
    moved.prompts(story(2))
    data = {name: noise() for name in ("0001", "0002")}
    for name in data:
        put(moved, name, data[name])
    moved.visual()
    moved.presets("g-2", output_size="1920x1080")
    assert "with RETRY=changed" not in moved.visual()
    moved.visual("RETRY=changed")
    moved.visual("SLOT=i-1")
    assert moved.billed == 0
    moved.prompts(story(2) | {"0002": "まったく別の絵"})
    moved.visual()
    assert moved.billed == 1
    kept = list((moved.run() / "images" / "_kept").iterdir())
    assert [path.read_bytes() for path in kept] == [data["0002"]]


def test_a_retake_buys_another_and_keeps_theirs(moved: Studio) -> None:
    """Ordered on purpose; putting theirs back is no purchase."""
    moved.prompts(story(1))
    data = noise()
    put(moved, "0001", data)
    moved.visual()
    moved.ask("retake", "CH=CH01", "RUN=001", "IDS=1")
    assert moved.billed == 1
    assert data in [path.read_bytes() for path in (moved.run() / "images").rglob("*.png")]
    moved.ask("retake", "CH=CH01", "RUN=001", "IDS=1", "PICK=1", expect=1)
    assert moved.billed == 1


def test_theirs_gone_is_made(moved: Studio) -> None:
    """A picture that a person took away again is missing."""
    moved.prompts(story(1))
    path = put(moved, "0001", noise())
    moved.visual()
    path.unlink()
    moved.visual()
    assert moved.billed == 1


def test_what_lay_there_unfinished_does_not_end_a_failure(moved: Studio) -> None:
    """A placeholder and a small picture from before an attempt that failed: the prompt is sent again."""
    assert moved.emulator
    moved.prompts(story(2))
    put(moved, "0001", plain())
    put(moved, "0002", noise((1376, 768)))
    moved.emulator.fault("no_image")
    moved.visual(expect=1)
    moved.emulator.clear_faults()
    assert "2 of 2 pictures, spent" in moved.visual()
    assert moved.jobs_created == 2


def test_a_finished_thumbnail_is_done(studio: Studio) -> None:
    """The same for thumbnails."""
    one = {"id": "main", "prompt_template": "{{thumbnail_prompt}}"}
    studio.write("workspaces/thumbnails/templates.json", {"channels": {"CH01": {"templates": [one]}}})
    rows = [{"episode": f"{number:03d}", "thumbnail_prompt": f"鬼{number}"} for number in (1, 2)]
    studio.write("workspaces/thumbnails/CH01/prompts.json", {"prompts": rows})
    put(studio, "main", noise(), "workspaces/thumbnails/assets/CH01/001")
    studio.ask("thumbnails", "CH=CH01")
    assert studio.billed == 1
