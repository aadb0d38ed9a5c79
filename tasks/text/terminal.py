"""What is printed on: one width where nobody looks, columns that line up, names that leave room for the rest."""

import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from .redaction import visible
from .sentences import t

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

UNSEEN = 140  # columns when nobody looks, as in a log


def console() -> "Console":
    """Standard output as wide as its terminal is. Text is printed as it stands: no markup, no colours of its own."""
    from rich.console import Console

    class Plain(Console):
        """Names and reasons of others cannot move the cursor."""

        def render_str(self, text: str, **options: Any) -> "Text":
            return super().render_str(visible(text), **options)

    plain = {"highlight": False, "markup": False, "emoji": False}
    seen = Plain(**plain)  # type: ignore[arg-type]
    return seen if seen.is_terminal else Plain(width=UNSEEN, **plain)  # type: ignore[arg-type]


def short(name: str, most: int) -> str:
    """At most `most` columns of a name; wide characters count two."""
    from rich.cells import cell_len, set_cell_size

    return name if cell_len(name) <= most else set_cell_size(name, most - 1).rstrip() + "…"


def grid(rows: Sequence[Sequence[str]], right: Collection[int] = ()) -> "list[Text]":
    """The rows as lines whose columns line up; a column with nothing in it is left out. right: columns of numbers."""
    from rich.cells import cell_len
    from rich.text import Text

    rows = [[visible(cell).replace("\n", " ") for cell in row] for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = []
        for number, (width, cell) in enumerate(zip(widths, row, strict=True)):
            space = " " * (width - cell_len(cell))
            cells += [space + cell if number in right else cell + space] if width else []
        lines.append(Text("  ".join(cells).rstrip()))
    return lines


def packed(parts: Sequence[str], width: int) -> list[str]:
    """The parts joined by "; ", in as few lines as hold them without cutting one."""
    from rich.cells import cell_len

    lines, between = list[str](), t("; ")
    for part in filter(None, parts):
        if lines and cell_len(lines[-1]) + cell_len(between) + cell_len(part) <= width:
            lines[-1] += between + part
        else:
            lines.append(part)
    return lines


_PIECE = re.compile(
    r"\s+"
    r"|[「『（]*(?:[!-~]*[0-9] (?=[^\s!-~]))?"  # a number stays with its counter
    r"(?:[!-~]+|[ァ-ヺー]+|\S)[、。，．」』）…]*"
)
"""What is not parted at the end of a line: a word of Latin letters or katakana, a sign with the marks behind it."""


def wrapped(text: str, width: int, first: str = "", others: str = "") -> list[str]:
    """The text in lines of at most `width` columns; wide characters count two. first, others: what lines begin with.

    Between wide characters a line may end anywhere but before a closing mark: they have no spaces.
    """
    from rich.cells import cell_len

    lines, line = [], first
    for piece in _PIECE.findall(text):
        begun = line not in (first, others)
        if begun and cell_len(line) + cell_len(piece.rstrip()) > width:
            lines.append(line.rstrip())
            line = others
            begun = False
        line += piece if begun or not piece.isspace() else ""
    return [*lines, line.rstrip()]
