"""Texts on a copy of a picture: where they stand, what they are made from, and what cannot be drawn."""

import functools
import io
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from tasks.catalog.output import Output
from tasks.catalog.text_style import Align, Box, Shadow, TextStyle, Valign
from tasks.pictures import lettering as texts
from tasks.pictures import picture
from tasks.project.names import Format
from tasks.text.errors import BadInput
from tests.support import own_fonts

GREY = (90, 90, 90)
PNG, JPG = Output(), Output(format=Format.JPG)


@pytest.fixture
def style(tmp_path: Path) -> TextStyle:
    return TextStyle("title", own_fonts.latin(tmp_path), size=20, least_size=20, fill="#ff0000")


def grey(width: int = 640, height: int = 360) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), GREY).save(out, "PNG")
    return out.getvalue()


def inked(style: TextStyle, text: str, folder: Path, **size: int) -> tuple[int, int, int, int]:
    """The box of everything that changed, in pixels."""
    data = texts.drawn(grey(**size), [texts.lettering(text, style, folder)], PNG, "m")
    image = Image.open(io.BytesIO(data)).convert("RGB")
    found = Image.eval(image.split()[0], lambda value: 255 if value != GREY[0] else 0).getbbox()
    assert found
    return found


def test_texts_stand_in_their_box(style: TextStyle, tmp_path: Path) -> None:
    """Nothing is drawn outside of it, and each alignment is where its name says."""
    box = Box(x=10, y=20, width=60, height=50)
    for align, valign in ((Align.LEFT, Valign.TOP), (Align.RIGHT, Valign.BOTTOM), (Align.CENTER, Valign.MIDDLE)):
        left, top, right, bottom = inked(replace(style, box=box, align=align, valign=valign), "Moon", tmp_path)
        assert left >= 64 and top >= 72 and right <= 64 + 384 and bottom <= 72 + 180
        spare_left, spare_right = left - 64, 448 - right
        if align is Align.LEFT:
            assert spare_left < 10 < spare_right and top < 100
        elif align is Align.RIGHT:
            assert spare_right < 10 < spare_left and bottom > 220
        else:
            assert abs(spare_left - spare_right) <= 6


def test_a_style_fits_every_size_of_a_picture(style: TextStyle, tmp_path: Path) -> None:
    """Lengths are shares of the picture: twice the picture is twice the text at twice the place."""
    small, large = inked(style, "Moon", tmp_path), inked(style, "Moon", tmp_path, width=1280, height=720)
    assert all(abs(2 * one - two) <= 8 for one, two in zip(small, large, strict=True))


def test_stroke_shadow_and_box_are_drawn(style: TextStyle, tmp_path: Path) -> None:
    """Each of their colours is in the picture, and the picture's own colour is where nothing stands."""
    rich = replace(
        style,
        stroke="#00ff00",
        stroke_width=2,
        shadow=Shadow("#0000ff", x=6, y=6),
        box=Box(y=40, height=56, fill="#ffff00"),
    )
    data = texts.drawn(grey(), [texts.lettering("Moon", rich, tmp_path)], PNG, "m")
    colours = {colour for _, colour in Image.open(io.BytesIO(data)).convert("RGB").getcolors(1 << 20) or []}
    assert {(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), GREY} <= colours


@pytest.mark.parametrize("fill", ["#ffff00", "#ffff0080"])
@pytest.mark.parametrize(
    ("box", "seen"),
    [
        (Box(x=10, y=20, width=60, height=50), (64, 72, 448, 252)),
        (Box(x=25, y=0, width=75, height=100), (160, 0, 640, 360)),
    ],
)
def test_the_colour_behind_a_text_fills_its_box(
    style: TextStyle, tmp_path: Path, fill: str, box: Box, seen: tuple[int, int, int, int]
) -> None:
    """All of the box and nothing beside it, also where the picture is to be seen through it."""
    assert inked(replace(style, box=replace(box, fill=fill)), "Moon", tmp_path) == seen


def test_letters_become_smaller_only_where_that_is_allowed(style: TextStyle, tmp_path: Path) -> None:
    """Down to least_size and no further; without it, too much text is an error that names it."""
    text = "A very long title that needs much more room than there is"
    with pytest.raises(BadInput, match=r"the text “A very long title .* does not fit: it needs more than 1 line in"):
        texts.layout(texts.lettering(text, replace(style, lines=1), tmp_path))
    found = texts.layout(texts.lettering(text, replace(style, lines=1, least_size=3), tmp_path))
    assert [part.text for part in found.parts] == [text]
    with pytest.raises(BadInput):
        texts.layout(texts.lettering(text * 9, replace(style, lines=1, least_size=3), tmp_path))


def test_line_breaks_that_were_written_stay(style: TextStyle, tmp_path: Path) -> None:
    """Each written line is a line of its own, and counts."""
    found = texts.layout(texts.lettering("One\nTwo", style, tmp_path))
    assert [part.text for part in found.parts] == ["One", "Two"]
    with pytest.raises(BadInput):
        texts.layout(texts.lettering("One\nTwo\nThree", style, tmp_path))


def test_a_missing_glyph_stops_with_its_name(style: TextStyle, tmp_path: Path) -> None:
    """The letter, its number and the font are named; nothing is drawn in its place."""
    with pytest.raises(BadInput, match=r"the font .* has no glyph for 雪 \(U\+96EA\)"):
        texts.lettering("Moon雪", style, tmp_path)


def test_the_mark_tells_of_every_change(style: TextStyle, tmp_path: Path) -> None:
    """Another picture, text, style, font file, format or limit is another mark; the same is the same."""
    one = texts.lettering("Moon", style, tmp_path)
    marks = [
        texts.mark("a", [one], PNG),
        texts.mark("b", [one], PNG),
        texts.mark("a", [replace(one, text="Sun")], PNG),
        texts.mark("a", [replace(one, style=replace(style, fill="#00ff00"))], PNG),
        texts.mark("a", [one, one], PNG),
        texts.mark("a", [one], JPG),
        texts.mark("a", [one], replace(JPG, max_bytes=50_000)),
    ]
    assert len(set(marks)) == len(marks)
    assert texts.mark("a", [texts.lettering("Moon", style, tmp_path)], PNG) == marks[0]


def test_a_copy_says_what_it_was_made_from(style: TextStyle, tmp_path: Path) -> None:
    """Its mark is read from the beginning of the file; other pictures have none. It is a whole picture."""
    copy, other = tmp_path / "a.text.png", tmp_path / "a.png"
    copy.write_bytes(texts.drawn(grey(), [texts.lettering("Moon", style, tmp_path)], PNG, "abc123"))
    other.write_bytes(grey())
    assert (texts.mark_of(copy), texts.mark_of(other), texts.mark_of(tmp_path / "gone.png")) == ("abc123", "", "")
    facts = picture.inspect(copy.read_bytes())
    assert (facts.format, facts.width, facts.height) == ("PNG", 640, 360)


def test_a_jpeg_copy_says_so_too_and_keeps_its_limit(style: TextStyle, tmp_path: Path) -> None:
    """Its mark stands in front, also of a colour profile, and counts: no file has more bytes than it may."""
    noise, copy = io.BytesIO(), tmp_path / "a.text.jpg"
    Image.effect_noise((640, 360), 80).convert("RGB").save(noise, "PNG", icc_profile=_profile())
    found, sizes = [texts.lettering("Moon", style, tmp_path)], []
    for most in (None, 160_000, 90_000):
        copy.write_bytes(texts.drawn(noise.getvalue(), found, replace(JPG, max_bytes=most), "ab" * 32))
        assert texts.mark_of(copy) == "ab" * 32
        image = Image.open(copy)
        image.load()
        assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (640, 360))
        assert image.info["icc_profile"] == _profile()
        sizes.append(copy.stat().st_size)
    assert sizes[0] > 160_000 >= sizes[1] > 90_000 >= sizes[2]


def test_other_jpegs_have_no_mark(tmp_path: Path) -> None:
    """A comment of another program, a file that is cut, and one without its usual header are none of ours."""
    other, whole = tmp_path / "a.text.jpg", io.BytesIO()
    Image.new("RGB", (8, 8)).save(whole, "JPEG", comment=b"kamishibai")
    for data in (whole.getvalue(), whole.getvalue()[:20], whole.getvalue()[:22], b"\xff\xd8\xff\xdb", b""):
        other.write_bytes(data)
        assert texts.mark_of(other) == ""


@functools.cache
def _profile() -> bytes:
    from PIL import ImageCms

    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def test_the_colours_of_a_profile_stay(style: TextStyle, tmp_path: Path) -> None:
    """What a picture says of its colours is said of the copy too."""
    out = io.BytesIO()
    Image.new("RGB", (64, 36), GREY).save(out, "PNG", icc_profile=_profile())
    data = texts.drawn(out.getvalue(), [texts.lettering("M", style, tmp_path)], PNG, "m")
    assert Image.open(io.BytesIO(data)).info["icc_profile"] == _profile()


def test_lines_stand_by_what_is_seen_of_them(tmp_path: Path) -> None:
    """A line that begins with 「 begins where the others do, though half of that letter's width is nothing."""
    style = TextStyle("title", own_fonts.japanese(tmp_path), size=20, least_size=20, align=Align.LEFT)
    plain, opening = (inked(style, text, tmp_path)[0] for text in ("山の掟", "「山の掟」"))
    assert abs(plain - opening) <= 3
