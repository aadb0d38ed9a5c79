"""`doit validate`: every config and prompts file by its schema, then one against the other. No network, no key."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from tasks import catalog as catalogs
from tasks import overrides, schema
from tasks import prompts as prompt_files
from tasks.catalog import Unfit
from tasks.configs import Catalog, read_catalog
from tasks.errors import BadInput
from tasks.lifecycle import farewell
from tasks.places import CHANNEL, RUN_NUMBER, Places, RunPlace
from tasks.presets import Preset
from tasks.problem import Problem, bad_input, pointer, shown
from tasks.prompts import Prompt, RunPrompts, check_prompts

RENAME = "rename the folder, or move it out of workspaces/video/runs"


def run(places: Places, today: date | None = None) -> list[Problem]:
    """Everything wrong (and, with `warning` set, everything soon wrong) with what people wrote, each thing once.

    today: from when the days of deprecated models are counted; the current day (UTC) when not given.
    """
    catalog, found = read_catalog(places)
    found += _budget(places, catalog)
    if catalog:
        found += _presets(catalog, today or datetime.now(UTC).date())
    for folder in _run_folders(places):
        found += _run(places, catalog, folder)
    return list(dict.fromkeys(found))


def tell(places: Places) -> None:
    """Print what `run` finds: warnings, or that all is right. Raises BadInput with every error."""
    found = run(places)
    for problem in found:
        if problem.warning:
            print(f"warning: {problem}")  # noqa: T201 - the person reads it
    if errors := [problem for problem in found if not problem.warning]:
        raise bad_input(errors)
    runs = len(_run_folders(places))
    print(f"{len(places.configs)} configs and {runs} run{'' if runs == 1 else 's'} are right")  # noqa: T201


def _budget(places: Places, catalog: Catalog | None) -> Iterator[Problem]:
    data, found = overrides.problems(places.budget, "budget")
    yield from found
    for channel in data.get("channels", {}) if data and catalog else ():
        if catalog and channel not in catalog.presets:
            steps = ("channels", channel)
            message = f"found {shown(channel)}, which is not in configs/channel_presets.json"
            yield overrides.problem_at(places.budget, steps, message)


def _presets(catalog: Catalog, today: date) -> Iterator[Problem]:
    """Channels whose model is unknown, gone or going, or cannot make the channel's pictures, runs or no runs."""
    for preset in catalog.presets.values():
        try:
            choice = catalogs.resolve(catalog, preset, RunPrompts(preset.file, None, ()), _NOBODY, lane=None)
        except Unfit as error:
            yield error.problem
        else:
            yield from _going(choice.model, preset, today)


_NOBODY = Prompt("0000", "", Path())


def _going(model: catalogs.Model, preset: Preset, today: date) -> Iterator[Problem]:
    steps = ("channels", preset.channel, "image_generation", "model_key")
    if message := farewell(model, today):
        line = schema.line_of(preset.file, steps)
        yield Problem(preset.file, line, pointer(steps), message, "name another slot in good time", warning=True)


def _run_folders(places: Places) -> list[Path]:
    if not places.runs.is_dir():
        return []
    return sorted(each for each in places.runs.iterdir() if each.is_dir() and not each.name.startswith("."))


def _run(places: Places, catalog: Catalog | None, folder: Path) -> Iterator[Problem]:
    """One run folder: its name, its prompts, and whether every picture can be made as asked."""
    channel, dash, number = folder.name.partition("-")
    if not (dash and CHANNEL.fullmatch(channel) and RUN_NUMBER.fullmatch(number)):
        yield Problem(folder, None, "", "is not the name of a run, expected <channel>-<number> like CH01-251", RENAME)
        return
    place = RunPlace(folder)
    if not place.prompt_files():
        yield Problem(folder, None, "", "has no prompts.json, .csv or .tsv", "write one, or remove the folder", True)
    elif catalog:
        yield from _prompts(catalog, place)
    elif (folder / "prompts.json").is_file():
        yield from check_prompts(place, Preset(channel, places.presets))[1]


def _prompts(catalog: Catalog, place: RunPlace) -> Iterator[Problem]:
    try:
        preset = catalog.preset(place.channel)
    except BadInput as error:
        yield Problem(place.folder, None, "", error.what, error.do)
        return
    prompts, found = check_prompts(place, preset)
    yield from found
    if prompts:
        yield from _unfit(catalog, preset, prompts)
        for prompt in prompts.prompts:
            yield from _references(place, prompt) if prompt.references else ()


def _unfit(catalog: Catalog, preset: Preset, run_prompts: RunPrompts) -> Iterator[Problem]:
    """What cannot be made. Prompts that say nothing themselves share one answer, given once."""
    settled = False
    for prompt in run_prompts.prompts:
        alone = bool(prompt.slot or prompt.aspect_ratio or prompt.image_size)
        if prompt.skip or (settled and not alone):
            continue
        try:
            catalogs.resolve(catalog, preset, run_prompts, prompt)
        except Unfit as error:
            settled = settled or (not alone and error.problem.path != run_prompts.file)
            yield error.problem


def _references(place: RunPlace, prompt: Prompt) -> Iterator[Problem]:
    inside = place.folder.resolve()
    for reference in prompt.references:
        target = (place.folder / reference).resolve()
        if not target.is_relative_to(inside):
            yield prompt_files.problem(
                prompt, "references", f"{shown(reference)} leads out of the run's folder", "copy it there"
            )
        elif not target.is_file():
            yield prompt_files.problem(
                prompt, "references", f"there is no file {shown(reference)}", "put it there, or correct it"
            )
