"""Who is in a picture, by the names that a channel gives to those who appear again and again."""

import difflib
import re
from collections.abc import Iterator, Sequence
from typing import Any

from ..catalog.presets import Preset
from ..files.problem import shown
from ..text.sentences import t

KEY = "characters"
_BETWEEN = re.compile("[,、，;；\n]")


def named(value: Any) -> tuple[str, ...]:
    """The names in a list, or in a text with commas between; each once."""
    found = _BETWEEN.split(value) if isinstance(value, str) else (each for each in value or () if isinstance(each, str))
    return tuple(dict.fromkeys(name.strip() for name in found if name.strip()))


def words(names: Sequence[str], preset: Preset) -> list[str]:
    """How they look, in their order; of names that the channel has."""
    return [preset.characters[name].words for name in names if name in preset.characters]


def count(names: Sequence[str], preset: Preset) -> int:
    """How many reference pictures they have together."""
    return sum(len(preset.characters[name].references) for name in names if name in preset.characters)


def faults(names: Sequence[str], preset: Preset) -> Iterator[tuple[str, str]]:
    """(what is wrong, what to do) for every name that the channel does not have."""
    for name in names:
        if name in preset.characters:
            continue
        there = ", ".join(map(shown, preset.characters)) or t("none")
        what = t(
            "found {name}, and {channel} has no such character: {there}",
            name=shown(name),
            channel=preset.channel,
            there=there,
        )
        do = t("correct it, or add it to characters of the channel in configs/channel_presets.json")
        near = difflib.get_close_matches(name, list(preset.characters), 1, 0.5)
        yield what, t("did you mean {near}? Else {do}", near=shown(near[0]), do=do) if near else do
