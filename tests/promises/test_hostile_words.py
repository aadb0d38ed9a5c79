"""Names, notes and reasons that nobody means: whatever they say, tables, lines and pages stay what they are."""

import io
import json
import re
from collections.abc import Callable
from contextlib import redirect_stdout
from html.parser import HTMLParser

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tasks.catalog.model import Lane
from tasks.catalog.pricing import CostBasis
from tasks.providers.answer import FailureClass, Status
from tasks.session import outcome
from tasks.session.outcome import Failure
from tasks.text.progress import JobRow, Progress
from tasks.text.redaction import visible
from tasks.views import plan_table
from tasks.views.pages.gallery import Card, Page, render
from tasks.views.plan import PlanRow
from tasks.views.report import table
from tasks.views.report.figures import FigureLine, Figures, Reason, Report, Scope
from tests.support.facts import failed
from tests.support.studio import Studio, story

PIECES = (
    *("[/b]", "[bold red]", "[link=http://x]", "[", "]", "\\", ":smile:", "怪談[/夏]"),
    *(
        "\x1b[2J",
        "\x1b]8;;http://x\x07",
        "\x9b31m",
        "\r",
        "\n",
        "\t",
        "\0",
        "\x7f",
        "\u202e",
        "\u2066",
        "\u2028",
        "\ud800",
    ),
    *("<script>alert(1)</script>", "</style>", "<!--", "]]>", '" onerror="x', "' x='", "&lt;", "{{ 7 }}", "{% x %}"),
    *("雪の山", "\u3000", "か\u3099", "👩\u200d🎨", "A" * 3000, "月" * 3000),
)
words = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=9)), max_size=6).map("".join)
few = settings(max_examples=40, deadline=None)
HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def printed(show: Callable[[], None]) -> str:
    """What `show` prints, which can be written as UTF-8 and moves no cursor."""
    out = io.StringIO()
    with redirect_stdout(out):
        show()
    said = out.getvalue()
    assert HARMFUL.search(said) is None, ascii(said)
    return said


@given(words)
@few
def test_reasons_in_the_table_of_failures(reason: str) -> None:
    """A reason stands there as it is, square brackets too, and the line below it still comes."""
    line = failed("0001", FailureClass.RETRYABLE, reason=reason)
    said = printed(lambda: outcome.table([Failure("CH01-001", "doit visual CH=CH01", "0001", line, again=True)]))
    assert said.splitlines()[1:2] == ["Pictures that did not come"] and "the next run sends it again" in said


@given(words, words)
@few
def test_names_and_reasons_in_the_report(name: str, reason: str) -> None:
    """Every row of every table is there, whatever the channel is called."""
    figures, one = Figures(requests=3, failed=1), (FigureLine("CH01", Figures(), "batch", name),)
    reasons = (Reason(Status.ERROR, reason, 7, 0.1, (("m", 7),)),)
    empty: tuple[FigureLine, ...] = ()
    report = Report(Scope(), "", 1, 0, figures, one, one, one, one, one, one, empty, one, reasons)
    said = printed(lambda: table.tell(report, "usage.html", "usage.csv"))
    assert "CH01" in said and "usage.html" in said


@given(words)
@few
def test_names_in_the_plan(text: str) -> None:
    """Warnings and names are printed as they stand."""
    row = PlanRow("CH01-001", "g-1", text, text, Lane.BATCH, "16:9 1K", 0, 3, 0, 0, 0, 1, 0.1, None, None, None, text)
    assert "3 pictures would be sent" in printed(lambda: plan_table.show([row], "doit visual CH=CH01"))


@given(words)
@few
def test_states_in_the_progress(state: str) -> None:
    """A provider's state or a line that is said is one that moves no cursor."""

    def show() -> None:
        with Progress() as progress:
            progress.update([JobRow("CH01-001", state, state, 1, 0, 2, 3.0, None)], "2026-11-23T00:00:00Z")
            progress.note(state)

    assert "CH01-001: " in printed(show)


class Tags(HTMLParser):
    """The page's skeleton: its tags and the names of their attributes, in order."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.found: list[object] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, [name for name, _ in attrs if name != "lang"]))  # Japanese text is marked as such

    def handle_endtag(self, tag: str) -> None:
        self.found.append(tag)


def page(text: str) -> str:
    made = {"model_name": text, "slot": "g-1", "lane": Lane.BATCH, "cost_usd": 0.1, "cost_basis": CostBasis.MEASURED}
    made |= {"width": 1, "height": 1, "placeholder": False, "note": text}
    card = Card("0001", text, None, Status.ERROR, text, **made)
    shown = Card("0002", text, "images/0002.png", Status.OK, "", **made)
    return render(Page(text, f"CH01 {text}", "CH01-001", (card, shown), "2026-11-23")).decode("utf-8", "strict")


@given(words)
@example("/")
@few
def test_words_on_a_page(text: str) -> None:
    """No prompt, note, reason or name adds, takes away or changes a tag of the page."""
    text = f"x{text}"  # with nothing in it the page leaves lines out, which is right
    assert Tags(page(text)).found == Tags(page("x" if len(text) < 60 else "x" * len(text))).found


@pytest.mark.parametrize("reason", ["[/b]", "\x1b[2Jgone", "[bold]" * 900, "\u202etxet"])
def test_a_reason_of_the_provider(studio: Studio, reason: str) -> None:
    """It is told on the terminal and in every file without escape codes, and the command ends with exit 1."""
    assert studio.emulator
    studio.prompts(story(1))
    studio.emulator.fault("finish", value=reason)
    said = studio.visual(expect=1) + studio.ask("inbox") + studio.ask("report") + studio.ask("status")
    assert HARMFUL.search(said) is None and visible(reason).strip("?").removeprefix("[2J")[:4] in said
    (line,) = studio.results()
    assert line["reason"].isprintable() and len(line["reason"]) <= 300


@pytest.mark.parametrize("name", ["怪談[/夏]", "\x1b[2J怪談", "[/]", "<script>alert(1)</script>", "月\u202e" * 200])
def test_a_name_of_a_channel(studio: Studio, name: str) -> None:
    """Tables show it as it is written, pages as text."""
    path = studio.folder / "configs" / "channel_presets.json"
    data = json.loads(path.read_text())
    data["channels"]["CH01"]["name"] = name
    path.write_text(json.dumps(data))
    entry = {"id": "0001", "prompt": f"雪の山 {name.replace(chr(27), '')}", "note": name}
    studio.write("workspaces/video/runs/CH01-001/prompts.json", {"prompts": [entry]})
    said = studio.visual() + studio.ask("plan", "CH=CH01") + studio.ask("status") + studio.ask("validate")
    report = studio.ask("report")
    assert HARMFUL.search(said + report) is None
    assert len(name) > 99 or visible(name) in report
    for file in (studio.run() / "gallery.html", studio.folder / "workspaces" / "reports" / "usage.html"):
        assert b"<script>alert" not in file.read_bytes()
