"""Takes of a picture: which there are, and which were seen."""

from tasks.requests.takes import first


def test_takes_that_there_are_not_and_seen_ones() -> None:
    """An unknown number is no take; one that a gallery showed keeps the time when it first did."""
    its = first("a" * 64).with_order("i-1", "b" * 64, 1, "2026-11-23T00:00:00Z")
    assert its.take(9) is None and its.unshown and its.pick(1).picked == 1
    seen = its.shown(2, "2026-11-23T01:00:00Z")
    assert not seen.unshown and seen.shown(2, "2026-11-24T00:00:00Z") == seen
    assert [take.number for take in seen.chain()] == [2, 1]
