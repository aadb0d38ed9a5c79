"""The subjects of a channel's thumbnails in another program's table: rows that say what a picture shows."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ..catalog.foreign_sources import ForeignSource, Sources
from ..catalog.presets import Preset
from ..files.json_text import texts
from ..files.problem import NotADocument, Problem
from ..project.names import RUN_NUMBER
from ..project.run_paths import RunPaths
from ..text.sentences import t
from ..text.wording import few
from . import foreign_records, variables
from .foreign_records import ForeignEntry, ForeignFile
from .thumbnail_subjects import EPISODE, PROMPT, Subject, mistakes


class _Rows(NamedTuple):
    """Subjects, how many rows have none, and those whose number can name no folder."""

    file: ForeignFile
    subjects: tuple[Subject, ...]
    without: int
    unnamed: tuple[ForeignEntry, ...]


def check(paths: RunPaths, sources: Sources, preset: Preset) -> tuple[tuple[Subject, ...] | None, list[Problem]]:
    """(subjects, []) of a right file, (None, every mistake) of any other. Rows without a subject are no mistake."""
    try:
        rows = _rows(paths, sources, preset)
    except NotADocument as error:
        return None, error.problems
    problems = list(mistakes(rows.subjects))
    return (None, problems) if problems else (rows.subjects, [])


def notes(paths: RunPaths, sources: Sources) -> list[Problem]:
    """What a person should know of how it is read, as warnings; nothing of what cannot be read."""
    try:
        rows = _rows(paths, sources, Preset(paths.channel, paths.folder))
    except NotADocument:
        return []
    return [Problem(rows.file.path, None, "", *each, warning=True) for each in _told(rows)]


def _told(rows: _Rows) -> Iterator[tuple[str, str]]:
    total = len(rows.file.records)
    if rows.without:
        message = t(
            "{without} of {total:row has|rows have} no prompt, and no thumbnail", without=rows.without, total=total
        )
        yield message, t("fill in {columns} where one is wanted", columns=few(rows.file.source.prompt))
    if rows.unnamed:
        lines = few([str(each.line or each.entry + 1) for each in rows.unnamed])
        message = t(
            "{count:row has|rows have} a prompt and no {key} that can name a folder: left out ({lines})",
            count=len(rows.unnamed),
            key=rows.file.source.id_key,
            lines=lines,
        )
        yield message, t("write letters and digits there, like 251")


def _rows(paths: RunPaths, sources: Sources, preset: Preset) -> _Rows:
    files, workspaces = paths.foreign_files(), paths.folder.parent.parent
    if len(files) != 1:
        names = t(" and ").join(str(path.relative_to(workspaces)) for path in files)
        message = t("{names} have subjects of {channel}; only one can be right", names=names, channel=paths.channel)
        raise NotADocument([Problem(workspaces, None, "", message, t("keep one, move the others away"))])
    kinds = sources.of_thumbnails(files[0], workspaces, paths.channel)
    if not kinds:
        message = t("is named in no place of {config} that can be read", config=foreign_records.CONFIG)
        raise NotADocument([Problem(files[0], None, "", message)])
    file = foreign_records.read(files[0], kinds)
    wanted = [record for record in file.records if record.first(file.source.prompt)[0]]
    named = [record for record in wanted if RUN_NUMBER.fullmatch(record.number(file.source))]
    unnamed = tuple(record for record in wanted if record not in named) if len(named) < len(wanted) else ()
    subjects = tuple(_subject(file, record, preset) for record in named)
    return _Rows(file, subjects, len(file.records) - len(wanted), unnamed)


def _subject(file: ForeignFile, record: ForeignEntry, preset: Preset) -> Subject:
    source, episode = file.source, record.number(file.source)
    text = record.first(source.prompt)[1].strip()
    own = {EPISODE: episode, PROMPT: text, "channel": preset.channel, "video": episode}
    said = {**texts(record.values), **own, **_values(source, record)}
    values = variables.together(said, preset.variables)
    size = file.size(record)
    place = (file.path, record.entry, record.line, record.sheet)
    return Subject(episode, text, None, values, *place, own=said, source=source, at=record.at, output_size=size)


def _values(source: ForeignSource, record: ForeignEntry) -> Mapping[str, str]:
    """What fills the names in templates: where nothing stands in any of its columns, nothing."""
    return {name: record.first(keys)[1].strip() for name, keys in (source.values or {}).items()}
