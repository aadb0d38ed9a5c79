"""gallery.html as `doit visual` makes it, in a real browser."""

import json

import pytest

from tests.support.browser import browser_page, needs_browser
from tests.support.studio import Studio, story

pytestmark = [needs_browser, pytest.mark.parametrize("shrunk", [1])]


@pytest.fixture
def made(studio: Studio) -> Studio:
    studio.prompts(story(3))
    studio.visual()
    return studio


def test_what_visual_makes_can_be_judged_and_shows_it(made: Studio) -> None:
    """Previews and the channel's page are made once; a verdict in review.json shows on the next page."""
    place, thumbs = made.run(), made.run() / "images" / "_thumbs"
    lines = {line["prompt_id"]: line for line in made.results()}
    assert sorted(path.name for path in thumbs.glob("*.jpg")) == [
        f"{name}.{line['image_sha256'][:8]}.jpg" for name, line in sorted(lines.items())
    ]
    before = made.snapshot()
    made.visual()
    assert made.snapshot() == before
    verdict = {
        "verdict": "NG",
        "note": "手が六本",
        "at": "2026-11-23T08:15:00Z",
        "sha256": lines["0002"]["image_sha256"],
    }
    stale = verdict | {"sha256": "0" * 64}
    (place / "review.json").write_text(json.dumps({"version": 1, "verdicts": {"0002": verdict, "0003": stale}}))
    made.visual()
    with browser_page() as page:
        page.goto((made.folder / "workspaces" / "video" / "CH01.html").as_uri())
        assert page.locator(".counts").text_content() == "3 pictures0 OK1 NG2 to judge"
        page.wait_for_function(
            "[...document.querySelectorAll('.strip img')].every((i) => i.naturalWidth > 400 && i.naturalWidth <= 480)"
        )
        page.click("a.run")
        assert page.locator("[data-verdict=NG] .remark").all_text_contents() == ["手が六本"]
        assert page.locator("[data-verdict=new]").count() == 2
        page.click("header a")
        assert page.url.endswith("/video/CH01.html")


def test_a_picture_that_came_back_from_the_store_has_the_price_it_had(made: Studio) -> None:
    """An edit that was undone: the card says what its picture cost, and the lines above it add up to what was paid."""
    texts = story(3)
    made.prompts(texts | {"0002": "別の山"})
    made.visual()
    made.prompts(texts)
    made.visual()
    assert made.results()[-1]["cost_basis"] == "reused"
    with browser_page() as page:
        page.goto((made.run() / "gallery.html").as_uri())
        page.click("#p-0002 .frame")
        assert page.locator("dialog .about").text_content().startswith("$0.01")
        lines = [each.rpartition("$")[2] for each in page.locator(".models li").all_text_contents()]
        total = float(page.locator(".total b").text_content().removeprefix("$"))
    assert len(lines) == 2
    assert sum(map(float, lines)) == pytest.approx(total, abs=0.0002)
