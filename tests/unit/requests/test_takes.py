"""Takes of a picture: which there are, and which were seen."""

from tasks.requests.takes import decode, encode, first


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
