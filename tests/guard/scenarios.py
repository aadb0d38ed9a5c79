"""What is played: every command in its usual forms, and long stories in which one code finishes what the other began."""

from dataclasses import dataclass
from typing import Any

from .steps import Doit, Step, Tell


@dataclass(frozen=True)
class Scenario:
    """quick: whether it is part of the short guard. loose: it waits for jobs, so polls are not counted. own_provider:
    each half is played with the provider of its own code."""

    name: str
    steps: tuple[Step, ...]
    quick: bool = False
    loose: bool = False
    own_provider: bool = False


def _one(words: str, **more: Any) -> Scenario:
    return Scenario(words, (Doit(words),), **more)


def later(hours: float) -> Tell:
    return Tell(lambda provider: provider.advance(hours * 3600))


ALL = (
    _one("status", quick=True),
    _one("status FORMAT=json"),
    _one("plan CH=ALL", quick=True),
    _one("validate", quick=True),
    _one("list", quick=True),
    _one("inbox", quick=True),
    _one("report", quick=True),
    _one("gallery CH=CH01", quick=True),
    Scenario("collect", (later(7), Doit("collect")), quick=True),
    Scenario("visual CH=CH02", (Doit("visual CH=CH02"), Doit("visual CH=CH02")), quick=True),
    Scenario("visual CH=ALL", (later(7), Doit("visual CH=ALL"), Doit("visual CH=ALL")), quick=True),
)
