"""The table of `doit plan SLOTS=` in 80 columns."""

import io
from dataclasses import replace
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from tasks.catalog.model import Lane, Price
from tasks.views import side_by_side_table
from tasks.views.side_by_side import SlotPlan, SlotRefusal

BATCH = Price(input=2.5, text_output=15, image_output=15)
ROW = SlotPlan(
    slot="o-1",
    model_key="openai_gpt_image_2_5_flare",
    model_name="gpt-image-2.5-flare",
    provider="openai",
    lane=Lane.BATCH,
    forms=("16:9 1K (1536x864) medium",),
    pictures=60,
    there=0,
    cost_usd=0.26,
    image_tokens=16800,
    input_tokens=2400,
    price=BATCH,
    prices_checked="2026-11-29",
    life_hours=24.0,
    kept_hours=720.0,
    status="live",
    ends_on=None,
    warning=None,
    license=None,
    refused=(),
)


def shown(monkeypatch: pytest.MonkeyPatch, *rows: SlotPlan) -> list[str]:
    out = io.StringIO()
    made = Console(file=out, width=80, highlight=False, markup=False)
    monkeypatch.setattr(side_by_side_table, "console", lambda: made)
    side_by_side_table.show(rows, "doit visual CH=CH01")
    lines = out.getvalue().splitlines()
    assert max(map(cell_len, lines)) <= 80
    return lines


def test_slots_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    """Costs stand in one column; each slot says how they come about, and for how long its results can be had."""
    more: dict[str, Any] = {"pictures": 58, "cost_usd": 0.0, "price": Price(per_picture=0)}
    own = replace(ROW, slot="l-1", model_key="own_a", model_name="A", lane=Lane.IMMEDIATE, **more)
    own = replace(own, forms=("16:9 1K (1344x768)",), license="license of own_a (A): Apache-2.0")
    refused = tuple(
        SlotRefusal("CH01-001", f"000{n}", "found 1 reference, own_a takes none", "remove some") for n in (3, 7)
    )
    assert shown(monkeypatch, ROW, replace(own, refused=refused)) == [
        "o-1  batch      60 pictures  $0.26  $0.0043 each",
        "  openai_gpt_image_2_5_flare = gpt-image-2.5-flare; 16:9 1K (1536x864) medium",
        "  16,800 image tokens at $15, 2,400 of input at $2.5 a million (2026-11-29)",
        "  a job lives 24 h, its results are kept 30 days; no end announced",
        "l-1  immediate  58 pictures  $0.00    $0.00 each  2 refused",
        "  own_a = A; 16:9 1K (1344x768); $0.00 a picture (2026-11-29)",
        "  each picture comes at once",
        "  license of own_a (A): Apache-2.0",
        "  2 refused (CH01-001 0003, CH01-001 0007): found 1 reference, own_a takes none",
        "nothing was sent; on one of them:",
        "  doit visual CH=CH01 SLOT=o-1",
    ]


def test_electricity_ends_and_many_reasons(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is estimated is called so; a last day is said; of many reasons the first ones."""
    power = replace(
        ROW, price=Price(per_picture=0, per_second=0.00001, seconds=8.0), kept_hours=48.0, ends_on="2027-01-31"
    )
    reasons = tuple(SlotRefusal("CH01-001", f"{n:04d}", f"reason {n}", "") for n in range(8))
    lines = " ".join(
        shown(monkeypatch, replace(power, refused=reasons), replace(ROW, pictures=0, there=60, cost_usd=0))
    )
    assert "electricity, about 8 s a picture" in lines and "ends on 2027-01-31" in lines
    assert "its results are kept 48 h" in lines and "60 bought before, for nothing" in lines
    assert "and 3 more reasons: FORMAT=json has all" in lines
