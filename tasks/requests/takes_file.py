"""`takes.json` of a place: which pictures were ordered again, and which of them is wanted. Only doit writes it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from ..files import atomic, regular, schema
from ..files.problem import Problem, bad_input, pointer
from ..text.sentences import later
from .takes import Takes, decode, encode, mistakes

NAME = "takes.json"
MEND = later("restore the file, or move it aside: then the first pictures are wanted again, from the store")


def read(folder: Path) -> dict[str, Takes]:
    """Takes by prompt id; none when nothing was made again yet. Raises BadInput when the file is damaged."""
    path = folder / NAME
    if not regular.there(path):
        return {}
    data = schema.load(path, "takes")
    if found := list(_mistakes(path, data)):
        raise bad_input(found)
    return decode(data)


def problems(path: Path) -> list[Problem]:
    """Every mistake in a takes.json. Raises nothing for the file's fault."""
    data, found = schema.problems(path, "takes")
    return found or list(_mistakes(path, data))


def _mistakes(path: Path, data: Mapping[str, Any]) -> Iterator[Problem]:
    for steps, message in mistakes(data):
        yield Problem(path, schema.line_of(path, steps), pointer(steps), message, MEND)


def save(folder: Path, takes: Mapping[str, Takes]) -> None:
    """Durable when it returns."""
    data = orjson.dumps(encode(takes), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    atomic.write_if_new(folder / NAME, data)
