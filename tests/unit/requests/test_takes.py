"""Takes of a picture: which there are, and which were seen."""

from typing import Any

import pytest

from tasks.prompts.revisions import Edit, Revision
from tasks.requests.takes import decode, encode, first, mistakes

GOOD = [{"number": 1, "instead_of": None}, {"number": 2, "instead_of": 1}, {"number": 3, "instead_of": 1}]


def test_takes_that_there_are_not_and_seen_ones() -> None:
    """An unknown number is no take; one that a gallery showed keeps the time when it first did."""
    its = first("a" * 64).with_order("i-1", ["b" * 64], 1, "2026-11-23T00:00:00Z")
    assert its.take(9) is None and its.unshown and its.pick(1).picked == 1
    seen = its.shown(2, "2026-11-23T01:00:00Z")
    assert not seen.unshown and seen.shown(2, "2026-11-24T00:00:00Z") == seen
    assert [take.number for take in seen.chain()] == [2, 1]


def test_takes_that_are_ordered_together() -> None:
    """Each holds until the next is there; the order is open until a gallery showed all of it."""
    its = first("a" * 64).with_order(None, ["b" * 64, "c" * 64], 1, "2026-11-23T00:00:00Z")
    assert (its.picked, [take.number for take in its.chain()]) == (3, [3, 2, 1])
    half = its.shown(3, "2026-11-23T01:00:00Z")
    assert half.unshown and [take.number for take in half.all_unshown] == [2]
    assert not half.shown(2, "2026-11-23T01:00:00Z").unshown
    again = its.with_order(None, ["d" * 64], 1, "2026-11-23T00:00:00Z")
    assert [take.number for take in again.last_order] == [4], "two orders in one second are two orders"
    assert decode(encode({"0001": again})) == {"0001": again}


def test_a_take_that_was_ordered_alone_names_no_first() -> None:
    """Its file is the same as before several could be ordered together, so older versions go on reading it."""
    alone = first("a" * 64).with_order("i-1", ["b" * 64], 1, "2026-11-23T00:00:00Z")
    data = encode({"0001": alone})
    assert [("first" in take, take["number"]) for take in data["takes"]["0001"]["ordered"]] == [(False, 1), (False, 2)]
    several = alone.with_order(None, ["c" * 64, "d" * 64], 2, "2026-11-24T00:00:00Z")
    ordered = encode({"0001": several})["takes"]["0001"]["ordered"]
    assert [take.get("first") for take in ordered] == [None, None, 3, 3]


def test_the_file_gives_back_what_was_ordered() -> None:
    """Also the change to the prompt with which a picture was ordered; the file says its version."""
    change = Revision("2026-11-23T00:00:00Z", prompt=Edit("\u5ce0", "\u96ea\u306e\u5ce0"))
    takes = {"0002": first("a" * 64), "0001": first("b" * 64, change).with_order("i-1", ["c" * 64], 1, "", change)}
    data = encode(takes)
    assert decode(data) == takes and data["version"] == 1 and list(data["takes"]) == ["0001", "0002"]
    assert first("a" * 64).picked == 1


@pytest.mark.parametrize(
    ("picked", "ordered", "at", "says"),
    [
        (4, GOOD, ("picked",), "found 4, which is not among the takes in ordered: 1, 2, 3"),
        (2, [GOOD[1]], ("ordered",), "found takes 2, expected them in their order from 1"),
        (1, [GOOD[0], GOOD[2], GOOD[1]], ("ordered",), "found takes 1, 3, 2, expected"),
        (1, [GOOD[0], GOOD[1], GOOD[1]], ("ordered",), "found takes 1, 2, 2, expected"),
        (1, [{"number": 1, "instead_of": 1}], ("ordered", 0, "instead_of"), "found 1 for take 1, expected null"),
        (2, [GOOD[0], {"number": 2, "instead_of": 2}], ("ordered", 1, "instead_of"), "take 2, expected one of 1"),
        (2, [GOOD[0], {"number": 2, "instead_of": None}], ("ordered", 1, "instead_of"), "found null for take 2"),
    ],
)
def test_takes_that_cannot_be_are_said_with_their_place(
    picked: int, ordered: list[dict[str, Any]], at: tuple[str | int, ...], says: str
) -> None:
    """A take that is not there, twice or in no order, or that waits for itself; the rest of the file is all right."""
    data = {"takes": {"0001": {"picked": 3, "ordered": GOOD}, "0002": {"picked": picked, "ordered": ordered}}}
    found = dict(mistakes(data))
    assert says in found["takes", "0002", *at]
    assert all(steps[1] == "0002" for steps in found)
