"""Codes that meant another model in an older studio's files: each said once, so that no other picture surprises."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from ..catalog.catalog import Catalog
from ..files import regular
from ..files.overrides import problem_at
from ..files.problem import Problem, pointer, shown
from ..files.schema import line_of
from ..text.sentences import t
from . import prompts, templates
from .prompts import RunPrompts


class Use(NamedTuple):
    """A code where a file names it. at: the place, without words."""

    code: str
    at: Problem


def in_presets(catalog: Catalog, channels: Collection[str] | None = None) -> Iterator[Use]:
    """Channels' codes; those that both studios have only where the channel has keys of the older one's program.

    channels: of these; None: of all.
    """
    for preset in (each for each in catalog.presets.values() if channels is None or each.channel in channels):
        if preset.model_key and _is_old(catalog, preset.model_key, theirs=bool(preset.elsewhere)):
            steps = ("channels", preset.channel, "image_generation", "model_key")
            yield Use(preset.model_key, problem_at(preset.file, steps, ""))


def in_templates(catalog: Catalog, path: Path, channels: Collection[str] | None = None) -> Iterator[Use]:
    """Codes of thumbnails' templates, as far as `path` can be read. channels: of these; None: of all."""
    read = templates.check_templates(path)[0] if regular.there(path) else None
    for template in (each for found in read.channels.values() for each in found) if read else ():
        if channels is not None and template.channel not in channels:
            continue
        if template.image_model_key and _is_old(catalog, template.image_model_key):
            yield Use(template.image_model_key, templates.problem(template, "image_model_key", ""))


def in_prompts(catalog: Catalog, run: RunPrompts) -> Iterator[Use]:
    """Codes of a run and of its prompts."""
    if run.slot and _is_old(catalog, run.slot):
        yield Use(run.slot, Problem(run.file, line_of(run.file, ("slot",)), pointer(("slot",)), ""))
    for prompt in run.prompts:
        if prompt.slot and _is_old(catalog, prompt.slot, theirs=prompt.source is not None):
            yield Use(prompt.slot, prompts.problem(prompt, "slot", ""))


def _is_old(catalog: Catalog, code: str, *, theirs: bool = False) -> bool:
    """Whether it is certainly meant as there: an alias is written nowhere but in older files."""
    slot = catalog.slots.get(code)
    return slot is not None and code in slot.formerly and (theirs or code != slot.code)


def problems(catalog: Catalog, uses: Iterable[Use]) -> Iterator[Problem]:
    """One warning a code, at the first place that names it."""
    places: dict[str, list[Problem]] = {}
    for use in uses:
        places.setdefault(use.code, []).append(use.at)
    for code, found in places.items():
        slot = catalog.slots[code]
        then, now = catalog.models[slot.formerly[code]], catalog.models[slot.model_key]
        message = t(
            "{code} meant {then}{ended} in the older studio's files; here it is {slot} = {key} ({now}), {lane}{more}",
            code=shown(code),
            then=then.name,
            ended=t(" (shut down on {day})", day=then.ended_on) if then.ended_on else "",
            slot=slot.code,
            key=now.key,
            now=now.name,
            lane=slot.lane,
            more=t("; so in {places:more place}", places=len(found) - 1) if len(found) > 1 else "",
        )
        do = t("leave it if that model is right; else name another slot of configs/image_model_slots.yaml there")
        yield replace(found[0], message=message, do=do, warning=True)
