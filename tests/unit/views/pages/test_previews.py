"""images/_thumbs: small pictures for the pages."""

import hashlib
import io
from pathlib import Path

import pytest
from PIL import Image

from tasks.emulator.placeholder.painter import paint
from tasks.pictures import preview
from tasks.views.pages import previews


def painted(images: Path, *names: str) -> dict[Path, str]:
    """Pictures of those names in `images`, with their sha256."""
    found = {}
    for name in names:
        path = images / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(paint(f"雪の山道 {name}", 640, 360, "image/png", name.rpartition("/")[2]))
        found[path] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def stamps(images: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in (images / "_thumbs").rglob("*") if path.is_file()}


def test_every_picture_gets_a_small_jpeg(tmp_path: Path) -> None:
    """480 pixels at most, named by picture and content, a fraction of the bytes; takes keep their own folder."""
    pictures = painted(tmp_path, "0001", "_takes/0001/2")
    small = previews.refresh(tmp_path, pictures)
    first, take = pictures
    assert small[first] == tmp_path / "_thumbs" / f"0001.{pictures[first][:8]}.jpg"
    assert small[take] == tmp_path / "_thumbs" / "_takes" / "0001" / f"2.{pictures[take][:8]}.jpg"
    image = Image.open(small[first])
    assert (image.format, image.size) == ("JPEG", (480, 270))
    assert small[first].stat().st_size < first.stat().st_size / 4


def test_made_once(tmp_path: Path) -> None:
    """A second look writes nothing."""
    pictures = painted(tmp_path, "0001", "0002")
    previews.refresh(tmp_path, pictures)
    before = stamps(tmp_path)
    assert len(previews.refresh(tmp_path, pictures)) == 2
    assert stamps(tmp_path) == before


def test_a_changed_picture_gets_a_new_preview_and_the_old_one_goes(tmp_path: Path) -> None:
    """Only what is new is made; what belongs to no picture, half-written files among it, is removed."""
    pictures = painted(tmp_path, "0001", "0002")
    previews.refresh(tmp_path, pictures)
    kept = preview.path_of(tmp_path, tmp_path / "0002.png", pictures[tmp_path / "0002.png"])
    before = kept.stat().st_mtime_ns
    (tmp_path / "_thumbs" / ".0001.12345678.jpg.99.part").write_bytes(b"half")
    changed = {tmp_path / "0001.png": "ab" * 32, tmp_path / "0002.png": pictures[tmp_path / "0002.png"]}
    small = previews.refresh(tmp_path, changed)
    assert sorted(path.name for path in (tmp_path / "_thumbs").iterdir()) == sorted(p.name for p in small.values())
    assert small[tmp_path / "0001.png"].name == "0001.abababab.jpg"
    assert kept.stat().st_mtime_ns == before


def test_a_broken_or_missing_picture_has_none(tmp_path: Path) -> None:
    """A page is made all the same."""
    pictures = painted(tmp_path, "0001")
    (tmp_path / "0002.png").write_bytes(b"\x89PNG\r\n\x1a\nno")
    pictures |= {tmp_path / "0002.png": "cd" * 32, tmp_path / "0003.png": "ef" * 32}
    assert list(previews.refresh(tmp_path, pictures)) == [tmp_path / "0001.png"]


def test_grey_and_see_through_pictures(tmp_path: Path) -> None:
    """Whatever a PNG may hold becomes a JPEG; what shows through is white."""
    for mode in ("L", "LA", "RGBA", "P", "1", "I;16"):
        path = tmp_path / "odd.png"
        Image.new(mode, (32, 20)).save(path)
        data = preview.of_file(path)
        assert data is not None, mode
        small = Image.open(io.BytesIO(data))
        assert small.size == (32, 20)
        if mode in ("LA", "RGBA"):
            assert small.convert("RGB").getpixel((5, 5)) == (255, 255, 255), mode


def test_a_preview_of_an_earlier_version_stays(tmp_path: Path) -> None:
    """It is not made anew, on any page, and goes when its picture is another one or has a newer preview."""
    pictures = painted(tmp_path, "0001", "0002")
    first, second = pictures
    old = [preview.path_of(tmp_path, full, sha256).with_suffix(".webp") for full, sha256 in pictures.items()]
    for path in old:
        preview.keep(path, b"as it was made")
    assert previews.there(tmp_path, pictures) == {first: old[0], second: old[1]}
    assert previews.refresh(tmp_path, pictures) == {first: old[0], second: old[1]}
    new = preview.path_of(tmp_path, first, pictures[first])
    preview.keep(new, b"as it is made now")
    assert previews.there(tmp_path, pictures)[first] == new
    small = previews.refresh(tmp_path, {first: pictures[first], second: "ab" * 32})
    assert small[first] == new
    assert sorted((tmp_path / "_thumbs").iterdir()) == sorted(small.values())


@pytest.mark.parametrize(
    ("size", "small"),
    [
        ((1376, 768), (459, 256)),
        ((480, 480), (480, 480)),
        ((300, 900), (150, 450)),
        ((700, 401), (480, 275)),
        ((32, 900), (16, 450)),
    ],
)
def test_a_preview_is_about_480_pixels_long(size: tuple[int, int], small: tuple[int, int]) -> None:
    """By whole blocks of pixels where that comes near it, else exactly; a smaller picture stays as it is."""
    assert Image.open(io.BytesIO(preview.encode(Image.new("RGB", size)))).size == small


def test_what_a_power_cut_left_empty_is_made_again(tmp_path: Path) -> None:
    """Nobody waits for a preview to be durable, so its name may be there without its contents."""
    pictures = painted(tmp_path, "0001")
    (small,) = previews.refresh(tmp_path, pictures).values()
    whole = small.read_bytes()
    small.write_bytes(b"")
    assert list(previews.refresh(tmp_path, pictures).values()) == [small]
    assert small.read_bytes() == whole


def test_what_pictures_look_like_is_noted_once(tmp_path: Path) -> None:
    """A second look decodes nothing and writes nothing; a damaged note is no note."""
    pictures = painted(tmp_path, "0001", "0002")
    small = previews.refresh(tmp_path, pictures)
    first = previews.likenesses(tmp_path, small)
    assert first.keys() == pictures.keys()
    before = stamps(tmp_path)
    for preview_file in small.values():
        preview_file.write_bytes(b"no picture any more")
    assert previews.likenesses(tmp_path, small) == first
    note = tmp_path / "_thumbs" / "likeness.json"
    assert stamps(tmp_path)[str(note)] == before[str(note)]
    previews.refresh(tmp_path, pictures)
    assert note.exists()
    note.write_bytes(b"[1")
    assert previews.likenesses(tmp_path, small) == {}  # nothing is known of them any more, and nothing can be decoded
