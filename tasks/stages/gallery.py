"""The gallery stage: results.jsonl, review.json -> gallery.html and the pages over it."""

import contextlib
from collections.abc import Sequence

from ..files import atomic
from ..project.run_paths import RunPlace
from ..prompts import takes_file
from ..runs.run import RunWork
from ..session.session import Session
from ..views.pages import channel_index, gallery
from ..views.pages.gallery_data import looked_at, page


def mark_shown(work: RunWork, now: str) -> None:
    """After a gallery was written: the takes that it shows are no open orders any more. now: UTC ISO 8601."""
    found = dict(work.takes)
    for request in work.wanted:
        line, its = work.shown.get(request.prompt_id), found.get(request.prompt_id)
        if its and line and line["digest"] == request.digest:
            found[request.prompt_id] = its.shown(work.numbers[request.digest], now)
    if found != work.takes:
        # Everything is done by now: to fail here would make a person repeat the order, and buy a further picture.
        with contextlib.suppress(OSError):
            takes_file.save(work.place.folder, takes_file.read(work.place.folder) | found)
            work.takes = found


def write_galleries(session: Session, runs: Sequence[RunPlace]) -> None:
    """gallery.html and the previews of every run, the page over all runs of each channel, then which takes were shown.

    The last comes last: as long as it is not said, the same retake goes on with its order and buys no further picture.
    """
    for work in session.own(runs):
        atomic.write_if_new(work.place.gallery, gallery.render(looked_at(work, page(work))))
    for channel in sorted({place.channel for place in runs if place.index}):
        channel_index.write(session.places, channel)
    for work in session.own(runs):
        mark_shown(work, session.now())
