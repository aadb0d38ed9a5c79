"""A text in columns, as Japanese is written: what a column is made of, how long it is, and where its parts stand.

HarfBuzz takes a font's vertical forms of 、。ー「」 and the like, through Raqm in Pillow. Two digits, or !?, stand side
by side in one square; other letters and digits stand upright, one below the other.
"""

import functools
import re
import unicodedata
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from ..text.errors import BadInput
from . import fonts
from .fonts import Face

if TYPE_CHECKING:
    from PIL import ImageFont

_BASE = 0.88
"""Of the square that a letter stands in, above the line on which digits stand."""
_SIDE_BY_SIDE = re.compile(r"((?<![0-9A-Za-z])[0-9]{2}(?![0-9A-Za-z])|(?<![!?])[!?]{2}(?![!?]))")
_TURNED = frozenset("ー―—–〜～…‥「」『』（）()［］[]｛｝{}〔〕〈〉《》【】〖〗＝ｰ｢｣")
"""What stands in a column in another form than in a line (UAX #50: Tr and R)."""
_HALF = frozenset("、。，．")
"""Closing signs that are no brackets, with the second half of their square empty."""


class Placed(NamedTuple):
    """What is drawn at once. x, y: of its anchor, in pixels. anchor, direction, feature: as Pillow takes them."""

    x: float
    y: float
    text: str
    anchor: str = "ls"
    direction: str | None = None
    feature: str = ""


def check(face: Face, text: str) -> None:
    """Raises BadInput where no column of that text can be drawn: as `check_here`, or the font lacks a vertical form."""
    check_here()
    font = face.at(48)
    if missing := [letter for letter in dict.fromkeys(text) if letter in _TURNED and not _turns(font, letter)]:
        raise BadInput(
            "the font {font} has no vertical form of {letters}",
            "write a full-width one, as （ ） ー ― are, or name a font for vertical text in templates.json",
            font=face.name,
            letters=fonts.named(missing),
        )


def check_here() -> None:
    """Raises BadInput where Pillow has no Raqm: its wheels bring it along, and it loads FriBiDi, which they do not."""
    if not is_possible():
        raise BadInput(
            "texts in columns need FriBiDi, which is not installed here (Pillow draws them with Raqm, which loads it)",
            "install it (Debian: apt install libfribidi0, macOS: brew install fribidi, Windows: put fribidi.dll into a"
            " folder of PATH), or write direction: horizontal",
        )


@functools.cache
def is_possible() -> bool:
    """Whether Pillow has Raqm here."""
    from PIL import features

    return bool(features.check("raqm"))


def _turns(font: "ImageFont.FreeTypeFont", letter: str) -> bool:
    """Whether what is wide in a line is tall in a column, and the other way round: true of all that is in _TURNED."""
    return _is_wide(font, letter, "ltr") is not _is_wide(font, letter, "ttb")


def _is_wide(font: "ImageFont.FreeTypeFont", letter: str, direction: str) -> bool:
    left, top, right, bottom = font.getmask(letter, "L", direction=direction).getbbox() or (0, 0, 0, 0)
    return right - left > bottom - top


def length(font: "ImageFont.FreeTypeFont", text: str) -> float:
    """How long a column is, in pixels: without the empty halves of the squares of brackets and signs at its ends."""
    empty = _is_opening(text[0]) + _is_closing(text[-1])
    return sum(_length(font, *part) for part in _parts(text)) - font.size / 2 * empty


def _length(font: "ImageFont.FreeTypeFont", part: str, is_beside: bool) -> float:
    return font.size if is_beside else font.getlength(part, direction="ttb")


def placed(
    font: "ImageFont.FreeTypeFont", text: str, axis: float, top: float, room: float, share: float
) -> Iterator[Placed]:
    """The parts of one column. axis: its middle. top, room: where it may stand; share: of what is left, above it.

    The empty half of an opening bracket stands above, so that columns begin in one line.
    """
    y = top + (room - length(font, text)) * share - font.size / 2 * _is_opening(text[0])
    for part, is_beside in _parts(text):
        if is_beside:
            yield Placed(axis, y + font.size * _BASE, part, "ms", "ltr", "hwid")
        else:
            yield Placed(axis, y, part, "st", "ttb")
        y += _length(font, part, is_beside)


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    """The text in order, and of each part whether it stands side by side in one square."""
    for place, part in enumerate(_SIDE_BY_SIDE.split(text)):
        if part:
            yield part, place % 2 == 1


def _is_opening(sign: str) -> bool:
    return unicodedata.east_asian_width(sign) in "WF" and unicodedata.category(sign) in ("Ps", "Pi")


def _is_closing(sign: str) -> bool:
    return unicodedata.east_asian_width(sign) in "WF" and (sign in _HALF or unicodedata.category(sign) in ("Pe", "Pf"))
