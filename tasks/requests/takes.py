"""The takes of a prompt: its plain picture is take 1, and each time a person wants another one, one more is ordered."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from ..files.newer import known
from ..files.problem import shown
from ..prompts import revisions
from ..prompts.revisions import Revision
from ..text.sentences import t


@dataclass(frozen=True)
class Take:
    """One take. slot: by which it was ordered; None: as the prompt says. digest: of its request when it was ordered.

    instead_of: the take that holds until this one is there, None for the first. ordered_at, shown_at: UTC ISO 8601;
    shown_at: when a gallery first showed it, None before. revision: the change to its prompt with which it was
    ordered; None: as the prompts file said. first: the first of those that were ordered together; None for one that was
    ordered alone.
    """

    number: int
    slot: str | None
    digest: str
    instead_of: int | None = None
    ordered_at: str | None = None
    shown_at: str | None = None
    revision: Revision | None = None
    first: int | None = None

    @property
    def order(self) -> int:
        """What those that were ordered together have in common."""
        return self.first or self.number


@dataclass(frozen=True)
class Takes:
    """All takes of one prompt in their order, and the one that a person wants."""

    picked: int
    ordered: tuple[Take, ...]

    @property
    def newest(self) -> Take:
        return self.ordered[-1]

    @property
    def last_order(self) -> tuple[Take, ...]:
        """Those that were ordered together, last; none when none was ordered."""
        last = self.newest.order
        return tuple(each for each in self.ordered if each.number > 1 and each.order == last)

    @property
    def unshown(self) -> bool:
        """Whether any take of the last order was shown by no gallery yet."""
        return any(not each.shown_at for each in self.last_order)

    @property
    def all_unshown(self) -> tuple[Take, ...]:
        """Takes, of whatever order, that no gallery showed yet."""
        return tuple(each for each in self.ordered if each.number > 1 and not each.shown_at)

    def take(self, number: int) -> Take | None:
        return next((each for each in self.ordered if each.number == number), None)

    def chain(self) -> Iterator[Take]:
        """The wanted take, then those that hold in its place until it is there; the first take comes last."""
        take = self.take(self.picked)
        while take:
            yield take
            take = self.take(take.instead_of) if take.instead_of else None

    def with_order(
        self, slot: str | None, digests: Sequence[str], instead_of: int, now: str, revision: Revision | None = None
    ) -> "Takes":
        """So many more takes, the last of them wanted from now on; each holds until the next is there.

        now: UTC ISO 8601. revision: as it stands now.
        """
        number, made = self.newest.number, list[Take]()
        first = number + 1 if len(digests) > 1 else None
        for digest in digests:
            number += 1
            made.append(Take(number, slot, digest, instead_of, now, revision=revision, first=first))
            instead_of = number
        return Takes(number, (*self.ordered, *made))

    def pick(self, number: int) -> "Takes":
        return replace(self, picked=number)

    def shown(self, number: int, now: str) -> "Takes":
        """With that take marked as seen in a gallery."""
        ordered = (
            replace(each, shown_at=each.shown_at or now) if each.number == number else each for each in self.ordered
        )
        return replace(self, ordered=tuple(ordered))


def first(digest: str, revision: Revision | None = None) -> Takes:
    """The takes of a prompt that was never made again. revision: with which its picture was made."""
    return Takes(1, (Take(1, None, digest, revision=revision),))


def mistakes(data: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """(steps to the value, what is wrong) for what no schema can say of takes.json; data: valid by its schema."""
    for name, its in data["takes"].items():
        numbers = [take["number"] for take in its["ordered"]]
        there = ", ".join(map(str, numbers))
        if its["picked"] not in numbers:
            message = t(
                "found {picked}, which is not among the takes in ordered: {there}", picked=its["picked"], there=there
            )
            yield ("takes", name, "picked"), message
        if numbers != sorted(set(numbers)) or numbers[0] != 1:
            message = t("found takes {there}, expected them in their order from 1, each once", there=there)
            yield ("takes", name, "ordered"), message
        for index, take in enumerate(its["ordered"]):
            earlier = [number for number in numbers if number < take["number"]]
            if (take["instead_of"] not in earlier) if earlier else take["instead_of"]:
                expected = (
                    t("one of {takes}: an earlier take", takes=", ".join(map(str, earlier))) if earlier else "null"
                )
                message = t(
                    "found {take} for take {take_2}, expected {expected}",
                    take=shown(take["instead_of"]),
                    take_2=take["number"],
                    expected=expected,
                )
                yield ("takes", name, "ordered", index, "instead_of"), message


def decode(data: Mapping[str, Any]) -> dict[str, Takes]:
    """Takes by prompt id from the data of a valid takes.json."""
    return {name: Takes(each["picked"], tuple(map(_take, each["ordered"]))) for name, each in data["takes"].items()}


def _take(record: Mapping[str, Any]) -> Take:
    revision = record.get("revision")
    return Take(**known(Take, record) | {"revision": revisions.decode(revision) if revision else None})


def encode(takes: Mapping[str, Takes]) -> dict[str, Any]:
    """The data of takes.json, prompt ids in order."""
    return {"version": 1, "takes": {name: _encoded(takes[name]) for name in sorted(takes)}}


def _encoded(its: Takes) -> dict[str, Any]:
    ordered = [
        asdict(replace(take, revision=None)) | {"revision": revisions.encode(take.revision) if take.revision else None}
        for take in its.ordered
    ]
    for take in ordered:
        for name in ("revision", "first"):
            if take[name] is None:
                del take[name]
    return {"picked": its.picked, "ordered": ordered}
