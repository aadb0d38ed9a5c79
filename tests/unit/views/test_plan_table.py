"""The table of `doit plan` in 80 columns."""

import io
from dataclasses import replace
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from tasks.catalog.model import Lane
from tasks.commands import plan
from tasks.project.settings import Settings
from tasks.views import plan_table
from tasks.views.plan import PlanRow


def _row(**changes: Any) -> PlanRow:
    about = ("CH01-001", "g-1", "gemini_nano_banana_2_1", "gemini-nano-banana-2.1", Lane.BATCH, "16:9 1K")
    return replace(PlanRow(*about, 0, 2, 0, 0, 1, 2240, 0.0337, Lane.IMMEDIATE, 0.0674, 9.5, None), **changes)


def _shown(monkeypatch: pytest.MonkeyPatch, *rows: PlanRow, **settings: Any) -> list[str]:
    """The lines on a terminal of 80 columns, as wide as they are shown there."""
    out = io.StringIO()
    monkeypatch.setattr(plan_table, "console", lambda: Console(file=out, width=80, highlight=False, markup=False))
    plan_table.show(rows, plan.visual_command(Settings(channel="CH01", **settings)))
    lines = out.getvalue().splitlines()
    assert max(map(cell_len, lines)) <= 80
    return lines


def test_a_plan_reads_in_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line a run and a dim one for its model; the sum, what the cap leaves, and last the command."""
    assert _shown(monkeypatch, _row(), slot="g-1", limit=2) == [
        "CH01-001  g-1 batch 16:9 1K  2 missing  1 held  $0.0337",
        "  gemini_nano_banana_2_1 = gemini-nano-banana-2.1; immediate $0.0674",
        "2 pictures would be sent, about $0.0337; nothing was sent",
        "the budget leaves $9.50",
        "  doit visual CH=CH01 SLOT=g-1 LIMIT=2",
    ]


def test_a_plan_of_many_and_odd_runs_reads_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Long Japanese names, both lanes, a model with a path: nothing is wider than 80, costs stand in one column."""
    flux = _row(run="CH01-2", slot="img-flux-schnell-1", lane="immediate", other_lane=None, other_lane_usd=None)
    flux = replace(flux, model_key="fireworks_flux_1_schnell_fp8", model_name="accounts/fireworks/models/flux-1" * 2)
    long = _row(run="CH01-" + "月あかりの紙すき" * 4, missing=1000, cost_usd=1234.5, paid=200, waiting=300, held=0)
    done = _row(run="CH01-3", missing=0, held=0, cost_usd=0.0)
    lines = _shown(monkeypatch, _row(), flux, long, done, replace(done, run="CH01-4"))
    first = [line for line in lines if line.startswith("CH01")]
    assert len(first) == 3 and len({cell_len(line) for line in first}) == 1
    assert "200 from the store, 300 on their way" in "".join(lines)
    assert "nothing left to do in 2 more runs" in lines
    assert "the budget leaves $9.50: it will refuse some" in lines
