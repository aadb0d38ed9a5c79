"""Which places have something to do, also those that were finished before their prompts or configs were changed.

The quick look of `doit visual` leaves changes to doit, which compares files with those of its last command. Who only
asks gets the answer from here: whatever was changed since a place was last looked at is read as `doit plan` reads it.
"""

from collections.abc import Sequence
from dataclasses import replace

from ..project.run_paths import RunPaths
from ..project.settings import Settings
from ..project.thumbnail_paths import ThumbnailPaths
from ..runs import summary
from ..runs.complete import is_owed, undecided
from ..runs.read_run import read_run
from ..runs.summary import Summary, deciding, is_older, newest, own
from ..session.session import Session
from ..text.errors import Stop
from ..text.sentences import t


def look(session: Session, runs: Sequence[RunPaths], notes: list[str]) -> list[Summary]:
    """Each place at a glance, and carefully where that may be wrong. What cannot be read is owed, and noted."""
    paths, seen = session.paths, []
    broken: dict[str, str] = {}
    each_picture = len(runs) <= summary.MOST_LOOKED_INTO
    common, templates = newest(deciding(paths)), newest([paths.templates])
    for run_paths in runs:
        shared = max(common, templates) if isinstance(run_paths, ThumbnailPaths) else common
        found = summary.look(run_paths, session.index, each_picture, shared)
        decided_at = shared if found.seen else max(shared, newest(own(run_paths)))
        changed = not found.owed and is_older(found.read_at, decided_at)
        if changed or found.unsure:
            found = _read(session, run_paths, found, broken)
        seen.append(found)
    if broken:
        name, why = next(iter(broken.items()))
        more = t(" and {more} more", more=len(broken) - 1) if len(broken) > 1 else ""
        notes.append(t("{name}{more} cannot be read: {why}; doit validate says all", name=name, more=more, why=why))
    return seen


def _read(session: Session, paths: RunPaths, found: Summary, broken: dict[str, str]) -> Summary:
    """The place with its pictures looked into: those of people, in place of ones that failed, are there."""
    try:
        run = read_run(paths, session.paths, session.catalog, Settings())
        yours = len(run.yours) if found.unsure else 0
        made = replace(found, pictures=found.pictures + yours, failed=found.failed - yours)
        return (
            replace(made, owed=True) if is_owed(run) else replace(made, owed=False, kept=undecided(run, run.worklist))
        )
    except Stop as stop:
        broken[paths.name] = stop.what.partition("\n")[0]
        return replace(found, owed=True)
