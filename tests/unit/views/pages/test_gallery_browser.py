"""gallery.html in a real browser, from disk: a thousand pictures, search, filters, takes."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tasks.pictures.preview import of_file
from tasks.providers.answer import FailureClass, Status
from tasks.views.pages.gallery import Card, Page, TakeCard, render
from tests.support.browser import browser_page, needs_browser
from tests.support.review_process import ReviewProcess, card, picture, workspace
from tests.support.studio import Studio

pytestmark = needs_browser


REFUSED = FailureClass.REFUSED


def written(place: Path, *cards: Card) -> str:
    page = Page("月あかり", "CH01", "CH01-251", cards, "2026-11-23", retake="doit retake CH=CH01 RUN=251")
    (place / "gallery.html").write_bytes(render(page))
    return (place / "gallery.html").as_uri()


def test_a_thousand_pictures_load_as_they_are_scrolled_to(tmp_path: Path) -> None:
    """A few requests at first, the last picture only when it is reached, and the page scrolls to its end."""
    first = card(tmp_path, "0001")
    small = of_file(tmp_path / "images" / "0001.png")
    assert small
    (tmp_path / "images" / "_thumbs").mkdir()
    cards = []
    for number in range(1, 1001):
        preview = f"images/_thumbs/{number:04d}.webp"
        (tmp_path / preview).write_bytes(small)
        cards.append(replace(first, prompt_id=f"{number:04d}", preview=preview))
    address = written(tmp_path, *cards)
    with browser_page() as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address)
        assert 1 < len(asked) < 150
        assert not any(url.endswith(("/1000.webp", ".png")) for url in asked)
        page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        page.wait_for_function("document.querySelector('#p-1000 img').naturalWidth > 0")
        last = page.locator("#p-1000")
        last.scroll_into_view_if_needed()
        assert last.bounding_box()["y"] < 900
        assert len(asked) < 500
        page.click("#p-1000 .frame")
        assert asked[-1].endswith("images/0001.png")
        page.keyboard.press("Escape")
        page.fill("input[type=search]", "０９９９")
        assert page.locator(".card:visible").count() == 1
        assert page.locator(".search output").text_content() == "1 of 1000"


def test_search_and_filters(tmp_path: Path) -> None:
    """Words in any width and order; failed and verdicts; what nothing fits says so; no overflow on a phone."""
    workspace(tmp_path)
    place = tmp_path / "workspaces" / "video" / "runs" / "CH01-251"
    cards = [
        card(place, "0001", verdict="OK"),
        card(place, "0003", prompt="ＡＢＣの鳥居", verdict="NG", verdict_note="手が六本"),
        card(place, "0002", image=None, sha256="", status=Status.BLOCKED, reason="SAFETY", failure=REFUSED),
        card(place, "0005", image=None, sha256="", status=None),
    ]
    with browser_page(390, 844, color_scheme="dark") as page:
        page.goto(written(place, *cards))
        visible = page.locator(".card:visible")
        for label, ids in {"there": 2, "failed": 1, "waiting": 1, "OK": 1, "NG": 1, "new": 0}.items():
            page.click(f"label.{label}")
            assert visible.count() == ids, label
        assert page.locator(".nothing").is_visible()
        page.click("label.all")
        for words, ids in {"鳥居　abc": 1, "六本": 1, "safety": 1, "小舟 その5": 1, "無い": 0, "": 4}.items():
            page.fill("input[type=search]", words)
            assert visible.count() == ids, words
        page.click("#dense")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.locator(".desk").is_hidden()
        page.click("#p-0001 .frame")
        assert page.locator("dialog .judge").is_hidden()


@pytest.fixture
def judged(tmp_path: Path) -> Iterator[Any]:
    """The page of two thousand pictures, as doit review serves it."""
    Studio(tmp_path, None)
    place = tmp_path / "workspaces" / "video" / "runs" / "CH01-251"
    first = card(place, "0001")
    cards = [replace(first, prompt_id=f"{n:04d}", prompt=f"月夜の海に浮かぶ小舟 {n}") for n in range(1, 2001)]
    (place / "prompts.json").write_text(json.dumps({"prompts": [{"id": "0001", "prompt": "月"}]}))
    written(place, *cards)
    with ReviewProcess(tmp_path, "CH=CH01", "RUN=251") as review, browser_page() as page:
        page.goto(review.url)
        page.wait_for_selector(".card .select")
        yield page


def test_two_thousand_cards_answer_a_key_at_once(judged: Any) -> None:
    """The page's own work for a key of the search, a click on select, a verdict or a step stays under 100 ms.

    Counted is the time that the page's thread worked, so that a busy machine changes nothing.
    """
    wire = judged.context.new_cdp_session(judged)
    wire.send("Performance.enable", {"timeDomain": "threadTicks"})
    spent = []

    def worked() -> float:
        found = {each["name"]: each["value"] for each in wire.send("Performance.getMetrics")["metrics"]}
        return float(found["TaskDuration"])

    def timed(act: Callable[[], object]) -> None:
        before = worked()
        act()
        judged.evaluate("document.body.offsetHeight")
        spent.append(worked() - before)

    def press(*keys: str) -> None:
        for key in keys:
            timed(lambda key=key: judged.keyboard.press(key))  # type: ignore[misc]

    judged.focus("input[type=search]")
    press("1", "9", "9", "9", "Backspace", "Backspace")
    for _ in range(2):
        judged.keyboard.press("Backspace")
    box = judged.locator("#p-0002 .select").bounding_box()
    judged.mouse.move(box["x"] + 9, box["y"] + 9)
    judged.mouse.down()
    timed(judged.mouse.up)
    assert judged.locator(".bench output").text_content() == "1 selected"
    judged.keyboard.press("r")
    judged.wait_for_selector("dialog[open]")
    press("ArrowRight", "ArrowRight", "o", "n", "x", "x")
    assert judged.locator("dialog .bar b").text_content() == "0005 (5 / 2000)"
    assert max(spent) < 0.1, spent


def test_the_enlarged_view_zooms_fills_and_copies(tmp_path: Path) -> None:
    """Z shows the picture pixel by pixel, F fills the screen, C copies the prompt; each has a button too."""
    with browser_page(320, 500, permissions=["clipboard-read", "clipboard-write"]) as page:
        page.goto(written(tmp_path, replace(card(tmp_path, "0001"), note="表紙")))
        page.click("#p-0001 .frame")
        picture = page.locator("dialog .stage > img")
        page.wait_for_function("document.querySelector('dialog .stage > img').naturalWidth > 0")
        assert picture.bounding_box()["height"] < 192
        page.keyboard.press("z")
        assert (picture.bounding_box()["width"], picture.bounding_box()["height"]) == (344, 192)
        assert page.locator('dialog [value="zoom"]').get_attribute("aria-pressed") == "true"
        page.click('dialog [value="zoom"]')
        assert picture.bounding_box()["height"] < 192
        page.keyboard.press("f")
        page.wait_for_function("document.fullscreenElement === document.querySelector('dialog .stage')")
        page.keyboard.press("f")
        page.wait_for_function("document.fullscreenElement === null")
        page.keyboard.press("c")
        page.wait_for_selector("dialog >> text=Copied")
        assert page.evaluate("navigator.clipboard.readText()") == card(tmp_path, "0001").prompt


def test_the_number_of_takes_opens_them(tmp_path: Path) -> None:
    """ "2 takes" is a button; times are those of the reader's clock, with their zone."""
    takes = (
        TakeCard(1, "images/0001.png", "m", "g-1", "2026-11-20 20:30:00 UTC", 0.0168),
        TakeCard(2, "images/0001.png", "m", "g-1", "2026-11-21 08:00:00 UTC", 0.0168, picked=True),
    )
    with browser_page(timezone_id="Asia/Tokyo") as page:
        page.goto(written(tmp_path, card(tmp_path, "0001", takes=takes)))
        page.click("text=2 takes")
        shown = page.locator("dialog .takes li")
        assert shown.count() == 2
        assert "2026-11-21 05:30 (UTC+9)" in shown.nth(0).text_content()
        assert shown.nth(0).locator("time").get_attribute("title") == "2026-11-20 20:30:00 UTC"


def test_slots_and_reasons_narrow_the_page(tmp_path: Path) -> None:
    """Each list has what the cards have; the number of cards that are left is said."""
    cards = [
        card(tmp_path, "0001"),
        card(tmp_path, "0002", slot="i-3"),
        card(tmp_path, "0003", image=None, sha256="", status=Status.BLOCKED, reason="SAFETY", failure=REFUSED),
        card(tmp_path, "0004", image=None, sha256="", status=Status.EMPTY, reason="NO_IMAGE"),
    ]
    with browser_page() as page:
        page.goto(written(tmp_path, *cards))
        visible = page.locator(".card:visible")
        page.select_option("select[name=slot]", "i-3")
        assert visible.count() == 1
        page.select_option("select[name=slot]", "")
        page.select_option("select[name=why]", index=1)
        assert visible.count() == 1
        assert page.locator(".search output").text_content() == "1 of 4"


def test_a_thumbnail_with_text_is_seen_as_viewers_see_it(tmp_path: Path) -> None:
    """Cards show the copy with texts, 320 pixels wide on demand; T shows the clean picture."""
    picture(tmp_path, "0001.text")
    seen = replace(card(tmp_path, "0001"), lettered="images/0001.text.png")
    with browser_page() as page:
        page.goto(written(tmp_path, seen))
        image = page.locator("#p-0001 img")
        assert image.get_attribute("src") == "images/0001.text.png"
        page.check("#viewers")
        assert image.bounding_box()["width"] == 320
        page.click("#p-0001 .frame")
        stage = page.locator("dialog .stage img")
        assert stage.get_attribute("src").endswith("images/0001.text.png")
        page.keyboard.press("t")
        assert stage.get_attribute("src") == "images/0001.png"


def test_takes_stand_side_by_side(tmp_path: Path) -> None:
    """Enlarged, every take shows, says what it cost, and all but the one in use have a command to copy."""
    for name in ("1", "2"):
        picture(tmp_path, f"_takes/0001/{name}")
    takes = (
        TakeCard(1, "images/_takes/0001/1.png", "gemini-nano-banana-2.1", "g-1", "2026-11-20", 0.0168),
        TakeCard(2, "images/_takes/0001/2.png", "gemini-3-pro-image", "i-3", "2026-11-21", 0.134, picked=True),
    )
    with browser_page() as page:
        page.goto(written(tmp_path, card(tmp_path, "0001", takes=takes)))
        page.click("#p-0001 .frame")
        shown = page.locator("dialog .takes li")
        assert shown.count() == 2
        page.wait_for_function(
            "[...document.querySelectorAll('dialog .takes img')].every((i) => i.naturalWidth === 344)"
        )
        assert "in use" in shown.nth(1).text_content()
        assert page.locator("dialog .command code").all_text_contents() == [
            "doit retake CH=CH01 RUN=251 IDS=0001 PICK=1"
        ]
