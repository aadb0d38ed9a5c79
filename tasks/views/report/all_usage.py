"""Every `usage.csv` of the workspace as one file: the same rows, place after place, each with its channel in front.

The report asks its questions of that one file. Of 7,500 files with 100 rows each DuckDB alone needed 8 to 12 seconds
to read them one by one; joined here first, both steps together take about 4.
"""

import csv
import io
from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from ...files import document
from ...files.problem import NotADocument, Problem, bad_input, refused, shown
from ...money import usage
from ...project.all_paths import paths_of
from ...project.names import RunName
from ...project.paths import Paths
from ...project.run_paths import RunPaths
from ...text.errors import BadInput, Stop
from ...text.sentences import t

COLUMNS = ["channel", *usage.COLUMNS]
COMPARE = "compare"
"""Stands for the channel in the rows of comparisons, which belong to none. No channel is written in small letters."""

_HEADER = ",".join(usage.COLUMNS).encode()


@dataclass(frozen=True)
class Source:
    """One usage.csv, the place it lies in, and the channel its rows belong to."""

    place: RunPaths
    channel: str

    @property
    def path(self) -> Path:
        return self.place.usage

    @property
    def run(self) -> str:
        """What its rows say they belong to."""
        return self.place.name


class _Copied(NotADocument):
    """Rows of another run: the folder is a copy, and so are its results."""


@dataclass
class Joined:
    """Where each source's rows begin in the joined file, as line numbers from 1.

    mended: whose usage.csv is not one of ours, so that their rows were made anew from their results. left_out: by
    source, why its rows are missing.
    """

    sources: list[Source] = field(default_factory=list)
    begins: list[int] = field(default_factory=list)
    mended: list[Source] = field(default_factory=list)
    left_out: dict[Source, Stop] = field(default_factory=dict)
    lines: int = 1

    def add(self, source: Source, rows: bytes) -> None:
        self.sources.append(source)
        self.begins.append(self.lines + 1)
        self.lines += rows.count(b"\n")

    def origin(self, line: int) -> tuple[Source, int]:
        """The source and its own line of a line of the joined file, its header apart."""
        at = max(0, bisect_right(self.begins, line) - 1)
        return self.sources[at], line - self.begins[at] + 2


def sources(paths: Paths) -> list[Source]:
    """Every usage.csv: video runs, thumbnails, comparisons, each in the order of names; not those of folders that are
    none of these, like copies."""
    found = [_source(paths, path) for path in paths.in_work_folders("usage.csv")]
    return sorted(found, key=lambda each: _KINDS.index(each.path.relative_to(paths.workspaces).parts[0]))


_KINDS = ("video", "thumbnails", COMPARE)


def _source(paths: Paths, path: Path) -> Source:
    kind = path.relative_to(paths.workspaces).parts[0]
    place = paths_of(paths, path.parent)
    return Source(place, COMPARE if kind == COMPARE else RunName.of(place.name).channel)


def join(all_sources: Sequence[Source], stream: BinaryIO, damaged: Collection[Source] = ()) -> Joined:
    """Write the header and all rows to `stream`.

    damaged: sources whose own file is known to be wrong. Their rows, and those of a file that is not as usage.py wrote
    it, come from the results beside it; where these cannot be read either, the source is left out.
    """
    joined = Joined()
    stream.write(f"{','.join(COLUMNS)}\n".encode())
    for source in all_sources:
        try:
            rows = _rows(source, joined, source in damaged)
        except BadInput as stop:
            joined.left_out[source] = stop
            continue
        stream.write(rows)
        joined.add(source, rows)
    return joined


def again(source: Source) -> str:
    """What a person does with a usage.csv that cannot be right."""
    return t("{command} writes it anew from results.jsonl", command=source.place.command)


def _rows(source: Source, joined: Joined, is_damaged: bool) -> bytes:
    """Raises BadInput when neither usage.csv nor results.jsonl can be read, or they belong to another run."""
    try:
        if not is_damaged:
            return _checked(source, document.read(source.path))
    except _Copied as error:
        raise bad_input(error.problems) from None
    except NotADocument as error:
        if not source.place.results.is_file():
            raise bad_input(error.problems) from None
    rows = _with_channel(source, usage.from_results(source.place).partition(b"\n")[2])
    joined.mended.append(source)
    return rows


def _checked(source: Source, data: bytes) -> bytes:
    """The rows of the file with the channel in front. Raises NotADocument."""
    head, _, body = data.partition(b"\n")
    if head != _HEADER:
        raise refused(source.path, 1, t("the first line is not that of a usage.csv of ours"), again(source))
    _check_text(source, data)
    if body and not body.endswith(b"\n"):
        raise refused(source.path, data.count(b"\n") + 1, t("the file ends in the middle of a row"), again(source))
    return _with_channel(source, body)


def _with_channel(source: Source, body: bytes) -> bytes:
    """Every row with the channel in front; their lines are those of the file without its header."""
    if b'"' in body or b"\r" in body:
        return _quoted_rows(source, body)
    _check_run(source, body)
    channel = source.channel.encode()
    return channel + b"," + body[:-1].replace(b"\n", b"\n" + channel + b",") + b"\n" if body else b""


def _check_text(source: Source, data: bytes) -> None:
    try:
        data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise refused(source.path, line, t("is not UTF-8 text"), again(source)) from None


def _check_run(source: Source, body: bytes) -> None:
    """Every row names this run: the copy of a folder must not be counted a second time."""
    lines = b"\n" + body
    if lines.count(b"\n" + source.run.encode() + b",") == body.count(b"\n"):
        return
    for number, line in enumerate(body.split(b"\n")[:-1], 2):
        if not line.startswith(source.run.encode() + b","):
            raise _Copied([_foreign(source, number, line.partition(b",")[0].decode())])


def _foreign(source: Source, line: int, run: str) -> Problem:
    message = t(
        "this row belongs to {run}, not to {run_2}; is the folder a copy?", run=shown(run), run_2=shown(source.run)
    )
    return Problem(
        source.path, line, "", message, t("move the copy out of workspaces/, so that nothing is counted twice")
    )


def _quoted_rows(source: Source, body: bytes) -> bytes:
    """Rows with quotation marks or line breaks in their cells."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    reader = csv.reader(io.StringIO(body.decode(), newline=""), strict=True)
    begin = 2
    try:
        for cells in reader:
            if cells[:1] != [source.run]:
                raise _Copied([_foreign(source, begin, cells[0] if cells else "")])
            writer.writerow([source.channel, *cells])
            begin = reader.line_num + 2
    except csv.Error as error:
        raise refused(
            source.path, begin, t("the row that begins here cannot be read: {error}", error=error), again(source)
        ) from None
    return text.getvalue().encode()
