"""Whether anything is left to do in a run: for this command, and in the manifest for the quick look of the next."""

import os
from collections.abc import Iterator
from dataclasses import replace

from ..pictures.store import StorePictureDamaged
from ..text.errors import BadInput
from .manifest import Kept
from .read_run import read_run
from .run import Run
from .todo import Todo


def is_owed(run: Run) -> bool:
    """Whether anything is left to send, to fetch, to take from the store or, damaged there, to be mended.

    What another place lost is looked at each time: it may come to light there.
    """
    try:
        todo = run.worklist
    except StorePictureDamaged:
        return True
    return bool(todo.pointers) or _is_left(run, todo)


def _is_left(run: Run, todo: Todo) -> bool:
    is_lost_elsewhere = any(run.lost_elsewhere(request) for request, _ in todo.held)
    left = todo.send or todo.waiting or todo.restore
    return bool(left or run.manifest.open() or is_lost_elsewhere)


def is_idle(run: Run) -> bool:
    """Whether nothing is left to do and the manifest says so: then nothing of this run will be written."""
    if not run.manifest.complete or any(its.unshown for its in run.takes.values()) or any(run.images.former()):
        return False
    try:
        todo = run.worklist
    except StorePictureDamaged:
        return False
    is_plain = not (run.settings.slot or run.settings.retry)
    return not _is_left(run, todo) and (not is_plain or undecided(run, todo) == run.manifest.kept)


def undecided(run: Run, todo: Todo) -> Kept:
    """What waits for a person: changed pictures, and what RETRY=changed costs; what Git LFS has not fetched."""
    return Kept(len(todo.kept), round(sum(map(run.estimate, todo.kept)), 6), len(todo.pointers))


def mark_complete(run: Run) -> None:
    """Note in the manifest whether anything is left to do, for the quick look of the next command."""
    if run.is_theirs_open:
        return
    complete, kept = _left_next_time(run)
    seen = {name: [about.st_size, about.st_mtime_ns] for name, about in _reference_stats(run)}
    before = run.manifest
    if (complete, kept, seen) != (before.complete, before.kept, before.references):
        read_at = run.catalog.read_at
        run.keep(replace(before, complete=complete, kept=kept, references=seen, read_at=read_at))


def _left_next_time(run: Run) -> tuple[bool, Kept]:
    """(whether nothing is left to do, what RETRY=changed would make) for the next command, which has no SLOT=."""
    try:
        plain = _as_plain(run)
        todo = plain.worklist
    except (BadInput, StorePictureDamaged):
        return False, Kept()
    return not _is_left(plain, todo), undecided(plain, todo)


def _as_plain(run: Run) -> Run:
    """The run as a command sees it that has no SLOT= and no RETRY=: both hold for one command."""
    if not (run.settings.slot or run.settings.retry):
        return run
    plain = replace(run.settings, slot=None, retry=frozenset())
    return read_run(run.paths, run.catalog.paths, run.catalog, plain, index=run.index)


def _reference_stats(run: Run) -> Iterator[tuple[str, os.stat_result]]:
    paths = {reference.path for request in run.wanted for reference in request.references}
    paths |= {finished for request in run.wanted if (finished := run.images.finished(request))}
    for path in sorted(paths):
        yield os.path.relpath(path, run.paths.folder), path.stat()
