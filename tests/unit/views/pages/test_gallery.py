"""gallery.html: the contact sheet of a run."""

import re
import shutil
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tasks.catalog.model import Lane
from tasks.catalog.pricing import CostBasis
from tasks.emulator.placeholder.painter import paint
from tasks.pictures.likeness import Oddity
from tasks.providers.answer import FailureClass, Status
from tasks.views.pages.gallery import Card, Page, render

OK = Card(
    prompt_id="0001",
    prompt="雪の山道を登る老僧",
    image="images/0001.png",
    status=Status.OK,
    reason="",
    model_name="gemini-nano-banana-2.1",
    slot="g-1",
    lane=Lane.BATCH,
    cost_usd=0.0168,
    cost_basis=CostBasis.MEASURED,
    width=1376,
    height=768,
    placeholder=False,
    note="表紙",
)
REFUSED = replace(
    OK, prompt_id="0002", image=None, status=Status.BLOCKED, reason="SAFETY", failure=FailureClass.REFUSED, cost_usd=0.0
)
OVERLOADED = replace(
    REFUSED, prompt_id="0003", status=Status.ERROR, reason="503 UNAVAILABLE", failure=FailureClass.RETRYABLE
)
WAITING = replace(OK, prompt_id="0004", image=None, status=None, cost_usd=None)
ALL = (OK, REFUSED, OVERLOADED, WAITING)


def page(*cards: Card, **changes: object) -> Page:
    facts = {"title": "月あかりの紙すき", "channel": "CH01", "run": "CH01-251", "made_on": "2026-11-23 08:15 UTC"}
    return Page(**{**facts, "cards": cards, **changes})  # type: ignore[arg-type]


def html(*cards: Card, **changes: object) -> str:
    return render(page(*cards, **changes)).decode()


def text_of(source: str) -> str:
    """What a reader sees: the page without tags, styles and scripts."""
    bare = re.sub(r"<(style|script)>.*?</\1>", "", source, flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", bare))


class Addresses(HTMLParser):
    """Collects every address a page would load or lead to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in ("src", "href", "srcset", "action", "poster")]


def test_the_same_run_gives_the_same_bytes() -> None:
    """The page depends on its facts alone."""
    assert render(page(*ALL)) == render(page(*ALL))


def test_the_page_needs_nothing_but_its_pictures() -> None:
    """Every address is a picture beside the page, a place on it, or empty data: it works from file://."""
    parser = Addresses()
    source = html(*ALL)
    parser.feed(source)
    assert set(parser.found) == {"images/0001.png", "data:,", *(f"#p-{card.prompt_id}" for card in ALL)}
    assert not re.search(r"https?://|@import|url\(", source)


def test_pictures_load_when_they_come_into_view() -> None:
    """A thousand pictures are not decoded at once, and keep their place while they load."""
    source = html(*(replace(OK, prompt_id=f"{number:04d}") for number in range(1000)))
    assert source.count("<img ") == source.count('loading="lazy" decoding="async" width="1376" height="768"') == 1000
    assert "content-visibility: auto" in source
    assert len(source) < 2_000_000


def test_each_card_says_prompt_cost_model_and_lane() -> None:
    """Whoever looks at a picture sees what was asked, who made it and what it cost."""
    text = text_of(html(OK))
    assert all(
        fact in text for fact in ("0001", "表紙", OK.prompt, "$0.0168", OK.model_name, "g-1 · batch", "1376 × 768")
    )


def test_failures_are_cards_with_the_reason_in_plain_words() -> None:
    """A refused or failed request is no gap: it says why, what happens next, and the provider's own word."""
    text = text_of(html(REFUSED, OVERLOADED))
    assert "The provider's safety filter refused this prompt." in text.replace("&#39;", "'")
    assert "Not sent again until the prompt changes" in text
    assert "The provider was overloaded." in text
    assert "sends it again" in text
    assert "SAFETY" in text
    assert "503 UNAVAILABLE" in text


def test_waiting_prompts_are_cards_too() -> None:
    """What is still to come is on the sheet, so that the sheet is complete from the first minute."""
    source = html(WAITING)
    assert "Waiting" in text_of(source)
    assert '<li class="card waiting" id="p-0004"' in source


def test_an_older_picture_of_a_failed_request_stays_visible() -> None:
    """When a changed prompt fails, the picture that lies in images/ is shown, and said to be old."""
    text = text_of(html(replace(REFUSED, image="images/0002.png")))
    assert "The picture above is an older one." in text
    assert "SAFETY" in text


def test_the_summary_counts_pictures_and_money() -> None:
    """At the top: prompts, ok, failed, waiting, the cost, and the models with their share."""
    text = text_of(html(*ALL))
    assert "4 prompts 1 pictures 2 failed 1 waiting" in text
    assert "Cost $0.0168" in text
    assert "gemini-nano-banana-2.1 · g-1 · batch · 1 picture · $0.0168" in text
    assert "Cost $1.25" in text_of(html(*ALL, spent_usd=1.25))


def test_the_lines_of_the_summary_add_up_to_the_cost() -> None:
    """What earlier takes and failed attempts cost has its own line; none where everything paid is on the cards."""
    spent = page(OK, replace(OK, prompt_id="0002"), spent_usd=0.0504)
    assert spent.rest_usd + sum(line.cost_usd for line in spent.models) == pytest.approx(spent.cost_usd)
    assert "earlier takes, and attempts without a picture · $0.0168" in text_of(render(spent).decode())
    assert "earlier takes" not in text_of(html(OK))


def test_each_prompt_is_counted_once() -> None:
    """Pictures, failed, waiting, gone and tidied are apart, and are all prompts together."""
    gone = replace(OK, prompt_id="0005", image=None)
    tidied = replace(gone, prompt_id="0006", back="doit visual CH=CH01 RUN=251")
    counts = page(*ALL, gone, tidied).counts
    assert [counts[state] for state in ("there", "failed", "waiting", "gone", "tidied")] == [1, 2, 1, 1, 1]


def test_what_made_room_says_so_and_how_it_comes_back() -> None:
    """It has a filter of its own; a failure since then is told as one, for that is what a person has to know."""
    tidied = replace(OK, image=None, back="doit visual CH=CH01 RUN=251")
    text = text_of(html(tidied))
    assert "1 tidied away" in text and "not there any more" not in text
    assert "for $0 it comes back with: doit visual CH=CH01 RUN=251" in text
    failed = replace(REFUSED, back=tidied.back)
    assert failed.explanation == REFUSED.explanation and page(failed).counts["tidied"] == 0


def test_what_most_cards_share_is_said_once() -> None:
    """Above the cards; a card keeps in view what is its own."""
    dear = replace(OK, prompt_id="0009", slot="i-3", cost_usd=0.134)
    source = html(*(replace(OK, prompt_id=f"{number:04d}") for number in range(4)), dear)
    assert "unless its card says otherwise: $0.0168 · gemini-nano-banana-2.1 · g-1 · batch · 1376 × 768" in text_of(
        source
    )
    assert source.count('<span class="usual">$0.0168</span>') == 4
    assert "<span>$0.13</span>" in source and "<span>i-3 · batch</span>" in source
    assert "otherwise" not in text_of(html(OK))


def test_pictures_that_are_alike_or_unlike_are_marked() -> None:
    """A link to each that is nearly the same, words for what is unlike; neither hides or decides anything."""
    marked = replace(OK, alike=("0002", "0003"), oddity=Oddity(darker=True))
    source = html(marked, REFUSED)
    assert '<a href="#p-0002">0002</a>, <a href="#p-0003">0003</a>' in source
    assert "much darker than the others" in text_of(source)
    assert "1 nearly the same 1 unlike the others" in text_of(source)
    assert "nearly" not in text_of(html(*ALL))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"cost_basis": CostBasis.REUSED, "cost_usd": 0.0}, "$0, from the store"),
        ({"cost_basis": CostBasis.ESTIMATED}, "about $0.0168"),
        ({"cost_usd": None}, "cost not known yet"),
        ({"placeholder": True, "cost_usd": 0.0}, "no cost"),
        ({"cost_usd": 0.134}, "$0.13"),
    ],
)
def test_a_card_says_where_its_cost_comes_from(change: dict[str, object], said: str) -> None:
    """Measured, estimated, reused and unknown money can be told apart."""
    assert replace(OK, **change).cost == said  # type: ignore[arg-type]


def test_placeholders_are_announced() -> None:
    """A page with pictures of the emulator says so at the top; one without does not."""
    fake = replace(OK, placeholder=True, cost_usd=0.0, cost_basis=CostBasis.NONE)
    assert "Placeholder pictures from the offline emulator: nothing was bought." in text_of(html(fake, WAITING))
    assert "1 of 2 pictures are placeholders" in text_of(html(fake, replace(OK, prompt_id="0002")))
    assert "laceholder" not in text_of(html(*ALL))


def test_what_people_write_cannot_become_code() -> None:
    """Prompts, notes, reasons and titles are text, whatever they contain."""
    evil = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'"
    card = replace(REFUSED, prompt=evil, note=evil, reason=evil, words=evil, model_name=evil, slot=evil)
    source = html(replace(OK, prompt=evil, note=evil), card, title=evil, channel=evil, run=evil, made_on=evil)
    assert source.count("<script>") == 1
    assert "<img src=x" not in source
    assert "onerror=alert(1)&gt;" in source


def test_odd_text_and_an_empty_run_still_make_a_page() -> None:
    """A lone surrogate, a NUL or no prompt at all is no reason for a traceback."""
    assert b"0 prompts" in re.sub(rb"<[^>]*>", b"", render(page()))
    assert render(page(replace(OK, prompt="\ud800\x00🏔️", width=None, height=None)))


def test_frames_take_the_shape_of_most_pictures() -> None:
    """Upright runs get upright frames in narrow columns."""
    upright = replace(OK, width=768, height=1376)
    assert "--shape: 768 / 1376; --column: 200px" in html(upright, upright, OK)
    assert "--shape: 1376 / 768; --column: 300px" in html(*ALL)


def test_importing_the_gallery_is_cheap() -> None:
    """dodo.py may import it: jinja2 comes only when a page is made."""
    code = "import sys, tasks.views.pages.gallery; sys.exit('jinja2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0


BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

WALK = """
<script>
addEventListener("load", () => {
  const dialog = document.querySelector("dialog"), seen = [];
  const press = (key) => dialog.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  const look = () => seen.push(dialog.querySelector(".bar b").textContent + "|" + !!dialog.querySelector(".stage img"));
  document.querySelector(".card .frame").click();
  look();
  for (const key of ["ArrowRight", "End", "ArrowRight", "ArrowLeft", "Home"]) { press(key); look(); }
  dialog.close();
  document.querySelector("#show-failed").click();
  const shown = [...document.querySelectorAll(".card")].filter((card) => getComputedStyle(card).display !== "none");
  document.documentElement.dataset.seen = [...seen, "open:" + dialog.open, "failed:" + shown.length].join(";");
  document.documentElement.dataset.decoded = document.querySelector(".card img").naturalWidth;
  document.documentElement.dataset.overflow = document.documentElement.scrollWidth > innerWidth;
});
</script></body>"""


@pytest.mark.skipif(BROWSER is None, reason="no Chromium here")
def test_a_real_browser_shows_walks_and_filters(tmp_path: Path) -> None:
    """Opened from disk: the picture decodes, arrows walk through failures too, the filter works, nothing overflows."""
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "0001.png").write_bytes(paint(OK.prompt, 688, 384, "image/png", "0001"))
    source = html(replace(OK, prompt="長い言葉" * 200 + "x" * 500), *ALL[1:])
    (tmp_path / "gallery.html").write_text(source.replace("</body>", WALK), encoding="utf-8")
    quiet = ("--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync")
    command = [str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", *quiet]
    command += [f"--user-data-dir={tmp_path / 'profile'}", "--window-size=500,844", "--virtual-time-budget=3000"]
    address = (tmp_path / "gallery.html").as_uri()
    result = subprocess.run([*command, "--dump-dom", address], capture_output=True, timeout=60, check=True)
    found = dict(re.findall(r'data-(\w+)="([^"]*)"', result.stdout.decode()[:20_000].split(">", 2)[1]))
    first, second, last = "0001 表紙 (1 / 4)|true", "0002 表紙 (2 / 4)|false", "0004 表紙 (4 / 4)|false"
    third = "0003 表紙 (3 / 4)|false"
    assert found["seen"].split(";") == [first, second, last, last, third, first, "open:false", "failed:2"]
    assert found["decoded"] == "688"
    assert found["overflow"] == "false"
