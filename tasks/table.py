"""`prompts.csv` and `prompts.tsv`: a header row, a column of prompts, perhaps one of ids; others are ignored."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tasks import document
from tasks.problem import NotADocument, Problem, refused, shown

DIGITS = 4
_MOST_CHARS_IN_CELL = 1_000_000


class Row(NamedTuple):
    """One data row: the line (from 1) where it begins, its id and its prompt."""

    line: int
    id: str
    prompt: str


def rows(path: Path, id_column: str, prompt_column: str) -> list[Row]:
    """Every data row that is not blank. Column names are matched in any letter case.

    Without an id column, or where its cell is empty, the number of the data row is the id: 0001 is the first.
    Raises NotADocument with every mistake: no such column, a row without prompt cell, an open quotation mark.
    """
    text = document.decode(path, document.read(path), byte_order_mark=True)
    lines = list(_lines(path, text))
    if not lines:
        raise refused(path, 1, "is empty", f'write a header row with the column "{prompt_column}"')
    _, header = lines[0]
    prompt_at = _column(path, header, prompt_column, id_column)
    id_at = _find(header, id_column)
    if short := [line for line, cells in lines[1:] if len(cells) <= prompt_at]:
        raise NotADocument([_too_short(path, line, header[prompt_at]) for line in short])
    return [
        Row(line, (cells[id_at].strip() if 0 <= id_at < len(cells) else "") or f"{number:0{DIGITS}d}", cells[prompt_at])
        for number, (line, cells) in enumerate(lines[1:], 1)
    ]


def _lines(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """(line where the row begins, cells) of every row that is not blank."""
    rows = _tab_rows(text) if path.suffix == ".tsv" else _comma_rows(path, text)
    return ((line, cells) for line, cells in rows if any(cell.strip() for cell in cells))


def _comma_rows(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(_MOST_CHARS_IN_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    begin = 1
    try:
        for cells in reader:
            yield begin, cells
            begin = reader.line_num + 1
    except csv.Error as error:
        do = 'write a quotation mark inside a quoted cell twice: ""'
        raise refused(path, begin, f"the row that begins here cannot be read: {error}", do) from None


# Some programs quote cells of .tsv files as in CSV, others never do: a cell counts as quoted when it is so as a whole.
# A tab ends that reading, so that a cell which merely begins with a quotation mark cannot swallow the rows below it.
_TAB_CELL = re.compile(r'"((?:[^"\t]|"")*)"(?=[\t\r\n]|\Z)|([^\t\r\n]*)')
_ROW_END = re.compile(r"\r\n|\n|\r|\Z")


def _tab_rows(text: str) -> Iterator[tuple[int, list[str]]]:
    at, line = 0, 1
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


def _find(header: list[str], name: str) -> int:
    names = [cell.strip().casefold() for cell in header]
    return names.index(name.strip().casefold()) if name.strip().casefold() in names else -1


def _column(path: Path, header: list[str], name: str, id_column: str) -> int:
    """Where the prompts are; NotADocument when no column, or more than one, has a name that is read."""
    names = [cell.strip().casefold() for cell in header]
    twice = [each for each in (name, id_column) if names.count(each.strip().casefold()) > 1]
    if twice:
        raise refused(path, 1, f"has the column {shown(twice[0])} twice", "rename one of them")
    if (at := _find(header, name)) >= 0:
        return at
    found = ", ".join(shown(cell) for cell in header[:12])
    do = f'name it "{name}", or name the right one in configs/channel_presets.json: image_generation.prompt_column'
    raise refused(path, 1, f"has no column {shown(name)}; found {found}", do)


def _too_short(path: Path, line: int, column: str) -> Problem:
    return Problem(path, line, "", f"this row ends before the column {shown(column)}", "fill it in, or remove the row")
