"""How a text is drawn onto a thumbnail: `templates[].texts` of workspaces/thumbnails/templates.json.

All lengths are per cent of the picture's height, the place of a box also of its width: one style fits every size.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Direction(Enum):
    """How a text runs: in lines, or in columns from right to left."""

    HORIZONTAL = "horizontal"
    VERTICAL = "vertical"


class Align(Enum):
    """Where in its box each line stands, or all columns; the value is the share of the room that is left before it."""

    LEFT = 0.0
    CENTER = 0.5
    RIGHT = 1.0


class Valign(Enum):
    """Where in its box each column stands, or all lines; the value is the share of the room that is left above."""

    TOP = 0.0
    MIDDLE = 0.5
    BOTTOM = 1.0


@dataclass(frozen=True)
class Box:
    """Where a text stands. fill: colour behind it, "" for none."""

    x: float = 4.0
    y: float = 4.0
    width: float = 92.0
    height: float = 92.0
    fill: str = ""


@dataclass(frozen=True)
class Shadow:
    """The same letters in another colour, moved and made soft."""

    colour: str
    x: float = 0.6
    y: float = 0.6
    blur: float = 0.0


@dataclass(frozen=True)
class TextStyle:
    """One text of a template. column: of the row, whose text it is. font: a path from workspaces/, or a font's name.

    least_size: how small the letters may become; `size` where they may not. lines: most of them, or of columns.
    line_height: in sizes of the letters. Colours are #rrggbb or #rrggbbaa.
    """

    column: str
    font: str
    size: float
    least_size: float
    lines: int = 2
    line_height: float = 1.2
    fill: str = "#ffffff"
    stroke: str = "#000000"
    stroke_width: float = 0.0
    shadow: Shadow | None = None
    box: Box = field(default_factory=Box)
    align: Align = Align.CENTER
    valign: Valign = Valign.BOTTOM
    direction: Direction = Direction.HORIZONTAL


def text_style(record: Mapping[str, Any]) -> TextStyle:
    """One entry of `texts`, which is right by its schema; keys of other programs are passed over.

    Columns begin at the top right where nothing else is said, as they are read.
    """
    own = {name: record[name] for name in _PLAIN if name in record}
    size, direction = own["size"], Direction(record.get("direction", "horizontal"))
    is_vertical = direction is Direction.VERTICAL
    return TextStyle(
        **{**own, "least_size": min(own.get("least_size", size), size)},
        shadow=Shadow(**_known(Shadow, record["shadow"])) if "shadow" in record else None,
        box=Box(**_known(Box, record.get("box", {}))),
        align=Align[record.get("align", "right" if is_vertical else "center").upper()],
        valign=Valign[record.get("valign", "top" if is_vertical else "bottom").upper()],
        direction=direction,
    )


_PLAIN = ("column", "font", "size", "least_size", "lines", "line_height", "fill", "stroke", "stroke_width")


def _known(made: type[Box] | type[Shadow], record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name in made.__dataclass_fields__}
