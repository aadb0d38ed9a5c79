"""Whose files a folder holds: what was bought for one run is on record once, in that run's own folder."""

import shlex

import orjson

from ..errors import BadInput
from ..files.problem import short, shown
from ..project.run_paths import RunPlace


def check(place: RunPlace, run: str) -> None:
    """Refuse the files of another run. run: as the manifest in the place's folder says it. Raises BadInput."""
    if run == place.name:
        return
    folders = [*place.folder.parent.glob("*"), *place.folder.parent.parent.glob("*/*")]
    other = next((each for each in map(type(place), folders) if each.name == run), None)
    if other and other.folder.samefile(place.folder):
        raise _alias(place, other)
    says = _says(other) if other else None
    if other and says == "":
        raise _unclear(place, run, other)
    raise _copied(place, run) if other and says == other.name else _renamed(place, run)


def _says(other: RunPlace) -> str | None:
    """Whose the records in that folder are; None without any, "" when they cannot be read.

    Where several folders were renamed in a row, they are those of yet another.
    """
    try:
        run = orjson.loads(other.manifest.read_bytes())["run"]
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    return run if isinstance(run, str) else ""


def _unclear(place: RunPlace, run: str, other: RunPlace) -> BadInput:
    """These may be the only records of what was bought: nothing is said that would remove or rename them."""
    what = f"{short(place.manifest)} is that of {shown(run)}, whose own {short(other.manifest)} cannot be read"
    return BadInput(what, f"restore {short(other.manifest)}, then: {place.command}")


def _alias(place: RunPlace, other: RunPlace) -> BadInput:
    """A disk that takes capitals for small letters, or a link: the records are where they belong."""
    return BadInput(
        f"{short(place.folder)} is the folder {other.name} by another name", f"use its own: {other.command}"
    )


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
