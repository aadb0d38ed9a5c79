"""The prompts of a run in another program's file. Its texts are finished: what belongs to them stands in them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from ..catalog.foreign_sources import ForeignSource, Sources
from ..files.problem import NotADocument, Problem, pointer, shown
from ..project.run_paths import RunPaths
from ..text.sentences import later, t
from ..text.wording import few
from . import foreign_records
from .foreign_records import ForeignEntry, ForeignFile
from .prompts import Prompt, RunPrompts, empty, mistakes, problem, stays_inside

_RATIOS = ((16, 9), (9, 16), (1, 1), (4, 3), (3, 4), (3, 2), (2, 3), (5, 4), (4, 5), (21, 9), (9, 21))


_REPLACED = later(
    "{path} is a path of another machine: the file of that name in the run is sent to models that take references, for"
    " {ids}"
)
_MISSING = later("{path} is missing: a picture is made of {ids}")
_UNSENT = later("{path} is a path of another machine: the file of that name in the run is not sent, for {ids}")


@dataclass
class _Notes:
    """What a person should know of single entries, by their ids: found while they are read."""

    missing: dict[str, tuple[ForeignEntry, str]] = field(default_factory=dict)
    replaced: dict[str, tuple[ForeignEntry, str]] = field(default_factory=dict)
    lost: dict[str, tuple[ForeignEntry, str]] = field(default_factory=dict)


def check(paths: RunPaths, sources: Sources) -> tuple[RunPrompts | None, list[Problem]]:
    """(prompts, []) of a right run folder, (None, every mistake) of any other."""
    try:
        found, prompts, _ = _read(paths, sources)
    except NotADocument as error:
        return None, error.problems
    if not prompts:
        return None, [empty(found.path)]
    problems = [*mistakes(prompts), *_order(found.source, prompts)]
    return (None, problems) if problems else (RunPrompts(found.path, None, tuple(prompts)), [])


def notes(paths: RunPaths, sources: Sources) -> list[Problem]:
    """What a person should know of how they are read, as warnings; nothing of what cannot be read."""
    try:
        found, _, told = _read(paths, sources)
    except NotADocument:
        return []
    return [Problem(*each, warning=True) for each in _told(paths, found, told)]


def _read(paths: RunPaths, sources: Sources) -> tuple[ForeignFile, list[Prompt], _Notes]:
    files = paths.foreign_files()
    if len(files) != 1:
        names = t(" and ").join(path.name for path in files)
        message = t("has {names}; only one can be right", names=names)
        raise NotADocument([Problem(paths.folder, None, "", message, t("keep one, move the others away"))])
    kinds = sources.of_run(files[0])
    if not kinds:
        message = t("is named in no place of {config} that can be read", config=foreign_records.CONFIG)
        raise NotADocument([Problem(files[0], None, "", message)])
    found, told = foreign_records.read(files[0], kinds), _Notes()
    return found, [_prompt(paths, found, record, told) for record in found.records], told


def _prompt(paths: RunPaths, found: ForeignFile, record: ForeignEntry, told: _Notes) -> Prompt:
    source, name = found.source, record.number(found.source)
    key, text = record.first(source.prompt)
    size = found.size(record)
    return Prompt(
        id=name,
        prompt=text,
        file=found.path,
        entry=record.entry,
        line=record.line,
        slot=record.text(source.slot).strip() or None,
        references=tuple(_references(paths, source, record, name, told)),
        skip=_is_left_out(source, record) or _has_file(paths, source, record, name, told),
        sheet=record.sheet,
        source=source,
        at=record.at,
        text_key=key,
        output_size=size,
        aspect_ratio=_ratio(size),
    )


def _is_left_out(source: ForeignSource, record: ForeignEntry) -> bool:
    value = record.values.get(source.skip) if source.skip else None
    return value is True or str(value).strip().casefold() in ("true", "yes", "1")


def _ratio(size: tuple[int, int] | None) -> str | None:
    """The aspect ratio of a wanted size: a picture of another one would be cut to it. None where it has no name."""
    width, height = size or (0, 0)
    return next((f"{across}:{down}" for across, down in _RATIOS if size and width * down == height * across), None)


def _has_file(paths: RunPaths, source: ForeignSource, record: ForeignEntry, name: str, told: _Notes) -> bool:
    """Whether the entry has a file in place of a picture. That of our own picture is none."""
    path = record.text(source.skip_if_file).strip()
    if not path or str(PurePosixPath(path)) in paths.image_names(name):
        return False
    if stays_inside(path) and (paths.folder / path).is_file():
        return True
    told.missing[name] = (record, path)
    return False


def _references(paths: RunPaths, source: ForeignSource, record: ForeignEntry, name: str, told: _Notes) -> Iterator[str]:
    """Those that are in the run's folder, as paths from there."""
    value = record.values.get(source.references) if source.references else None
    for path in value if isinstance(value, list) else [value]:
        if not isinstance(path, str) or not path.strip():
            continue
        if stays_inside(path) and (paths.folder / path).is_file():
            here = path
        elif here := _same_name(paths.folder, source, path):
            told.replaced.setdefault(name, (record, path))
        elif source.sends_references:
            told.lost.setdefault(name, (record, path))
        if here and source.sends_references:
            yield here


def _same_name(folder: Path, source: ForeignSource, path: str) -> str:
    """The file of the run that a path of another machine probably means: the longest end of it that is there."""
    parts = PurePosixPath(path.replace("\\", "/")).parts
    ends = ["/".join(parts[start:]) for start in range(1, len(parts))]
    ends += [f"{source.reference_folder}/{parts[-1]}"] if source.reference_folder and parts else []
    return next((end for end in ends if stays_inside(end) and (folder / end).is_file()), "")


def _order(source: ForeignSource, prompts: Sequence[Prompt]) -> Iterator[Problem]:
    """The first entry whose number is not its place, where other programs find the picture by that place."""
    for place, prompt in enumerate(prompts, 1) if source.in_order else ():
        if prompt.id != str(place).zfill(source.digits):
            message = t(
                "found the number {found} at place {place} of the list: other programs take pictures by their place",
                found=shown(prompt.id),
                place=place,
            )
            yield problem(prompt, "id", message, t("number them 1, 2, 3 … in the order of the list"))
            return


def _told(paths: RunPaths, found: ForeignFile, told: _Notes) -> Iterator[tuple[Path, None, str, str, str]]:
    source = found.source
    for key, by_id, template, do in (
        (source.skip_if_file, told.missing, _MISSING, later("put it there if not")),
        (
            source.references,
            told.replaced,
            _REPLACED if source.sends_references else _UNSENT,
            later("take it out there if the picture needs none")
            if source.sends_references
            else later("sent: true in {config} sends it"),
        ),
        (
            source.references,
            told.lost,
            later("{path} is not here: {ids} go without it"),
            later("put it into {folder}/ if it is needed"),
        ),
    ):
        if by_id:
            record, path = next(iter(by_id.values()))
            folder = source.reference_folder or paths.name
            message = t(template, path=shown(path), ids=few(list(by_id)))
            yield (
                found.path,
                None,
                pointer((*record.at, key)),
                message,
                t(do, folder=folder, config=foreign_records.CONFIG),
            )
    for name in source.not_sent:
        if (paths.folder / name).is_file():
            message = t("is not sent: texts are sent as they stand in {file}", file=found.path.name)
            yield paths.folder / name, None, "", message, t("write into the texts what must not be missing")
