"""What pictures are wanted, by the kind of place: a run's prompts, or a channel's thumbnails."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from ..catalog.catalog import Catalog
from ..catalog.choice import Choice
from ..catalog.presets import Preset
from ..files.overrides import problem_at
from ..files.problem import Steps, bad_input
from ..project.comparison_paths import ComparisonPaths
from ..project.run_paths import RunPaths
from ..project.thumbnail_paths import ThumbnailPaths
from ..prompts import prompts, run_prompts
from ..prompts.prompts import Prompt, RunPrompts, final_text, problem
from ..prompts.run_prompts import Revisions
from ..providers.address import origin
from ..text.errors import BadInput
from ..text.sentences import t
from . import comparison as compare_file
from . import own, references, thumbnail_rows
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
    changed of its prompts, in place of what lies there.
    """
    if isinstance(paths, ComparisonPaths):
        return comparison_specs(_comparison(paths), paths, catalog)
    if isinstance(paths, ThumbnailPaths):
        return list(_thumbnails(paths, catalog, slot, only, changes))
    return list(_prompts(paths, catalog, slot, only, changes))


def asked_for(paths: RunPaths, catalog: Catalog, changes: Revisions | None = None) -> Sequence[Prompt]:
    """The rows of a run or of a channel's thumbnails as they are asked for. Raises BadInput. changes: as above."""
    if isinstance(paths, ThumbnailPaths):
        return [row.prompt for row in thumbnail_rows.read(paths, catalog, changes)[1]]
    return run_prompts.read(paths, catalog, catalog.preset(paths.channel), changes).prompts


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
    paths: RunPaths, catalog: Catalog, slot: str | None, only: Collection[str] | None, changes: Revisions | None
) -> Iterator[PromptSpec]:
    preset, rows = thumbnail_rows.read(paths, catalog, changes)
    # A template says all of its text; the channel's style and suffix belong to the pictures of its videos.
    plain, origins = replace(preset, style="", prompt_suffix="", references=()), _origins(catalog)
    for subject, template, prompt, revision in rows:
        if only is not None and prompt.id not in only:
            continue
        run = RunPrompts(subject.file, None, ())
        choice = resolve(catalog, plain, run, prompt, command_line=slot, template=template)
        source = origins[choice.model.provider]
        said = own.of_subject(subject, template, revision, source, slot)
        text = final_text(prompt, plain)
        shown = prompt.prompt if "prompt" in prompt.revised else subject.thumbnail_prompt
        seen = pictures(paths, catalog, plain, prompt)
        yield PromptSpec(prompt.id, text, choice, shown, template.name, source, seen, said)
