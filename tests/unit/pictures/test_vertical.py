"""Texts in columns: from right to left, with vertical forms, as Japanese is written; and what cannot be set so."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from tasks.catalog.output import Output
from tasks.catalog.text_style import Align, Box, Direction, TextStyle, Valign, text_style
from tasks.pictures import fonts, outline, vertical
from tasks.pictures import lettering as texts
from tasks.pictures.vertical import Placed
from tasks.text.errors import BadInput
from tests.support import own_fonts


@pytest.fixture
def style(tmp_path: Path) -> TextStyle:
    if not vertical.is_possible():
        pytest.skip("no FriBiDi here, so Pillow has no Raqm")
    font = own_fonts.japanese(tmp_path)
    return text_style({"column": "title", "font": font, "size": 20, "direction": "vertical", "fill": "#ff0000"})


def parts(style: TextStyle, text: str, folder: Path) -> tuple[Placed, ...]:
    return texts.layout(texts.lettering(text, style, folder), (1280, 720)).parts


def drawn(style: TextStyle, text: str, folder: Path) -> Image.Image:
    """Where letters are, white on black."""
    out = io.BytesIO()
    Image.new("RGB", (1280, 720)).save(out, "PNG")
    data = texts.drawn(out.getvalue(), [texts.lettering(text, style, folder)], Output(), "m")
    return Image.open(io.BytesIO(data)).convert("RGB").split()[0]


def ink(style: TextStyle, text: str, folder: Path) -> tuple[int, int, int, int]:
    found = drawn(style, text, folder).getbbox()
    assert found
    return found


def test_columns_run_from_right_to_left(style: TextStyle, tmp_path: Path) -> None:
    """They begin at the top right where nothing else is said; lines end between phrases, and each is a column."""
    first, second = parts(style, "雪の峠で待つ老僧", tmp_path)
    assert (first.text, second.text) == ("雪の峠で", "待つ老僧")
    assert first.x - second.x == pytest.approx(144 * 1.2) and first.y == second.y
    left, top, right, _ = ink(style, "雪の峠で待つ老僧", tmp_path)
    assert right > 1200 and left > 640 and top < 60


def test_columns_stay_in_their_box(style: TextStyle, tmp_path: Path) -> None:
    """Wherever they stand in it, with the line around their letters."""
    box = Box(x=50, y=20, width=40, height=70)
    for align, valign in ((Align.LEFT, Valign.TOP), (Align.RIGHT, Valign.BOTTOM), (Align.CENTER, Valign.MIDDLE)):
        placed = replace(style, box=box, align=align, valign=valign, stroke_width=1, stroke="#ff0000", size=12)
        left, top, right, bottom = ink(placed, "「雪の峠」\n老僧。", tmp_path)
        assert left >= 640 and top >= 144 and right <= 1152 and bottom <= 648
        if align is Align.LEFT:
            assert left < 660 and top < 160
        elif align is Align.RIGHT:
            assert right > 1130 and bottom > 630
        else:
            assert abs((left + right) / 2 - 896) < 12 and abs((top + bottom) / 2 - 396) < 12


def test_signs_have_their_vertical_form(style: TextStyle, tmp_path: Path) -> None:
    """ー is upright, 「 is wider than tall there, and 。 is in the upper right of its square."""
    one = replace(style, lines=1)
    bar, quote = ink(one, "ー", tmp_path), ink(one, "雪「雪", tmp_path)
    assert bar[3] - bar[1] > 2 * (bar[2] - bar[0])
    axis = parts(one, "雪。", tmp_path)[0].x
    alone, stop = drawn(one, "雪", tmp_path), drawn(one, "雪。", tmp_path)
    found = ImageChops.difference(alone, stop).getbbox()
    assert found and found[0] > axis and found[3] < 720 * 0.04 + 144 * 1.6
    assert quote[3] - quote[1] > 2 * 144


def test_two_digits_stand_side_by_side(style: TextStyle, tmp_path: Path) -> None:
    """In one square, as !? does; more digits and letters stand one below the other."""
    small = replace(style, size=10)
    assert [(each.text, each.direction) for each in parts(small, "12月3日!?", tmp_path)] == [
        ("12", "ltr"),
        ("月3日", "ttb"),
        ("!?", "ltr"),
    ]
    assert [each.text for each in parts(small, "A12", tmp_path)] == ["A12"]
    assert [each.text for each in parts(replace(small, lines=1), "2026年", tmp_path)] == ["2026年"]
    left, top, right, bottom = ink(small, "12", tmp_path)
    assert right - left <= 72 and bottom - top <= 72
    assert top >= 720 * 0.04 and bottom <= 720 * 0.04 + 72


def test_brackets_begin_where_letters_do(style: TextStyle, tmp_path: Path) -> None:
    """The empty half of their square stands outside, so that columns begin in one line."""
    plain, opening = (ink(style, text, tmp_path)[1] for text in ("国", "「国"))
    assert abs(plain - opening) < 16
    room = Box(y=4, height=60)
    assert len(parts(replace(style, lines=1, box=room), "「雪峠」", tmp_path)) == 1
    with pytest.raises(BadInput):
        parts(replace(style, lines=1, box=room), "雪の峠道", tmp_path)


def test_too_many_columns_do_not_fit(style: TextStyle, tmp_path: Path) -> None:
    """`lines` is the most of them; letters become smaller as far as they may, and no further."""
    text = "山の掟を守る者だけが越えられる峠"
    with pytest.raises(BadInput, match="does not fit: it needs more than 1 line in its box"):
        parts(replace(style, lines=1), text, tmp_path)
    (only,) = parts(replace(style, lines=1, least_size=3), text, tmp_path)
    assert only.text == text


def test_a_sign_that_would_lie_on_its_side_is_named(style: TextStyle, tmp_path: Path) -> None:
    """Half-width brackets have no vertical form in any font: the message names them, nothing is put in their place."""
    with pytest.raises(BadInput, match=r"has no vertical form of \( \(U\+0028\), \) \(U\+0029\)"):
        texts.lettering("峠(雪)", style, tmp_path)
    assert texts.lettering("峠（雪）ー…〜", style, tmp_path)


def test_without_raqm_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What to install is named for each system; lines need none of it."""
    monkeypatch.setattr(vertical, "is_possible", lambda: False)
    lines = TextStyle("title", own_fonts.latin(tmp_path), size=20, least_size=20)
    assert texts.lettering("Moon", lines, tmp_path)
    with pytest.raises(BadInput, match="texts in columns need FriBiDi") as told:
        texts.lettering("Moon", replace(lines, direction=Direction.VERTICAL), tmp_path)
    assert "apt install libfribidi0" in told.value.do and "fribidi.dll" in told.value.do


def test_a_font_is_found_by_the_same_rules(style: TextStyle, tmp_path: Path) -> None:
    """A missing glyph is said as of lines, before anything about columns."""
    latin = own_fonts.latin(tmp_path)
    assert fonts.find(latin, tmp_path)
    with pytest.raises(BadInput, match="has no glyph for 雪"):
        texts.lettering("雪", replace(style, font=latin), tmp_path)


def test_a_line_around_a_point_is_a_disc() -> None:
    """Every pixel within the radius, and none beyond it, also at the edge of the picture."""
    shape = Image.new("L", (41, 31))
    for x, y in ((20, 15), (0, 0)):
        shape.putpixel((x, y), 255)
    wide = outline.widened(shape, 9)
    for x in range(41):
        for y in range(31):
            near = min((x - 20) ** 2 + (y - 15) ** 2, x**2 + y**2) <= 81
            assert (wide.getpixel((x, y)) == 255) is near
    assert outline.widened(shape, 0) is shape


def test_the_line_around_letters_has_no_gaps(style: TextStyle, tmp_path: Path) -> None:
    """Around every point of a letter the line is there: FreeType's own leaves こ and に of serif fonts without."""
    serif = "Noto Serif CJK JP Bold"
    try:
        fonts.find(serif, tmp_path)
    except BadInput:
        pytest.skip("no such font here (fonts-noto-cjk)")
    thick = replace(style, font=serif, size=9, direction=Direction.HORIZONTAL, stroke="#ff0000", stroke_width=1.2)
    letters = drawn(replace(thick, stroke_width=0, box=Box(5.25, 5.25, 90, 90)), "ところに", tmp_path)
    assert letters.getbbox()
    around = drawn(
        replace(thick, box=Box(5.25 - 9 / 12.8, 5.25 - 9 / 7.2, 90 + 18 / 12.8, 90 + 18 / 7.2)), "ところに", tmp_path
    )
    lacking = ImageChops.subtract(outline.widened(letters.point(lambda value: 255 if value > 250 else 0), 7), around)
    assert lacking.getextrema()[1] < 64
