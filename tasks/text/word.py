"""Words that files and people know, as values of a type: mypy finds the misspelt ones."""

from enum import Enum
from typing import Any


class Word(Enum):
    """An enumeration whose members are said, in files and messages, as their value."""

    def __str__(self) -> str:
        return str(self.value)


class OpenWord(Word):
    """A word that others may add members to: one that we do not know is kept as they say it, and equals no other."""

    @classmethod
    def _missing_(cls, value: object) -> Any:
        unknown = object.__new__(cls)
        unknown._name_ = unknown._value_ = str(value)
        return cls._value2member_map_.setdefault(str(value), unknown)
