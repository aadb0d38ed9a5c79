"""Tables as they come: `.csv`, `.tsv`, `.xlsx`, `.txt`: a header row, and the columns that are asked for in any order.

What a file is, its content decides: a workbook that is called .csv is read as one. A first line `sep=;` says which sign
parts the cells, as Excel writes and reads it. A `.txt` has one text a line, unless its first line names the columns.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from ..files import document
from ..files.problem import CHANGE, NotADocument, Problem, refused, shown
from ..text.sentences import t
from . import workbook

_MOST_CHARS_IN_CELL = 1_000_000
_LINE_END = re.compile(r"\r\n|\n|\r")
_Lines = list[tuple[int, list[str]]]
"""(where the row begins, its cells) of every row that is not blank."""


class TableColumn(NamedTuple):
    """A column that is read: its name, the key of a config that may name another, whether it must be there."""

    name: str
    setting: str
    needed: bool = False
    config: str = "configs/channel_presets.json"


class TableRow(NamedTuple):
    """One data row.

    line: where it begins, from 1. number: which data row it is, from 1. cells: of the columns asked for, None where
    there is none. named: every cell by its column's name. sheet: of a workbook, which line then counts the rows of.
    """

    line: int
    number: int
    cells: tuple[str | None, ...]
    named: Mapping[str, str]
    sheet: str = ""


def rows(path: Path, columns: Sequence[TableColumn]) -> list[TableRow]:
    """Every data row that is not blank. Column names are matched in any letter case; at least one is needed.

    Raises NotADocument with every mistake: no such column, a row without a needed cell or with more cells than there
    are columns, an open quotation mark.
    """
    raw = document.read(path)
    if not workbook.is_one(raw):
        text = document.decode(path, raw, table=True)
        plain = path.suffix.lower() == ".txt" and not _sign_of_header(text, columns)
        return _plain_rows(text, columns) if plain else _rows(path, list(_lines(path, text, columns)), columns)
    sheet = workbook.read(path, raw)
    try:
        return [row._replace(sheet=sheet.name) for row in _rows(path, sheet.rows, columns)]
    except NotADocument as error:
        raise NotADocument([in_sheet(problem, sheet.name) for problem in error.problems]) from None


def in_sheet(problem: Problem, sheet: str) -> Problem:
    """The problem of a row, with the sheet that the row is in where there is one."""
    return replace(problem, line=None, pointer=workbook.place(sheet, problem.line)) if sheet else problem


def problem(path: Path, line: int, sheet: str, message: str, do: str = CHANGE) -> Problem:
    """What is wrong with a row."""
    return in_sheet(Problem(path, line, "", message, do), sheet)


def notes(path: Path) -> list[Problem]:
    """What a person should know of how a table is read, as warnings. Raises NotADocument when it cannot be read."""
    raw, found = document.read(path), []
    if not workbook.is_one(raw):
        if path.suffix.lower() == ".xlsx":
            found.append((t("is no Excel workbook by its content, and read as CSV"), t("name it prompts.csv")))
        if (text := document.shift_jis(raw)) is not None:
            part = next(line for line in _LINE_END.split(text) if not line.isascii())
            found.append((t("read as Shift_JIS: {part}", part=shown(part)), t("if that is wrong, save it as UTF-8")))
    else:
        sheet = workbook.read(path, raw)
        if path.suffix.lower() != ".xlsx":
            found.append((t("is an Excel workbook by its content, and read as one"), t("name it prompts.xlsx")))
        if sheet.others:
            others = ", ".join(shown(each) for each in sheet.others[:4])
            what = t("the sheet {name} is read; not read: {others}", name=shown(sheet.name), others=others)
            found.append((what, t("put what is wanted on the first sheet")))
    return [Problem(path, None, "", *each, warning=True) for each in found]


def _rows(path: Path, lines: _Lines, columns: Sequence[TableColumn]) -> list[TableRow]:
    header = _header(lines)
    if not header:
        needed = t(" and ").join(f'"{column.name}"' for column in columns if column.needed)
        raise refused(path, 1, t("is empty"), t("write a header row with the column {needed}", needed=needed))
    positions = _places(path, lines[0][0], header, columns)
    last = max(at for column, at in zip(columns, positions, strict=True) if column.needed)
    if wrong := [each for line, cells in lines[1:] if (each := _uneven(path, line, cells, header, last))]:
        raise NotADocument(wrong)
    return [
        TableRow(
            line,
            number,
            tuple(cells[at] if 0 <= at < len(cells) else None for at in positions),
            dict(zip(header, cells, strict=False)),
        )
        for number, (line, cells) in enumerate(lines[1:], 1)
    ]


def _plain_rows(text: str, columns: Sequence[TableColumn]) -> list[TableRow]:
    """A row for each line that is not blank: the text of the last column that is needed, and of no other."""
    wanted = [column for column in columns if column.needed][-1]
    lines = ((number, line.strip()) for number, line in enumerate(_LINE_END.split(text), 1))
    written = [(number, line) for number, line in lines if line]
    return [
        TableRow(line, number, tuple(cell if column is wanted else None for column in columns), {wanted.name: cell})
        for number, (line, cell) in enumerate(written, 1)
    ]


def _sign_of_header(text: str, columns: Sequence[TableColumn]) -> str:
    """What parts the cells of a text whose first line names every column that is needed, as Excel saves a .txt."""
    needed = {column.name.strip().casefold() for column in columns if column.needed}
    first = _LINE_END.split(text.lstrip("\ufeff"), 1)[0]
    return next((sign for sign in "\t,;" if needed <= {_plain(cell) for cell in first.split(sign)}), "")


def _plain(cell: str) -> str:
    return cell.strip().strip('"').strip().casefold()


def _header(lines: Sequence[tuple[int, list[str]]]) -> list[str]:
    """The names of the columns; none when there is no row. A byte order mark within comes from files put together."""
    return [cell.strip().strip("\ufeff").strip() for cell in lines[0][1]] if lines else []


_SEPARATOR = re.compile(r'"?sep=([^\r\n"])"?[,;\t]*(?:\r\n|\n|\r|\Z)', re.IGNORECASE)


def _lines(path: Path, text: str, columns: Sequence[TableColumn]) -> Iterator[tuple[int, list[str]]]:
    """(line where the row begins, cells) of every row that is not blank."""
    said = _SEPARATOR.match(text)
    usual = _sign_of_header(text, columns) if path.suffix.lower() == ".txt" else _usual(path)
    sign = said[1] if said else usual
    begin, text = (2, text[said.end() :]) if said else (1, text)
    rows = _tab_rows(text, begin) if sign == "\t" else _sign_rows(path, text, begin, sign)
    return ((line, cells) for line, cells in rows if any(cell.strip() for cell in cells))


def _usual(path: Path) -> str:
    return "\t" if path.suffix.lower() == ".tsv" else ","


def _sign_rows(path: Path, text: str, first: int, sign: str) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(_MOST_CHARS_IN_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=sign)
    begin = first
    try:
        for cells in reader:
            yield begin, cells
            begin = reader.line_num + first
    except csv.Error as error:
        if "unexpected end of data" in str(error):
            what = t("a quotation mark that opens in the row that begins here is never closed")
            raise refused(path, begin, what, t('close it with a second ", or remove it')) from None
        do = t('write a quotation mark inside a quoted cell twice: ""')
        raise refused(path, begin, t("the row that begins here cannot be read: {error}", error=error), do) from None


# Some programs quote cells of .tsv files as in CSV, others never do: a cell counts as quoted when it is so as a whole.
# A tab ends that reading, so that a cell which merely begins with a quotation mark cannot swallow the rows below it.
_TAB_CELL = re.compile(r'"((?:[^"\t]|"")*)"(?=[\t\r\n]|\Z)|([^\t\r\n]*)')
_ROW_END = re.compile(r"\r\n|\n|\r|\Z")


def _tab_rows(text: str, line: int) -> Iterator[tuple[int, list[str]]]:
    at = 0
    while at < len(text):
        begin, cells = at, []
        while True:
            cell = _TAB_CELL.match(text, at)
            assert cell
            cells.append(cell[2] if cell[1] is None else cell[1].replace('""', '"'))
            at = cell.end()
            if not text.startswith("\t", at):
                break
            at += 1
        end = _ROW_END.match(text, at)
        assert end
        at = end.end()
        yield line, cells
        line += text.count("\n", begin, at) or 1


def _places(path: Path, line: int, header: list[str], columns: Sequence[TableColumn]) -> list[int]:
    """Where each column is, -1 where there is none; NotADocument when a needed one is missing or one is twice."""
    names = [cell.casefold() for cell in header]
    wanted = [column.name.strip().casefold() for column in columns]
    for column, name in zip(columns, wanted, strict=True):
        if names.count(name) > 1:
            raise refused(
                path, line, t("has the column {column} twice", column=shown(column.name)), t("rename one of them")
            )
        if column.needed and name not in names:
            found = ", ".join(shown(cell) for cell in header[:12])
            do = t(
                'name it "{column}", or name the right one in {config}: {setting}',
                column=column.name,
                config=column.config,
                setting=column.setting,
            )
            raise refused(
                path,
                line,
                t("has no column {column}; found {found}", column=shown(column.name), found=found),
                _separated(path, header) or do,
            )
    return [names.index(name) if name in names else -1 for name in wanted]


def _separated(path: Path, header: list[str]) -> str:
    """What to do about a header that is one cell because its columns are parted by another sign; "" otherwise."""
    ours = _usual(path)
    sign = next((each for each in ";\t,|" if each != ours and len(header) == 1 and each in header[0]), "")
    said = {"\t": t("tabs"), ",": t("commas"), ";": t("semicolons")}
    there = said.get(sign, sign)
    if not sign:
        return ""
    if ours == ",":
        return t("its columns are separated by {there}: save it with commas, or with tabs as .tsv", there=there)
    return t("its columns are separated by {there}: save it with {ours}", there=there, ours=said[ours])


def _uneven(path: Path, line: int, cells: Sequence[str], header: Sequence[str], last: int) -> Problem | None:
    """A row that is too short for the columns that are read, or longer than the header; empty cells at its end are no
    more than what spreadsheets leave there."""
    if len(cells) <= last:
        message = t("this row ends before the column {column}", column=shown(header[last]))
        return Problem(path, line, "", message, t("fill it in, or remove the row"))
    if any(cell.strip() for cell in cells[len(header) :]):
        message = t(
            "this row has {cells:cell}, the header has {columns:column}: is the sign that parts them within a text?",
            cells=len(cells),
            columns=len(header),
        )
        return Problem(path, line, "", message, t('put the whole text in quotation marks: "a monk, snow, mountain"'))
    return None
