"""`configs/channel_presets.json`: what a channel's pictures have in common. Other programs' keys are not looked at."""

import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..files.json_text import texts
from ..project.names import CHANNEL, Format

OWN_KEYS = (
    "model_key",
    "aspect_ratio",
    "image_size",
    "output_size",
    "output_format",
    "negative_prompt",
    "id_column",
    "prompt_column",
    "references",
    "note",
)
"""The keys of image_generation that are ours."""
BLOCK = "image_generation"
_TELLING = tuple(key for key in OWN_KEYS if key != "note")
_MODEL_WORDS = frozenset({"model", "modelname", "modelid", "imagemodel", "imagemodelkey", "slot"})
"""What people write for model_key, letters only. Beside a model_key they are some other program's."""

_CHANGING = ("prompt_template", "character_note", "tone_profile", "persona_required")
_CHANGING_INSIDE = ("personless_default", "forbid_text_default", "avoid_props")
"""Keys of a channel, and within image_generation, by which an older studio's program changes what pictures show."""


@dataclass(frozen=True)
class Character:
    """Somebody who appears again and again. references: paths from the workspaces folder; words: of every prompt."""

    references: tuple[str, ...] = ()
    words: str = ""


@dataclass(frozen=True)
class Preset:
    """One channel. None means: not said here, the task's default holds; output_size is in pixels (width, height).

    references: paths from the workspaces folder. foreign: keys of image_generation that we do not read.
    variables: what fills {{name}} in texts where the row says nothing. characters: by the names that prompts use.
    image_min_bytes: smaller files that lie in images/ before any was bought are another program's placeholders.
    elsewhere: keys that are set and change the pictures of another program, not ours.
    """

    channel: str
    file: Path
    name: str = ""
    model_key: str | None = None
    aspect_ratio: str | None = None
    image_size: str | None = None
    output_size: tuple[int, int] | None = None
    output_format: Format | None = None
    negative_prompt: str = ""
    style: str = ""
    prompt_suffix: str = ""
    id_column: str = "id"
    prompt_column: str = "prompt"
    references: tuple[str, ...] = ()
    episode_column: str = "episode"
    thumbnail_column: str = "thumbnail_prompt"
    template_column: str = "template_id"
    foreign: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict, hash=False)
    elsewhere: tuple[str, ...] = ()
    image_min_bytes: int = 0
    characters: Mapping[str, Character] = field(default_factory=dict, hash=False)


def presets(data: Any, file: Path) -> Mapping[str, Preset]:
    """Presets by channel code from the checked data of `file`."""
    return {
        channel: _preset(channel, record, file)
        for channel, record in data["channels"].items()
        if CHANNEL.fullmatch(channel)
    }


def _preset(channel: str, record: Mapping[str, Any], file: Path) -> Preset:
    made = record.get("image_generation", {})
    columns = record.get("thumbnails")
    columns = columns if isinstance(columns, dict) else {}
    return Preset(
        channel=channel,
        file=file,
        name=record.get("name") or "",
        model_key=made.get("model_key"),
        aspect_ratio=made.get("aspect_ratio"),
        image_size=made.get("image_size"),
        output_size=pixels(made.get("output_size")),
        output_format=format_of(made),
        negative_prompt=made.get("negative_prompt") or "",
        style=record.get("style") or "",
        prompt_suffix=record.get("prompt_suffix") or "",
        id_column=made.get("id_column") or "id",
        prompt_column=made.get("prompt_column") or "prompt",
        references=tuple(made.get("references") or ()),
        episode_column=columns.get("episode_column") or "episode",
        thumbnail_column=columns.get("prompt_column") or "thumbnail_prompt",
        template_column=columns.get("template_column") or "template_id",
        variables=texts(record.get("variables") or {}),
        characters=_characters(record.get("characters")),
        foreign=tuple(sorted(key for key in made if key not in OWN_KEYS and not key.startswith("x-"))),
        image_min_bytes=least if type(least := record.get("image_min_bytes")) is int else 0,
        elsewhere=(
            *(key for key in _CHANGING if record.get(key)),
            *(f"{BLOCK}.{key}" for key in _CHANGING_INSIDE if made.get(key)),
        ),
    )


def _characters(record: Any) -> dict[str, Character]:
    """A value that is no object belongs to another program."""
    found = {name: each for name, each in record.items() if isinstance(each, dict)} if isinstance(record, dict) else {}
    return {
        name: Character(tuple(each.get("references") or ()), each.get("words") or "") for name, each in found.items()
    }


def misspelt(data: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    """(steps to a key, the key of ours that was meant) in the checked data of the file, where ours is missing.

    Other programs' keys are far from ours or stand beside them; what begins with x-, _ or $ is put aside on purpose.
    """
    for channel, record in data["channels"].items():
        if not CHANNEL.fullmatch(channel):
            continue
        for key in record if BLOCK not in record else ():
            if own := _nearly(key, [BLOCK], 0.93):
                yield ("channels", channel, key), own
        block = record.get(BLOCK) or {}
        for key in block:
            if key not in OWN_KEYS and (own := _meant(key)) and own not in block:
                yield ("channels", channel, BLOCK, key), own


def _meant(key: str) -> str | None:
    return "model_key" if _letters(key) in _MODEL_WORDS else _nearly(key, _TELLING, 0.85)


def _nearly(key: str, ours: Collection[str], likeness: float) -> str | None:
    if key.startswith(("x-", "_", "$")):
        return None
    same = [own for own in ours if _letters(own) == _letters(key)]
    near = same or difflib.get_close_matches(key.casefold(), ours, 1, likeness)
    return near[0] if near else None


def _letters(key: str) -> str:
    """modelKey, model-key and MODEL_KEY are written with the same ones."""
    return re.sub(r"[\W_]", "", key.casefold())


def format_of(record: Mapping[str, Any]) -> Format | None:
    """Its `output_format`; None where it has none."""
    said = record.get("output_format")
    return Format(said) if said else None


def pixels(size: str | None) -> tuple[int, int] | None:
    """(width, height) of a text like "1920x1080"; None of None or ""."""
    if not size:
        return None
    width, height = size.split("x")
    return int(width), int(height)
