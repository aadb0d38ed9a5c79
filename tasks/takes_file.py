"""`takes.json` of a place: which pictures were ordered again, and which of them is wanted. Only doit writes it."""

from collections.abc import Mapping
from pathlib import Path

import orjson

from tasks import files, schema
from tasks.takes import Takes, decode, encode

NAME = "takes.json"


def read(folder: Path) -> dict[str, Takes]:
    """Takes by prompt id; none when nothing was made again yet. Raises BadInput when the file is damaged."""
    path = folder / NAME
    return decode(schema.load(path, "takes")) if path.is_file() else {}


def save(folder: Path, takes: Mapping[str, Takes]) -> None:
    """Durable when it returns."""
    data = orjson.dumps(encode(takes), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    files.write_if_new(folder / NAME, data)
