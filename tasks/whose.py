"""Whose files a folder holds: what was bought for one run is on record once, in that run's own folder."""

import shlex

from tasks.errors import BadInput
from tasks.places import RunPlace
from tasks.problem import short, shown


def check(place: RunPlace, run: str) -> None:
    """Refuse the files of another run. run: as the manifest in the place's folder says it. Raises BadInput."""
    if run != place.name:
        raise _copied(place, run) if _is_there(place, run) else _renamed(place, run)


def _is_there(place: RunPlace, run: str) -> bool:
    """Whether the folder whose manifest this was is still among the places of this kind."""
    folders = [*place.folder.parent.glob("*"), *place.folder.parent.parent.glob("*/*")]
    return any(other.name == run and other.manifest.is_file() for other in map(type(place), folders))


def _copied(place: RunPlace, run: str) -> BadInput:
    state = (place.manifest.parent, place.journal("").parent, place.results, place.usage)
    remove = " ".join(shlex.quote(short(path)) for path in state if path.exists())
    return BadInput(
        f"{short(place.folder)} is a copy: its manifest is that of {shown(run)}, whose costs would count twice",
        f"rm -r {remove}, then {place.command}: pictures that are paid for come back from the store for nothing",
    )


def _renamed(place: RunPlace, run: str) -> BadInput:
    usage = f"rm {shlex.quote(short(place.usage))}, then " if place.usage.exists() else "then "
    return BadInput(
        f"{short(place.manifest)} is that of {shown(run)}, which is not there any more: was the folder renamed?",
        f'give it its old name back; or write "run": "{place.name}" in that file, {usage}{place.command}',
    )
