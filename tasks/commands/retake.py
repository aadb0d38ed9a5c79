"""`doit retake`: one more picture of a prompt, or several, is ordered durably before anything is sent; one is put back.

An order that no gallery has shown yet is gone on with and not repeated, so that the same command after a crash buys
nothing twice.
"""

from dataclasses import replace

from ..project.paths import Paths
from ..project.run_paths import RunPaths
from ..project.settings import Settings
from ..requests import orders_file
from ..session import outcome
from ..session.session import Session
from ..stages.gallery import write_galleries
from ..stages.make import make
from ..stages.takes_ordered import chosen, marked, order, order_placed, pick
from ..text.errors import BadInput
from ..text.sentences import t


def run(paths: Paths, settings: Settings) -> None:
    """Make pictures of one run again, put earlier ones back (PICK=), or say which are marked NG."""
    make_again(paths, settings, _one(settings, paths.selection(settings.channel, settings.run)))


def make_again(paths: Paths, settings: Settings, run_paths: RunPaths) -> None:
    """What IDS= and PICK= say, for the pictures of one run or one channel's thumbnails."""
    if settings.pick and (settings.slot or settings.takes or not settings.ids):
        raise BadInput(
            "PICK= puts a picture back that is there: it takes IDS= and neither SLOT= nor TAKES=",
            "{retake} IDS={ids} PICK={pick}",
            retake=run_paths.retake,
            ids=",".join(settings.ids) or "3",
            pick=settings.pick,
        )
    if settings.order and (settings.ids or settings.slot or settings.takes or settings.pick):
        raise BadInput(
            "ORDER= says itself which pictures are made, and how",
            "{retake} ORDER={order}",
            retake=run_paths.retake,
            order=settings.order,
        )
    session = Session(paths, replace(settings, slot=None))
    if not (settings.ids or settings.order):
        _offer(session, run_paths)
        return
    with session.log.heard():
        _make(session, settings, run_paths)


def _make(session: Session, settings: Settings, paths: RunPaths) -> None:
    session.runs.lock(paths)
    run = session.runs.one(paths)
    placed = orders_file.named(paths.folder, settings.order) if settings.order else None
    names = placed.open(run.takes) if placed else chosen(run, settings.ids)
    if not names:
        session.log.say(_over(paths) if placed else _no_marks(paths))
        return
    if placed:
        order_placed(session, run, placed)
    elif settings.pick:
        pick(session, run, names, settings.pick)
    else:
        order(session, run, names, settings.slot, settings.takes or 1)
    make(session, [paths], names)
    write_galleries(session, [paths])
    outcome.tell(session, session.runs.open([paths]), paths.command, alone=True)


def _one(settings: Settings, runs: list[RunPaths]) -> RunPaths:
    if settings.run is None or len(runs) != 1:
        raise BadInput(
            "doit retake is about single pictures of one run, and none is named",
            "doit retake CH=CH01 RUN=251 IDS=3,7 (IDS=NG: all that are marked NG)",
        )
    return runs[0]


def _offer(session: Session, paths: RunPaths) -> None:
    """Say which pictures are marked NG, and the command that makes them again."""
    names = marked(session.runs.read(paths))
    if names:
        session.log.say(
            "{run}: {pictures:picture} marked NG: {names}", run=paths.name, pictures=len(names), names=", ".join(names)
        )
        session.log.say(
            "  -> {retake} IDS=NG (SLOT=i-1 for a picture now), or IDS={names}",
            retake=paths.retake,
            names=",".join(names),
        )
    else:
        session.log.say(_no_marks(paths))


def _over(paths: RunPaths) -> str:
    return t("{run}: all of that order is there; nothing was sent", run=paths.name)


def _no_marks(paths: RunPaths) -> str:
    do = t("mark pictures in: doit review; or name them: {retake} IDS=3,7", retake=paths.retake)
    return t("{run}: nothing is marked NG\n  -> {do}", run=paths.name, do=do)
