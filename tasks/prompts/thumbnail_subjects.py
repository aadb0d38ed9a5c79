"""The subjects of a channel's thumbnails, from workspaces/thumbnails/<CH>/prompts.json or a table."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..catalog.foreign_sources import ForeignSource
from ..catalog.presets import Preset
from ..files import schema
from ..files.json_text import texts
from ..files.problem import CHANGE, NotADocument, Problem, Steps, bad_input, pointer, shown
from ..project.names import RUN_NUMBER
from ..project.run_paths import prompt_files
from ..text.sentences import t
from . import no_prompt, table, variables
from .prompts import empty

EPISODE, PROMPT, TEMPLATE = "episode", "thumbnail_prompt", "template_id"


@dataclass(frozen=True, eq=False)
class Subject:
    """One thumbnail that is wanted.

    values: text by name for {{name}} in templates: every column or key of the entry, the three we read by our own
    names too, and the channel's variables. own: the same without the channel's. entry: which one of the file, from 0.
    line: where its row begins in a table, from 1; None in JSON. sheet: of a workbook, where line counts its rows.
    source: what another program's file is, whose values may be empty; None for a file of ours. at: where the entry
    stands in it. output_size: pixels of the finished picture that it asks for.
    """

    episode: str
    thumbnail_prompt: str
    template_id: str | None
    values: Mapping[str, str]
    file: Path
    entry: int
    line: int | None = None
    sheet: str = ""
    own: Mapping[str, str] = field(default_factory=dict)
    source: ForeignSource | None = None
    at: Steps = ()
    output_size: tuple[int, int] | None = None

    @property
    def output_name(self) -> str:
        """What the finished picture is called where the template says nothing; "" for that of the template's id."""
        return self.source.output_name if self.source else ""

    @property
    def where(self) -> str:
        """The row in words by which a person finds it."""
        return t("{file} episode {episode}", file=f"{self.file.parent.name}/{self.file.name}", episode=self.episode)


def read_subjects(folder: Path, preset: Preset) -> tuple[Subject, ...]:
    """The subjects of a channel's folder of thumbnails. Raises BadInput with every mistake of the file."""
    found, problems = check_subjects(folder, preset)
    if found is None:
        raise bad_input(problems)
    return found


def check_subjects(folder: Path, preset: Preset) -> tuple[tuple[Subject, ...] | None, list[Problem]]:
    """(subjects, []) of a right folder, (None, every mistake) of any other."""
    files = prompt_files(folder)
    if len(files) != 1:
        names = t(" and ").join(path.name for path in files)
        message = t("has no prompts.json, .csv, .tsv, .xlsx or .txt")
        if names:
            message = t("has {names}; only one can be right", names=names)
        return None, [Problem(folder, None, "", message, t("keep one there"))]
    try:
        found = (_from_json if files[0].suffix.lower() == ".json" else _from_table)(files[0], preset)
    except NotADocument as error:
        return None, error.problems
    problems = list(mistakes(found)) if found else [empty(files[0])]
    return (None, problems) if problems else (found, [])


def problem(subject: Subject, step: str, message: str, do: str = CHANGE) -> Problem:
    """What is wrong with the key or column `step` of an entry, with its line."""
    if subject.line is not None:
        return table.problem(subject.file, subject.line, subject.sheet, message, do)
    steps: Steps = ("prompts", subject.entry, step)
    if subject.source:
        ours = {EPISODE: "id", PROMPT: "prompt"}
        steps = (*subject.at, subject.source.key(ours.get(step, step)))
    return Problem(subject.file, schema.line_of(subject.file, steps), pointer(steps), message, do)


def _from_json(path: Path, preset: Preset) -> tuple[Subject, ...]:
    data, problems = schema.problems(path, "thumbnail_prompts")
    if problems:
        raise NotADocument(problems)
    return tuple(_from_record(path, preset, *each) for each in enumerate(data["prompts"]))


def _from_record(path: Path, preset: Preset, entry: int, record: Mapping[str, Any]) -> Subject:
    number = record[EPISODE]
    episode = number if isinstance(number, str) else str(int(number))  # 251.0 is a whole number in JSON Schema
    own = texts(record) | {EPISODE: episode}
    values = variables.together(own, preset.variables)
    return Subject(episode, record[PROMPT], record.get(TEMPLATE) or None, values, path, entry, own=own)


def _from_table(path: Path, preset: Preset) -> tuple[Subject, ...]:
    columns = (
        table.TableColumn(preset.episode_column, "thumbnails.episode_column", needed=True),
        table.TableColumn(preset.thumbnail_column, "thumbnails.prompt_column", needed=True),
        table.TableColumn(preset.template_column, "thumbnails.template_column"),
    )
    return tuple(_from_row(path, preset, *each) for each in enumerate(table.rows(path, columns)))


def _from_row(path: Path, preset: Preset, entry: int, row: table.TableRow) -> Subject:
    """Texts that have no columns, one a line, are of the episodes 001, 002, ..."""
    episode, prompt, template = ((cell or "").strip() for cell in row.cells)
    if row.cells[0] is None:
        episode = f"{row.number:03d}"
    own = {**row.named, EPISODE: episode, PROMPT: prompt, TEMPLATE: template}
    values = variables.together(own, preset.variables)
    return Subject(episode, prompt, template or None, values, path, entry, row.line, row.sheet, own)


def mistakes(subjects: tuple[Subject, ...]) -> Iterator[Problem]:
    """Mistakes of single subjects and between them."""
    first: dict[tuple[str, str | None], Subject] = {}
    for subject in subjects:
        theirs = subject.source is not None
        if wrong := no_prompt.sheet_error(subject.episode):
            yield problem(subject, EPISODE, *wrong)
        elif not RUN_NUMBER.fullmatch(subject.episode):
            message = t(
                "found the episode {episode}, expected letters and digits like 251", episode=shown(subject.episode)
            )
            yield problem(subject, EPISODE, message)
        if wrong := no_prompt.fault(subject.thumbnail_prompt):
            yield problem(subject, PROMPT, *wrong)
        for fault in variables.faults(subject.thumbnail_prompt, subject.values, subject.file) if not theirs else ():
            yield problem(subject, PROMPT, fault.what, fault.do)
        same = first.setdefault((subject.episode.casefold(), subject.template_id), subject)
        if same is not subject:
            message = t(
                "episode {episode} with the same template is entry {entry} already",
                episode=shown(subject.episode),
                entry=same.entry + 1,
            )
            yield problem(subject, EPISODE, message, t("keep one of them, or name another template_id"))
