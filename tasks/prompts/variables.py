"""{{name}} in a text: what is wrong with it, and the text with it filled in, by the values it may be filled from.

Nothing is ever sent with a variable in it. \\{{ stands for {{ itself. A value may hold variables itself, but those are
filled from values that hold none.
"""

import difflib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from ..files.problem import shown
from ..text.sentences import t
from . import no_prompt

OPEN = "{{"
_PART = re.compile(r"(\\\{\{)|\{\{(?:(.*?)\}\})?", re.DOTALL)


class Fault(NamedTuple):
    """What is wrong with one variable of a text, and what to do. name: "" where it has none."""

    name: str
    what: str
    do: str


def together(own: Mapping[str, str], shared: Mapping[str, str]) -> Mapping[str, str]:
    """Values of a row before those of the channel; a cell that is empty says nothing."""
    return {**own, **{name: value for name, value in shared.items() if not own.get(name, "").strip()}}


def names(text: str) -> list[str]:
    """The names in {{ }}, each once, in their order."""
    return list(dict.fromkeys(match[2].strip() for match in _PART.finditer(text) if match[2] is not None))


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with every {{name}} replaced. Only for a text of which `faults` finds none."""
    if OPEN not in text:
        return text
    plain = _plain(values)
    return _PART.sub(lambda match: OPEN if match[1] else fill(values[match[2].strip()].strip(), plain), text)


def put(text: str, values: Mapping[str, str]) -> str:
    """The text with every {{name}} replaced by its value as it stands; where there is none, by nothing."""
    return _PART.sub(lambda match: OPEN if match[1] else values.get((match[2] or "").strip(), ""), text)


def _plain(values: Mapping[str, str]) -> Mapping[str, str]:
    return {name: value for name, value in values.items() if OPEN not in value or not names(value)}


def unwritten(text: str, file: Path) -> Iterator[Fault]:
    """What is wrong whatever the values are: {{ }} without a name, {{ that is never closed."""
    found = [match for match in _PART.finditer(text) if not match[1]] if OPEN in text else ()
    if any(match[2] is None for match in found):
        yield Fault("", t("opens {{ and never closes it with }}"), _literally(file))
    if any(match[2] is not None and not match[2].strip() for match in found):
        yield Fault("", t("holds {{ }} without a name"), t("write the name of a column in it"))


def faults(text: str, values: Mapping[str, str], file: Path) -> Iterator[Fault]:
    """What is wrong with the variables of a text, each once. file: where the text stands, for how to write it there."""
    yield from unwritten(text, file)
    for name in filter(None, names(text)):
        found = shown(f"{{{{{name}}}}}")
        if name not in values:
            yield Fault(name, *_unknown(name, found, values, file))
        elif wrong := _no_value(values[name], values, file):
            yield Fault(name, t("wants {found}: {wrong}", found=found, wrong=wrong), t("fill it in"))


def _no_value(value: str, values: Mapping[str, str], file: Path) -> str:
    """Why a value cannot be filled in; "" when it can."""
    if not value.strip():
        return t("nothing stands there")
    if wrong := no_prompt.fault(value):
        return wrong[0]
    for fault in faults(value, _plain(values), file) if OPEN in value else ():
        return fault.what
    control = no_prompt.CONTROL.search(value)
    return t("the control character U+{code:04X} stands there", code=ord(control[0])) if control else ""


def _unknown(name: str, found: str, values: Mapping[str, str], file: Path) -> tuple[str, str]:
    plain = {each.casefold(): each for each in values if each}
    near = difflib.get_close_matches(name.casefold(), plain, 1)
    there = ", ".join(shown(each) for each in list(plain.values())[:12]) or t("none")
    what = t("found {found}, and nothing of that name to fill in; there are {there}", found=found, there=there)
    do = t(
        "add that column, or the name to variables of the channel in configs/channel_presets.json; {literally}",
        literally=_literally(file),
    )
    return what, t("did you mean {{{{{near}}}}}? Else {do}", near=plain[near[0]], do=do) if near else do


def _literally(file: Path) -> str:
    """How braces that are meant as such are written there."""
    sign = "\\\\{{" if file.suffix.lower() == ".json" else "\\{{"
    return t("for two braces as they stand write {sign}", sign=sign)
