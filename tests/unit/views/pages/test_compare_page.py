"""compare/<NAME>/index.html: the matrix of prompts and slots."""

import hashlib
import re
from dataclasses import replace
from pathlib import Path

import pytest

from tasks.catalog.model import Lane
from tasks.catalog.pricing import CostBasis
from tasks.emulator.placeholder.painter import paint
from tasks.providers.answer import FailureClass, Status, Tokens
from tasks.views.pages.compare_page import Cell, ComparisonPage, PromptRow, SlotColumn, duration, render
from tests.support.browser import browser_page, needs_browser

SLOTS = (
    ("g-1", "gemini-nano-banana-2.1", Lane.BATCH),
    ("i-1", "gemini-3-pro-image", Lane.IMMEDIATE),
    ("f-1", "flux", Lane.IMMEDIATE),
)


def cell(slot: str, number: int, **changes: object) -> Cell:
    cell = Cell(
        image=f"{slot}/images/{number:04d}.png",
        status=Status.OK,
        sha256=hashlib.sha256(f"{slot}{number}".encode()).hexdigest(),
        width=688,
        height=384,
        seconds=float(number),
        cost_usd=0.02,
        cost_basis=CostBasis.MEASURED,
        tokens=Tokens(40, 1120, 0, 200),
        model_name="m",
        seed=7,
    )
    return replace(cell, **changes)  # type: ignore[arg-type]


def comparison(rows: int = 12) -> ComparisonPage:
    """12 x 3; i-1 refused prompt 2 and failed at prompt 3 (paid), f-1 still waits for prompt 4."""
    odd = {
        ("i-1", 2): Cell(None, Status.BLOCKED, "IMAGE_SAFETY", FailureClass.REFUSED, cost_usd=0.0),
        ("i-1", 3): Cell(
            None, Status.EMPTY, "text only", FailureClass.RETRYABLE, cost_usd=0.01, cost_basis=CostBasis.MEASURED
        ),
        ("f-1", 4): Cell(None, None),
        ("f-1", 1): cell("f-1", 1, verdict="NG", note="文字が入っている"),
    }
    columns = tuple(
        SlotColumn(slot, "k", model, lane, tuple(odd.get((slot, n), cell(slot, n)) for n in range(1, rows + 1)))
        for slot, model, lane in SLOTS
    )
    return ComparisonPage(
        "b", tuple(PromptRow(f"{n:04d}", f"雪の山道 {n}") for n in range(1, rows + 1)), columns, "2026-11-23"
    )


def test_totals_of_each_slot() -> None:
    """Pictures, failures, cost with failures in it, cost per picture, median and p90 time, verdicts."""
    first, second, third = comparison().columns
    assert (first.pictures, first.failures, second.pictures, second.failures) == (12, 0, 10, 2)
    assert (third.pictures, third.failures, third.waiting) == (11, 0, 1)
    assert second.cost_usd == pytest.approx(0.21)
    assert second.cost_per_picture == pytest.approx(0.021)
    assert (first.median_seconds, first.p90_seconds) == (6.5, 11.0)
    assert (second.median_seconds, second.p90_seconds) == (7.5, 11.0)
    assert third.verdicts == {"NG": 1}
    assert [comparison().rows_with(what) for what in ("missing", "failed", "NG")] == [3, 2, 1]
    assert replace(first, spent_usd=1.5).cost_usd == 1.5


def test_nothing_known_is_no_zero() -> None:
    """Without a picture there is neither a price per picture nor a time."""
    column = SlotColumn("g-1", "k", "m", Lane.BATCH, (Cell(None, None),))
    assert (column.cost_per_picture, column.median_seconds, column.p90_seconds) == (None, None, None)
    assert [duration(each) for each in (None, 4.24, 180.0, 9000.0)] == ["–", "4.2 s", "3 min", "2.5 h"]


def test_a_column_must_fit() -> None:
    """A column with another number of cells than rows is a mistake of the caller and said at once."""
    with pytest.raises(ValueError, match="one cell per row"):
        ComparisonPage("b", (PromptRow("0001", "雪"),), (SlotColumn("g-1", "k", "m", Lane.BATCH, ()),), "")


def test_every_cell_and_reason_stands_on_the_page() -> None:
    """36 cells; failures in plain words; the same facts give the same bytes; nothing is loaded from elsewhere."""
    source = render(comparison()).decode()
    assert render(comparison()).decode() == source
    assert source.count('<td class="cell ') == 36
    assert source.count("<img ") == source.count('loading="lazy" decoding="async"') == 33
    assert "held back by the provider" in source
    assert "answered with words instead of a picture" in source
    assert "tokens: 40 in, 1,120 for the picture, 0 of text, 200 of thinking" in source
    assert "seed 7" in source
    assert not re.search(r"https?://|@import|url\(", source)


def test_prompts_cannot_become_code() -> None:
    """What people write stays text."""
    evil = "</script><script>alert(1)</script>\"'"
    page = replace(comparison(1), name=evil, rows=(PromptRow("0001", evil),))
    assert render(page).decode().count("<script>") == 1


@needs_browser
def test_walking_flickering_sliding_in_a_real_browser(tmp_path: Path) -> None:
    """Arrows move both ways, Space shows the other slot while held, S slides with a divider, the filter narrows."""
    for slot, _, _ in SLOTS:
        (tmp_path / slot / "images").mkdir(parents=True)
        for number in range(1, 13):
            data = paint(f"{slot}{number}", 344, 192, "image/png", slot)
            (tmp_path / slot / "images" / f"{number:04d}.png").write_bytes(data)
    (tmp_path / "index.html").write_bytes(render(comparison()))
    with browser_page() as page:
        page.goto((tmp_path / "index.html").as_uri())
        page.click(".cell .frame")
        title, other = page.locator(".bar b"), page.locator(".stage .other")
        assert title.text_content() == "0001 · g-1 (1 / 12)"
        assert not other.is_visible()
        page.keyboard.down(" ")
        assert other.is_visible()
        assert other.get_attribute("src").endswith("i-1/images/0001.png")
        page.keyboard.up(" ")
        assert not other.is_visible()
        page.keyboard.press("3")
        assert page.locator(".stage .other").get_attribute("src").endswith("f-1/images/0001.png")
        page.keyboard.press("s")
        box = page.locator(".stage").bounding_box()
        page.mouse.move(box["x"] + 600, box["y"] + 200)
        page.mouse.down()
        page.mouse.move(box["x"] + 300, box["y"] + 200)
        page.mouse.up()
        assert page.locator(".stage").evaluate("(e) => e.style.getPropertyValue('--at')") == "300px"
        assert page.locator(".divider").is_visible()
        page.keyboard.press("s")
        for key in ("ArrowRight", "ArrowDown"):
            page.keyboard.press(key)
        assert title.text_content() == "0002 · i-1 (2 / 12)"
        assert "safety filter" in page.locator(".stage").text_content()
        assert page.locator(".judge").is_hidden()
        page.keyboard.press("Escape")
        page.click("label.failed")
        assert page.locator("tbody tr:visible").count() == 2
        page.set_viewport_size({"width": 390, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
