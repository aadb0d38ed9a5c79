"""The entries of another program's file, as configs/sources.yaml says where they stand: read, whatever is in them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..catalog.foreign_sources import ForeignSource
from ..catalog.presets import pixels
from ..files import document, schema
from ..files.json_text import as_text
from ..files.problem import NotADocument, Problem, Steps, pointer, shown
from ..text.sentences import t
from . import table

CONFIG = "configs/sources.yaml"


class ForeignEntry(NamedTuple):
    """One entry. at: its place in JSON; line, sheet: that of a row, as in `table.TableRow`."""

    values: Mapping[str, Any]
    entry: int
    at: Steps = ()
    line: int | None = None
    sheet: str = ""

    def text(self, key: str) -> str:
        """A text or number, as it is written; "" where there is none, or something else."""
        return (as_text(self.values.get(key)) or "") if key else ""

    def first(self, keys: Sequence[str]) -> tuple[str, str]:
        """(key, text) of the first that is not empty; ("", "") when all are."""
        return next(((key, text) for key in keys if (text := self.text(key)).strip()), ("", ""))

    def number(self, source: ForeignSource) -> str:
        """The id, with zeros in front of a number."""
        name = self.text(source.id_key).strip()
        return name.zfill(source.digits) if name.isascii() and name.isdigit() else name


class ForeignFile(NamedTuple):
    """What a file holds. top: its own keys, beside the list."""

    path: Path
    source: ForeignSource
    top: Mapping[str, Any]
    records: Sequence[ForeignEntry]

    def size(self, record: ForeignEntry) -> tuple[int, int] | None:
        """Pixels of the finished picture of an entry; None where nothing is said. Raises NotADocument."""
        said = self.source.size
        try:
            return pixels(said)
        except ValueError:
            pass
        value = record.values.get(said, self.top.get(said))
        if value is None or value == "":
            return None
        try:
            found = (value["width"], value["height"]) if isinstance(value, dict) else pixels(str(value))
            if found and all(type(each) is int and 10 <= each <= 99999 for each in found):
                return found
        except (KeyError, ValueError):
            pass
        steps = (*record.at, said) if said in record.values else (said,)
        message = t("found {size}, expected a width and a height in pixels", size=shown(value))
        raise NotADocument([Problem(self.path, schema.line_of(self.path, steps), pointer(steps), message)])


def read(path: Path, sources: Sequence[ForeignSource]) -> ForeignFile:
    """The file as the first of `sources` whose marks it has. Raises NotADocument with what is wrong."""
    if path.suffix.lower() != ".json":
        return _table(path, sources[0])
    data = document.parse(path, document.read(path))
    top = data if isinstance(data, dict) else {}
    source = next((each for each in sources if not _foreign_mark(each, top)), None)
    if source is None:
        raise NotADocument([_other(path, sources[0], top)])
    found: Any = data
    for key in source.list_keys:
        found = found.get(key) if isinstance(found, dict) else None
    if not isinstance(found, list):
        message = t("has no list {name} of entries", name=shown(".".join(source.list_keys) or "[ ]"))
        do = t("restore it, or correct {config}: {name}", config=CONFIG, name=source.name)
        raise NotADocument([Problem(path, None, pointer(source.list_keys), message, do)])
    for place in (place for place, each in enumerate(found) if not isinstance(each, dict)):
        steps: Steps = (*source.list_keys, place)
        message = t("found {entry}, expected an object {{ }}", entry=shown(found[place]))
        raise NotADocument([Problem(path, schema.line_of(path, steps), pointer(steps), message)])
    return ForeignFile(
        path, source, top, [ForeignEntry(each, place, (*source.list_keys, place)) for place, each in enumerate(found)]
    )


def _foreign_mark(source: ForeignSource, top: Mapping[str, Any]) -> str:
    """The key by which a file is none of that kind; "" when it may be one."""
    return next((key for key, value in source.marks.items() if key in top and as_text(top[key]) != value), "")


def _other(path: Path, source: ForeignSource, top: Mapping[str, Any]) -> Problem:
    key = _foreign_mark(source, top)
    message = t(
        "found {key}: {found}, expected {expected}", key=key, found=shown(top[key]), expected=shown(source.marks[key])
    )
    do = t("it is of another kind: say how it is read in {config}", config=CONFIG)
    return Problem(path, schema.line_of(path, (key,)), pointer((key,)), message, do)


def _table(path: Path, source: ForeignSource) -> ForeignFile:
    columns = [table.TableColumn(source.id_key, f"{source.name}.id.key", needed=True, config=CONFIG)]
    rows = table.rows(path, columns)
    if rows and not any(key in rows[0].named for key in source.prompt):
        prompt = table.TableColumn(source.prompt[0], f"{source.name}.prompt", needed=True, config=CONFIG)
        rows = table.rows(path, [*columns, prompt])
    return ForeignFile(
        path, source, {}, [ForeignEntry(row.named, place, (), row.line, row.sheet) for place, row in enumerate(rows)]
    )
