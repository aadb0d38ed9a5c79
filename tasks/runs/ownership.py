"""Whose files a folder holds: what was bought for one run is on record once, in that run's own folder."""

import shlex

from ..files.problem import short, shown
from ..project.run_paths import RunPaths
from ..text.errors import BadInput
from ..text.sentences import t
from . import glimpse
from .glimpse import UNREADABLE


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
        run = glimpse.peek(other.manifest).run
    except FileNotFoundError:
        return None
    except UNREADABLE:
        return ""
    return run if isinstance(run, str) else ""


def _unclear(paths: RunPaths, run: str, other: RunPaths) -> BadInput:
    """These may be the only records of what was bought: nothing is said that would remove or rename them."""
    what = t(
        "{manifest} is that of {run}, whose own {manifest_2} cannot be read",
        manifest=short(paths.manifest),
        run=shown(run),
        manifest_2=short(other.manifest),
    )
    return BadInput(
        "{what}",
        "restore {manifest}, then: {command}",
        what=what,
        manifest=short(other.manifest),
        command=paths.command,
    )


def _alias(paths: RunPaths, other: RunPaths) -> BadInput:
    """A disk that takes capitals for small letters, or a link: the records are where they belong."""
    return BadInput(
        "{run} is the folder {other} by another name",
        "use its own: {command}",
        run=short(paths.folder),
        other=other.name,
        command=other.command,
    )


def _copied(paths: RunPaths, run: str) -> BadInput:
    state = (paths.manifest.parent, paths.journal("").parent, paths.results, paths.usage)
    records = " ".join(shlex.quote(short(path)) for path in state if path.exists())
    return BadInput(
        "{run} is a copy: its manifest is that of {run_2}, whose costs would count twice",
        "move {records} aside, out of {run}, then {command}: what is paid for comes back from the store for nothing",
        run=short(paths.folder),
        run_2=shown(run),
        records=records,
        command=paths.command,
    )


def _renamed(paths: RunPaths, run: str) -> BadInput:
    usage = t("then ")
    if paths.usage.exists():
        usage = t("move {file} aside, then ", file=shlex.quote(short(paths.usage)))
    return BadInput(
        "{manifest} is that of {run}, which is not there any more: was the folder renamed?",
        'give it its old name back; or write "run": "{run_2}" in that file, {usage}{command}',
        manifest=short(paths.manifest),
        run=shown(run),
        run_2=paths.name,
        usage=usage,
        command=paths.command,
    )
