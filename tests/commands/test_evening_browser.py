"""An evening of somebody who works in Japanese, in one browser: look, judge, rewrite, order, pick, letter, export."""

import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.support import environment, own_fonts
from tests.support.browser import browser_page, needs_browser
from tests.support.languages import words_of
from tests.support.review_process import ReviewProcess
from tests.support.studio import Studio, story

KNOWN = re.compile(
    r"\b(?:OK|NG|ID|ZIP|UTC|Enter|Ctrl|Esc|CH01[\w-]*|batches/\w+ SUCCEEDED|batches/\w+|batch|immediate|[a-z]{1,2}-\d"
    r"|1-main|gemini-[\w.-]+|\w+_\w+\.yaml|\w+_\w+|(?:images|references|workspaces)/[\w./-]*|RETRY=refused"
    r"|prompt blocked:|doit [a-z]+ [A-Z]+=[\w=. -]*)",
    re.ASCII,
)
"""Names, keys, lanes, commands and the provider's own words: the same in every language."""
PICTURES = 60
REWRITTEN = {"0004": "海辺で眠る三毛猫", "0009": "雨上がりの石畳", "0031": "川面に映る満月", "0058": "朝もやの棚田"}
THUMBNAIL = "雪の峠に立つ赤い傘、夕暮れ"


@pytest.fixture
def evening(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> Studio:
    """Sixty pictures that were made by day, a thumbnail still to be made, and the environment of its person."""
    studio.env = {"KAMISHIBAI_LANG": "ja"}
    studio.prompts(story(PICTURES))
    studio.visual()
    font = own_fonts.latin(studio.folder / "workspaces")
    text = {"column": "title", "font": font, "size": 20}
    template = {"id": "main", "prompt_template": "{{thumbnail_prompt}}", "texts": [text]}
    studio.write("workspaces/thumbnails/templates.json", {"channels": {"CH01": {"templates": [template]}}})
    row = {"episode": 1, "thumbnail_prompt": "雪の峠", "title": "1952"}
    studio.write("workspaces/thumbnails/CH01/prompts.json", {"prompts": [row]})
    environment.use(monkeypatch, studio.environment())
    return studio


def english(page: Any) -> list[str]:
    """What of the page is not Japanese: its texts and labels, also those that are not shown now."""
    found = words_of(page.content())
    lines = [line for text in found for line in text.splitlines()]
    return [line for line in lines if re.search("[A-Za-z]{2}", KNOWN.sub("", line))]


@needs_browser
def test_an_evening(evening: Studio) -> None:
    """Every step leaves what it says on disk, all of it in Japanese, and only what was ordered is billed, once."""
    assert evening.emulator
    assert (evening.billed, evening.jobs_created) == (PICTURES, 1)
    with ReviewProcess(evening.folder, "CH=CH01", "RUN=001") as review, browser_page() as page:
        page.goto(review.url)
        judge(page)
        rewrite(page)
        assert (evening.billed, evening.jobs_created) == (PICTURES, 1)
        order(page, len(REWRITTEN))
        page.wait_for_selector(".orders .over")
        assert english(page) == []
        assert (evening.billed, evening.jobs_created) == (PICTURES + 4, 2)
        pick_the_first_take(page)
        assert (evening.billed, evening.jobs_created) == (PICTURES + 4, 2)
        evening.emulator.fault("blocked_prompt", times=1, match="0007-")
        leave_what_is_refused(page)
        assert (evening.billed, evening.jobs_created) == (PICTURES + 5, 3)
        evening.ask("thumbnails", "CH=CH01")
        look_at_the_thumbnail(page, f"http://127.0.0.1:{review.port}/thumbnails/CH01/gallery.html")
        assert (evening.billed, evening.jobs_created) == (PICTURES + 6, 4)
        rewrite_the_thumbnail(page)
        assert (evening.billed, evening.jobs_created) == (PICTURES + 7, 5)
        page.goto(review.url)
        export(page, evening)
    verdicts = json.loads((evening.run() / "review.json").read_text())["verdicts"]
    assert sorted(name for name, each in verdicts.items() if each["verdict"] == "OK") == [
        name for name in story(PICTURES) if name not in REWRITTEN
    ]
    evening.visual()
    evening.ask("thumbnails", "CH=CH01")
    assert (evening.billed, evening.jobs_created) == (PICTURES + 7, 5)


def judge(page: Any) -> None:
    """All sixty by keyboard; four are not good."""
    page.keyboard.press("r")
    for name in story(PICTURES):
        page.keyboard.press("n" if name in REWRITTEN else "o")
    page.wait_for_selector("[data-unsaved]", state="detached")
    assert english(page) == []
    page.keyboard.press("Escape")
    assert page.locator(".progress").text_content() == "OK 56、NG 4、未判定 0"


def rewrite(page: Any) -> None:
    """The four get other prompts, which are kept."""
    for name, text in REWRITTEN.items():
        page.click(f"#p-{name} button.rewrite")
        page.fill(".rewrite textarea", text)
        assert english(page) == []
        page.click('.rewrite [value="keep"]')
        page.wait_for_selector(".sheet.rewrite", state="hidden")
        page.wait_for_selector(f"#p-{name} .rewritten")


def order(page: Any, count: int) -> None:
    """What is marked NG is made again, after one question that names the price."""
    page.click('.bench [value="order"]')
    page.wait_for_selector(".confirm[open]")
    assert f"画像 {count} 枚" in page.locator("#confirm-title").text_content()
    assert english(page) == []
    page.click('.confirm [value="yes"]')


def pick_the_first_take(page: Any) -> None:
    """Of the picture that got worse the first take is put back."""
    page.wait_for_selector("#p-0009 .takes li[data-take='2'].picked", state="attached")
    page.click("#p-0009 .frame")
    assert english(page) == []
    page.keyboard.press("1")
    page.wait_for_selector("#p-0009 .takes li[data-take='1'].picked", state="attached")
    page.keyboard.press("Escape")


def leave_what_is_refused(page: Any) -> None:
    """One more of a good picture does not come: its order says so, and is left; the good picture stays in use."""
    page.click("#p-0007 .select input")
    order(page, 1)
    page.wait_for_selector(".orders .trouble-order")
    assert "1 枚のうち 0 枚" in page.locator(".orders .trouble-order > p >> nth=0").text_content()
    assert english(page) == []
    page.click(".orders .trouble-order button >> nth=1")
    page.wait_for_selector(".orders .trouble-order", state="detached")


def look_at_the_thumbnail(page: Any, address: str) -> None:
    """It has its text, and T shows it without."""
    page.goto(address)
    assert english(page) == []
    page.click("#p-1-main .frame")
    shown = page.locator("dialog .stage > img")
    assert shown.get_attribute("src").endswith("/1/main.text.png")
    page.keyboard.press("t")
    assert shown.get_attribute("src").endswith("/1/main.png")


def rewrite_the_thumbnail(page: Any) -> None:
    """By keyboard, from where it is seen: its whole text is another one, and one more comes, with the same letters."""
    page.keyboard.press("e")
    page.wait_for_selector(".sheet.rewrite[open] .templated")
    assert page.locator(".rewrite textarea").input_value() == "雪の峠"
    page.fill(".rewrite textarea", THUMBNAIL)
    assert english(page) == []
    page.focus('.rewrite [value="keep-order"]')
    page.keyboard.press("Enter")
    page.wait_for_selector(".confirm[open]")
    page.keyboard.press("Enter")
    page.wait_for_selector(".orders .over", state="attached")
    page.wait_for_selector("#p-1-main .takes li[data-take='2'].picked", state="attached")
    page.keyboard.press("Escape")
    assert page.locator("#p-1-main .prompt").text_content() == THUMBNAIL
    assert page.locator("#p-1-main .frame").get_attribute("href").endswith("/1/main.text.png")
    assert english(page) == []


def export(page: Any, studio: Studio) -> None:
    """All pictures in one file, as they are on disk, under names for an editor."""
    with page.expect_download() as found:
        page.click('.bench [value="zip"]')
    bundle = zipfile.ZipFile(io.BytesIO(Path(found.value.path()).read_bytes()))
    assert bundle.namelist() == [f"CH01-001_{name}.png" for name in story(PICTURES)]
    assert bundle.read("CH01-001_0009.png") == (studio.run() / "images" / "0009.png").read_bytes()
