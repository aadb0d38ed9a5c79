"""`orders.json` of a place: what a person ordered on its page, written down before anything of it is begun.

An order says which takes it makes. So it is known from takes.json what is left of it, and going on with it, from
wherever and however often, buys none of them twice.
"""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import orjson
from filelock import Timeout

from ..files import atomic, locks, regular, schema
from ..files.newer import known
from ..text.errors import BadInput, Stop
from ..text.sentences import t
from ..text.wording import few
from .takes import Takes

NAME = "orders.json"
_PATIENCE = 10.0
"""Seconds to wait for another tab's click; one takes a few milliseconds."""


@dataclass(frozen=True)
class PlacedOrder:
    """One click. id: of the page that it was made on. at: UTC ISO 8601. takes: numbers by prompt id.

    about_usd: what the person was told that it costs. is_left: given up; what of it was sent comes home all the same.
    """

    id: str
    at: str
    takes: Mapping[str, tuple[int, ...]]
    about_usd: float
    is_left: bool = False

    @property
    def pictures(self) -> int:
        return sum(len(numbers) for numbers in self.takes.values())

    def open(self, takes: Mapping[str, Takes]) -> list[str]:
        """The prompts of which not all takes were seen, and no later one was ordered."""
        return [] if self.is_left else [name for name in self.takes if not self._is_over(name, takes.get(name))]

    def unordered(self, takes: Mapping[str, Takes]) -> list[str]:
        """Those of them whose takes are not in takes.json yet."""
        return [name for name in self.open(takes) if not (its := takes.get(name)) or not self._has(name, its)]

    def digests(self, takes: Mapping[str, Takes]) -> set[str]:
        """Of the requests that it made."""
        own = ((name, take) for name in self.takes if name in takes for take in takes[name].ordered)
        return {take.digest for name, take in own if take.number in self.takes[name]}

    def _has(self, name: str, its: Takes) -> bool:
        return its.newest.number >= self.takes[name][0]

    def _is_over(self, name: str, its: Takes | None) -> bool:
        if its is None or not self._has(name, its):
            return False
        own = [take for take in its.ordered if take.number in self.takes[name]]
        return its.newest.number > self.takes[name][-1] or all(take.shown_at for take in own)


def read(folder: Path) -> list[PlacedOrder]:
    """All of a place, the oldest first; none when nothing was ordered there. Raises BadInput when it is damaged."""
    path = folder / NAME
    return [_order(each) for each in schema.load(path, "orders")["orders"]] if regular.there(path) else []


def _order(record: Mapping[str, Any]) -> PlacedOrder:
    takes = {name: tuple(numbers) for name, numbers in record["takes"].items()}
    return PlacedOrder(**known(PlacedOrder, record) | {"takes": takes})


def named(folder: Path, identity: str) -> PlacedOrder:
    """The order of that id. Raises BadInput when there is none."""
    for order in read(folder):
        if order.id == identity:
            return order
    raise BadInput(
        "{folder} has no order {identity}",
        "doit review shows those that there are",
        folder=folder,
        identity=identity,
    )


def place(folder: Path, lock: Path, order: PlacedOrder, takes: Mapping[str, Takes]) -> bool:
    """Write an order down; False for one that stands there already. Durable when it returns.

    takes: of that place, now. Raises Stop when another open order is about one of its prompts, or the file is busy.
    """
    with _held(folder, lock):
        orders = read(folder)
        if any(each.id == order.id for each in orders):
            return False
        for each in orders:
            if busy := [name for name in each.open(takes) if name in order.takes]:
                raise Stop(
                    "{names} ordered already, on {at} (another tab?): nothing was ordered",
                    "wait until {it} came, or leave that order first",
                    names=_are(busy),
                    at=each.at,
                    it="it" if len(busy) == 1 else "they",
                )
        _save(folder, [*orders, order])
        return True


def _are(names: Sequence[str]) -> str:
    return t("{names} is", names=names[0]) if len(names) == 1 else t("{names} are", names=few(names))


def leave(folder: Path, lock: Path, identity: str) -> None:
    """Give an order up: nothing more of it is sent. Raises BadInput when there is none of that id."""
    with _held(folder, lock):
        named(folder, identity)
        _save(folder, [replace(each, is_left=each.is_left or each.id == identity) for each in read(folder)])


@contextlib.contextmanager
def _held(folder: Path, lock: Path) -> Iterator[None]:
    try:
        with locks.held(lock, _PATIENCE):
            yield
    except Timeout:
        raise Stop("{file} is being written by another process", "click once more", file=folder / NAME) from None


def _save(folder: Path, orders: Sequence[PlacedOrder]) -> None:
    data = {"version": 1, "orders": [asdict(each) for each in orders]}
    atomic.write_if_new(folder / NAME, orjson.dumps(data, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
