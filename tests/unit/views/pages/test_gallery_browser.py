"""gallery.html in a real browser, from disk: a thousand pictures, search, filters, takes."""

from dataclasses import replace
from pathlib import Path

from tasks.pictures.preview import of_file
from tasks.providers.answer import FailureClass, Status
from tasks.views.pages.gallery import Card, Page, TakeCard, render
from tests.support.browser import browser_page, needs_browser
from tests.support.review_process import card, picture, workspace

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
    """Words in any width and order; missing, failed and verdicts; what nothing fits says so; no overflow on a phone."""
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
        for label, ids in {"missing": 2, "failed": 1, "waiting": 1, "OK": 1, "NG": 1, "new": 0}.items():
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
