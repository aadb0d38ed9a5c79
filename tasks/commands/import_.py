"""`doit import`: what another program's files hold is looked at, channel by channel; with APPLY=1 it is taken in.

Without APPLY=1 nothing is written and nobody is asked. With it, jobs of that program that may still bring pictures are
asked for once, what they made comes home, and `workspaces/.imported.json` says that the channel's pictures may be
bought. No file of that program is changed; a manifest of its own is kept under another name.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ..catalog.catalog import Catalog, load_catalog
from ..files import atomic, locks
from ..project import moved_in, thumbnail_paths
from ..project.names import EVERY
from ..project.paths import Paths
from ..project.run_paths import RunPaths
from ..project.settings import Settings
from ..prompts import old_codes, run_prompts
from ..prompts.old_codes import Use
from ..runs.left_out import BAD
from ..runs.read_run import read_run
from ..runs.run import Run
from ..session.outcome import conclude
from ..session.session import Session
from ..stages.make_way import make_way
from ..text import clock
from ..text.errors import BadInput
from ..text.redaction import visible
from ..text.sentences import t
from ..text.wording import dollars, few
from ..views.plan import Planned, planned
from ..views.plan_table import show


@dataclass(frozen=True)
class Moving:
    """The foreign places of one channel. doubled: further runs of an episode, and published ones, never made by
    themselves."""

    channel: str
    runs: tuple[RunPaths, ...]
    thumbnails: tuple[RunPaths, ...]
    doubled: tuple[RunPaths, ...]

    @property
    def places(self) -> tuple[RunPaths, ...]:
        return (*self.runs, *self.thumbnails)


def run(paths: Paths, settings: Settings) -> None:
    """Say what would be bought of each channel's foreign files; APPLY=1 takes them in. Raises Stop, BadInput."""
    moving = _moving(paths, str(settings.channel))
    if not moving:
        where = t("no channel") if settings.channel == EVERY else str(settings.channel)
        print(t("{where} holds files of another program: there is nothing to take in", where=where))  # noqa: T201
        return
    catalog = load_catalog(paths)
    if settings.apply:
        _apply(paths, settings, catalog, moving)
    else:
        _look(paths, settings, catalog, moving)


def _moving(paths: Paths, channel: str) -> list[Moving]:
    """Every channel with files of another program, of those that are asked for."""
    there = paths.sorted_runs(channel)
    runs = [each for each in (*there.worked, *there.waiting) if each.is_foreign]
    sets = thumbnail_paths.selection(paths, channel) + thumbnail_paths.waiting(paths, channel)
    sets = [each for each in sets if each.is_foreign]
    names = sorted({each.channel for each in (*runs, *sets, *there.passed_over)})
    return [Moving(name, _of(runs, name), _of(sets, name), _of(there.passed_over, name)) for name in names]


def _of(places: Iterable[RunPaths], channel: str) -> tuple[RunPaths, ...]:
    return tuple(sorted((each for each in places if each.channel == channel), key=lambda each: each.name))


def _look(paths: Paths, settings: Settings, catalog: Catalog, moving: Sequence[Moving]) -> None:
    """What would be bought and what is there, a table and a few lines a channel; nothing is written."""
    made = _planned(paths, settings, moving)
    if made:
        show(made.rows)
    for each in moving:
        for line in _lines(paths, settings, catalog, each, made):
            print(visible(line))  # noqa: T201 - the person reads it
    _codes_said(catalog, moving)
    if made:
        made.say()
    print(_next(paths, settings, moving))  # noqa: T201 - the person reads it


def _planned(paths: Paths, settings: Settings, moving: Sequence[Moving]) -> Planned | None:
    places = [place for each in moving for place in each.places]
    try:
        return planned(paths, settings, places, datetime.now(UTC).date()) if places else None
    except BAD as stop:
        print(visible(str(stop)), file=sys.stderr)  # noqa: T201 - the person reads it
        return None


def _next(paths: Paths, settings: Settings, moving: Sequence[Moving]) -> str:
    known = moved_in.channels(paths)
    if all(each.channel in known for each in moving):
        return t("taken in already; nothing was written: doit visual CH={channel}", channel=settings.channel)
    return t(
        "nothing was written; take in what stands above: doit import CH={channel} APPLY=1", channel=settings.channel
    )


def _lines(paths: Paths, settings: Settings, catalog: Catalog, moving: Moving, made: Planned | None) -> Iterator[str]:
    """What is done, would be bought, waits, is held and doubled."""
    rows = [row for row in made.rows if row.run.partition("-")[0] == moving.channel] if made else []
    missing, usd = sum(row.missing for row in rows), sum(row.cost_usd for row in rows)
    parts = [t("{count} done", count=sum(row.present + row.changed for row in rows))]
    parts += [t("{count} would be bought, about {usd}", count=missing, usd=dollars(usd))]
    waiting, held = sum(row.waiting for row in rows), sum(row.held for row in rows)
    parts += [t("{count} wait for a job of that program", count=waiting)] if waiting else []
    parts += [t("{count} held", count=held)] if held else []
    yield f"{moving.channel}: {', '.join(parts)}"
    for place in moving.runs:
        yield from _of_run(paths, settings, catalog, place)
    if moving.doubled:
        names = few([each.name for each in moving.doubled])
        yield t(
            "{channel}: {count:run} more of an episode, or finished: {names}; RUN=… makes one all the same",
            channel=moving.channel,
            count=len(moving.doubled),
            names=names,
        )


def _of_run(paths: Paths, settings: Settings, catalog: Catalog, place: RunPaths) -> Iterator[str]:
    try:
        run = read_run(place, paths, catalog, settings)
    except BAD:
        return  # said with the plan
    yield from _job(run)
    if names := [each.prompt_id for each in run.wanted if run.images.is_pointer(each)]:
        yield t("  {run}: Git LFS has not fetched {names}: git lfs pull", run=place.name, names=few(names))
    odd = [each.prompt_id for each in run.wanted if (facts := run.images.found(each)) and facts.format != "PNG"]
    if odd:
        yield t("  {run}: no PNG in spite of its name, and counts: {names}", run=place.name, names=few(odd))


def _job(run: Run) -> Iterator[str]:
    if run.theirs is None:
        return
    if run.is_theirs_open:
        yield t(
            "  {run}: {job} of {day} may still bring {count:picture}: APPLY=1 asks for it, nothing is bought before",
            run=run.paths.name,
            job=run.theirs.job,
            day=(run.theirs.created_at or "?")[:10],
            count=len(run.theirs_missing),
        )
    else:
        yield t("  {run}: all pictures of that program's job are here; it is not asked for", run=run.paths.name)


def _codes_said(catalog: Catalog, moving: Sequence[Moving]) -> dict[str, str]:
    """Say once what each old code means here; by code, the model that it means now."""
    uses = list(_uses(catalog, moving))
    for problem in old_codes.problems(catalog, uses):
        print(visible(f"{problem.message}\n  -> {problem.do}"))  # noqa: T201 - the person reads it
    return {each.code: catalog.slots[each.code].model_key for each in uses}


def _uses(catalog: Catalog, moving: Sequence[Moving]) -> Iterator[Use]:
    names = {each.channel for each in moving}
    yield from old_codes.in_presets(catalog, names)
    yield from old_codes.in_templates(catalog, catalog.paths.templates, names)
    for place in (place for each in moving for place in each.runs):
        if (preset := catalog.presets.get(place.channel)) and (found := run_prompts.check(place, catalog, preset)[0]):
            yield from old_codes.in_prompts(catalog, found)


def _apply(paths: Paths, settings: Settings, catalog: Catalog, moving: Sequence[Moving]) -> None:
    """Ask for open jobs, bring home what they made, and note that the channels are taken in."""
    with Session(paths, settings) as session, session.log.heard():
        make_way(session, [place for each in moving for place in each.runs])
        codes = _codes_said(catalog, moving)
        _note(paths, [each.channel for each in moving], codes)
        names = [each.channel for each in moving]
        session.log.say(
            "taken in: {names}; nothing was bought: doit plan CH={channel}, doit visual CH={channel}",
            names=", ".join(names),
            channel=settings.channel,
        )
        conclude(session, [], [], t("the same command again; the channels are taken in"))


def _note(paths: Paths, channels: Sequence[str], codes: dict[str, str]) -> None:
    """Write down that these channels were taken in, and which codes were said to mean what; all else there stays."""
    with locks.held(paths.lock("imported"), 60):
        data = _noted(paths)
        for channel in channels:
            about = data["channels"].setdefault(channel, {"at": clock.now()})
            if codes:
                about.setdefault("codes", {}).update(codes)
        text = json.dumps(data, ensure_ascii=False, indent=2) + "\n"
        atomic.write_if_new(paths.imported, text.encode())


def _noted(paths: Paths) -> dict[str, Any]:
    found = moved_in.note(paths)
    if found is not None and all(isinstance(each, dict) for each in found["channels"].values()):
        return found
    raise BadInput(
        "{path} is not the note of channels that were taken in",
        "restore it, or move it aside and take the channels in again",
        path=paths.imported,
    )
