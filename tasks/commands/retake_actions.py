"""What doit runs for `doit retake`: order or pick, then the stages for these pictures alone."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ..driver.action import action, heard
from ..project.paths import Places
from ..project.run_paths import RunPlace
from ..project.settings import Settings
from ..text.wording import counted

if TYPE_CHECKING:
    from ..session.session import Session


@action
def retake(places: Places, settings: Settings, runs: list[RunPlace]) -> None:
    """Make pictures of one run again, put earlier ones back (PICK=), or say which are marked NG."""
    _retake(places, settings, _one(settings, runs))


@action
def retake_thumbnails(places: Places, settings: Settings, found: Sequence[RunPlace]) -> None:
    """The same for thumbnails of one channel, named by IDS=251-bold."""
    from ..errors import BadInput

    if settings.channel is None or len(found) != 1 or not settings.ids or settings.run:
        what = "thumbnails are made again one channel at a time, by their names"
        raise BadInput(what, "doit thumbnails CH=CH01 IDS=251-bold (IDS=NG: all that are marked NG), without RUN=")
    _retake(places, settings, found[0])


def _retake(places: Places, settings: Settings, place: RunPlace) -> None:
    from ..errors import BadInput
    from ..session.session import Session

    names = list[str]()
    session = Session(places, replace(settings, slot=None), lambda name: name in names, alone=True)
    if settings.pick and (settings.slot or not settings.ids):
        what = "PICK= puts a picture back that is there: it takes IDS= and no SLOT="
        raise BadInput(what, f"{place.retake} IDS={','.join(settings.ids) or '3'} PICK={settings.pick}")
    if not settings.ids:
        _offer(session, place)
        return
    with heard(session):
        _make(session, settings, place, names)


def _make(session: "Session", settings: Settings, place: RunPlace, names: list[str]) -> None:
    from ..session import outcome
    from ..stages import fetch, gallery, request, submit, usage
    from .retake import chosen, order, pick

    command = f"{place.retake} IDS={','.join(settings.ids)}"
    session.lock(place)
    work = session.open([place])[0]
    names += chosen(work, settings.ids)
    if not names:
        session.say(_no_marks(place))
        return
    if settings.pick:
        pick(session, work, names, settings.pick)
    else:
        order(session, work, names, settings.slot)
        command += f" SLOT={settings.slot}" if settings.slot else ""
    request.write_requests(session, [place])
    submit.submit(session, session.open([place]))
    fetch.collect(session, [place])
    usage.write_usage(session, [place])
    gallery.write_galleries(session, [place])
    outcome.tell(session, session.open([place]), command)


def _one(settings: Settings, runs: list[RunPlace]) -> RunPlace:
    from ..errors import BadInput

    if settings.run is None or len(runs) != 1:
        raise BadInput(
            "doit retake is about single pictures of one run, and none is named",
            "doit retake CH=CH01 RUN=251 IDS=3,7 (IDS=NG: all that are marked NG)",
        )
    return runs[0]


def _offer(session: "Session", place: RunPlace) -> None:
    """Say which pictures are marked NG, and the command that makes them again."""
    from .retake import marked

    names = marked(session.read(place))
    if names:
        session.say(f"{place.name}: {counted(len(names), 'picture')} marked NG: {', '.join(names)}")
        session.say(f"  -> {place.retake} IDS=NG (SLOT=i-1 for a picture now), or IDS={','.join(names)}")
    else:
        session.say(_no_marks(place))


def _no_marks(place: RunPlace) -> str:
    do = f"mark pictures in: doit review; or name them: {place.retake} IDS=3,7"
    return f"{place.name}: nothing is marked NG\n  -> {do}"
