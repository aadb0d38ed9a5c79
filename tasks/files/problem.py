"""What is wrong with a file people or programs write: where, what was found, what was expected, what to do."""

import functools
import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from ..text.errors import BadInput
from ..text.redaction import holds_secret
from ..text.sentences import later, t

Steps = tuple[str | int, ...]
CHANGE = later("change it and run: doit validate")
_MOST_SHOWN = 60
_MOST_LISTED = 100


@dataclass(frozen=True)
class Problem:
    """One thing wrong in one file.

    path, line: the file and its line (from 1), when the line is known.
    pointer: JSON pointer (RFC 6901) to the value, "" for the whole file.
    message: what was found and what was expected, in one line.
    do: what a person does next.
    warning: true when everything still works today.
    """

    path: Path
    line: int | None
    pointer: str
    message: str
    do: str = CHANGE
    warning: bool = False

    def __post_init__(self) -> None:
        for name in ("message", "do"):
            object.__setattr__(self, name, t(getattr(self, name)))

    @property
    def what(self) -> str:
        """Place and message in one line, the path as seen from the current folder."""
        place = short(self.path) + (f":{self.line}" if self.line else "")
        if not self.pointer:
            return t("{place}: {message}", place=place, message=self.message)
        return t("{place} at {pointer}: {message}", place=place, pointer=self.pointer, message=self.message)

    @property
    def told(self) -> str:
        """The same with what to do about it."""
        return t("{what}\n  -> {do}", what=self.what, do=self.do)

    def __str__(self) -> str:
        return str(self.told)


def warnings(problems: Iterable[Problem]) -> Iterator[Problem]:
    """The same, as warnings: of what is not asked for now."""
    return (replace(problem, warning=True) for problem in problems)


class NotADocument(Exception):
    """A file's text cannot be read at all, or in more than one way; `problems` says where and why."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(problem.what for problem in problems))
        self.problems = problems


def refused(path: Path, line: int | None, message: str, do: str = CHANGE) -> NotADocument:
    """The error for a file with one fault that ends the reading."""
    return NotADocument([Problem(path, line, "", message, do)])


def repeated_key(path: Path, line: int, steps: Steps) -> Problem:
    """The problem of a key that an object holds twice: readers would differ in which of the two they believe."""
    return Problem(
        path,
        line,
        pointer(steps),
        t("the key {steps} stands here a second time", steps=shown(steps[-1])),
        t("keep one of them"),
    )


class Spot(NamedTuple):
    """Lines (from 1) of a value and of the key that holds it."""

    key: int
    value: int


def bad_input(problems: Sequence[Problem]) -> BadInput:
    """One error that names every problem (at least one), each followed by what to do unless the next says the same."""
    listed = list(problems[:_MOST_LISTED])
    said = [each.what if each.do == after.do else each.told for each, after in itertools.pairwise(listed)]
    text = functools.reduce(lambda above, each: t("{above}\n{each}", above=above, each=each), [*said, listed[-1].what])
    if len(problems) > len(listed):
        text = t("{before}\n... and {more:,} more", before=text, more=len(problems) - len(listed))
    return BadInput(text, listed[-1].do)


def short(path: Path) -> str:
    """`path` as a person standing in the current folder would write it."""
    here = Path.cwd()
    absolute = here / path
    return str(absolute.relative_to(here)) if absolute.is_relative_to(here) else str(path)


def pointer(parts: Sequence[str | int]) -> str:
    """JSON pointer of the steps `parts`; control characters in names are escaped, so that it stays one line."""
    return "".join("/" + _cut(str(part)).replace("~", "~0").replace("/", "~1") for part in parts)


def shown(value: Any) -> str:
    """`value` as a message may show it: short, in one line, never a secret, never the inside of an object."""
    if isinstance(value, dict):
        return t("an object with {count:key}", count=len(value))
    if isinstance(value, list):
        return t("a list of {count}", count=len(value))
    if isinstance(value, str):
        return f'"{_cut(value)}"'
    return json.dumps(value, default=str)


def _cut(text: str) -> str:
    if holds_secret(text):
        return t("(looks like a secret key: not shown)")
    plain = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text[: _MOST_SHOWN + 1])
    return plain if len(plain) <= _MOST_SHOWN else plain[: _MOST_SHOWN - 1] + "…"
