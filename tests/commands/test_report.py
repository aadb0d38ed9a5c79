"""`doit report`: every usage.csv added up; counts and cost are those of the provider's own account."""

import csv
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.studio import Studio, story


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


def test_sums_are_those_of_the_rows_to_the_last_digit(eventful: Studio) -> None:
    """Every sum is the exact one of its rows in decimals, whatever the order in which they are added, every time."""
    said = _json(eventful)
    rows = [row for run in ("CH01-001", "CH01-002", "CH01-003") for row in eventful.usage(run)]
    for lines, column in ((said["models"], "model_name"), (said["bases"], "cost_basis"), (said["lanes"], "lane")):
        for line in lines:
            exact = sum(Decimal(row["cost_usd"]) for row in rows if row[column] == line["name"])
            assert line["figures"]["cost_usd"] == float(exact)
    assert said["total"]["cost_usd"] == float(sum(Decimal(row["cost_usd"]) for row in rows))
    assert all(_json(eventful) == said for _ in range(2))


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


def _spoilt(usage: Path) -> Iterator[bytes]:
    """What a usage.csv becomes: a wrong word in a row, its end cut off, another program's bytes."""
    whole = usage.read_bytes()
    lines = whole.splitlines(keepends=True)
    yield b"".join([*lines[:3], lines[3].replace(b",batch,", b",bitch,"), *lines[4:]])
    yield whole[: len(whole) // 2]
    yield b"\x00garbage\xff" * 9


def test_a_damaged_file_is_counted_from_its_results(eventful: Studio) -> None:
    """Whatever a usage.csv became, the report is whole and names it; the next command mends it."""
    whole, usage = _json(eventful), eventful.run("CH01-002") / "usage.csv"
    good = usage.read_bytes()
    for bad in _spoilt(usage):
        usage.write_bytes(bad)
        done = eventful.doit("report", "FORMAT=json")
        assert (done.returncode, json.loads(done.stdout)) == (0, whole), done.stderr
        assert "CH01-002/usage.csv is damaged" in done.stderr and "doit visual CH=CH01 RUN=002" in done.stderr
        assert usage.read_bytes() == bad
        eventful.ask("collect")
        assert usage.read_bytes() == good


def test_a_place_that_cannot_be_read_is_left_out_of_the_report(eventful: Studio) -> None:
    """Neither usage.csv nor results can be read: exit 1, the report of all others, which names whom it is without."""
    run = eventful.run("CH01-002")
    kept = {name: (run / name).read_bytes() for name in ("usage.csv", "results.jsonl")}
    for name in kept:
        (run / name).write_bytes(b"\x00garbage\xff" * 9)
    done = eventful.doit("report")
    assert done.returncode == 1 and "CH01-002/results.jsonl" in done.stderr
    assert "without the rows of CH01-002" in done.stdout
    assert "without the rows of CH01-002" in (eventful.folder / "workspaces/reports/usage.html").read_text("utf-8")
    for name, data in kept.items():
        (run / name).write_bytes(data)
    assert _json(eventful)["without"] == []


def test_a_period_and_a_copy(eventful: Studio) -> None:
    """Days outside the period do not count; a copy is never counted; exit 1 when it is named as a run."""
    assert _json(eventful, "SINCE=2026-11-24")["total"]["requests"] == 0
    assert _json(eventful, "UNTIL=2026-11-23", "CH=CH01")["total"]["requests"] == 18
    for name, expect in (("CH01-001 copy", 0), ("CH01-001_copy", 1)):
        eventful.run(name).mkdir()
        (eventful.run(name) / "usage.csv").write_bytes((eventful.run() / "usage.csv").read_bytes())
        said = eventful.ask("report", expect=expect)
        assert ("is the folder a copy?" in said) == bool(expect)


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


def test_a_comparison_is_one_whatever_its_slots(studio: Studio) -> None:
    """Two slots of one comparison, with a picture that came from the store, count as one beside their run."""
    studio.prompts(story(1))
    studio.visual()
    studio.ask("compare", "NAME=kurabe", "SLOTS=g-1,i-1", "CH=CH01", "RUN=001")
    data = _json(studio)
    assert (data["runs"], data["comparisons"], data["thumbnails"]) == (1, 1, 0)
