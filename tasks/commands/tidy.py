"""`doit tidy`: pictures of runs that were finished before a day make room, when the store gives them back for nothing.

Without APPLY=1 nothing is removed, and sizes tell what could be. With it, every picture and its twin in the store are
read to the last byte first. `doit visual` with RUN= brings the pictures of a run back.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from ..project.all_paths import all_paths
from ..project.paths import Paths
from ..project.run_paths import RunPaths
from ..project.settings import Settings
from ..runs import glimpse, results
from ..runs.complete import is_owed
from ..runs.glimpse import UNREADABLE
from ..runs.run import Run
from ..session.session import Session
from ..stages.gallery import write_galleries
from ..stages.tidy import Tidied, remove, sorted_out
from ..text.errors import BadInput
from ..text.wording import few


def run(paths: Paths, settings: Settings) -> None:
    """Show what can go of each run, and with APPLY=1 remove it. Raises BadInput without BEFORE=, Stop when a run is
    held by another command."""
    if settings.before is None:
        raise BadInput(
            "doit tidy is about runs that were finished before a day, and none is named",
            "doit tidy CH={channel} BEFORE=2026-10-01",
            channel=settings.channel,
        )
    with Session(paths, settings) as session:
        old = [run for run in paths.sorted_selection(settings.channel, settings.run).worked if _is_old(run, settings)]
        if not old:
            asked = {"channel": settings.channel, "before": settings.before}
            session.log.say("no run of CH={channel} was finished before {before}", **asked)
            return
        used = frozenset(_used(session))
        opened = session.runs.own(old) if settings.apply else list(session.runs.each(old, session.runs.read))
        _tell(session, [found for each in opened if (found := _tidied(session, each, used))])


def _is_old(run: RunPaths, settings: Settings) -> bool:
    """Whether its last answer came before the day; never where nothing came, or results cannot be read."""
    try:
        times = [line.finished_at or line.submitted_at or "9999" for line in results.peek(run.results)]
    except UNREADABLE:
        return False
    return bool(times) and max(times) < str(settings.before)


def _used(session: Session) -> Iterator[Path]:
    """The pictures that prompts and channels refer to, wherever they lie."""
    root = session.paths.workspaces
    for preset in session.catalog.presets.values():
        own = (each for character in preset.characters.values() for each in character.references)
        yield from (root / name for name in (*preset.references, *own))
    for place in all_paths(session.paths):
        with contextlib.suppress(*UNREADABLE):
            yield from map(place.at, glimpse.peek(place.manifest).references)


def _tidied(session: Session, run: Run, used: frozenset[Path]) -> Tidied | None:
    """What becomes of one run, done with APPLY=1; None for one that is not finished, after saying so."""
    if run.theirs or not run.manifest.complete or is_owed(run):
        where = {"run": run.paths.name, "command": run.paths.command}
        session.log.say("{run}: not finished, so its pictures stay; {command}", **where)
        return None
    own = {reference.path for request in run.wanted for reference in request.references}
    found = sorted_out(run, used | own, verify=session.settings.apply)
    if found.going and session.settings.apply:
        remove(found)
    return found


def _tell(session: Session, found: list[Tidied]) -> None:
    for each in found:
        if each.going:
            what = {"run": each.run.paths.name, "count": len(each.going), "size": each.bytes / 1e6}
            session.log.say("{run}: {count:picture}, {size:,.1f} MB", **what)
        for why in dict.fromkeys(why for _, why in each.stays):
            names = few([name for name, reason in each.stays if reason == why])
            session.log.say("{run}: {names} stays: {why}", run=each.run.paths.name, names=names, why=why)
    going = [each for each in found if each.going]
    count, size = sum(len(each.going) for each in going), sum(each.bytes for each in going) / 1e6
    asked = session.settings.as_typed("CH", "RUN", "BEFORE")
    if not going:
        session.log.say("nothing to remove")
    elif session.settings.apply:
        write_galleries(session, [each.run.paths for each in going])
        session.log.say(
            "{count:picture} removed, {size:,.1f} MB; a run's come back for $0: {command}",
            count=count,
            size=size,
            command=going[0].run.paths.plain_command,
        )
    else:
        session.log.say(
            "{count:picture}, {size:,.1f} MB: nothing was removed; to remove what the store has to the last byte: "
            "doit tidy{asked} APPLY=1",
            count=count,
            size=size,
            asked=asked,
        )
