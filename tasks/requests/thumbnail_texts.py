"""The texts that a channel's templates draw onto its thumbnails, each with the row that says it."""

from collections.abc import Iterator
from dataclasses import dataclass

from ..catalog.catalog import Catalog
from ..catalog.text_style import TextStyle
from ..files.problem import Problem, shown
from ..project.names import Format
from ..project.thumbnail_paths import ThumbnailPaths
from ..prompts import no_prompt, thumbnail_subjects, variables
from ..prompts.templates import Template, problem
from ..prompts.thumbnail_subjects import Subject
from ..text.errors import BadInput
from ..text.sentences import t
from . import thumbnail_rows
from .resolve import format_of


@dataclass(frozen=True)
class RowTexts:
    """The texts of one thumbnail, the lowest first; none where its template has none or its cells are empty.

    form: what its finished files are, clean and with texts.
    """

    prompt_id: str
    subject: Subject
    template: Template
    form: Format

    @property
    def texts(self) -> list[tuple[TextStyle, str]]:
        """Styles that have something to draw, with it. Raises BadInput naming the row and what its text lacks."""
        return [(style, text) for style in self.template.texts for text in self.text_of(style)]

    def text_of(self, style: TextStyle) -> list[str]:
        """What one style draws: one text, or none. Raises as `texts`."""
        return [text] if (text := _text(style, self.subject)) else []


def channels(catalog: Catalog) -> frozenset[str]:
    """Channels whose templates draw any text. Raises BadInput when templates.json cannot be read."""
    found = thumbnail_rows.project_templates(catalog.paths.templates).channels
    return frozenset(channel for channel, made in found.items() if any(template.texts for template in made))


def row_texts(paths: ThumbnailPaths, catalog: Catalog) -> list[RowTexts]:
    """Every thumbnail of a channel. Raises BadInput when templates or subjects cannot be read."""
    preset, rows = thumbnail_rows.as_written(paths, catalog)
    return [RowTexts(thumbnail_rows.thumbnail_id(*row), *row, format_of(preset, row[1])) for row in rows]


def _text(style: TextStyle, subject: Subject) -> str:
    """What is drawn; "" for an empty cell. A written-out \\n is a line break, as in a template."""
    if style.column not in subject.values:
        raise BadInput(
            "{where} has no {column} to draw; it has {there}",
            "correct column of that text in templates.json, or add the column",
            where=subject.where,
            column=shown(style.column),
            there=", ".join(each for each in subject.values if each),
        )
    text = subject.values[style.column].strip()
    if wrong := no_prompt.sheet_error(text):
        raise BadInput("{where}: {what}", "{do}", where=subject.where, what=wrong[0], do=wrong[1])
    if subject.source is not None:
        return text
    for fault in variables.faults(text, subject.values, subject.file):
        raise BadInput("{where}: {what}", "{do}", where=subject.where, what=fault.what, do=fault.do)
    return variables.fill(text, subject.values).replace("\\n", "\n").strip()


def unknown_columns(rows: list[RowTexts]) -> Iterator[Problem]:
    """Columns that a template's texts name and no row has: one problem for each, at its line."""
    said: set[tuple[Template, int]] = set()
    for row in rows:
        for entry, style in enumerate(row.template.texts):
            if style.column not in row.subject.values and (row.template, entry) not in said:
                said.add((row.template, entry))
                there = ", ".join(each for each in row.subject.values if each)
                message = t(
                    "found {column}, and {where} has no such column; it has {there}",
                    column=shown(style.column),
                    where=row.subject.where,
                    there=there,
                )
                do = t("correct it, or add the column")
                yield problem(row.template, "texts", message, do, entry, "column")


def cannot_be_drawn(row: RowTexts, column: str, message: str, do: str) -> Problem:
    """What is wrong with a row's text, at the row."""
    return thumbnail_subjects.problem(row.subject, column, message, do)


def bad_style(row: RowTexts, entry: int, key: str, message: str, do: str) -> Problem:
    """What is wrong with a template's text, at that key of it."""
    return problem(row.template, "texts", message, do, entry, key)
