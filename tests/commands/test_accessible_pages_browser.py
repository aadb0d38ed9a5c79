"""Every page in a browser, in both languages, light and dark: axe-core finds nothing."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT

from tests.support import environment, own_fonts
from tests.support.browser import browser_page, needs_browser
from tests.support.review_process import ReviewProcess
from tests.support.studio import Studio, story

PAGES = (
    "",
    "video/CH01.html",
    "video/runs/CH01-001/gallery.html",
    "thumbnails/CH01/gallery.html",
    "compare/duel/index.html",
)
STEPS = {
    "rewriting": ("#p-0001 button.rewrite", ".sheet.rewrite[open]", '.rewrite [value="close"]'),
    "ordering": ('.bench [value="order"]', ".sheet.confirm[open]", '.confirm [value="close"]'),
    "judging": ("#p-0001 .frame", "dialog[open] .judge", 'dialog [value="close"]'),
}
"""What opens on the page of a run: the click, what is there then, the click that closes it."""


@pytest.fixture
def filled(studio: Studio) -> Studio:
    """A run with a refused picture and a retake, thumbnails with text."""
    assert studio.emulator
    studio.prompts(story(4))
    studio.emulator.fault("blocked_prompt", times=1, match="0002-")
    studio.visual(expect=1)
    studio.ask("retake", "CH=CH01", "RUN=001", "IDS=3", expect=1)
    template = {"id": "main", "prompt_template": "{{thumbnail_prompt}}"}
    template["texts"] = [{"column": "title", "font": own_fonts.latin(studio.folder / "workspaces"), "size": 20}]  # type: ignore[assignment]
    studio.write("workspaces/thumbnails/templates.json", {"channels": {"CH01": {"templates": [template]}}})
    row = {"episode": 1, "thumbnail_prompt": "雪の峠", "title": "Moon"}
    studio.write("workspaces/thumbnails/CH01/prompts.json", {"prompts": [row]})
    return studio


def drawn(studio: Studio, language: str) -> None:
    """All pages in that language; what is there already is not bought again."""
    studio.env = {"KAMISHIBAI_LANG": language}
    for path in (studio.folder / "workspaces").rglob("*.html"):
        path.unlink()
    studio.visual(expect=1)
    studio.ask("thumbnails", "CH=CH01")
    studio.ask("compare", "NAME=duel", "SLOTS=g-1,i-2", "CH=CH01", "RUN=001", "IDS=1,3")
    studio.ask("report")


@needs_browser
def test_no_page_shuts_anybody_out(filled: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """No fault on the pages of doit review, with what opens on them, and on the report; whatever its weight."""
    found: list[str] = []
    with browser_page() as page:
        for language in ("en", "ja"):
            drawn(filled, language)
            environment.use(monkeypatch, filled.environment())
            with ReviewProcess(filled.folder) as review:
                for path in PAGES:
                    page.goto(f"http://127.0.0.1:{review.port}/{path}")
                    found += faults(page, f"{language} /{path}", language)
                    found += opened(page, language) if "/runs/" in path else ()
            page.goto((filled.folder / "workspaces/reports/usage.html").resolve().as_uri())
            for each in page.query_selector_all("summary"):
                each.click()
            found += faults(page, f"{language} report", language)
    assert found == []


def opened(page: Any, language: str) -> Iterator[str]:
    """Faults of the page of a run with one picture chosen and marked NG, and of what opens on it."""
    page.click("#p-0001 .select input")
    page.click('.bench [value="NG"]')
    yield from faults(page, f"{language} chosen", language)
    for name, (opens, there, closes) in STEPS.items():
        page.click(opens)
        page.wait_for_selector(there)
        yield from faults(page, f"{language} {name}", language)
        page.click(closes)


def faults(page: Any, where: str, language: str) -> Iterator[str]:
    """What axe-core finds, light with all its rules, dark for its contrast."""
    assert page.get_attribute("html", "lang") == language
    page.evaluate(AXE_SCRIPT)
    for scheme, rules in (("light", {}), ("dark", {"runOnly": ["color-contrast"]})):
        page.emulate_media(color_scheme=scheme)
        for fault in page.evaluate("options => axe.run(options)", {"resultTypes": ["violations"], **rules})[
            "violations"
        ]:
            about = f"{where}, {scheme}, {fault['id']}"
            yield from (f"{about}: {each['html']}: {each['failureSummary']}" for each in fault["nodes"])
    page.emulate_media(color_scheme="light")
