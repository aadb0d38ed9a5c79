"""What doit runs for `doit retake`: order or pick, then the stages for these pictures alone."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ..driver.action import action, heard
from ..project.paths import Paths
from ..project.run_paths import RunPaths
from ..project.settings import Settings
from ..text.wording import counted

if TYPE_CHECKING:
    from ..session.session import Session


@action
def retake(paths: Paths, settings: Settings, runs: list[RunPaths]) -> None:
    """Make pictures of one run again, put earlier ones back (PICK=), or say which are marked NG."""
    _retake(paths, settings, _one(settings, runs))


@action
def retake_thumbnails(paths: Paths, settings: Settings, found: Sequence[RunPaths]) -> None:
    """The same for thumbnails of one channel, named by IDS=251-bold."""
    from ..errors import BadInput

    if settings.channel is None or len(found) != 1 or not settings.ids or settings.run:
        what = "thumbnails are made again one channel at a time, by their names"
        raise BadInput(what, "doit thumbnails CH=CH01 IDS=251-bold (IDS=NG: all that are marked NG), without RUN=")
    _retake(paths, settings, found[0])


def _retake(paths: Paths, settings: Settings, run_paths: RunPaths) -> None:
    from ..errors import BadInput
    from ..session.session import Session

    names = list[str]()
    session = Session(paths, replace(settings, slot=None), lambda name: name in names, alone=True)
    if settings.pick and (settings.slot or not settings.ids):
        what = "PICK= puts a picture back that is there: it takes IDS= and no SLOT="
        raise BadInput(what, f"{run_paths.retake} IDS={','.join(settings.ids) or '3'} PICK={settings.pick}")
    if not settings.ids:
        _offer(session, run_paths)
        return
    with heard(session):
        _make(session, settings, run_paths, names)


def _make(session: "Session", settings: Settings, paths: RunPaths, names: list[str]) -> None:
    from ..session import outcome
    from ..stages import fetch, gallery, request, submit, usage
    from .retake import chosen, order, pick

    command = f"{paths.retake} IDS={','.join(settings.ids)}"
    session.lock(paths)
    run = session.open([paths])[0]
    names += chosen(run, settings.ids)
    if not names:
        session.say(_no_marks(paths))
        return
    if settings.pick:
        pick(session, run, names, settings.pick)
    else:
        order(session, run, names, settings.slot)
        command += f" SLOT={settings.slot}" if settings.slot else ""
    request.write_requests(session, [paths])
    submit.submit(session, session.open([paths]))
    fetch.fetch(session, [paths])
    usage.write_usage(session, [paths])
    gallery.write_galleries(session, [paths])
    outcome.tell(session, session.open([paths]), command)


def _one(settings: Settings, runs: list[RunPaths]) -> RunPaths:
    from ..errors import BadInput

    if settings.run is None or len(runs) != 1:
        raise BadInput(
            "doit retake is about single pictures of one run, and none is named",
            "doit retake CH=CH01 RUN=251 IDS=3,7 (IDS=NG: all that are marked NG)",
        )
    return runs[0]


def _offer(session: "Session", paths: RunPaths) -> None:
    """Say which pictures are marked NG, and the command that makes them again."""
    from .retake import marked

    names = marked(session.read(paths))
    if names:
        session.say(f"{paths.name}: {counted(len(names), 'picture')} marked NG: {', '.join(names)}")
        session.say(f"  -> {paths.retake} IDS=NG (SLOT=i-1 for a picture now), or IDS={','.join(names)}")
    else:
        session.say(_no_marks(paths))


def _no_marks(paths: RunPaths) -> str:
    do = f"mark pictures in: doit review; or name them: {paths.retake} IDS=3,7"
    return f"{paths.name}: nothing is marked NG\n  -> {do}"
