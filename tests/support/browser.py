"""A headless Chromium of the system for tests that click; they are skipped where there is none."""

import shutil
from contextlib import contextmanager

import pytest

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
needs_browser = pytest.mark.skipif(BROWSER is None, reason="no Chromium here")


@contextmanager
def browser_page(width: int = 1280, height: int = 900, **context):  # type: ignore[no-untyped-def]
    """A fresh page; afterwards nothing may have gone wrong in its scripts."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox", "--disable-quic"])
        try:
            page = browser.new_page(viewport={"width": width, "height": height}, **context)
            wrong: list[str] = []
            page.on("pageerror", lambda error: wrong.append(str(error)))
            yield page
            assert wrong == []
        finally:
            browser.close()
