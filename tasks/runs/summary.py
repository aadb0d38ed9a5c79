"""A quick look at finished runs: is there anything left to do? Asks the index, or reads what the last command checked.

This is the path of a run with nothing to do, so it must feel instant for 100,000 pictures. Whatever looks different
from what was recorded sends the command down the careful path.
"""

import contextlib
import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from ..files import regular
from ..project.paths import Paths
from ..project.run_paths import RunPaths
from ..text.sentences import later, t
from ..text.wording import changed
from . import glimpse, results
from .glimpse import UNREADABLE
from .index import Index
from .index_entry import Seen, mark, sizes
from .manifest import NOTHING, Kept

MOST_LOOKED_INTO = 30
"""Of so many runs at once the size of every picture is compared each time; of more, the folders' time stamps only."""


@dataclass(frozen=True)
class Summary:
    """One run: owed when something is left to do; counts of prompts by what became of them last.

    read_at: when what decides about its pictures was read, UTC; None when nobody wrote it down.
    kept: finished pictures that were changed for the whole channel.
    unsure: pictures lie there that no line explains: a person's, or half of one of ours. Only who opens them knows.
    """

    run: str
    owed: bool
    pictures: int
    failed: int
    read_at: str | None = None
    unsure: bool = False
    references: bool = False
    """Whether its prompts refer to pictures, which have to be looked at each time."""
    seen: Seen | None = None
    """What the index knows, where this is all of it: what decides in the run was not changed since `read_at` then."""
    kept: Kept = NOTHING
    tidied: int = 0
    """Pictures that `doit tidy` removed, which the store has."""


class Summaries:
    """Looks at every run once; `forget` after anything was changed."""

    def __init__(self, runs: Iterable[RunPaths], index: Index) -> None:
        self.runs = list(runs)
        self._index = index
        self._each = len(self.runs) <= MOST_LOOKED_INTO
        self._seen: list[Summary] | None = None

    def all(self) -> list[Summary]:
        if self._seen is None:
            self._seen = [look(paths, self._index, self._each) for paths in self.runs]
        return self._seen

    def nothing_owed(self) -> bool:
        """Also that no picture needs to be looked into before that can be said."""
        return not any(each.owed or each.unsure for each in self.all())

    def nothing_new(self, decided_at: float, address: str) -> bool:
        """Whether the index knows that all stages were done for every run as it is: no file of it has to be compared.

        decided_at: when a config was changed last, in seconds. address: the provider's.
        """
        return all(is_done(each.seen, decided_at, address) for each in self.all())

    def drawn(self, decided_at: float, address: str, since: str) -> None:
        """Remember of every run without anything left to do that all its stages are done, pages and all.

        since: when the command began, UTC: all its stages compared or read what there was then.
        """
        for paths in self.runs:
            look(paths, self._index, self._each, decided_at, since)
            seen = self._index.seen(paths.folder, self._each)
            if seen and not is_done(seen, decided_at, address):
                seen = replace(seen, drawn_for=address, read_at=max(seen.read_at, since))
                if is_done(seen, decided_at, address):
                    self._index.note(paths.folder, seen)

    def forget(self) -> None:
        self._seen = None


def addresses() -> dict[str, str]:
    """The addresses of providers that are set, by the names of their variables."""
    return {name: value for name, value in sorted(os.environ.items()) if name.endswith("_BASE_URL")}


def address() -> str:
    """What tells other addresses from these, and nothing of them: they may hold what nobody should read."""
    return hashlib.blake2b(repr(addresses()).encode("utf-8", "surrogateescape"), digest_size=12).hexdigest()


def is_done(seen: Seen | None, decided_at: float, address: str) -> bool:
    """Whether all stages were done of what was seen, for that address and by the configs as they are."""
    return seen is not None and seen.drawn_for == address and not is_older(seen.read_at, decided_at)


def look(paths: RunPaths, index: Index, each_picture: bool, decided_at: float = 0.0, read_at: str = "") -> Summary:
    """The summary of a run: from the index while nothing there changed, else by a look that the index may remember.

    each_picture: as of Index.seen. decided_at: when a config was changed last, in seconds; what was read before that is
    not remembered. read_at: when it was read or compared, if later than the manifest says.
    """
    if seen := index.seen(paths.folder, each_picture):
        return Summary(paths.name, False, seen.pictures, seen.failed, seen.read_at, seen=seen, tidied=seen.tidied)
    files, folders = _files(paths), _image_folders(paths)
    marked, its_sizes = mark(paths.folder, (*files, *folders)), sizes(paths.folder, folders)  # before it is looked at
    found = summary(paths)
    is_plain = not (found.references or paths.is_foreign) and found.kept == NOTHING
    is_settled = marked and is_plain and not (found.owed or found.unsure)
    known_at = max(found.read_at or "", read_at)
    if is_settled and known_at and not is_older(known_at, max(decided_at, newest(own(paths)))):
        counts = found.pictures, found.failed
        index.note(paths.folder, Seen(marked, its_sizes, files, folders, *counts, known_at, tidied=found.tidied))
    return found


def _files(paths: RunPaths) -> tuple[str, ...]:
    """What tells of a change in a run: its folder, what it is made from, and what was made of it."""
    more = [each for name in ("takes.json", "review.json", "revisions.json") if (each := paths.folder / name).exists()]
    files = [paths.results, paths.manifest, *paths.prompt_files(), *more]
    return "", *map(paths.relative, files)


def _image_folders(paths: RunPaths) -> tuple[str, ...]:
    """The folders of its pictures: they tell of one that came or went, not of one edited in place."""
    try:
        with os.scandir(paths.images) as entries:
            inside = [Path(each.path) for each in entries if each.is_dir() and not each.name.startswith("_")]
    except OSError:
        return ()
    return tuple(map(paths.relative, (paths.images, *sorted(inside))))


def own(paths: RunPaths) -> list[Path]:
    """The files of a run that decide about its pictures."""
    return [*paths.prompt_files(), paths.folder / "takes.json", paths.folder / "revisions.json"]


def newest(paths: Iterable[Path]) -> float:
    """When one of them was last changed or put there, in seconds; a file keeps its old time stamp when it is moved."""
    latest = 0.0
    for path in paths:
        try:
            about = os.stat(path)  # noqa: PTH116 - a path object costs more
        except OSError:
            continue
        latest = max(latest, about.st_mtime, about.st_ctime)
    return latest


def is_older(read_at: str | None, changed: float) -> bool:
    """Whether what was read then is older than a change, in seconds."""
    return read_at is None or datetime.fromisoformat(read_at).timestamp() < changed


def deciding(paths: Paths) -> list[Path]:
    """The configs that decide about pictures; the folder beside them tells of an override that was taken away."""
    return [paths.models.parent, *(path for path in paths.configs if not path.name.startswith("budget."))]


def summary(paths: RunPaths) -> Summary:
    """Look at one run's manifest, results and image sizes."""
    try:
        told, lines = glimpse.peek(paths.manifest), list(results.peek(paths.results))
        last, shown = results.latest(lines), results.shown(lines).values()
        images = {line.image: line.image_bytes for line in shown if line.image}
        failed = [name for name, line in last.items() if not line.is_picture]
        places = [place for name in failed for place in paths.image_names(name)]
        sizes = _sizes(paths, {*images, *places})
        tidied = {line.image for line in shown if line.image not in sizes and _is_tidied(told, line)}
        images = {image: size for image, size in images.items() if image not in tidied}
        same = _unchanged(paths, told.references)
        is_done = told.is_ours and told.complete and told.run == paths.name
        there = images.items() <= sizes.items()
        strange = not there or any(place in sizes and place not in images for place in places)
        unsure = is_done and same and images.keys() <= sizes.keys() and strange
        is_short = not told.answered <= {(line.prompt_id, line.digest) for line in lines}  # emptied, or cut off
        owed = not is_done or not same or not there or is_short or told.kept.pointers > 0
        pictures, uses = len(last) - len(failed), bool(told.references)
        counts = pictures, len(failed), told.read_at
        return Summary(paths.name, owed, *counts, unsure, references=uses, kept=told.kept, tidied=len(tidied))
    except UNREADABLE:
        return Summary(paths.name, True, 0, 0)


def _is_tidied(told: glimpse.Glimpse, line: results.Peeked) -> bool:
    return bool(line.image) and told.tidied.get(line.image or "") == line.image_sha256


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


def all_there(glances: list[Summary], kind: str = later("{count:run}")) -> str:
    """One line for a command that found nothing to do. kind: what several of them are called, a template."""
    pictures = sum(each.pictures for each in glances)
    runs = t(kind, count=len(glances)) if len(glances) > 1 else glances[0].run
    if pictures == 1:
        said = t("{runs}: the 1 picture is there; nothing was sent", runs=runs)
    else:
        said = t("{runs}: all {pictures:picture} are there; nothing was sent", runs=runs, pictures=pictures)
    kept, tidied = together(each.kept for each in glances), sum(each.tidied for each in glances)
    away = t("{tidied} of them in the store only, tidied away", tidied=tidied) if tidied else ""
    return t("; ").join(filter(None, (said, away, changed(kept.pictures, kept.about_usd))))


def together(kept: Iterable[Kept]) -> Kept:
    """The sum over several places."""
    each = list(kept)
    usd = round(sum(one.about_usd for one in each), 6)
    return Kept(sum(one.pictures for one in each), usd, sum(one.pointers for one in each))


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
