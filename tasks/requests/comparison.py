"""`compare.json`: the prompts and slots of a comparison, fixed when it is first made. Only doit writes it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

from ..files import atomic, regular, schema
from ..files.newer import known

NAME = "compare.json"


@dataclass(frozen=True)
class ComparedPicture:
    """A reference picture. path: from the workspaces folder. sha256: of its bytes when the comparison was made."""

    path: str
    sha256: str


@dataclass(frozen=True)
class ComparedPrompt:
    """One prompt. prompt: as the writer wrote it; text: as every model is told it. None: the task's default."""

    id: str
    prompt: str
    text: str
    aspect_ratio: str | None = None
    image_size: str | None = None
    references: tuple[ComparedPicture, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """A comparison. run: where its prompts are from, "CH01-251". made_at: UTC, ISO 8601."""

    name: str
    run: str
    made_at: str
    slots: tuple[str, ...]
    prompts: tuple[ComparedPrompt, ...]


def read(folder: Path) -> Comparison | None:
    """The comparison in that folder; None when there is none yet. Raises BadInput when its file is damaged."""
    path = folder / NAME
    return _decode(schema.load(path, "compare")) if regular.there(path) else None


def save(folder: Path, comparison: Comparison) -> None:
    """Durable when it returns; made_at is not renewed."""
    data = {"version": 1, **asdict(comparison)}
    atomic.write_if_new(folder / NAME, orjson.dumps(data, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def _decode(data: Mapping[str, Any]) -> Comparison:
    prompts = tuple(map(_prompt, data["prompts"]))
    return Comparison(data["name"], data["run"], data["made_at"], tuple(data["slots"]), prompts)


def _prompt(record: Mapping[str, Any]) -> ComparedPrompt:
    references = tuple(ComparedPicture(**known(ComparedPicture, each)) for each in record["references"])
    return ComparedPrompt(**known(ComparedPrompt, record) | {"references": references})
