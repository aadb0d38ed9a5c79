"""How a text of a thumbnail is drawn, as templates.json says it."""

import pytest

from tasks.catalog.text_style import Align, Box, Direction, Shadow, TextStyle, Valign, text_style

LEAST = {"column": "title", "font": "x.ttf", "size": 12}


def test_a_style_is_read_with_its_defaults() -> None:
    """Three keys suffice; letters that may not become smaller keep their size, keys of others are passed over."""
    found = text_style({"column": "title", "font": "x.ttf", "size": 12, "box": {"y": 50, "theirs": 1}, "layer": 3})
    assert found == TextStyle("title", "x.ttf", 12, 12, box=Box(y=50))
    assert text_style({"column": "a", "font": "b", "size": 5, "align": "left", "valign": "top"}).align is Align.LEFT


def test_columns_begin_at_the_top_right() -> None:
    """As they are read, where nothing else is said."""
    found = text_style(LEAST | {"direction": "vertical"})
    assert (found.direction, found.align, found.valign) == (Direction.VERTICAL, Align.RIGHT, Valign.TOP)
    told = text_style(LEAST | {"direction": "vertical", "align": "center", "valign": "middle"})
    assert (told.align, told.valign) == (Align.CENTER, Valign.MIDDLE)


def test_all_that_a_style_says_is_taken() -> None:
    """Every key of it, of its shadow and of its box; what is not said of these stays as it usually is."""
    own = {"least_size": 6, "lines": 3, "line_height": 1.5, "fill": "#123456", "stroke": "#654321", "stroke_width": 0.5}
    shadow, box = {"colour": "#00000080", "blur": 1.5, "theirs": 1}, {"x": 1, "width": 50, "fill": "#ffffff"}
    found = text_style(LEAST | own | {"shadow": shadow, "box": box})
    assert found == TextStyle(
        **LEAST, **own, shadow=Shadow("#00000080", blur=1.5), box=Box(x=1, width=50, fill="#ffffff")
    )


@pytest.mark.parametrize(("least", "is_"), [(6, 6), (12, 12), (20, 12)])
def test_letters_never_grow(least: int, is_: int) -> None:
    """A least size above the size allows nothing more than the size."""
    assert text_style(LEAST | {"least_size": least}).least_size == is_
