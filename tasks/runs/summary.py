"""A quick look at finished runs: is there anything left to do? Reads what the last command checked; imports little.

This is the path of a run with nothing to do, so it must feel instant for 100,000 pictures. Whatever looks different
from what was recorded sends the command down the careful path.
"""

import contextlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..files import regular
from ..project.run_paths import RunPaths
from ..text.sentences import counted, t
from . import glimpse, results
from .glimpse import UNREADABLE


@dataclass(frozen=True)
class Summary:
    """One run: owed when something is left to do; counts of prompts by what became of them last.

    read_at: when what decides about its pictures was read, UTC; None when nobody wrote it down.
    unsure: pictures lie there that no line explains: a person's, or half of one of ours. Only who opens them knows.
    """

    run: str
    owed: bool
    pictures: int
    failed: int
    read_at: str | None = None
    unsure: bool = False


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
        """Also that no picture needs to be looked into before that can be said."""
        return not any(each.owed or each.unsure for each in self.all())

    def forget(self) -> None:
        self._seen = None


def summary(paths: RunPaths) -> Summary:
    """Look at one run's manifest, results and image sizes."""
    try:
        told, lines = glimpse.peek(paths.manifest), list(results.peek(paths.results))
        last, images = results.latest(lines), {line.image: line.image_bytes for line in lines if line.image}
        failed = [paths.image_name(name) for name, line in last.items() if not line.is_picture]
        sizes = _sizes(paths, {*images, *failed})
        same = _unchanged(paths, told.references)
        is_done = told.is_ours and told.complete and told.run == paths.name
        there = images.items() <= sizes.items()
        strange = not there or any(name in sizes and name not in images for name in failed)
        unsure = is_done and same and images.keys() <= sizes.keys() and strange
        owed = not is_done or not same or not there
        return Summary(paths.name, owed, len(last) - len(failed), len(failed), told.read_at, unsure)
    except UNREADABLE:
        return Summary(paths.name, True, 0, 0)


def _unchanged(paths: RunPaths, references: dict[str, list[int]]) -> bool:
    """Whether the pictures that prompts refer to are those that were looked at last."""
    stats = {name: os.stat(paths.folder / name) for name in references}  # noqa: PTH116 - a path object costs more
    return all([about.st_size, about.st_mtime_ns] == references[name] for name, about in stats.items())


def _sizes(paths: RunPaths, images: Iterable[str]) -> dict[str, int]:
    """Size of every file in the folders of the pictures; one listing per folder, no reading."""
    sizes: dict[str, int] = {}
    for folder in {image.rpartition("/")[0] for image in images}:
        with contextlib.suppress(FileNotFoundError), os.scandir(paths.folder / folder) as entries:
            sizes |= {f"{folder}/{entry.name}": entry.stat().st_size for entry in entries}
    return sizes


def all_there(glances: list[Summary], kind: str = "runs") -> str:
    """One line for a command that found nothing to do. kind: what several of them are called."""
    pictures = sum(each.pictures for each in glances)
    runs = f"{len(glances)} {kind}" if len(glances) > 1 else glances[0].run
    there = "the 1 picture is" if pictures == 1 else f"all {counted(pictures, 'picture')} are"
    return t("{runs}: {there} there; nothing was sent", runs=runs, there=there)


def usage_is_behind(paths: RunPaths) -> bool:
    """Whether usage.csv is not what `stages/usage` left of these results: the command was stopped between the two, or
    somebody wrote into it since.

    Earlier versions left it newer than the results, and the page over them newer still.
    """
    results, usage = _written(paths.results), _written(paths.usage)
    if results is None or usage == results:
        return False
    return usage is None or usage < results or usage > (_written(paths.gallery) or 0)


def _written(path: Path) -> int | None:
    try:
        return path.stat().st_mtime_ns
    except regular.NOT_THERE:
        return None
