"""What lies where a command is going to write: found out before anything is sent, not after it was paid for."""

import errno
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..files import regular
from ..files.problem import Problem, bad_input
from ..project.names import Format
from ..project.paths import Paths
from ..project.run_paths import RunPaths
from ..text.errors import disk_words
from ..text.sentences import t

_ENDINGS = tuple(f".{each}" for each in Format)


def check(paths: RunPaths, everywhere: Paths) -> None:
    """Raises BadInput with every file and folder of a place that cannot be what it is for, or not be written in."""
    _refuse([*problems(paths, everywhere), *_locked_up((paths.images, *_folders(paths, everywhere)))])


def check_records(paths: RunPaths, everywhere: Paths) -> None:
    """The same of those alone that say what is paid for: without them, no result can be taken in."""
    _refuse([*_records(paths, everywhere), *_locked_up(_folders(paths, everywhere))])


def problems(paths: RunPaths, everywhere: Paths) -> Iterator[Problem]:
    """All that is in the way of a place's work. Costs a look at about twenty names, and one listing of its pictures."""
    yield from _records(paths, everywhere)
    for name in ("", "_thumbs", "_takes", "_kept"):
        yield from _wrong(paths.images / name, is_folder=True)
    shown = (paths.request, paths.usage, paths.gallery, paths.folder / "review.json", paths.folder / "takes.json")
    page = (paths.at(paths.index),) if paths.index else ()
    for file in (*shown, *page, *_pictures(paths.images, 2)):
        yield from _wrong(file)


def _records(paths: RunPaths, everywhere: Paths) -> Iterator[Problem]:
    for folder in _folders(paths, everywhere):
        yield from _wrong(folder, is_folder=True)
    told = (everywhere.inbox / "events.jsonl", everywhere.inbox / "pm_inbox.md", everywhere.uploads)
    for file in (paths.manifest, paths.results, *told):
        yield from _wrong(file)


def _folders(paths: RunPaths, everywhere: Paths) -> tuple[Path, ...]:
    own = (paths.folder, paths.manifest.parent, paths.journal("").parent)
    return *own, everywhere.store, everywhere.lock("").parent, everywhere.inbox


def _refuse(mistakes: list[Problem]) -> None:
    if mistakes:
        raise bad_input(list(dict.fromkeys(mistakes)))


def _wrong(path: Path, is_folder: bool = False) -> Iterator[Problem]:
    if error := regular.unfit(path, is_folder):
        yield _problem(path, *disk_words(error))


def _locked_up(folders: Iterable[Path]) -> Iterator[Problem]:
    """Folders that are there, and in which this user may not write; also where the disk is read only."""
    for folder in folders:
        if folder.is_dir() and not os.access(folder, os.W_OK | os.X_OK):
            yield _problem(folder, *disk_words(PermissionError(errno.EACCES, "")))


def _problem(path: Path, what: str, do: str) -> Problem:
    return Problem(path, None, "", what, t("{do}, then run the same command again", do=do))


def _pictures(folder: Path, depth: int) -> Iterator[Path]:
    """What has a picture's name and is no file; thumbnails lie one folder deeper."""
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        if entry.name.endswith(_ENDINGS) and not entry.is_file():
            yield Path(entry.path)
        elif depth > 1 and entry.is_dir(follow_symlinks=False):
            yield from _pictures(Path(entry.path), depth - 1)
