"""An Excel workbook (.xlsx) -> the rows of its first sheet that can be seen, every cell as text."""

import io
import re
import zipfile
import zlib
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, NamedTuple

from ..files.problem import refused, shown
from ..text.sentences import later, t

_BOOK = "xl/workbook.xml"
_LINKS = "xl/_rels/workbook.xml.rels"
_MOST_BYTES = 300_000_000
_MOST_CELLS = 5_000_000
"""Of the rectangle from A1 to the last cell: the reader makes room for all of it."""
_AGAIN = later("open it in its program and save it as a new .xlsx; or export it as CSV UTF-8 (comma delimited)")
_BROKEN = (zipfile.BadZipFile, zlib.error, LookupError, ValueError, OSError, EOFError, RuntimeError)
"""What zipfile raises of a file that is damaged, locked, or packed in a way that nobody uses."""
_CELL = re.compile(rb"<(?:\w+:)?c\s([^>]*)>")
_AT = re.compile(rb"""\br=["']([A-Z]{1,3})([0-9]{1,7})["']""")
_NAMED = re.compile(rb"""<(?:\w+:)?sheet\s[^>]*\b\w+:id=["']([^"']+)""")
_LINK = re.compile(rb"""<(?:\w+:)?Relationship\s[^>]*?\bId=["']([^"']+)[^>]*>""")
_TARGET = re.compile(rb"""\bTarget=["']/?(?:xl/)?([^"']+)""")
_ERROR = re.compile(rb"\s*(?:<(?:\w+:)?f\b.*?)?<(?:\w+:)?v>([^<]{1,40})<", re.DOTALL)


class Sheet(NamedTuple):
    """rows: (number as the program shows it, cells), without those that are empty. others: sheets that are not read."""

    name: str
    rows: list[tuple[int, list[str]]]
    others: tuple[str, ...]


def is_one(raw: bytes) -> bool:
    """Whether these are the bytes of an Excel workbook, whatever the file is called."""
    if not raw.startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as parts:
            return _BOOK in parts.namelist()
    except _BROKEN:
        return False


def read(path: Path, raw: bytes) -> Sheet:
    """The first worksheet that is not hidden. Raises NotADocument for what is damaged, locked, or no table of prompts.

    Text stays as it is ("0001"), numbers come without ".0", dates as ISO text, a formula as what it made of it.
    """
    import python_calamine as calamine  # only where there is a workbook

    try:
        _check_size(raw)
        with calamine.load_workbook(io.BytesIO(raw)) as book:
            about = book.sheets_metadata
            seen = [
                at
                for at, each in enumerate(about)
                if each.visible is calamine.SheetVisibleEnum.Visible and each.typ is calamine.SheetTypeEnum.WorkSheet
            ]
            if not seen:
                raise refused(path, None, t("has no sheet that can be seen"), _AGAIN)
            failed = _failed(path, _part(raw, seen[0]))
            cells = book.get_sheet_by_index(seen[0]).to_python(skip_empty_area=False)
    except (calamine.CalamineError, *_BROKEN) as error:
        raise refused(path, None, t("is an Excel workbook that cannot be read: {error}", error=error), _AGAIN) from None
    name, *others = (about[at].name for at in seen)
    rows = (
        (row, [failed.get((row, column)) or _text(cell) for column, cell in enumerate(of, 1)])
        for row, of in enumerate(cells, 1)
    )
    return Sheet(name, [each for each in rows if any(cell.strip() for cell in each[1])], tuple(others))


def place(sheet: str, row: int | None) -> str:
    """Where something stands, in words: sheet "台本", row 3."""
    return t("sheet {sheet}, row {row}", sheet=shown(sheet), row=row) if row else t("sheet {sheet}", sheet=shown(sheet))


def _check_size(raw: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(raw)) as parts:
        if sum(each.file_size for each in parts.infolist()) > _MOST_BYTES:
            raise ValueError(t("unpacked it has more than {most:,} bytes", most=_MOST_BYTES))


def _part(raw: bytes, at: int) -> bytes:
    """The XML of the sheet at that place in the workbook's order."""
    with zipfile.ZipFile(io.BytesIO(raw)) as parts:
        named = _NAMED.findall(parts.read(_BOOK))
        links = {link[1]: link[0] for link in _LINK.finditer(parts.read(_LINKS))} if len(named) > at else {}
        target = _TARGET.search(links.get(named[at], b"")) if links else None
        return parts.read(f"xl/{target[1].decode()}") if target else b""


def _failed(path: Path, part: bytes) -> dict[tuple[int, int], str]:
    """The errors of formulas by (row, column), which the reader leaves out. Raises NotADocument of a sheet whose last
    cell lies so far out that nobody has memory for it."""
    found, last_row, last_column = dict[tuple[int, int], str](), 0, 0
    for cell in _CELL.finditer(part):
        if not (at := _AT.search(cell[1])):
            continue
        row, column = int(at[2]), _column(at[1])
        last_row, last_column = max(row, last_row), max(column, last_column)
        if re.search(rb"""\bt=["']e["']""", cell[1]) and (error := _ERROR.match(part, cell.end())):
            found[row, column] = error[1].decode()
    if last_row * last_column > _MOST_CELLS:
        what = t("reaches down to row {row:,} and over {columns:,} columns", row=last_row, columns=last_column)
        raise refused(path, None, what, t("delete what stands far below or beside the table, and save it again"))
    return found


def _column(letters: bytes) -> int:
    """A is 1, Z 26, AA 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _text(cell: Any) -> str:
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else f"{cell:.15g}"
    if isinstance(cell, (datetime, date, time)):
        return cell.isoformat()
    return str(cell)
