"""The gallery stage: results.jsonl, review.json -> gallery.html and the pages over it."""

import contextlib
from collections.abc import Sequence
from functools import partial

from ..files import atomic
from ..project.run_paths import RunPaths
from ..requests import takes_file
from ..runs.run import Run
from ..session.session import Session
from ..text import clock
from ..text.errors import BadInput
from ..views.pages import channel_index, gallery
from ..views.pages.gallery_data import looked_at, page
from .lettering import draw_texts


def mark_shown(run: Run, now: str) -> None:
    """After a gallery was written: the takes that it shows are no open orders any more. now: UTC ISO 8601."""
    found = dict(run.takes)
    for request in run.wanted:
        line, its = run.lines.shown.get(request.prompt_id), found.get(request.prompt_id)
        if its and line and line.digest in request.digests:
            found[request.prompt_id] = its.shown(run.numbers[request.digest], now)
    for request in run.beside:
        if run.images.take_file(request.prompt_id, number := run.numbers[request.digest]).is_file():
            found[request.prompt_id] = found[request.prompt_id].shown(number, now)
    if found != run.takes:
        # Everything is done by now: to fail here would make a person repeat the order, and buy a further picture.
        with contextlib.suppress(OSError):
            takes_file.save(run.paths.folder, takes_file.read(run.paths.folder) | found)
            run.takes = found


def write_galleries(session: Session, runs: Sequence[RunPaths]) -> None:
    """gallery.html and the previews of every run, the page over all runs of each channel, then which takes were shown.

    The last comes last: as long as it is not said, the same retake goes on with its order and buys no further picture.
    """
    drawn = [run for run in session.runs.own(runs) if _drawn(session, run)]
    for channel in sorted({paths.channel for paths in runs if paths.index}):
        channel_index.write(session.paths, channel, channel_index.name_of(session.catalog, channel))
    for run in drawn:
        mark_shown(run, clock.now())


def _drawn(session: Session, run: Run) -> bool:
    """Write one gallery; False, with the reason noted, when a file that it shows cannot be read."""
    try:
        sheet = looked_at(run, page(run), lettered=partial(draw_texts, session.log, run))
        atomic.write_if_new(run.paths.gallery, gallery.render(sheet))
    except BadInput as stop:
        session.log.trouble(
            run.paths.name, "its gallery was not drawn anew: {what}", "{do}", what=stop.what, do=stop.do
        )
        return False
    return True
