"""Texts drawn onto a copy of a picture. The picture itself is never touched.

The copy holds, as a mark, the hash of all that it was made from: the picture, the texts, their styles, the fonts. So it
says itself whether it is what would be drawn now, and whether a copy is ours at all.
"""

import functools
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ..catalog.output import Output
from ..catalog.text_style import Align, Box, Direction, TextStyle
from ..files import regular
from ..text.errors import BadInput
from . import fonts, outline, picture, vertical
from .fonts import Face
from .line_breaks import Piece, letters, phrases, wrapped
from .vertical import Placed

if TYPE_CHECKING:
    from PIL import Image, ImageFont

DRAWN_AS = 2
"""Raised when the same text would be drawn in another way: then every copy is made anew."""
NOMINAL = (1280, 720)
_ASCENT, _DESCENT = 0.88, 0.22
"""Of a line above and below its base, in sizes of the letters: what Japanese fonts and Latin ones with them take."""
_SMALLER = 0.97
"""From one size of the letters to the next that is tried."""


@dataclass(frozen=True)
class Lettering:
    """One text with its style, and the font that was found for it."""

    text: str
    style: TextStyle
    face: Face


class Layout(NamedTuple):
    """How a text is set on a picture. parts: lines, or what columns are made of; stroke: of the line around letters."""

    font: "ImageFont.FreeTypeFont"
    parts: tuple[Placed, ...]
    stroke: int


class Frame(NamedTuple):
    """Where letters may stand, in pixels: a box less what the lines around letters take."""

    left: float
    top: float
    width: float
    height: float


def lettering(text: str, style: TextStyle, workspaces: Path) -> Lettering:
    """A text with the font that its style names. Raises BadInput for a font that is not there, or lacks a letter.

    Also for columns that cannot be drawn.
    """
    face = fonts.find(style.font, workspaces)
    if missing := fonts.lacking(face, text):
        raise BadInput(
            "the font {font} has no glyph for {letters}",
            "write the text otherwise, or name a font that has it in templates.json; nothing is put in its place",
            font=face.name,
            letters=fonts.named(missing),
        )
    if style.direction is Direction.VERTICAL:
        vertical.check(face, text)
    return Lettering(text, style, face)


def mark(picture_sha256: str, texts: Sequence[Lettering], output: Output) -> str:
    """The hash of all that a copy is made from, as hex. output: what the picture is finished as."""
    said: list[object] = [DRAWN_AS, picture_sha256]
    said += [(each.text, each.style, _sha256(each.face)) for each in texts]
    said += [] if output.is_png else [str(output.format), output.max_bytes]
    return hashlib.sha256(repr(said).encode("utf-8", "surrogatepass")).hexdigest()


def mark_of(copy: Path) -> str:
    """The mark of a copy that lies there; "" of a file that is none of ours, or not there."""
    try:
        with regular.opened(copy) as stream:
            return picture.mark_of(stream.read(picture.MARK_WITHIN)).decode("ascii", "replace")
    except OSError:
        return ""


def drawn(data: bytes, texts: Sequence[Lettering], output: Output, marked: str) -> bytes:
    """The picture `data` with its texts, as a file of that format and limit, in the size that it has.

    Raises BadInput for a text that does not fit into its box.
    """
    base = picture.read(data, for_pixels=True).pixels()
    profile = base.info.get("icc_profile")
    image = base.convert("RGBA")
    for each in texts:
        _draw(image, each)
    plain = image if base.mode in ("LA", "RGBA") else image.convert("RGB")
    return picture.encoded(plain, profile, output, marked.encode())


def layout(each: Lettering, size: tuple[int, int] = NOMINAL) -> Layout:
    """Where each line of a text stands on a picture of that size, with the largest letters that fit.

    Lines end between phrases as long as any size allows that, else between letters. Raises BadInput when the text needs
    more room or lines than its style allows.
    """
    for pieces in (phrases, letters):
        paragraphs = [pieces(line) for line in each.text.splitlines() if line.strip()]
        if found := _largest(each, size, paragraphs):
            return found
    raise BadInput(
        "the text {text} does not fit: it needs more than {lines:line} in its box of {width:g} x {height:g} per cent"
        " at size {size:g}",
        "shorten it, put line breaks into it, or change size, least_size, lines or box of that text in templates.json",
        text=f"“{each.text}”",
        lines=each.style.lines,
        width=each.style.box.width,
        height=each.style.box.height,
        size=each.style.least_size,
    )


def _largest(each: Lettering, size: tuple[int, int], paragraphs: Sequence[Sequence[Piece]]) -> Layout | None:
    """The text in the largest letters in which it fits; None where it fits in none."""
    shares = [each.style.size]
    while shares[-1] > each.style.least_size:
        shares.append(max(shares[-1] * _SMALLER, each.style.least_size))
    if found := _set(each, size, shares[0], paragraphs):
        return found
    low, high = 1, len(shares)
    while low < high:
        middle = (low + high) // 2
        if fits := _set(each, size, shares[middle], paragraphs):
            found, high = fits, middle
        else:
            low = middle + 1
    return found


def _set(each: Lettering, size: tuple[int, int], share: float, paragraphs: Sequence[Sequence[Piece]]) -> Layout | None:
    """The text in letters of one size, a share of the picture's height; None where it does not fit."""
    style = each.style
    stroke = round(size[1] * style.stroke_width / 100)
    frame = _frame(style.box, size, stroke)
    font = each.face.at(max(1, round(size[1] * share / 100)))
    is_vertical = style.direction is Direction.VERTICAL
    length = functools.partial(vertical.length, font) if is_vertical else font.getlength
    along, across = (frame.height, frame.width) if is_vertical else (frame.width, frame.height)
    lines = _lines(paragraphs, functools.cache(length), along, style.lines)
    if lines is None or (thick := font.size * (style.line_height * (len(lines) - 1) + _ASCENT + _DESCENT)) > across:
        return None
    parts = (_columns if is_vertical else _rows)(font, style, frame, thick, lines)
    return Layout(font, tuple(parts), stroke)


def _frame(box: Box, size: tuple[int, int], stroke: int) -> Frame:
    width, height = size[0] / 100, size[1] / 100
    left, top = width * box.x + stroke, height * box.y + stroke
    return Frame(left, top, width * box.width - 2 * stroke, height * box.height - 2 * stroke)


def _lines(
    paragraphs: Sequence[Sequence[Piece]], length: Callable[[str], float], along: float, most: int
) -> list[str] | None:
    """Every written line, in as many as it needs; None where these are more than `most`."""
    lines: list[str] = []
    for pieces in paragraphs:
        more = wrapped(pieces, length, along, most - len(lines))
        if more is None:
            return None
        lines += more
    return lines


def _rows(
    font: "ImageFont.FreeTypeFont", style: TextStyle, frame: Frame, thick: float, lines: Sequence[str]
) -> Iterator[Placed]:
    base = frame.top + (frame.height - thick) * style.valign.value + font.size * _ASCENT
    for number, line in enumerate(lines):
        down = font.size * style.line_height * number
        yield Placed(frame.left + _start(font, line, frame.width, style.align), base + down, line)


def _columns(
    font: "ImageFont.FreeTypeFont", style: TextStyle, frame: Frame, thick: float, lines: Sequence[str]
) -> Iterator[Placed]:
    right = frame.left + (frame.width - thick) * style.align.value + thick
    first = right - font.size * (_ASCENT + _DESCENT) / 2
    for number, line in enumerate(lines):
        axis = first - font.size * style.line_height * number
        yield from vertical.placed(font, line, axis, frame.top, frame.height, style.valign.value)


def _start(font: "ImageFont.FreeTypeFont", line: str, room: float, align: Align) -> float:
    """Where a line begins so that what is seen of it stands as told: a 「 has half its width of nothing before it."""
    mask, (offset, _) = font.getmask2(line, "L", anchor="ls")
    begin, _, end, _ = mask.getbbox() or (0, 0, 0, 0)
    begin, end = begin + offset, end + offset
    return (room - (end - begin)) * align.value - begin


def _draw(image: "Image.Image", each: Lettering) -> None:
    style, height = each.style, image.height
    found = layout(each, image.size)
    if style.box.fill:
        _fill_box(image, style)
    if shadow := style.shadow:
        from PIL import ImageFilter

        x, y, blur = (height * share / 100 for share in (shadow.x, shadow.y, shadow.blur))
        layer = _layer(image.size, found, (x, y), shadow.colour, shadow.colour)
        image.alpha_composite(layer.filter(ImageFilter.GaussianBlur(blur)) if blur else layer)
    image.alpha_composite(_layer(image.size, found, (0.0, 0.0), style.fill, style.stroke))


def _fill_box(image: "Image.Image", style: TextStyle) -> None:
    from PIL import Image

    box, (width, height) = style.box, image.size
    left, top = round(width * box.x / 100), round(height * box.y / 100)
    size = max(1, round(width * box.width / 100)), max(1, round(height * box.height / 100))
    layer = Image.new("RGBA", image.size, box.fill[:7] + "00")
    layer.paste(Image.new("RGBA", size, box.fill), (left, top))
    image.alpha_composite(layer)


def _layer(size: tuple[int, int], found: Layout, moved: tuple[float, float], fill: str, stroke: str) -> "Image.Image":
    """The letters alone, on nothing. What is around them has their colour too, so that a soft edge stays clean."""
    from PIL import Image, ImageChops

    inside = _shape(size, found, moved, 0)
    layer = Image.new("RGBA", size, (stroke if found.stroke else fill)[:7] + "00")
    if found.stroke:
        smooth = _shape(size, found, moved, found.stroke)
        around = ImageChops.lighter(smooth, outline.widened(inside, found.stroke - 1))
        layer.paste(Image.new("RGBA", size, stroke), mask=around)
    layer.paste(Image.new("RGBA", size, fill), mask=inside)
    return layer


def _shape(size: tuple[int, int], found: Layout, moved: tuple[float, float], stroke: int) -> "Image.Image":
    """Where letters cover the picture, with the line of that width around them."""
    from PIL import Image, ImageDraw

    shape = Image.new("L", size)
    draw = ImageDraw.Draw(shape)
    for part in found.parts:
        draw.text(
            (part.x + moved[0], part.y + moved[1]),
            part.text,
            fill=255,
            font=found.font,
            anchor=part.anchor,
            direction=part.direction,
            features=[part.feature] if part.feature else None,
            stroke_width=stroke,
        )
    return shape


@functools.lru_cache(maxsize=32)
def _sha256(face: Face) -> str:
    """Of the font's file; read once a command."""
    return hashlib.sha256(regular.read(face.path)).hexdigest() + f":{face.place}:{face.variation}"
