"""`revisions.json` of a run: what a person changed of its prompts. Only doit writes it, whenever `doit review` is told.

It has a lock of its own, as review.json has: the run's lock is held for hours while a job is waited for, and a change
is kept at once. Whoever makes pictures reads it once, as the prompts file.
"""

from collections.abc import Mapping
from pathlib import Path

import orjson
from filelock import Timeout

from ..files import atomic, locks, regular, schema
from ..files.problem import Problem, bad_input
from ..text.errors import Stop
from .revisions import Revision, decode, encode

NAME = "revisions.json"
_PATIENCE = 10.0
"""Seconds to wait for another tab's save; one takes a few milliseconds."""


def check(folder: Path) -> tuple[dict[str, Revision], list[Problem]]:
    """Revisions by prompt id, none when nothing was changed; with every mistake of a damaged file."""
    path = folder / NAME
    data, problems = schema.problems(path, "revisions") if regular.there(path) else ({"revisions": {}}, [])
    return ({} if problems else {name: decode(each) for name, each in data["revisions"].items()}), problems


def read(folder: Path) -> dict[str, Revision]:
    """The same. Raises BadInput when the file is damaged."""
    found, problems = check(folder)
    if problems:
        raise bad_input(problems)
    return found


def save(folder: Path, lock: Path, changes: Mapping[str, Revision | None]) -> None:
    """Put these in place of what was said of their prompts; None takes a change back. Durable when it returns.

    lock: the file to lock meanwhile, the same for everyone who saves for this run. Raises Stop when another process
    keeps it, BadInput when the file is damaged, OSError when the disk refuses; then the file is as it was.
    """
    try:
        with locks.held(lock, _PATIENCE):
            kept = {name: each for name, each in read(folder).items() if name not in changes}
            now = kept | {name: each for name, each in changes.items() if each}
            if now or (folder / NAME).exists():
                data = {"version": 1, "revisions": {name: encode(now[name]) for name in sorted(now)}}
                text = orjson.dumps(data, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
                atomic.write_if_new(folder / NAME, text)
    except Timeout:
        raise Stop(
            "{file} is being written by another process", "make the change once more", file=folder / NAME
        ) from None
