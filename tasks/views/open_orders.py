"""Orders of a page that are not finished: the page was closed, the power was cut, or pictures are on their way."""

from collections.abc import Iterator, Sequence

from ..project.run_paths import RunPaths
from ..requests import orders_file, takes_file
from ..text.errors import Stop
from ..text.sentences import t
from ..text.wording import few


def notes(places: Sequence[RunPaths]) -> Iterator[str]:
    """One line for each, with the command that goes on with it; also for a file that cannot be read."""
    for paths in places:
        try:
            if orders := orders_file.read(paths.folder):
                takes = takes_file.read(paths.folder)
                yield from (_said(paths, order, names) for order in orders if (names := order.open(takes)))
        except Stop as stop:
            yield stop.what.partition("\n")[0]


def _said(paths: RunPaths, order: orders_file.PlacedOrder, names: Sequence[str]) -> str:
    return t(
        "the order of {at} on the page of {name} is not finished ({names}); this goes on with it: {retake} ORDER={id}",
        at=order.at,
        name=paths.name,
        names=few(names),
        retake=paths.retake,
        id=order.id,
    )
