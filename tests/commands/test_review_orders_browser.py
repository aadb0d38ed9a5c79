"""The page of `doit review` in a browser: an NG picture is rewritten, ordered, picked; by keyboard, and on a phone."""

import json
import os
import signal
from typing import Any

import pytest

from tests.support import environment
from tests.support.browser import browser_page, needs_browser
from tests.support.review_process import ReviewProcess
from tests.support.studio import Studio, story
from tests.support.waiting import wait_for

TEXT = "海辺で眠る三毛猫"


@pytest.fixture
def made(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> Studio:
    """A run of three pictures that are there, and the environment of its person."""
    studio.prompts(story(3))
    studio.visual()
    environment.use(monkeypatch, studio.environment())
    return studio


def serving(studio: Studio) -> ReviewProcess:
    return ReviewProcess(studio.folder, "CH=CH01", "RUN=001")


def rewrite_by_keyboard(page: Any) -> None:
    """R, N on the first picture, back, E: a new text, kept and ordered up to the question."""
    page.keyboard.press("r")
    page.keyboard.press("n")
    page.wait_for_selector("[data-unsaved]", state="detached")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("e")
    page.wait_for_selector(".sheet.rewrite[open]")
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(TEXT)
    page.focus('.rewrite [value="keep-order"]')
    page.keyboard.press("Enter")
    page.wait_for_selector(".sheet.confirm[open]")


@needs_browser
@pytest.mark.parametrize("width", [1280, 390])
def test_rewritten_ordered_killed_and_billed_once(made: Studio, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    """By keyboard only; the server dies between click and answer; gone on with, it comes once and is billed once."""
    assert made.emulator
    made.emulator.job_seconds(3600)
    monkeypatch.setenv("KAMISHIBAI_KILL_AT", "after-create")
    with serving(made) as review, browser_page(width) as page:
        page.goto(review.url)
        rewrite_by_keyboard(page)
        assert "Order 1 picture for about $0.0168?" in page.locator("#confirm-title").text_content()
        assert "the cap" in page.locator(".confirm .left").text_content()
        assert (made.billed, made.jobs_created) == (3, 1)
        page.keyboard.press("Enter")
        wait_for(lambda: made.jobs_created == 2)
        os.kill(review.process.pid, signal.SIGKILL)
    monkeypatch.delenv("KAMISHIBAI_KILL_AT")
    with serving(made) as review, browser_page(width) as page:
        page.goto(review.url)
        page.wait_for_selector(".orders .trouble-order")
        assert "not finished: 0 of 1 came" in page.locator(".orders").text_content()
        made.emulator.advance(3600)
        page.focus(".orders button >> nth=0")
        page.keyboard.press("Enter")
        page.wait_for_selector(".orders .over")
        page.wait_for_selector("#p-0001 .takes li[data-take='2'].picked", state="attached")
        assert TEXT in page.locator("#p-0001 .prompt").text_content()
        assert page.locator(".total b").text_content() == "$0.0672"
        assert page.locator("#p-0001").get_attribute("data-verdict") == "new"
        page.click("#p-0001 .frame")
        page.keyboard.press("1")
        page.wait_for_selector("#p-0001 .takes li[data-take='1'].picked", state="attached")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert (made.billed, made.jobs_created) == (4, 2)
    assert json.loads((made.run() / "revisions.json").read_text())["revisions"] == {}
    made.visual()
    assert made.billed == 4


@needs_browser
def test_two_tabs(made: Studio) -> None:
    """The second tab's click for the same pictures is told so; one order, one bill."""
    assert made.emulator
    made.emulator.job_seconds(3600)
    with serving(made) as review, browser_page() as page:
        tabs = [page, page.context.browser.new_page()]
        for tab in tabs:
            tab.goto(review.url)
            tab.click("#p-0002 .select input")
            tab.click('.bench [value="order"]')
            tab.wait_for_selector(".confirm[open]")
        for tab in tabs:
            tab.click('.confirm [value="yes"]')
        tabs[1].wait_for_selector(".confirm .slip:visible")
        assert "0002 is ordered already" in tabs[1].locator(".confirm .slip").text_content()
        tabs[0].wait_for_selector("text=1 on their way")
        wait_for(lambda: made.jobs_created == 2)
        made.emulator.advance(3600)
        tabs[0].wait_for_selector(".orders .over")
    assert (made.billed, made.jobs_created) == (4, 2)


@needs_browser
def test_many_at_once(made: Studio) -> None:
    """A range by shift, all shown, OK for all; three takes of one; a contact sheet of twelve a page."""
    made.prompts(story(14))
    made.visual()
    with serving(made) as review, browser_page() as page:
        page.goto(review.url)
        page.click("#p-0002 .select input")
        page.click("#p-0005 .select input", modifiers=["Shift"])
        assert page.locator(".bench output").text_content() == "4 selected"
        page.click('.bench [value="OK"]')
        page.wait_for_selector("[data-unsaved]", state="detached")
        assert page.locator(".progress").text_content() == "4 OK, 0 NG, 10 left"
        page.click('.bench [value="none"]')
        page.click('.bench [value="all"]')
        assert page.locator(".bench output").text_content() == "14 selected"
        page.click('.bench [value="none"]')
        assert page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n") == 2
    verdicts = json.loads((made.run() / "review.json").read_text())["verdicts"]
    assert {name: each["verdict"] for name, each in verdicts.items()} == dict.fromkeys(
        ("0002", "0003", "0004", "0005"), "OK"
    )


@needs_browser
def test_a_verdict_is_stronger_than_an_older_answer(made: Studio) -> None:
    """Said and saved while the page still reads the verdicts of before, it stays on the page."""
    held: list[Any] = []

    def hold(route: Any) -> None:
        if route.request.method == "GET" and not held:
            held.append((route, route.fetch()))
        else:
            route.continue_()

    with serving(made) as review, browser_page() as page:
        page.route("**/review.json", hold)
        page.goto(review.url)
        page.wait_for_function("review.active")
        page.keyboard.press("r")
        page.keyboard.press("o")
        page.wait_for_selector("#p-0001[data-verdict='OK']:not([data-unsaved])", state="attached")
        route, answer = held[0]
        with page.expect_response("**/review.json"):
            route.fulfill(response=answer)
        page.evaluate("new Promise((done) => setTimeout(done, 100))")
        assert page.locator("#p-0001").get_attribute("data-verdict") == "OK"
