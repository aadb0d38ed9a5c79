"""`doit report`: every usage.csv added up; counts and cost are those of the provider's own account."""

import csv
import json
import re
import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from studio import Studio, story

from tasks.views.report import charts
from tasks.views.report import page as report_page
from tasks.views.report import words as report_words
from tasks.views.report.figures import FigureLine, Figures, Reason, Report, Scope

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def _json(studio: Studio, *words: str) -> dict:
    done = studio.doit("report", "FORMAT=json", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def eventful(studio: Studio) -> Studio:
    """Three models, and of every kind of failure one that was billed or not."""
    assert studio.emulator
    texts = story(6)
    for slot, run in (("g-1", "CH01-001"), ("g-2", "CH01-002"), ("g-3", "CH01-003")):
        studio.prompts(texts, run)
        for fault, key in (("blocked_prompt", "0002"), ("no_image", "0003"), ("request_error", "0004")):
            studio.emulator.fault(fault, match=f"{key}-", times=1)
        studio.visual(f"RUN={run[-3:]}", f"SLOT={slot}", expect=1)
    return studio


def test_counts_and_cost_are_those_of_the_ledger(eventful: Studio) -> None:
    """Every billed answer is in the report, by model, to the cent; failures are counted beside them."""
    assert eventful.emulator
    ledger = eventful.emulator.ledger()
    said = _json(eventful)
    total = said["total"]
    assert total["cost_usd"] == pytest.approx(ledger["usd"], abs=1e-4)
    assert (total["requests"], total["failed"], total["kept"]) == (18, 9, 9)
    for line in said["models"]:
        billed = sum(row["usd"] for row in ledger["billed"] if row["model"] == line["name"])
        assert line["figures"]["cost_usd"] == pytest.approx(billed, abs=1e-4)
    assert total["saved_usd"] == pytest.approx(total["cost_usd"], abs=1e-4)
    assert (total["unsaid"], sum(each["count"] for each in said["reasons"])) == (0, 9)
    assert (total["failed_share"], total["saved_share"]) == (0.5, pytest.approx(0.5, abs=1e-3))
    assert total["each_usd"] == pytest.approx(total["cost_usd"] / 9)


def test_the_table_the_rows_and_the_page(eventful: Studio) -> None:
    """The first line says which model, how often, how many failed; the page too; every row is in usage.csv."""
    done = eventful.doit("report")
    assert done.returncode == 0, done.stderr
    assert "gemini-3-pro-image 6 times, 3 failed" in done.stdout.splitlines()[0]
    reports = eventful.folder / "workspaces" / "reports"
    assert sorted(path.name for path in reports.iterdir()) == ["usage.csv", "usage.html"]
    with (reports / "usage.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    own = [row for run in ("CH01-001", "CH01-002", "CH01-003") for row in eventful.usage(run)]
    assert [{k: v for k, v in row.items() if k != "channel"} for row in rows] == own
    page = (reports / "usage.html").read_text("utf-8")
    assert "gemini-3-pro-image 6 times, 3 failed" in page and "<svg" in page
    assert not re.search(r"https?://|@import|url\(", page)
    before = eventful.snapshot()
    assert eventful.doit("report").returncode == 0
    assert eventful.snapshot() == before


def test_a_broken_file_is_named_with_its_line_and_nothing_is_written(eventful: Studio) -> None:
    """Exit status 3, file and line, no report of half the truth."""
    usage = eventful.run("CH01-002") / "usage.csv"
    lines = usage.read_text().splitlines(keepends=True)
    usage.write_text("".join([*lines[:3], lines[3].replace(",batch,", ",bitch,"), *lines[4:]]))
    done = eventful.doit("report")
    assert done.returncode == 3
    assert "CH01-002/usage.csv:4" in done.stderr and "doit visual CH=CH01 RUN=002" in done.stderr
    assert list((eventful.folder / "workspaces" / "reports").iterdir()) == []


def test_a_period_and_a_copy(eventful: Studio) -> None:
    """Days outside the period do not count; the copy of a run's folder is refused instead of counted twice."""
    assert _json(eventful, "SINCE=2026-11-24")["total"]["requests"] == 0
    assert _json(eventful, "UNTIL=2026-11-23", "CH=CH01")["total"]["requests"] == 18
    copy = eventful.run("CH01-001 copy")
    copy.mkdir()
    (copy / "usage.csv").write_bytes((eventful.run() / "usage.csv").read_bytes())
    done = eventful.doit("report")
    assert done.returncode == 3 and "is the folder a copy?" in done.stderr


def test_a_report_of_some_rows_leaves_the_whole_page_alone(eventful: Studio) -> None:
    """CH=, RUN=, SINCE= make usage-narrowed.html, which says on top what was asked; usage.html stays the whole."""
    eventful.ask("report")
    reports = eventful.folder / "workspaces" / "reports"
    whole = (reports / "usage.html").read_bytes()
    said = eventful.ask("report", "CH=CH01", "RUN=002", "SINCE=2026-11-01")
    page = (reports / "usage-narrowed.html").read_text("utf-8")
    assert "doit report CH=CH01 RUN=002 SINCE=2026-11-01" in page and 'href="usage.html"' in page
    assert "usage-narrowed.html" in said and "CH01-002, 2026-11-01 to" in said and "1 run:" in said
    assert (reports / "usage.html").read_bytes() == whole and b"doit report CH=" not in whole


def test_a_channel_without_rows(eventful: Studio) -> None:
    """One line says that there are none and which channels have some; no empty tables."""
    said = eventful.ask("report", "CH=CH55")
    assert "no rows for CH55; there are rows for CH01" in said and "Models" not in said
    assert "no rows for CH01 2030-01-01" in eventful.ask("report", "CH=CH01", "SINCE=2030-01-01", "UNTIL=2030-01-01")


def test_places_are_counted_by_what_they_are() -> None:
    """Runs, comparisons and thumbnails are told apart; what was bought is told from what is there."""
    report = replace(_filled(1), runs=2, comparisons=1, thumbnails=2)
    assert report_words.where(report) == "all channels, 2026-09-25, 2 runs, 1 comparison, thumbnails of 2 channels"
    offline = Figures(requests=14, pictures=14, kept=14, placeholders=14)
    assert report_words.money(offline) == "$0.00 for 0 bought pictures; 14 are there"


def test_a_comparison_is_one_whatever_its_slots(studio: Studio) -> None:
    """Two slots of one comparison, with a picture that came from the store, count as one beside their run."""
    studio.prompts(story(1))
    studio.visual()
    studio.ask("compare", "NAME=kurabe", "SLOTS=g-1,i-1", "CH=CH01", "RUN=001")
    data = _json(studio)
    assert (data["runs"], data["comparisons"], data["thumbnails"]) == (1, 1, 0)


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
    reasons = (Reason("blocked", "</script><script>alert(1)</script>", 30, 0.1, (("gemini-3-pro-image", 30),)),)
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


@pytest.mark.parametrize("most", [0.0, 0.0003, 0.07, 1, 9.99, 30.5, 12617.25])
def test_scales_are_round_and_high_enough(most: float) -> None:
    """The highest value fits, and no axis has more than a handful of lines."""
    values = charts.scale(most)
    assert values[0] == 0 and values[-1] >= most and 2 <= len(values) <= 6
