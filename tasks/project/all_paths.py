"""Every folder of work that ever sent anything, as the place it is: a run, a channel's thumbnails, a slot compared."""

from pathlib import Path

from .comparison_paths import ComparisonPaths
from .paths import Paths
from .run_paths import RunPaths
from .thumbnail_paths import ThumbnailPaths

_KINDS: dict[str, type[RunPaths]] = {"thumbnails": ThumbnailPaths, "compare": ComparisonPaths}


def paths_of(paths: Paths, folder: Path) -> RunPaths:
    """The place that a folder of `Places.with_manifest` is."""
    return _KINDS.get(folder.relative_to(paths.workspaces).parts[0], RunPaths)(folder, paths.again)


def all_paths(paths: Paths) -> list[RunPaths]:
    """In the order of their folders."""
    return [paths_of(paths, folder) for folder in paths.with_manifest()]
