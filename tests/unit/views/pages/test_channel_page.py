"""The page of a channel: what is still to judge."""

import re

from tasks.views.pages.channel_page import RunCard, Shelf, render


def text_of(page: bytes) -> str:
    bare = re.sub(r"<(style|script)>.*?</\1>", "", page.decode(), flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", bare))


def test_a_channel_is_named_once() -> None:
    """Code and name in the heading, and the code is no second heading."""
    text = text_of(render("CH01", (Shelf("CH01", (RunCard("CH01-001", "page.html"),), "月あかり"),)))
    assert text.count("CH01 月あかり") == 2  # the window's title and the heading
    assert len(re.findall(r"CH01(?!-)", text)) == 2


def test_what_is_left_is_said_of_each_run_and_of_all() -> None:
    """Missing, failed and to judge are counted apart."""
    run = RunCard("CH01-001", "page.html", prompts=16, pictures=11, failed=2, good=2)
    text = text_of(render("Review", (Shelf("CH01", (run,), "月あかり"), Shelf("CH02", (run,)))))
    assert text.count("3 missing") == 4 and text.count("9 to judge") == text.count("2 failed") == 4
    assert "CH01 月あかり 1 page" in text and "CH02 1 page" in text


def test_what_nobody_judged_is_to_judge() -> None:
    """Pictures less those marked OK or NG."""
    assert RunCard("CH01-001", "page.html", pictures=5, good=2, bad=1).to_judge == 2
    assert RunCard("CH01-001", "page.html", pictures=5, good=2, bad=1, tidied=2).to_judge == 0
