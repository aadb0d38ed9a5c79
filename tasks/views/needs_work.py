"""Which places have something to do, also those that were finished before their prompts or configs were changed.

The quick look of `doit visual` leaves changes to doit, which compares files with those of its last command. Who only
asks gets the answer from here: whatever was changed since a place was last looked at is read as `doit plan` reads it.
"""

import os
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from ..errors import Stop
from ..project.paths import Paths
from ..project.run_paths import RunPaths
from ..project.settings import Settings
from ..project.thumbnail_paths import ThumbnailPaths
from ..runs.run import read_run
from ..runs.summary import Summary, summary
from ..session.session import Session
from ..text.sentences import t


def look(session: Session, runs: Iterable[RunPaths], notes: list[str]) -> list[Summary]:
    """Each place at a glance, and carefully where that may be wrong. What cannot be read is owed, and noted."""
    paths, seen = session.paths, []
    broken: dict[str, str] = {}
    common, templates = _newest([paths.models.parent, *_deciding(paths)]), _newest([paths.templates])
    for run_paths in runs:
        found = summary(run_paths)
        shared = max(common, templates) if isinstance(run_paths, ThumbnailPaths) else common
        changed = not found.owed and _is_older(found.read_at, max(shared, _newest(_own(run_paths))))
        if changed or found.unsure:
            found = _read(session, run_paths, found, broken)
        seen.append(found)
    if broken:
        name, why = next(iter(broken.items()))
        more = f" and {len(broken) - 1} more" if len(broken) > 1 else ""
        notes.append(t("{name}{more} cannot be read: {why}; doit validate says all", name=name, more=more, why=why))
    return seen


def _deciding(paths: Paths) -> list[Path]:
    """The configs that decide about pictures; the folder beside them tells of an override that was taken away."""
    return [path for path in paths.configs if not path.name.startswith("budget.")]


def _own(paths: RunPaths) -> list[Path]:
    return [*paths.prompt_files(), paths.folder / "takes.json"]


def _newest(paths: Iterable[Path]) -> float:
    """When one of them was last changed or put there, in seconds; a file keeps its old time stamp when it is moved."""
    newest = 0.0
    for path in paths:
        try:
            about = os.stat(path)  # noqa: PTH116 - a path object costs more
        except OSError:
            continue
        newest = max(newest, about.st_mtime, about.st_ctime)
    return newest


def _is_older(read_at: str | None, changed: float) -> bool:
    return read_at is None or datetime.fromisoformat(read_at).timestamp() < changed


def _read(session: Session, paths: RunPaths, found: Summary, broken: dict[str, str]) -> Summary:
    """The place with its pictures looked into: those of people, in place of ones that failed, are there."""
    try:
        run = read_run(paths, session.paths, session.catalog, Settings())
        yours = len(run.yours) if found.unsure else 0
        made = replace(found, pictures=found.pictures + yours, failed=found.failed - yours)
        return replace(made, owed=run.owed, kept=run.kept(run.worklist)) if not run.owed else replace(made, owed=True)
    except Stop as stop:
        broken[paths.name] = stop.what.partition("\n")[0]
        return replace(found, owed=True)
