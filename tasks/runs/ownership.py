"""Whose files a folder holds: what was bought for one run is on record once, in that run's own folder."""

import shlex

from ..errors import BadInput
from ..files.problem import short, shown
from ..project.run_paths import RunPaths
from . import manifest
from .manifest import UNREADABLE


def check(paths: RunPaths, run: str) -> None:
    """Refuse the files of another run. run: as the manifest in the place's folder says it. Raises BadInput."""
    if run == paths.name:
        return
    folders = [*paths.folder.parent.glob("*"), *paths.folder.parent.parent.glob("*/*")]
    other = next((each for each in map(type(paths), folders) if each.name == run), None)
    if other and other.folder.samefile(paths.folder):
        raise _alias(paths, other)
    says = _says(other) if other else None
    if other and says == "":
        raise _unclear(paths, run, other)
    raise _copied(paths, run) if other and says == other.name else _renamed(paths, run)


def _says(other: RunPaths) -> str | None:
    """Whose the records in that folder are; None without any, "" when they cannot be read.

    Where several folders were renamed in a row, they are those of yet another.
    """
    try:
        run = manifest.peek(other.manifest).run
    except FileNotFoundError:
        return None
    except UNREADABLE:
        return ""
    return run if isinstance(run, str) else ""


def _unclear(paths: RunPaths, run: str, other: RunPaths) -> BadInput:
    """These may be the only records of what was bought: nothing is said that would remove or rename them."""
    what = f"{short(paths.manifest)} is that of {shown(run)}, whose own {short(other.manifest)} cannot be read"
    return BadInput(what, f"restore {short(other.manifest)}, then: {paths.command}")


def _alias(paths: RunPaths, other: RunPaths) -> BadInput:
    """A disk that takes capitals for small letters, or a link: the records are where they belong."""
    return BadInput(
        f"{short(paths.folder)} is the folder {other.name} by another name", f"use its own: {other.command}"
    )


def _copied(paths: RunPaths, run: str) -> BadInput:
    state = (paths.manifest.parent, paths.journal("").parent, paths.results, paths.usage)
    remove = " ".join(shlex.quote(short(path)) for path in state if path.exists())
    return BadInput(
        f"{short(paths.folder)} is a copy: its manifest is that of {shown(run)}, whose costs would count twice",
        f"rm -r {remove}, then {paths.command}: pictures that are paid for come back from the store for nothing",
    )


def _renamed(paths: RunPaths, run: str) -> BadInput:
    usage = f"rm {shlex.quote(short(paths.usage))}, then " if paths.usage.exists() else "then "
    return BadInput(
        f"{short(paths.manifest)} is that of {shown(run)}, which is not there any more: was the folder renamed?",
        f'give it its old name back; or write "run": "{paths.name}" in that file, {usage}{paths.command}',
    )
