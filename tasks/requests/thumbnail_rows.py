"""The thumbnails that a channel asks for: each row with its template, and what a person changed of its text."""

import functools
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from ..catalog.catalog import Catalog
from ..catalog.presets import Preset
from ..files.problem import Problem, bad_input, shown
from ..project.names import PROMPT_ID
from ..project.run_paths import RunPaths
from ..prompts import foreign_subjects, revisions, revisions_file, thumbnail_subjects, variables
from ..prompts.prompts import Prompt, mistakes, problem
from ..prompts.revisions import Revision
from ..prompts.run_prompts import Revisions
from ..prompts.templates import Template, Templates, fill, filled, read_templates
from ..prompts.thumbnail_subjects import Subject
from ..text.errors import BadInput
from ..text.sentences import t


class ThumbnailRow(NamedTuple):
    """One thumbnail. prompt: as it is asked for. revision: what a person changed of it, also when it does not hold."""

    subject: Subject
    template: Template
    prompt: Prompt
    revision: Revision | None


def read(paths: RunPaths, catalog: Catalog, changes: Revisions | None = None) -> tuple[Preset, list[ThumbnailRow]]:
    """A channel's preset, and its thumbnails. Raises BadInput with every mistake of a file.

    changes: revisions in place of those that lie there.
    """
    preset, rows, problems = check(paths, catalog, revisions_file.read(paths.folder) if changes is None else changes)
    if problems:
        raise bad_input(problems)
    return preset, rows


def check(paths: RunPaths, catalog: Catalog, changes: Revisions) -> tuple[Preset, list[ThumbnailRow], list[Problem]]:
    """The same, and what is wrong with the changes. Raises BadInput of templates and subjects."""
    preset, pairs = as_written(paths, catalog)
    written = [_prompt(*pair, preset) for pair in pairs]
    asked = revisions.revised(written, changes, paths.folder / revisions_file.NAME)
    each = zip(pairs, asked, strict=True)
    rows = [ThumbnailRow(*pair, prompt, changes.get(prompt.id)) for pair, prompt in each]
    return preset, rows, list(_wrong(written, asked))


def _wrong(written: Sequence[Prompt], asked: Sequence[Prompt]) -> Iterator[Problem]:
    """What is wrong with texts that were changed: they are sent as they stand, so nothing in them is filled in."""
    yield from mistakes([each for each in asked if each.revised])
    for before, now in zip(written, asked, strict=True):
        for name in variables.names(now.prompt) if now.revised else ():
            if name not in variables.names(before.prompt):
                found = shown(f"{{{{{name}}}}}")
                message = t("found {found}, and a text that was rewritten is sent as it stands", found=found)
                yield problem(now, "prompt", message, t("write the words themselves in its place"))


def notes(paths: RunPaths, catalog: Catalog) -> list[Problem]:
    """As warnings, the changes that are not applied any more. Nothing of what cannot be read: it is said elsewhere."""
    changes, _ = revisions_file.check(paths.folder)
    if not changes:
        return []
    try:
        rows = read(paths, catalog, {})[1]
    except BadInput:
        return []
    return list(
        revisions.fallen([row.prompt for row in rows], changes, paths.folder / revisions_file.NAME, is_templated=True)
    )


def as_written(paths: RunPaths, catalog: Catalog) -> tuple[Preset, list[tuple[Subject, Template]]]:
    """A channel's preset, and every subject with the template that it is made by. Raises BadInput."""
    templates = project_templates(catalog.paths.templates)
    preset = channel_preset(catalog, templates, paths.channel)
    subjects = read_subjects(paths, catalog, preset)
    pairs = [(subject, _template(templates, preset, subject)) for subject in subjects]
    _check_ids(pairs)
    return preset, pairs


def channel_preset(catalog: Catalog, templates: Templates, channel: str) -> Preset:
    """The preset for a channel's thumbnails: an empty one where its templates name their models. Raises BadInput."""
    found = templates.channels.get(channel, ())
    if channel in catalog.presets or channel in catalog.broken or not all(each.image_model_key for each in found):
        return catalog.preset(channel)
    return Preset(channel, catalog.paths.presets) if found else catalog.preset(channel)


def read_subjects(paths: RunPaths, catalog: Catalog, preset: Preset) -> tuple[Subject, ...]:
    """The subjects of a channel, whoever wrote them. Raises BadInput with every mistake."""
    found, problems = check_subjects(paths, catalog, preset)
    if found is None:
        raise bad_input(problems)
    return found


def check_subjects(
    paths: RunPaths, catalog: Catalog, preset: Preset
) -> tuple[tuple[Subject, ...] | None, list[Problem]]:
    """(subjects, []) of a right channel, (None, every mistake) of any other."""
    if paths.is_foreign:
        return foreign_subjects.check(paths, catalog.sources, preset)
    return thumbnail_subjects.check_subjects(paths.folder, preset)


def project_templates(path: Path) -> Templates:
    """Those of the project, read once until the file changes. Raises BadInput."""
    about = path.stat() if path.is_file() else None
    return _read(path, about and about.st_mtime_ns, about and about.st_size)


@functools.lru_cache(maxsize=1)
def _read(path: Path, *_: int | None) -> Templates:
    """Read once for all channels of a command, until the file changes."""
    return read_templates(path)


def _template(templates: Templates, preset: Preset, subject: Subject) -> Template:
    if template := templates.of(preset.channel, subject.template_id):
        return template
    there = templates.named(preset.channel)
    if subject.template_id:
        what = t(
            "{where} wants the template {template_id}, {channel} has: {there}",
            where=subject.where,
            template_id=shown(subject.template_id),
            channel=preset.channel,
            there=there,
        )
    else:
        what = t(
            "{where} names no template, and {channel} has no default_template_id (it has: {there})",
            where=subject.where,
            channel=preset.channel,
            there=there,
        )
    raise BadInput("{what}", "name one there, or correct {file}", what=what, file=templates.file)


def _prompt(subject: Subject, template: Template, preset: Preset) -> Prompt:
    negative = preset.negative_prompt if template.negative_prompt is None else template.negative_prompt
    return Prompt(
        id=thumbnail_id(subject, template),
        prompt=fill(template, subject),
        file=subject.file,
        entry=subject.entry,
        line=subject.line,
        negative_prompt=filled(negative, template, subject),
        sheet=subject.sheet,
        output_size=None if template.output_size else subject.output_size,
    )


def thumbnail_id(subject: Subject, template: Template) -> str:
    """Of a thumbnail: where its picture lies, <episode>/<name>.png."""
    return f"{subject.episode}-{template.output_name or subject.output_name or template.id}"


def _check_ids(pairs: list[tuple[Subject, Template]]) -> None:
    """Two entries for one picture are a mistake also where one of them means the default template silently."""
    counts = Counter(thumbnail_id(*pair).casefold() for pair in pairs)
    for subject, template in pairs:
        name = thumbnail_id(subject, template)
        if counts[name.casefold()] > 1:
            raise BadInput(
                "{where} with template {template_id} stands there more than once",
                "keep one of them, or name another template_id",
                where=subject.where,
                template_id=shown(template.id),
            )
        if not PROMPT_ID.fullmatch(name):
            raise BadInput(
                "{where} with template {template_id} makes the name {name}",
                "episode and template id together may have 63 letters and digits",
                where=subject.where,
                template_id=shown(template.id),
                name=shown(name),
            )
