"""usage.html: figures, charts and scales of the report."""

import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from tasks.providers.answer import Status
from tasks.views.report import charts
from tasks.views.report import page as report_page
from tasks.views.report import words as report_words
from tasks.views.report.figures import FigureLine, Figures, Reason, Report, Scope

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def test_places_are_counted_by_what_they_are() -> None:
    """Runs, comparisons and thumbnails are told apart; what was bought is told from what is there."""
    report = replace(_filled(1), runs=2, comparisons=1, thumbnails=2)
    assert report_words.where(report) == "all channels, 2026-09-25, 2 runs, 1 comparison, thumbnails of 2 channels"
    offline = Figures(requests=14, pictures=14, kept=14, placeholders=14)
    assert report_words.money(offline) == "$0.00 for 0 bought pictures; 14 are there"


def _filled(days: int = 60) -> Report:
    figures = Figures(1000, 970, 30, 5, 960, 0, 3, 20.5, 20.0, 0.5, 0.1, 19.0, 2, 0.5)
    first = date(2026, 9, 25)
    by_day = [FigureLine((first + timedelta(days=number)).isoformat(), figures) for number in range(days)]
    by_lane = [FigureLine(day.name, figures, lane) for day in by_day for lane in ("batch", "immediate")]
    models = tuple(
        FigureLine(name, figures, "batch", "絵") for name in ("gemini-3-pro-image", "a/long/path/flux-1-schnell-fp8")
    )
    channels = tuple(FigureLine(f"CH{number:02d}", figures, label="月あかりの紙すき" * 3) for number in range(30))
    one = (FigureLine("batch", figures),)
    reasons = (Reason(Status.BLOCKED, "</script><script>alert(1)</script>", 30, 0.1, (("gemini-3-pro-image", 30),)),)
    return Report(
        Scope(),
        "2026-11-23 08:15 UTC",
        600,
        0,
        figures,
        models,
        models,
        one,
        channels,
        tuple(by_day),
        tuple(by_lane),
        one,
        one,
        reasons,
    )


_BAD_CONTRAST = """() => {
  const part = (value) => { value /= 255; return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4; };
  const light = (color) => { const [r, g, b] = color.match(/[\\d.]+/g).map(Number);
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b); };
  const behind = (node) => { for (; node; node = node.parentElement) {
    const color = getComputedStyle(node).backgroundColor;
    if (!/, 0\\)$/.test(color)) return color; } return "rgb(255,255,255)"; };
  return [...document.querySelectorAll("p, dt, dd, td, th, b, span, summary, h1, h2, code")]
    .filter((node) => node.textContent.trim() && node.offsetParent).filter((node) => {
      const [a, b] = [light(getComputedStyle(node).color), light(behind(node))].sort((x, y) => y - x);
      return (a + 0.05) / (b + 0.05) < 4.5; }).map((node) => node.outerHTML.slice(0, 80)); }"""


@pytest.mark.skipif(BROWSER is None, reason="no Chromium here")
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_real_browser_shows_the_page(tmp_path: Path, width: int, scheme: str) -> None:
    """Opened from disk: charts are drawn, nothing overflows, every text can be read on its ground, no script runs."""
    sync_api = pytest.importorskip("playwright.sync_api")
    page = tmp_path / "usage.html"
    page.write_bytes(report_page.render(_filled()))
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        try:
            tab = browser.new_page(viewport={"width": width, "height": 844}, color_scheme=scheme)
            tab.goto(page.as_uri())
            bars = tab.locator(".chart rect.batch")
            assert bars.count() == 60
            assert all((bars.nth(number).bounding_box() or {})["height"] > 10 for number in (0, 59))
            assert tab.evaluate("document.documentElement.scrollWidth") <= width
            assert tab.evaluate("document.scripts.length") == 0
            assert tab.evaluate(_BAD_CONTRAST) == []
        finally:
            browser.close()


@pytest.mark.parametrize(("days", "step"), [(60, "day"), (200, "week"), (900, "month")])
def test_columns_leave_no_gap_and_lose_no_money(days: int, step: str) -> None:
    """Long times are shown by week or month; all values are in the columns, all columns inside the drawing."""
    values = {(date(2026, 1, 1) + timedelta(days=number), "batch"): 0.5 for number in range(0, days, 3)}
    chart = charts.columns(values, ("batch", "immediate"))
    assert chart.step == step
    assert sum(column.total for column in chart.columns) == pytest.approx(sum(values.values()))
    assert all(bar.y >= -1e-9 and bar.y + bar.height <= 100.001 for column in chart.columns for bar in column.bars)
    assert chart.columns[-1].begin + chart.columns[-1].width == pytest.approx(100)


def test_a_single_day_is_no_wall() -> None:
    """Few columns stay narrow, side by side from the left."""
    (only,) = charts.columns({(date(2026, 1, 1), "batch"): 0.5}, ("batch", "immediate")).columns
    assert only.begin == 0 and only.width < 10


@pytest.mark.parametrize("most", [0.0, 0.0003, 0.07, 1, 9.99, 30.5, 12617.25])
def test_scales_are_round_and_high_enough(most: float) -> None:
    """The highest value fits, and no axis has more than a handful of lines."""
    values = charts.scale(most)
    assert values[0] == 0 and values[-1] >= most and 2 <= len(values) <= 6
