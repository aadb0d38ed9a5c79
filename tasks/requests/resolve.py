"""Which model makes a picture: the first place that says anything decides, alone. There is no fallback of any kind."""

import functools
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from ..catalog.catalog import Catalog
from ..catalog.choice import Choice
from ..catalog.lifecycle import obituary, unknown, would_do
from ..catalog.model import Lane, Model
from ..catalog.presets import Preset, pixels
from ..catalog.sizes import is_of_ratio, pixels_of, written
from ..files.overrides import problem_at
from ..files.problem import Problem, Steps, pointer, short, shown
from ..project.names import Format
from ..prompts import characters
from ..prompts.prompts import Prompt, RunPrompts, channel_texts, final_text, problem
from ..prompts.templates import Template
from ..providers.registry import api
from ..text.errors import BadInput
from ..text.sentences import t

VISUAL, THUMBNAIL = "visual_image_gen", "thumbnail_image_gen"


class Said(NamedTuple):
    """A value and the place that said it: a file and the steps to the value, or the command line (no file)."""

    value: str | None
    file: Path | None = None
    steps: Steps = ()
    variable: str = "SLOT"

    @property
    def where(self) -> str:
        """The place in words by which a person finds it."""
        if self.file:
            return f"{short(self.file)} {'.'.join(map(str, self.steps))}"
        return t("{variable}= on the command line", variable=self.variable)


class Unfit(BadInput):
    """A place asks for something that cannot be done; `problem` says where it stands."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.what, problem.do)
        self.problem = problem


def _unfit(said: Said, message: str, do: str) -> Unfit:
    if said.file:
        return Unfit(problem_at(said.file, said.steps, message, do))
    return Unfit(Problem(Path(said.where), None, "", message, do))


class Own(NamedTuple):
    """What one prompt says about how it is made."""

    file: Path
    slot: str | None
    aspect_ratio: str | None
    image_size: str | None
    slot_at: Steps
    entry_at: Steps


def resolve(
    catalog: Catalog,
    preset: Preset,
    run: RunPrompts,
    prompt: Prompt,
    *,
    command_line: str | None = None,
    variable: str = "SLOT",
    template: Template | None = None,
) -> Choice:
    """The one way this prompt's picture may be made.

    template: of a thumbnail; what it says comes before the channel. variable: which one command_line was given by.

    Raises BadInput when what was asked for cannot be done: unknown, retired, a ratio, size, length or
    number of references that the model does not take. Nothing else is chosen in its place.
    """
    own = None
    if prompt.slot or prompt.aspect_ratio or prompt.image_size:
        made = (prompt.slot, prompt.aspect_ratio, prompt.image_size)
        own = Own(prompt.file, *made, prompt.steps("slot"), prompt.steps("")[:-1])
    try:
        choice = _decide(catalog, preset, run.file, run.slot, own, Said(command_line, variable=variable), template)
    except Unfit as error:
        if "slot" in prompt.revised and error.problem.pointer == pointer(prompt.steps("slot")):
            raise Unfit(problem(prompt, "slot", error.problem.message, error.problem.do)) from None
        if prompt.line is None or error.problem.path != prompt.file:
            raise
        raise Unfit(problem(prompt, "slot", error.problem.message, error.problem.do)) from None
    check_prompt(choice, prompt, preset)
    return replace(choice, output_size=prompt.output_size) if prompt.output_size else choice


@functools.lru_cache(maxsize=1024)
def _decide(
    catalog: Catalog,
    preset: Preset,
    file: Path,
    run_slot: str | None,
    own: Own | None,
    command: Said,
    template: Template | None,
) -> Choice:
    task = THUMBNAIL if template and THUMBNAIL in catalog.defaults else VISUAL
    asked = _first(
        command,
        _own(own, "slot"),
        Said(run_slot, file, ("slot",)),
        _template(template, "image_model_key"),
        _preset(preset, "model_key"),
        _default(catalog, task, "slot"),
    )
    slot, model, lane, quality = _pick(catalog, asked)
    ratio, size = (
        _first(_own(own, key), _template(template, key), _preset(preset, key), _default(catalog, task, key))
        for key in ("aspect_ratio", "image_size")
    )
    if not template and len(preset.references) > model.max_references:
        message = t(
            "found {count:reference}, {model_key} takes {max_references}",
            count=len(preset.references),
            model_key=model.key,
            max_references=model.max_references or t("none"),
        )
        raise _unfit(_preset(preset, "references"), message, t("remove some, or name another model"))
    _checkable(ratio, t("aspect ratio"), model, model.aspect_ratios)
    _check_size(size, ratio, model)
    assert ratio.value
    assert size.value
    output = (template and template.output_size) or preset.output_size
    output = output or pixels(catalog.defaults[task].get("output_size"))
    return Choice(slot, model, lane, ratio.value, size.value, output, asked.where, quality, *_file(preset, template))


def _file(preset: Preset, template: Template | None) -> tuple[Format, int | None]:
    """(format, bytes at most) of the finished file. Raises Unfit."""
    form, most = format_of(preset, template), template.max_bytes if template else None
    if most and form is Format.PNG:
        message = t("found max_bytes {most:,}, and the file is a PNG, which has the size it has", most=most)
        raise _unfit(_template(template, "max_bytes"), message, t('add "output_format": "jpg", or remove it'))
    return form, most


def format_of(preset: Preset, template: Template | None) -> Format:
    """What the finished file is."""
    return (template and template.output_format) or preset.output_format or Format.PNG


def _first(*said: Said) -> Said:
    return next((each for each in said if each.value), said[-1])


def _own(own: Own | None, key: str) -> Said:
    if own is None:
        return Said(None)
    return Said(getattr(own, key), own.file, own.slot_at if key == "slot" else (*own.entry_at, key))


def _preset(preset: Preset, key: str) -> Said:
    return Said(getattr(preset, key), preset.file, ("channels", preset.channel, "image_generation", key))


def _template(template: Template | None, key: str) -> Said:
    return Said(getattr(template, key), template.file, template.steps(key)) if template else Said(None)


def _default(catalog: Catalog, task: str, key: str) -> Said:
    return Said(catalog.defaults[task][key], catalog.paths.models, ("task_defaults", task, key))


def _pick(catalog: Catalog, asked: Said) -> tuple[str | None, Model, Lane, str | None]:
    """(slot code or None, live or deprecated model, lane, quality) of a slot code, alias or model key."""
    value = asked.value or ""
    code: str | None
    lane: Lane | None
    quality: str | None = None
    if slot := catalog.slots.get(value):
        code, model, lane = slot.code, catalog.models[slot.model_key], slot.lane
        quality = slot.quality
    elif named := catalog.models.get(value):
        code, model, lane = None, named, named.default_lane
    else:
        raise _unfit(asked, *unknown(catalog, value))
    if model.status == "retired":
        raise _unfit(
            asked,
            t("found {value}: {obituary}", value=shown(value), obituary=obituary(model)),
            would_do(catalog, model, lane),
        )
    assert lane
    return code, model, lane, quality or model.default_quality


def _checkable(asked: Said, what: str, model: Model, able: tuple[str, ...]) -> None:
    if asked.value not in able:
        message = t(
            "found the {what} {asked}, which {model_key} ({model}) does not make",
            what=what,
            asked=shown(asked.value),
            model_key=model.key,
            model=model.name,
        )
        raise _unfit(asked, message, t("use one of {ables}, or another model", ables=", ".join(able)))


def _check_size(asked: Said, ratio: Said, model: Model) -> None:
    """Raises Unfit for a size that the model does not make, or that is not of the ratio, with those that would do."""
    asked_for = pixels_of(asked.value or "")
    if asked_for is None or model.any_size is None:
        _checkable(asked, t("image size"), model, model.image_sizes)
        return
    said = written(*asked_for)
    if not model.any_size.fits(*asked_for):
        message = t(
            "found the image size {said}, which {model_key} does not make: both sides are multiples of {step}",
            said=said,
            model_key=model.key,
            step=model.any_size.step,
        )
        near = [written(*each) for each in model.any_size.near(*asked_for)] or model.image_sizes
        crop = t("; with output_size {said} the picture is cropped to that", said=said)
        raise _unfit(asked, message, t("use {nears}{crop}", nears=", ".join(near), crop=crop))
    if ratio.value and not is_of_ratio(*asked_for, ratio.value):
        message = t("found the image size {said}, which is not {ratio}", said=said, ratio=ratio.value)
        raise _unfit(
            asked, message, t("write its aspect_ratio too, or use one of {sizes}", sizes=", ".join(model.image_sizes))
        )


def check_prompt(choice: Choice, prompt: Prompt, preset: Preset) -> None:
    """Raises Unfit when the prompt itself is more than its model takes: too long, or too many references."""
    model, most = choice.model, choice.model.max_prompt_chars
    # Of those of other programs, as many are sent as can be.
    own = 0 if prompt.source else len(prompt.references) + characters.count(prompt.characters, preset)
    if own and (count := own + len(preset.references)) > model.max_references:
        message = t(
            "found {references:reference}, {model_key} takes {max_references}",
            references=count,
            model_key=model.key,
            max_references=model.max_references or "none",
        )
        key = "references" if prompt.references else characters.KEY
        raise Unfit(problem(prompt, key, message, t("remove some, or name another model")))
    if ordering := _ordering(choice, prompt, preset):
        raise ordering
    if most is not None and (size := len(final_text(prompt, preset))) > most:
        added = "" if prompt.source else t(" with the channel's style and suffix")
        message = t(
            "the text has {size:,} characters{added}, {model_key} takes {most:,}",
            size=size,
            added=added,
            model_key=model.key,
            most=most,
        )
        raise Unfit(problem(prompt, "prompt", message, t("shorten it, or name another model")))


def _ordering(choice: Choice, prompt: Prompt, preset: Preset) -> Unfit | None:
    """What is wrong with a text that the provider would carry out instead of drawing it; None when all is right."""
    orders = api(choice.model.api).orders
    if orders is None or not orders(final_text(prompt, preset)):
        return None
    do = t("take it out, or say it in words; a comma does for |")
    for step, own in (("prompt", prompt.prompt), ("negative_prompt", prompt.negative_prompt or "")):
        if piece := orders(own):
            return Unfit(problem(prompt, step, _executed(piece, choice), do))
    for steps, said in channel_texts(preset):
        if piece := orders(said):
            return Unfit(problem_at(preset.file, steps, _executed(piece, choice), do))
    return Unfit(problem(prompt, "prompt", _executed(orders(final_text(prompt, preset)), choice), do))


def _executed(piece: str, choice: Choice) -> str:
    return t(
        "found {piece}, which servers of {model_key} carry out instead of drawing it",
        piece=shown(piece),
        model_key=choice.model.key,
    )
