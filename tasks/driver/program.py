"""`kamishibai`: what `doit` is in a clone, for a workspace anywhere and any folder inside it; `kamishibai init`."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from ..project.settings import VARIABLES
from ..text.errors import BadInput, DiskRefuses, Stop
from ..text.redaction import visible
from ..text.sentences import t
from . import command_line, streams

_PLACES = ("-f", "--file", "-d", "--dir", "-k", "--seek-file")
"""doit's own options that say where the project is."""


def main() -> int:
    """One command line to its end; the exit status. What cannot be is said on stderr."""
    streams.endure()
    words = sys.argv[1:]
    try:
        return _done(words)
    except (Stop, OSError) as error:
        stop = error if isinstance(error, Stop) else DiskRefuses(error)
        print(visible(str(stop)), file=sys.stderr)  # noqa: T201 - the person reads it
        return stop.exit_code


def _done(words: Sequence[str]) -> int:
    if words[:1] == ["init"] and "--help" not in words:
        return _init(words[1:])
    if said := _answer(words):
        print(said)  # noqa: T201 - the person, or their shell, reads it
        return 0
    if words[:1] == ["__complete"]:
        return 0
    if not any(word.partition("=")[0] in _PLACES for word in words):
        _go_to(workspace(Path.cwd()))
    return _run(words)


def _answer(words: Sequence[str]) -> str:
    """What is said without looking at any task: help, versions, completion; "" for a command."""
    from . import completion
    from . import help as helping

    if words[:1] == ["--version"]:
        return version()
    if words[:1] == ["completion"] and "--help" not in words:
        return completion.script(words[1:])
    if words[:1] == ["__complete"]:
        return "\n".join(completion.offered(" ".join(words[1:]), completion.here(_around(Path.cwd()))))
    command = helping.asked(words) if words else ""
    return "" if command is None else helping.page(command)


def version() -> str:
    """Ours, with what it runs on."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        ours = installed("kamishibai")
    except PackageNotFoundError:
        ours = t("of a clone")
    python = ".".join(map(str, sys.version_info[:3]))
    return f"kamishibai {ours} (doit {installed('doit')}, Python {python})"


def workspace(here: Path) -> Path:
    """The folder of the workspace that `here` is, or lies in. Raises BadInput where there is none."""
    if folder := _around(here):
        return folder
    command_line.check(sys.argv[1:], VARIABLES)  # a misspelt command is said first
    raise BadInput(
        "{here} is no workspace, and lies in none (a folder with configs/ and workspaces/)",
        "cd to yours, or make one: kamishibai init my-studio",
        here=here,
    )


def _around(here: Path) -> Path | None:
    folders = (here, *here.parents)
    return next((each for each in folders if (each / "configs").is_dir() and (each / "workspaces").is_dir()), None)


def _go_to(folder: Path) -> None:
    """Paths in messages are then those of the workspace, which is said where it is not the current folder."""
    if folder != Path.cwd():
        print(t("in {folder}", folder=folder), file=sys.stderr)  # noqa: T201
        os.chdir(folder)


def _run(words: Sequence[str]) -> int:
    """What doit does with the workspace's dodo.py, or, where that is gone, with the tasks as they are shipped."""
    from doit.cmd_base import DodoTaskLoader, ModuleTaskLoader
    from doit.doit_cmd import DoitMain

    given = any(word.partition("=")[0] in _PLACES for word in words)
    if given or Path("dodo.py").exists():
        return int(DoitMain(DodoTaskLoader()).run(list(words)) or 0)
    from importlib import import_module

    dodo = import_module(f"{__name__.partition('.')[0]}.dodo")
    return int(DoitMain(ModuleTaskLoader(dodo)).run(list(words)) or 0)


def _init(words: Sequence[str]) -> int:
    from . import new_workspace

    options, names = [word for word in words if word.startswith("-")], [word for word in words if word[:1] != "-"]
    if len(names) > 1 or not {"--check"}.issuperset(options):
        raise BadInput(
            "kamishibai init takes one folder, and --check: found {words}",
            "kamishibai init my-studio",
            words=" ".join(words),
        )
    if options:
        new_workspace.check(Path(names[0]) if names else workspace(Path.cwd()))
    else:
        new_workspace.make(_named(names))
    return 0


def _named(names: Sequence[str]) -> Path:
    """The folder to make a workspace of; the current one only when it is empty, one already, or named."""
    here = Path()
    if names or not any(here.iterdir()) or (here / "configs").is_dir():
        return Path(names[0]) if names else here
    raise BadInput(
        "{here} holds other things already",
        "name a folder for the workspace: kamishibai init my-studio (this very one: kamishibai init .)",
        here=Path.cwd(),
    )
