"""`doit validate`: every config and prompts file by its schema, then one against the other. No network, no key."""

import contextlib
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from ..catalog import model, shipped
from ..catalog.catalog import Catalog, load_catalog, read_catalog
from ..catalog.foreign_sources import read_sources
from ..catalog.lifecycle import disputed, farewell
from ..catalog.presets import Preset
from ..files import overrides, regular, schema
from ..files.problem import Problem, Steps, bad_input, shown, warnings
from ..project.all_paths import all_paths
from ..project.names import EVERY, RunName
from ..project.paths import Paths
from ..project.run_paths import RunPaths, unread_files
from ..project.settings import Settings
from ..project.thumbnail_paths import waiting, waiting_lines
from ..prompts import old_codes, run_prompts
from ..prompts import prompts as prompt_files
from ..prompts.old_codes import Use
from ..prompts.prompts import Prompt, RunPrompts, check_prompts
from ..requests import comparison, orders_file, reading_notes, references, takes_file, thumbnail_problems
from ..requests import resolve as catalogs
from ..requests.resolve import Unfit
from ..runs import glimpse, places, results
from ..runs.glimpse import UNREADABLE
from ..runs.images import intact
from ..stages import lettering, tidy
from ..text.errors import BadInput
from ..text.redaction import visible
from ..text.sentences import later, t
from ..views.pages import review_file

RENAME = later("rename the folder if it is a run; else leave it as it is")


def problems(paths: Paths, today: date | None = None) -> list[Problem]:
    """Everything wrong (and, with `warning` set, everything soon wrong) with what people wrote, each thing once.

    today: from when the days of deprecated models are counted; the current day (UTC) when not given.
    """
    catalog, found = read_catalog(paths)
    found += _budget(paths, catalog)
    found += schema.problems(paths.shared, "store")[1] if regular.there(paths.shared) else []
    uses = list[Use]()
    if catalog:
        today = today or datetime.now(UTC).date()
        found += _presets(catalog, today)
        found += _foreign(catalog)
        found += _elsewhere(catalog)
        found += thumbnail_problems.check(paths, catalog, today)
        found += lettering.problems(paths, catalog)
        uses += [*old_codes.in_presets(catalog), *old_codes.in_templates(catalog, paths.templates)]
    found += read_sources(paths)[1]
    worked = {run.name for run in paths.runs_of(EVERY)}
    for folder in _run_folders(paths):
        wrong = _run(paths, catalog, folder, uses)
        found += wrong if folder.name in worked else warnings(wrong)
    found += old_codes.problems(catalog, uses) if catalog else ()
    for place in all_paths(paths):
        found += [*_pictures(place), *tidy.lost(place, paths)]
        if type(place) is not RunPaths:
            found += places.problems(place, paths)
    said = {problem.path for problem in found}
    found += [problem for problem in _kept(paths) if problem.path not in said]
    return list(dict.fromkeys(found))


def run(paths: Paths, _: Settings) -> None:
    """Print what `problems` finds: warnings, or that all is right, and on which days of models sources differ.

    Raises BadInput with every error.
    """
    found = problems(paths)
    for problem in found:
        if problem.warning:
            print(visible(t("warning: {warning}", warning=str(problem))))  # noqa: T201 - the person reads it
    if errors := [problem for problem in found if not problem.warning]:
        raise bad_input(errors)
    there = paths.sorted_runs(EVERY)
    for line in (*there.lines, *waiting_lines(waiting(paths, None), {run.channel for run in there.waiting})):
        print(line)  # noqa: T201 - the person reads it
    runs = len(there.worked)
    count = len(thumbnail_problems.with_subjects(paths))
    thumbnails = t(", thumbnails of {count:channel}", count=count) if count else ""
    right = t(
        "{configs} configs{thumbnails} and {runs:run} are right",
        configs=len(paths.configs),
        thumbnails=thumbnails,
        runs=runs,
    )
    print(right)  # noqa: T201
    print(shipped.said(paths))  # noqa: T201
    for said in filter(None, map(disputed, load_catalog(paths).models.values())):
        print(visible(said))  # noqa: T201 - the person reads it


def _pictures(place: RunPaths) -> Iterator[Problem]:
    """Pictures that were changed in place and are whole no more: other commands look at those of a few runs only."""
    try:
        lines = list(results.shown(results.peek(place.results)).values())
    except UNREADABLE:
        return
    for path, size in ((place.at(line.image or ""), line.image_bytes) for line in lines):
        with contextlib.suppress(OSError):
            if path.stat().st_size != size and not intact(path):
                do = t("the store has it: {command}", command=place.command)
                yield Problem(path, None, "", t("this is no whole picture any more"), do)


def _kept(paths: Paths) -> Iterator[Problem]:
    """What doit itself keeps of people's choices, and people sometimes mend by hand: takes, verdicts, comparisons."""
    for path in paths.in_work_folders(takes_file.NAME):
        yield from takes_file.problems(path)
    for path in paths.in_work_folders(review_file.NAME):
        yield from schema.problems(path, "review")[1]
    for path in paths.in_work_folders(orders_file.NAME):
        yield from schema.problems(path, "orders")[1]
    for path in sorted(paths.workspaces.glob(f"compare/*/{comparison.NAME}")):
        yield from schema.problems(path, "compare")[1]


def _budget(paths: Paths, catalog: Catalog | None) -> Iterator[Problem]:
    data, found = overrides.problems(paths.budget, "budget")
    yield from found
    for channel in data.get("channels", {}) if data and catalog else ():
        if catalog and channel not in {**catalog.presets, **catalog.broken}:
            steps = ("channels", channel)
            message = t("found {channel}, which is not in configs/channel_presets.json", channel=shown(channel))
            yield overrides.problem_at(paths.budget, steps, message)


def _presets(catalog: Catalog, today: date) -> Iterator[Problem]:
    """Channels whose model is unknown, gone or going, or cannot make the channel's pictures, runs or no runs."""
    for preset in catalog.presets.values():
        try:
            choice = catalogs.resolve(catalog, preset, RunPrompts(preset.file, None, ()), _NOBODY)
        except Unfit as error:
            yield error.problem
        else:
            yield from _going(choice.model, preset, today)
        yield from prompt_files.preset_problems(preset)
        yield from _shared_references(catalog, preset, ("image_generation",), preset.references)
        for name, character in preset.characters.items():
            yield from _shared_references(catalog, preset, ("characters", name), character.references)


def _shared_references(
    catalog: Catalog, preset: Preset, within: tuple[str, ...], paths: Sequence[str]
) -> Iterator[Problem]:
    for index, reference in enumerate(paths):
        inside = prompt_files.stays_inside(reference)
        wrong = references.fault(catalog.paths.workspaces, reference, "workspaces/") if inside else OUTSIDE
        if wrong:
            steps: Steps = ("channels", preset.channel, *within, "references", index)
            yield overrides.problem_at(preset.file, steps, *wrong)


def _foreign(catalog: Catalog) -> Iterator[Problem]:
    """Keys of image_generation that somebody may count on and that we shall never have: one warning a key."""
    channels: dict[str, list[str]] = {}
    for preset in catalog.presets.values():
        for key in preset.foreign:
            channels.setdefault(key, []).append(preset.channel)
    for key, found in channels.items():
        if not _SWITCHING.search(key):
            continue
        where = t(" (so in {count} channels)", count=len(found)) if len(found) > 1 else ""
        steps = ("channels", found[0], "image_generation", key)
        why = t("model_key decides alone, nothing is chosen in its place")
        message = t("the key {key} has no effect here: {why}{where}", key=shown(key), why=why, where=where)
        yield overrides.problem_at(catalog.paths.presets, steps, message, t("correct or remove it"), warning=True)


def _elsewhere(catalog: Catalog) -> Iterator[Problem]:
    """Keys by which another program changes its pictures: one warning for all, so that "ignored" is no surprise."""
    channels: dict[str, list[str]] = {}
    for preset in catalog.presets.values():
        for key in preset.elsewhere:
            channels.setdefault(key, []).append(preset.channel)
    if not channels:
        return
    key, (first, *_) = next(iter(channels.items()))
    named = ", ".join(f"{each} ({_few(found)})" for each, found in channels.items())
    message = t("keys of another program that change its pictures are passed over here: {named}", named=named)
    do = t(
        "what pictures need of it belongs into prompts, style, prompt_suffix or negative_prompt;"
        " doit plan CH={channel} TEXT=1 shows what is sent",
        channel=first,
    )
    yield overrides.problem_at(catalog.paths.presets, ("channels", first, *key.split(".")), message, do, warning=True)


def _few(channels: list[str]) -> str:
    return ", ".join(channels) if len(channels) < 4 else t("{count:channel}", count=len(channels))


_SWITCHING = re.compile(r"fall_?back|provider|alternat|auto_?switch", re.IGNORECASE)
OUTSIDE = (later("leaves the workspaces folder"), later("use a path like video/references/CH01/monk.png"))


_NOBODY = Prompt("0000", "", Path())


def _going(model: model.Model, preset: Preset, today: date) -> Iterator[Problem]:
    steps = ("channels", preset.channel, "image_generation", "model_key")
    if message := farewell(model, today):
        yield overrides.problem_at(preset.file, steps, message, t("name another slot in good time"), warning=True)


def _run_folders(paths: Paths) -> list[Path]:
    if not paths.runs.is_dir():
        return []
    return sorted(each for each in paths.runs.iterdir() if each.is_dir() and not each.name.startswith("."))


def _run(paths: Paths, catalog: Catalog | None, folder: Path, uses: list[Use]) -> Iterator[Problem]:
    """One run folder: its name, its prompts, and whether every picture can be made as asked.

    uses: gets the older studio's codes that its prompts name.
    """
    run_paths = RunPaths(folder)
    yield from places.problems(run_paths, paths)
    if not run_paths.run_name.is_right:
        message = t("is not the name of a run, expected <channel>-<number> like CH01-251; it is passed over")
        yield Problem(folder, None, "", message, _given_back(run_paths) or RENAME, True)
    elif not run_paths.prompt_files():
        message = t("has no prompts.json, .csv, .tsv, .xlsx or .txt{others}; it is passed over", others=_nearly(folder))
        yield Problem(folder, None, "", message, t("leave it as it is; only if it is a run, write one"), True)
    elif catalog:
        yield from _two_sources(run_paths)
        yield from _prompts(catalog, run_paths, uses)
    elif not run_paths.is_foreign and _is_json(run_paths.prompt_files()[0]):
        yield from check_prompts(run_paths, Preset(run_paths.channel, paths.presets))[1]


def _is_json(path: Path) -> bool:
    return regular.there(path) and path.suffix.lower() == ".json"


def _two_sources(paths: RunPaths) -> Iterator[Problem]:
    """That a prompts file of ours is read, and another program's beside it is not."""
    if not paths.is_foreign and (others := paths.foreign_files()):
        message = t("is not read, since {file} is there", file=paths.prompt_files()[0].name)
        yield Problem(others[0], None, "", message, t("move away the one that is not meant"), warning=True)


def _given_back(paths: RunPaths) -> str:
    """What to do with a folder that holds the only records of a run: it was renamed. "" for any other."""
    try:
        run = glimpse.peek(paths.manifest).run
    except UNREADABLE:
        return ""
    if not isinstance(run, str) or not RunName.of(run).is_right or (paths.folder.parent / run).exists():
        return ""
    return t("it holds the records of {run}, which is not there: give it that name back", run=run)


def _nearly(folder: Path) -> str:
    """Files that somebody may have meant as prompts, in words."""
    near = ", ".join(shown(name) for name in unread_files(folder)[:4])
    return t(" (there is {names})", names=near) if near else ""


def _prompts(catalog: Catalog, paths: RunPaths, uses: list[Use]) -> Iterator[Problem]:
    if paths.channel in catalog.broken:
        return  # said once, at the channel
    try:
        preset = catalog.preset(paths.channel)
    except BadInput as error:
        yield Problem(paths.folder, None, "", error.what, error.do)
        return
    if paths.is_foreign and read_sources(catalog.paths)[1]:
        return  # said once, at the config
    prompts, found = run_prompts.check(paths, catalog, preset)
    yield from found
    if prompts:
        yield from reading_notes.notes(paths, catalog)
        yield from reading_notes.doubled(paths, preset, [each.prompt for each in prompts.prompts])
        uses += old_codes.in_prompts(catalog, prompts)
        yield from _unfit(catalog, preset, prompts)
        for prompt in prompts.prompts:
            yield from _references(paths, prompt) if prompt.references else ()


def _unfit(catalog: Catalog, preset: Preset, run_prompts: RunPrompts) -> Iterator[Problem]:
    """What cannot be made. Prompts that say nothing themselves share one answer, given once."""
    settled, common = False, None
    for prompt in run_prompts.prompts:
        alone = bool(prompt.slot or prompt.aspect_ratio or prompt.image_size)
        if prompt.skip or (settled and not alone):
            continue
        try:
            if common and not alone:
                catalogs.check_prompt(common, prompt, preset)
                continue
            choice = catalogs.resolve(catalog, preset, run_prompts, prompt)
            common = common if alone else choice
        except Unfit as error:
            settled = settled or (not alone and error.problem.path != run_prompts.file)
            yield error.problem


def _references(paths: RunPaths, prompt: Prompt) -> Iterator[Problem]:
    for reference in prompt.references:
        if wrong := references.fault(paths.folder, reference, t("the run's folder")):
            yield prompt_files.problem(prompt, "references", *wrong)
