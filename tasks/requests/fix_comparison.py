"""What a comparison holds: the prompts of a run, fixed under a name, and the slots that make them."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from ..catalog.catalog import Catalog
from ..catalog.presets import Preset
from ..project.comparison_paths import ComparisonPaths, folder
from ..project.paths import Paths
from ..project.run_paths import RunPaths
from ..project.settings import KEPT, Settings
from ..prompts import run_prompts
from ..prompts.prompts import Prompt, RunPrompts, filled, final_text, meant
from ..text.errors import BadInput
from ..text.sentences import t
from . import comparison as compare_file
from .comparison import ComparedPicture, ComparedPrompt, Comparison
from .folding import folded
from .resolve import resolve
from .sources import comparison_specs, pictures


class ComparedRun(NamedTuple):
    """The run whose prompts are compared: those that were chosen, and what a comparison keeps of each."""

    run: RunPrompts
    prompts: list[Prompt]
    kept: dict[str, ComparedPrompt]


def fixed(paths: Paths, catalog: Catalog, settings: Settings, now: str) -> list[ComparisonPaths]:
    """The folders of the comparison that NAME= names, one for each slot, after its file was made or had slots added.

    Raises BadInput for anything that cannot be, or that would make it another comparison; then nothing is written.
    now: UTC ISO 8601.
    """
    assert settings.name
    where = folder(paths, settings.name)
    known = compare_file.read(where)
    run = _run(paths, settings)
    source = _source(catalog, run, settings.ids) if run else None
    if known is None:
        comparison = _new(catalog, settings, run, source, now)
    else:
        if run and source:
            _check_same(where, known, run, source, settings)
        more = [slot for slot in settings.slots if slot not in known.slots]
        comparison = replace(known, slots=(*known.slots, *more))
        for slot in comparison.slots:
            comparison_specs(comparison, ComparisonPaths(where / slot), catalog)
    compare_file.save(where, comparison)
    return [ComparisonPaths(where / slot, paths.again) for slot in comparison.slots]


def _run(paths: Paths, settings: Settings) -> RunPaths | None:
    if settings.channel and settings.run:
        return paths.selection(settings.channel, settings.run)[0]
    if settings.channel or settings.ids:
        raise BadInput(
            "a comparison takes its prompts from one run, and none is named",
            "{command} CH=CH01 RUN=251{more}",
            more=settings.as_typed("IDS", *KEPT),
            command=_command(settings),
        )
    return None


def _command(settings: Settings) -> str:
    return t(
        "doit compare NAME={settings} SLOTS={slots}",
        settings=settings.name,
        slots=",".join(settings.slots) or "g-1,i-1,f-1",
    )


def _source(catalog: Catalog, paths: RunPaths, ids: Sequence[str]) -> ComparedRun:
    preset = catalog.preset(paths.channel)
    run = run_prompts.read(paths, catalog, preset)
    there = {prompt.id: prompt for prompt in run.prompts if not prompt.skip}
    names = list(dict.fromkeys(meant(paths, list(there), given) for given in ids)) or list(there)
    kept = {name: _compared(catalog, paths, preset, there[name]) for name in names}
    return ComparedRun(run, [there[name] for name in names], kept)


def _compared(catalog: Catalog, source: RunPaths, preset: Preset, prompt: Prompt) -> ComparedPrompt:
    return ComparedPrompt(
        id=prompt.id,
        prompt=filled(prompt.prompt, prompt, preset),
        text=final_text(prompt, preset),
        aspect_ratio=prompt.aspect_ratio or preset.aspect_ratio,
        image_size=prompt.image_size or preset.image_size,
        references=tuple(
            ComparedPicture(Path(os.path.relpath(each.path, catalog.paths.workspaces)).as_posix(), each.sha256)
            for each in pictures(source, catalog, preset, prompt)
        ),
    )


def _new(
    catalog: Catalog, settings: Settings, run: RunPaths | None, source: ComparedRun | None, now: str
) -> Comparison:
    """Every slot can make every prompt, or it is said with the lines of the run's own files."""
    if run is None or source is None or not source.prompts or not settings.slots:
        raise BadInput(
            "there is no comparison {settings} yet; a new one needs slots and a run",
            "{command} CH=CH01 RUN=251 (IDS=3,7 for some of its prompts)",
            settings=settings.name,
            command=_command(settings),
        )
    assert settings.name
    preset = catalog.preset(run.channel)
    for slot in settings.slots:
        for prompt in source.prompts:
            resolve(catalog, preset, source.run, prompt, command_line=slot, variable="SLOTS")
    return Comparison(settings.name, run.name, now, settings.slots, tuple(source.kept.values()))


def _as_seen(prompts: Mapping[str, ComparedPrompt]) -> dict[str, ComparedPrompt]:
    return {name: replace(each, prompt=folded(each.prompt), text=folded(each.text)) for name, each in prompts.items()}


def _check_same(where: Path, known: Comparison, run: RunPaths, source: ComparedRun, settings: Settings) -> None:
    """The prompts under a name never change: pictures of different texts side by side would say nothing."""
    now, then = source.kept, {prompt.id: prompt for prompt in known.prompts}
    if not settings.ids:
        now = {name: kept for name, kept in now.items() if name in then}
    if run.name == known.run and _as_seen(now) == _as_seen(then):
        return
    what = t("{where} holds other prompts than {run} has now", where=where / compare_file.NAME, run=run.name)
    more = settings.as_typed(*KEPT)
    do = t(
        "{same} goes on with the old ones; {other} compares the new ones",
        same=f"doit compare NAME={known.name}{more}",
        other=_command(replace(settings, name=f"{known.name}-2")) + settings.as_typed("CH", "RUN", "IDS") + more,
    )
    raise BadInput(what, do)
