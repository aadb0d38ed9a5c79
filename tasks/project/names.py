"""Which names of channels, runs, prompts and comparisons are possible."""

import re
from typing import NamedTuple

from ..text.errors import BadInput
from ..text.sentences import later, t
from ..text.word import Word

CHANNEL = re.compile(r"[A-Z][A-Z0-9]{0,15}", re.ASCII)
RUN_NUMBER = re.compile(r"(?!(?i:thumbnails)\Z)[A-Za-z0-9][A-Za-z0-9_]{0,31}", re.ASCII)
PROMPT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)
COMPARISON = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)
EVERY = "ALL"
"""What CH= says for every channel."""
THUMBNAILS = "thumbnails"
"""Stands for a run's number in the name of a channel's thumbnails: in manifests, locks and names of jobs."""
PROMPT_FILES = ("prompts.json", "prompts.csv", "prompts.tsv", "prompts.xlsx", "prompts.txt")


class Format(Word):
    """What finished pictures are, as their files' names end."""

    PNG = "png"
    JPG = "jpg"

    @property
    def other(self) -> "Format":
        return Format.JPG if self is Format.PNG else Format.PNG


KINDS = (later("channel"), later("run"), later("prompt id"))
"""What such a name is of, beside the variables, for the catalogues."""


def checked(kind: str, pattern: re.Pattern[str], name: str, example: str) -> str:
    """`name` if it is a plain name of that kind; BadInput otherwise, before any path is built from it."""
    if pattern.fullmatch(name):
        return name
    shown = ascii(name if len(name) <= 60 else name[:57] + "...")
    raise BadInput(
        "{kind} {shown} cannot name a folder or file here",
        "use letters, digits and the like, for example {example} (pattern: {pattern})",
        kind=t(kind),
        shown=shown,
        example=example,
        pattern=pattern.pattern,
    )


class RunName(NamedTuple):
    """The name of a run's folder, CH01-251. A name without a hyphen is a channel without a number."""

    channel: str
    number: str

    @staticmethod
    def of(name: str) -> "RunName":
        channel, _, number = name.partition("-")
        return RunName(channel, number)

    @property
    def is_right(self) -> bool:
        """Whether it names a run; copies and reports that lie beside runs do not."""
        return bool(CHANNEL.fullmatch(self.channel) and RUN_NUMBER.fullmatch(self.number))

    def __str__(self) -> str:
        return f"{self.channel}-{self.number}"
