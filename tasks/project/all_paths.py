"""Every folder of work that ever sent anything, as the place it is: a run, a channel's thumbnails, a slot compared."""

from pathlib import Path

from .comparison_paths import ComparePlace
from .paths import Places
from .run_paths import RunPlace
from .thumbnail_paths import ThumbnailPlace

_KINDS: dict[str, type[RunPlace]] = {"thumbnails": ThumbnailPlace, "compare": ComparePlace}


def place(places: Places, folder: Path) -> RunPlace:
    """The place that a folder of `Places.with_manifest` is."""
    return _KINDS.get(folder.relative_to(places.workspaces).parts[0], RunPlace)(folder)


def all_places(places: Places) -> list[RunPlace]:
    """In the order of their folders."""
    return [place(places, folder) for folder in places.with_manifest()]
