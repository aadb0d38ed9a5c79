"""Orders of a page: what is left of them by takes.json, and two clicks at once."""

import threading
from pathlib import Path

import pytest

from tasks.requests import orders_file
from tasks.requests.orders_file import PlacedOrder
from tasks.requests.takes import first
from tasks.text.errors import BadInput, Stop

AT = "2026-11-29T20:14:00Z"
ORDER = PlacedOrder("k3x9a7p2", AT, {"0001": (2, 3)}, 0.0336)


def test_what_is_left_of_an_order() -> None:
    """Unordered, ordered, half seen, seen, and followed by a later take: read off takes.json alone."""
    assert (ORDER.open({}), ORDER.unordered({}), ORDER.pictures) == (["0001"], ["0001"], 2)
    its = first("a" * 64).with_order(None, ["b" * 64, "c" * 64], 1, AT)
    assert (ORDER.open({"0001": its}), ORDER.unordered({"0001": its})) == (["0001"], [])
    assert ORDER.digests({"0001": its}) == {"b" * 64, "c" * 64}
    half = its.shown(3, AT)
    assert ORDER.open({"0001": half}) == ["0001"]
    assert ORDER.open({"0001": half.shown(2, AT)}) == []
    assert ORDER.open({"0001": half.with_order(None, ["d" * 64], 1, "2026-11-29T21:00:00Z")}) == []


def test_of_two_clicks_at_once_one_is_an_order(tmp_path: Path) -> None:
    """Two tabs, the same pictures: one is written down, the other one told; the same id again is the same order."""
    told = list[str]()

    def click(identity: str) -> None:
        try:
            orders_file.place(tmp_path, tmp_path / "lock", PlacedOrder(identity, AT, {"0001": (2,)}, 0.0), {})
        except Stop as stop:
            told.append(stop.what)

    tabs = [threading.Thread(target=click, args=(identity,)) for identity in ("aaaaaaaa", "bbbbbbbb")]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    (order,) = orders_file.read(tmp_path)
    assert len(told) == 1 and "0001 is ordered already" in told[0]
    assert not orders_file.place(tmp_path, tmp_path / "lock", order, {})
    orders_file.leave(tmp_path, tmp_path / "lock", order.id)
    click("cccccccc")
    assert [each.id for each in orders_file.read(tmp_path)] == [order.id, "cccccccc"]
    with pytest.raises(BadInput, match="has no order dddddddd"):
        orders_file.leave(tmp_path, tmp_path / "lock", "dddddddd")
