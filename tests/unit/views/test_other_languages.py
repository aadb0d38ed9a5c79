"""Pages and tables in other languages: Japanese as it is, and one that nobody speaks, in which English shows itself."""

import importlib.util
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from tasks.catalog.model import Lane
from tasks.catalog.pricing import CostBasis
from tasks.providers.answer import FailureClass, Status, Tokens
from tasks.runs.results import Cause
from tasks.text import languages, progress
from tasks.text.progress import JobRow
from tasks.text.sentences import t
from tasks.text.wording import dollars, few
from tasks.views import plan_table
from tasks.views.pages import channel_page, compare_page, gallery
from tasks.views.pages.channel_page import RunCard, Shelf
from tasks.views.pages.compare_page import Cell, ComparisonPage, PromptRow, SlotColumn
from tasks.views.pages.gallery import Card, Page, TakeCard
from tasks.views.pages.render import render_page, translations
from tasks.views.plan import PlanRow
from tasks.views.report import page as report_page
from tasks.views.report import table as report_table
from tasks.views.report.figures import FigureLine, Figures, Reason, Report, Scope
from tests.support.emulator_process import ROOT
from tests.support.languages import speaking, strange, words_of, write

NOT_ENGLISH = re.compile(
    r"\b(?:OK|NG|UTC|CH\d+\S*|batch|immediate|blocked|missing|R|O|N|U|S|Space|Enter|doit [a-z]+ \S+.*)\b"
)
"""What is the same in every language: verdicts, keys, lanes, commands."""


def _messages() -> ModuleType:
    spec = importlib.util.spec_from_file_location("messages", ROOT / ".ci" / "messages.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def catalogues(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one more language: every sentence there is, in letters that no English word has."""
    folder = tmp_path_factory.mktemp("locale")
    write(folder, "xx", {said.template: strange(said.template) for said in _messages().sentences()})
    return folder


@pytest.fixture
def nobodys(catalogues: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The language that nobody speaks is spoken."""
    monkeypatch.setattr(languages, "FOLDER", catalogues)
    with speaking("xx"):
        yield


def _card(number: int, **changes: Any) -> Card:
    made = Card(
        prompt_id=f"{number:04d}",
        prompt="雪の山道",
        image=f"images/{number:04d}.png",
        status=Status.OK,
        reason="",
        model_name="1",
        slot="1",
        lane=Lane.BATCH,
        cost_usd=0.0168,
        cost_basis=CostBasis.ESTIMATED,
        width=1376,
        height=768,
        placeholder=number == 1,
    )
    return replace(made, **changes)


def _gallery() -> bytes:
    refused: dict[str, Any] = {"image": None, "status": Status.BLOCKED, "failure": FailureClass.REFUSED}
    gone = {"image": None, "status": Status.ERROR, "failure": FailureClass.PERMANENT, "cause": Cause.MADE_AND_GONE}
    takes = tuple(TakeCard(number, "1.png", "1", "1", "2026", 0.1, number == 2) for number in (1, 2))
    cards = [
        *(_card(1), _card(2, **refused), _card(3, **gone), _card(4, image=None, status=None, cost_usd=None)),
        *(_card(5, yours=True), _card(6, takes=takes), _card(7, status=Status.ERROR, failure=FailureClass.RETRYABLE)),
        _card(8, image=None, status=Status.EMPTY, failure=FailureClass.RETRYABLE, exhausted=True),
        _card(9, image=None, back="1"),
    ]
    retake = "doit retake CH=1"
    return gallery.render(Page("紙すき", "CH01", "CH01-1", tuple(cards), "2026", retake=retake, index="../1.html"))


def _comparison() -> bytes:
    cell = Cell("1.png", Status.OK, seconds=200.0, cost_usd=0.1, tokens=Tokens(1, 2, 3, 4), model_name="2", seed=1)
    failed = Cell(None, Status.ERROR, failure=FailureClass.RETRYABLE)
    older = replace(cell, status=Status.BLOCKED, failure=FailureClass.REFUSED, placeholder=True)
    column = SlotColumn("1", "1", "1", Lane.BATCH, (cell, failed, older, Cell(None, None)))
    rows = tuple(PromptRow(f"{number}", "雪") for number in range(4))
    return compare_page.render(ComparisonPage("1", rows, (column, replace(column, slot="2")), "2026"))


def _channel() -> bytes:
    counts = {"pictures": 1, "tidied": 1, "failed": 2, "on_their_way": 3, "good": 4, "bad": 5}
    cards = (RunCard("1", "1.html", cost_usd=0.1, date="2026", **counts), RunCard("2", "2.html", pictures=2))  # type: ignore[arg-type]
    return channel_page.render("1", (Shelf("1", cards),))


def _report() -> Report:
    figures = Figures(1000, 970, 30, 5, 960, 10, 3, 20.5, 20.0, 0.5, 0.1, 19.0, 2, 0.5, 40)
    days = tuple(FigureLine(f"2026-09-{number:02d}", figures, "batch") for number in range(1, 20))
    line = (FigureLine("1", figures, "batch", "絵"),)
    many = tuple(FigureLine(f"CH{number:02d}", figures, label="月あかりの紙すき" * 3) for number in range(30))
    reasons = (Reason(Status.BLOCKED, "", 30, 0.1, (("1", 30),)),)
    facts = {
        "selection": Scope(),
        "newest": "2026-11-23 08:15 UTC",
        "runs": 2,
        "undated": 3,
        "thumbnails": 2,
        "comparisons": 1,
    }
    facts |= {"total": figures, "models": line, "model_lanes": line, "lanes": line, "channels": many, "days": days}
    facts |= {"day_lanes": days, "months": line, "bases": line, "reasons": reasons, "without": ("CH01-1",)}
    return Report(**{name: facts.get(name, ()) for name in Report.__dataclass_fields__})  # type: ignore[arg-type]


PAGES: dict[str, Callable[[], bytes]] = {
    "gallery": _gallery,
    "comparison": _comparison,
    "channel": _channel,
    "empty": lambda: channel_page.render(t("Review"), (), t("no galleries of {channel} yet", channel="CH01")),
    "report": lambda: report_page.render(_report()),
}


@pytest.mark.parametrize("name", PAGES)
def test_no_english_is_left_on_a_page(name: str, nobodys: None) -> None:
    """What a page says comes out of the catalogue, with its labels for the ear; the page says its language."""
    page = PAGES[name]().decode()
    assert '<html lang="xx">' in page
    left = [text for text in words_of(page) if re.search("[A-Za-z]{2}", NOT_ENGLISH.sub("", text))]
    assert left == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_tells_the_truth_about_its_language(name: str) -> None:
    """It says the language that its words are in, in English and in Japanese."""
    english = PAGES[name]().decode()
    with speaking("ja"):
        japanese = PAGES[name]().decode()
    assert '<html lang="en">' in english and '<html lang="ja">' in japanese
    kana = re.compile("[ぁ-ヿ]")
    new = [text for text in words_of(japanese) if kana.search(text) and text not in words_of(english)]
    assert new


def test_a_text_says_its_own_language() -> None:
    """A Japanese prompt on an English page is Japanese to whoever reads it aloud, and to the choice of glyphs."""
    page = gallery.render(Page("1", "1", "1", (_card(1, prompt="雪の山道"), _card(2, prompt="snow")), "2026")).decode()
    assert '<p class="prompt" lang="ja" tabindex="0">雪の山道</p>' in page
    assert '<p class="prompt" tabindex="0">snow</p>' in page


def test_scripts_have_their_words_from_the_page(nobodys: None) -> None:
    """All that they say, and nothing of English where the page is English."""
    said = {
        text for path in (ROOT / "tasks/views/pages").glob("*.js") for text in _messages().of_script(path.read_text())
    }
    assert translations() == {template: strange(template) for template in said}
    assert json.loads(re.findall(r"const translations = (\{.*?\});\n", _gallery().decode())[0]) == translations()
    with speaking("en"):
        assert "const translations = {};" in _gallery().decode()


def test_what_people_write_cannot_become_code(nobodys: None) -> None:
    """A field of a sentence is escaped, whoever translated the sentence."""
    page = Page("1", "1", "1", (), "<script>1</script>")
    assert b"<script>1" not in gallery.render(page)
    assert render_page("channel.html", title="<b>", shelves=(), hint="<i>", dollars=dollars).count(b"&lt;") == 3


def _seen(monkeypatch: pytest.MonkeyPatch, module: ModuleType, show: Callable[[], None]) -> list[str]:
    out = io.StringIO()
    monkeypatch.setattr(module, "console", lambda: Console(file=out, width=80, highlight=False, markup=False))
    show()
    return out.getvalue().splitlines()


def _plan() -> None:
    about = ("CH01-001", "g-1", "gemini_nano_banana_2_1", "gemini-nano-banana-2.1", Lane.BATCH, "16:9 1K")
    row = PlanRow(*about, 0, 2, 0, 0, 1, 2240, 0.0337, Lane.IMMEDIATE, 0.0674, 9.5, None)
    long = replace(row, run="CH01-" + "月あかりの紙すき" * 4, missing=1000, cost_usd=1234.5, paid=200, waiting=300)
    done = replace(row, run="CH01-3", missing=0, held=0, cost_usd=0.0, changed=12, changed_usd=0.3, bought_again=4)
    plan_table.show([row, long, done, replace(done, run="CH01-4", changed=0, bought_again=0)], "doit visual CH=CH01")


def test_tables_of_80_columns_hold_japanese(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wide characters count two: no line of a plan or a report is wider, and columns stand below each other."""
    with speaking("ja"):
        plan = _seen(monkeypatch, plan_table, _plan)
        report = _seen(monkeypatch, report_table, lambda: report_table.tell(_report(), "usage.html", "usage.csv"))
    table = [line for line in plan + report if "送ることになります" not in line]  # a sentence, which the terminal wraps
    assert max(map(cell_len, table)) <= 80
    first = [line for line in plan if line.startswith("CH01")]
    assert len(first) == 3 and len({cell_len(line) for line in first}) == 1
    assert "不足 1000" in "".join(plan) and "画像" in "".join(report)


def test_waiting_speaks_japanese_too() -> None:
    """State, counts, age and time left in one line, with its counters."""
    row = JobRow("CH01-1", "batches/1", "JOB_STATE_RUNNING", 3, 1, 14, 5400.0, 120.0)
    with speaking("ja"):
        assert progress.plain_line(row) == (
            "CH01-1: 実行中、画像 14 枚のうち 3 枚、失敗 1 枚、開始から 1 時間 30 分、残り約 2 分 (batches/1)"
        )
        assert few(["1", "2", "3", "4", "5"]) == "1, 2, 3 ほか 2 件"
        assert dollars(0.00001) == "$0.0001 未満"
