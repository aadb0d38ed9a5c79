"""A scenario, and short ways to write its steps."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from . import hands
from .steps import ByHand, Doit, Step, Tell


@dataclass(frozen=True)
class Scenario:
    """quick: whether it is part of the short guard. loose: orders are open, so nobody knows how often they are asked
    for. own_provider: each half is played with the provider of its own code. by_lot: the pictures depend on which of
    several requests arrives first, so only what is said is compared, and how much was billed."""

    name: str
    steps: tuple[Step, ...]
    quick: bool = False
    loose: bool = False
    own_provider: bool = False
    by_lot: bool = False


def each(commands: str, **how: Any) -> tuple[Doit, ...]:
    """One step a line; empty lines and those that begin with # are left out."""
    lines = (line.strip() for line in commands.splitlines())
    return tuple(Doit(line, **how) for line in lines if line and not line.startswith("#"))


def later(hours: float) -> Tell:
    """Time passes at the provider."""
    return Tell(lambda provider: provider.advance(hours * 3600))


def lasting(jobs: float, orders: float = 0) -> Tell:
    """How many seconds jobs and Kontext orders take from now on."""
    return Tell(lambda provider: provider.lasting(jobs, orders))


def fault(name: str, **options: Any) -> Tell:
    return Tell(lambda provider: provider.fault(name, **options))


def faults(names: Iterable[str], **options: Any) -> Tell:
    return Tell(lambda provider: [provider.fault(name, **options) for name in names])


CALM = Tell(lambda provider: provider.no_faults())


def removed(*patterns: str) -> ByHand:
    """A person deletes what these patterns name, from the project."""
    return ByHand(
        lambda project: [hands.remove(path) for pattern in patterns for path in sorted(project.glob(pattern))]
    )
