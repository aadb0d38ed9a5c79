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
from ..project.paths import Places
from ..project.run_paths import RunPlace
from ..project.settings import Settings
from ..project.thumbnail_paths import ThumbnailPlace
from ..runs.run import read_run
from ..runs.summary import Glance, glance
from ..session.session import Session


def look(session: Session, runs: Iterable[RunPlace], notes: list[str]) -> list[Glance]:
    """Each place at a glance, and carefully where that may be wrong. What cannot be read is owed, and noted."""
    places, seen = session.places, []
    broken: dict[str, str] = {}
    common, templates = _newest([places.models.parent, *_deciding(places)]), _newest([places.templates])
    for place in runs:
        found = glance(place)
        shared = max(common, templates) if isinstance(place, ThumbnailPlace) else common
        if not found.owed and _is_older(found.read_at, max(shared, _newest(_own(place)))):
            found = replace(found, owed=_is_owed(session, place, broken))
        seen.append(found)
    if broken:
        name, why = next(iter(broken.items()))
        more = f" and {len(broken) - 1} more" if len(broken) > 1 else ""
        notes.append(f"{name}{more} cannot be read: {why}; doit validate says all")
    return seen


def _deciding(places: Places) -> list[Path]:
    """The configs that decide about pictures; the folder beside them tells of an override that was taken away."""
    return [path for path in places.configs if not path.name.startswith("budget.")]


def _own(place: RunPlace) -> list[Path]:
    return [*place.prompt_files(), place.folder / "takes.json"]


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


def _is_owed(session: Session, place: RunPlace, broken: dict[str, str]) -> bool:
    try:
        return read_run(place, session.places, session.catalog, Settings()).owed
    except Stop as stop:
        broken[place.name] = stop.what.partition("\n")[0]
        return True
