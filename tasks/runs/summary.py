"""A quick look at finished runs: is there anything left to do? Reads what the last command checked; imports little.

This is the path of a run with nothing to do, so it must feel instant for 100,000 pictures. Whatever looks different
from what was recorded sends the command down the careful path.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..project.run_paths import RunPaths
from ..text.sentences import counted, t
from . import glimpse, results
from .glimpse import UNREADABLE


@dataclass(frozen=True)
class Summary:
    """One run: owed when something is left to do; counts of prompts by what became of them last.

    read_at: when what decides about its pictures was read, UTC; None when nobody wrote it down.
    """

    run: str
    owed: bool
    pictures: int
    failed: int
    read_at: str | None = None


class Summaries:
    """Looks at every run once; `forget` after anything was changed."""

    def __init__(self, runs: Iterable[RunPaths]) -> None:
        self.runs = list(runs)
        self._seen: list[Summary] | None = None

    def all(self) -> list[Summary]:
        if self._seen is None:
            self._seen = [summary(paths) for paths in self.runs]
        return self._seen

    def nothing_owed(self) -> bool:
        return not any(each.owed for each in self.all())

    def forget(self) -> None:
        self._seen = None


def summary(paths: RunPaths) -> Summary:
    """Look at one run's manifest, results and image sizes."""
    try:
        told, lines = glimpse.peek(paths.manifest), list(results.peek(paths.results))
        last, images = results.latest(lines), {line.image: line.image_bytes for line in lines if line.image}
        same = _unchanged(paths, told.references)
        is_done = told.is_ours and told.complete and told.run == paths.name
        owed = not is_done or not same or not _all_there(paths, images)
        pictures = sum(line.is_picture for line in last.values())
        return Summary(paths.name, owed, pictures, len(last) - pictures, told.read_at)
    except UNREADABLE:
        return Summary(paths.name, True, 0, 0)


def _unchanged(paths: RunPaths, references: dict[str, list[int]]) -> bool:
    """Whether the pictures that prompts refer to are those that were looked at last."""
    stats = {name: os.stat(paths.folder / name) for name in references}  # noqa: PTH116 - a path object costs more
    return all([about.st_size, about.st_mtime_ns] == references[name] for name, about in stats.items())


def _all_there(paths: RunPaths, images: Mapping[str, int | None]) -> bool:
    """Whether every recorded picture lies there in its recorded size; one listing per folder, no reading."""
    sizes: dict[str, int] = {}
    for folder in {image.rpartition("/")[0] for image in images}:
        with os.scandir(paths.folder / folder) as entries:
            sizes |= {f"{folder}/{entry.name}": entry.stat().st_size for entry in entries}
    return images.items() <= sizes.items()


def all_there(glances: list[Summary], kind: str = "runs") -> str:
    """One line for a command that found nothing to do. kind: what several of them are called."""
    pictures = sum(each.pictures for each in glances)
    runs = f"{len(glances)} {kind}" if len(glances) > 1 else glances[0].run
    there = "the 1 picture is" if pictures == 1 else f"all {counted(pictures, 'picture')} are"
    return t("{runs}: {there} there; nothing was sent", runs=runs, there=there)
