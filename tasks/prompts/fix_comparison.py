"""What a comparison holds: the prompts of a run, fixed under a name, and the slots that make them."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ..catalog.catalog import Catalog
from ..catalog.presets import Preset
from ..errors import BadInput
from ..project.comparison_paths import ComparisonPaths, folder
from ..project.paths import Paths
from ..project.run_paths import RunPaths
from ..project.settings import Settings
from . import comparison as compare_file
from .comparison import ComparedPicture, ComparedPrompt, Comparison
from .prompts import Prompt, final_text, meant, read_prompts
from .resolve import resolve
from .sources import comparison_specs, pictures


def fixed(paths: Paths, catalog: Catalog, settings: Settings, now: str) -> list[ComparisonPaths]:
    """The places of the comparison that NAME= names, one for each slot, after its file was made or had slots added.

    Raises BadInput for anything that cannot be, or that would make it another comparison; then nothing is written.
    now: UTC ISO 8601.
    """
    assert settings.name
    where = folder(paths, settings.name)
    known = compare_file.read(where)
    source = _source(paths, settings)
    found = _prompts(catalog, source, settings.ids) if source else None
    if known is None:
        comparison = _new(settings, source, found, now)
        _check(catalog, source, found, comparison.slots)
    else:
        _check_same(where, known, source, found, settings)
        more = [slot for slot in settings.slots if slot not in known.slots]
        comparison = replace(known, slots=(*known.slots, *more))
        for slot in comparison.slots:
            comparison_specs(comparison, ComparisonPaths(where / slot), catalog)
    compare_file.save(where, comparison)
    return [ComparisonPaths(where / slot) for slot in comparison.slots]


def _source(paths: Paths, settings: Settings) -> RunPaths | None:
    if settings.channel and settings.run:
        return paths.selection(settings.channel, settings.run)[0]
    if settings.channel or settings.ids:
        raise BadInput(
            "a comparison takes its prompts from one run, and none is named", f"{_command(settings)} CH=CH01 RUN=251"
        )
    return None


def _command(settings: Settings) -> str:
    return f"doit compare NAME={settings.name} SLOTS={','.join(settings.slots) or 'g-1,i-1,f-1'}"


def _prompts(catalog: Catalog, source: RunPaths, ids: Sequence[str]) -> dict[str, tuple[Prompt, ComparedPrompt]]:
    preset = catalog.preset(source.channel)
    there = {prompt.id: prompt for prompt in read_prompts(source, preset).prompts if not prompt.skip}
    names = list(dict.fromkeys(meant(source, list(there), each) for each in ids)) or list(there)
    return {name: (there[name], _compared(catalog, source, preset, there[name])) for name in names}


def _compared(catalog: Catalog, source: RunPaths, preset: Preset, prompt: Prompt) -> ComparedPrompt:
    return ComparedPrompt(
        id=prompt.id,
        prompt=prompt.prompt,
        text=final_text(prompt, preset),
        aspect_ratio=prompt.aspect_ratio or preset.aspect_ratio,
        image_size=prompt.image_size or preset.image_size,
        references=tuple(
            ComparedPicture(Path(os.path.relpath(each.path, catalog.paths.workspaces)).as_posix(), each.sha256)
            for each in pictures(source, catalog, preset, prompt)
        ),
    )


def _new(
    settings: Settings, source: RunPaths | None, found: dict[str, tuple[Prompt, ComparedPrompt]] | None, now: str
) -> Comparison:
    if source is None or not found or not settings.slots:
        raise BadInput(
            f"there is no comparison {settings.name} yet; a new one needs slots and a run",
            f"{_command(settings)} CH=CH01 RUN=251 (IDS=3,7 for some of its prompts)",
        )
    assert settings.name
    return Comparison(settings.name, source.name, now, settings.slots, tuple(each for _, each in found.values()))


def _check(
    catalog: Catalog,
    source: RunPaths | None,
    found: dict[str, tuple[Prompt, ComparedPrompt]] | None,
    slots: Sequence[str],
) -> None:
    """Every slot can make every prompt; said with the lines of the run's own files."""
    assert source and found
    preset = catalog.preset(source.channel)
    run = read_prompts(source, preset)
    for slot in slots:
        for prompt, _ in found.values():
            resolve(catalog, preset, run, prompt, command_line=slot, variable="SLOTS")


def _check_same(
    where: Path,
    known: Comparison,
    source: RunPaths | None,
    found: dict[str, tuple[Prompt, ComparedPrompt]] | None,
    settings: Settings,
) -> None:
    """The prompts under a name never change: pictures of different texts side by side would say nothing."""
    if source is None or found is None:
        return
    now = {name: compared for name, (_, compared) in found.items()}
    then = {each.id: each for each in known.prompts}
    if not settings.ids:
        now = {name: each for name, each in now.items() if name in then or source.name != known.run}
    if source.name == known.run and now == then:
        return
    what = f"{where / compare_file.NAME} holds other prompts than {source.name} has now"
    same, other = f"doit compare NAME={known.name}", f"{_command(replace(settings, name=known.name + '-2'))}"
    do = f"{same} goes on with the old ones; {other} CH={settings.channel} RUN={settings.run} compares the new ones"
    raise BadInput(what, do)
