"""What pictures are wanted, by the kind of place: a run's prompts, or a channel's thumbnails."""

import functools
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from ..catalog.catalog import Catalog
from ..catalog.choice import Choice
from ..catalog.presets import Preset
from ..files.overrides import problem_at
from ..files.problem import Problem, Steps, bad_input, shown
from ..project.comparison_paths import ComparisonPaths
from ..project.names import PROMPT_ID
from ..project.run_paths import RunPaths
from ..project.thumbnail_paths import ThumbnailPaths
from ..prompts import foreign_subjects, prompts, run_prompts, thumbnail_subjects
from ..prompts.prompts import Prompt, RunPrompts, final_text, problem
from ..prompts.run_prompts import Revisions
from ..prompts.templates import Template, Templates, fill, filled, read_templates
from ..prompts.thumbnail_subjects import Subject
from ..providers.address import origin
from ..text.errors import BadInput
from ..text.sentences import t
from . import comparison as compare_file
from . import own, references
from .comparison import ComparedPicture, Comparison
from .references import NoPicture, Reference
from .request import PromptSpec
from .resolve import resolve


def prompt_specs(
    paths: RunPaths,
    catalog: Catalog,
    slot: str | None,
    only: Collection[str] | None = None,
    changes: Revisions | None = None,
) -> list[PromptSpec]:
    """The wanted pictures of a place in their order, each with how it will be made. Raises BadInput.

    slot: what the command line says, before all else. only: look at these prompt ids alone. changes: what a person
    changed of a run's prompts, in place of what lies there.
    """
    if isinstance(paths, ComparisonPaths):
        return comparison_specs(_comparison(paths), paths, catalog)
    if isinstance(paths, ThumbnailPaths):
        return list(_thumbnails(paths, catalog, slot, only))
    return list(_prompts(paths, catalog, slot, only, changes))


def _comparison(paths: ComparisonPaths) -> Comparison:
    where = paths.folder.parent
    if comparison := compare_file.read(where):
        return comparison
    raise BadInput("{where} is missing", "restore it, or compare by another name", where=where / compare_file.NAME)


def comparison_specs(comparison: Comparison, paths: ComparisonPaths, catalog: Catalog) -> list[PromptSpec]:
    """Every prompt of a comparison on the slot of that place; as delivered, in no other size. Raises BadInput."""
    file = paths.prompt_files()[0]
    preset, run, made = Preset("", file), RunPrompts(file, None, ()), []
    for entry, each in enumerate(comparison.prompts):
        prompt = Prompt(each.id, each.text, file, entry, aspect_ratio=each.aspect_ratio, image_size=each.image_size)
        choice = resolve(catalog, preset, run, prompt, command_line=paths.slot, variable="SLOTS")
        choice = replace(choice, output_size=None)
        seen = tuple(_same(catalog, picture) for picture in each.references)
        source = origin(catalog.providers[choice.model.provider])
        made.append(PromptSpec(each.id, each.text, choice, each.prompt, "", source, seen, own.asked()))
    return made


def _same(catalog: Catalog, picture: ComparedPicture) -> Reference:
    found = references.load(catalog.paths.workspaces, picture.path, "workspaces/")
    if found.sha256 != picture.sha256:
        raise BadInput(
            "{path} is not the picture that this comparison began with",
            "put it back, or compare by another name",
            path=found.path,
        )
    return found


def _prompts(
    paths: RunPaths, catalog: Catalog, slot: str | None, only: Collection[str] | None, changes: Revisions | None
) -> Iterator[PromptSpec]:
    preset = catalog.preset(paths.channel)
    run, origins = run_prompts.read(paths, catalog, preset, changes), _origins(catalog)
    for prompt in run.prompts:
        if prompt.skip or (only is not None and prompt.id not in only):
            continue
        choice = resolve(catalog, preset, run, prompt, command_line=slot)
        yield _spec(paths, catalog, preset, run, prompt, choice, origins[choice.model.provider], slot)


def _spec(
    paths: RunPaths,
    catalog: Catalog,
    preset: Preset,
    run: RunPrompts,
    prompt: Prompt,
    choice: Choice,
    source: str,
    slot: str | None,
) -> PromptSpec:
    note = prompt.note if isinstance(prompt.note, str) else ""
    seen = pictures(paths, catalog, preset, prompt)
    mine = seen[len(seen) - len(prompt.references) :]
    if prompt.source is not None:
        seen = seen[: choice.model.max_references]
    said = own.of_prompt(prompt, run.slot, preset, mine, source, slot)
    row = prompts.filled(prompt.prompt, prompt, preset)
    return PromptSpec(prompt.id, final_text(prompt, preset), choice, row, note, source, seen, said)


def each_on(paths: RunPaths, catalog: Catalog, slot: str) -> Iterator[tuple[str, PromptSpec | BadInput]]:
    """The wanted pictures of a run by their ids, each as that slot would make it, or why it would not.

    Raises BadInput when the prompts cannot be read, whichever slot makes them.
    """
    preset = catalog.preset(paths.channel)
    run, origins = run_prompts.read(paths, catalog, preset), _origins(catalog)
    for prompt in run.prompts:
        if prompt.skip:
            continue
        try:
            choice = resolve(catalog, preset, run, prompt, command_line=slot, variable="SLOTS")
            yield prompt.id, _spec(paths, catalog, preset, run, prompt, choice, origins[choice.model.provider], slot)
        except BadInput as refusal:
            yield prompt.id, refusal


def _origins(catalog: Catalog) -> Mapping[str, str]:
    return {key: origin(provider) for key, provider in catalog.providers.items()}


def pictures(paths: RunPaths, catalog: Catalog, preset: Preset, prompt: Prompt) -> tuple[Reference, ...]:
    """The channel's reference pictures, those of who is in the picture, then the prompt's own. Raises BadInput that
    names the file and line of one that cannot be sent."""
    about = ("channels", preset.channel, "image_generation", "references")
    shared = [_shared(catalog, preset, path, (*about, number)) for number, path in enumerate(preset.references)]
    for name in prompt.characters:
        steps = ("channels", preset.channel, "characters", name, "references")
        for number, path in enumerate(preset.characters[name].references):
            shared.append(_shared(catalog, preset, path, (*steps, number)))
    try:
        return (*shared, *(references.load(paths.folder, each, t("the run's folder")) for each in prompt.references))
    except NoPicture as error:
        raise bad_input([problem(prompt, "references", *error.wrong)]) from None


def _shared(catalog: Catalog, preset: Preset, path: str, steps: Steps) -> Reference:
    try:
        return references.load(catalog.paths.workspaces, path, "workspaces/")
    except NoPicture as error:
        raise bad_input([problem_at(preset.file, steps, *error.wrong)]) from None


def _thumbnails(
    paths: RunPaths, catalog: Catalog, slot: str | None, only: Collection[str] | None
) -> Iterator[PromptSpec]:
    preset, pairs = thumbnail_rows(paths, catalog)
    # A template says all of its text; the channel's style and suffix belong to the pictures of its videos.
    plain, origins = replace(preset, style="", prompt_suffix="", references=()), _origins(catalog)
    for subject, template in pairs:
        prompt = _prompt(subject, template, preset)
        if only is None or prompt.id in only:
            run = RunPrompts(subject.file, None, ())
            choice = resolve(catalog, plain, run, prompt, command_line=slot, template=template)
            text = final_text(prompt, plain)
            source = origins[choice.model.provider]
            said = own.of_subject(subject, template, source, slot)
            yield PromptSpec(prompt.id, text, choice, subject.thumbnail_prompt, template.name, source, own=said)


def thumbnail_rows(paths: RunPaths, catalog: Catalog) -> tuple[Preset, list[tuple[Subject, Template]]]:
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
    there = ", ".join(each.id for each in templates.channels.get(preset.channel, ())) or "none"
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
