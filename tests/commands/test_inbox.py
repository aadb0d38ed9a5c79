"""`doit inbox`, and what other commands put into it."""

import json
from pathlib import Path

import pytest

from tasks.inbox import events
from tasks.inbox.events import FAILED, NOTE, Event
from tasks.project.paths import Paths
from tests.support.studio import Studio, story


@pytest.fixture
def places(tmp_path: Path) -> Paths:
    return Paths(tmp_path)


def event(number: int, text: str = "混雑", **more: str) -> Event:
    return Event(FAILED, f"CH01-251 {number:04d}", text, "doit visual", at=f"2026-11-2{number % 4}T01:00:00Z", **more)


def test_visual_puts_failures_in_and_says_them_once(studio: Studio) -> None:
    """A refused picture is in the inbox; the second command with the same failure adds nothing and changes no file."""
    assert studio.emulator
    studio.emulator.fault("safety", match="0002")
    studio.prompts(story(2))
    studio.visual(expect=1)
    [entry] = events.read(Paths(studio.folder))
    assert entry.event.subject.startswith("CH01-001 000") and entry.event.kind == "refused"
    before = studio.snapshot()
    studio.visual(expect=1)
    assert studio.snapshot() == before


def test_long_japanese_text_is_folded_and_not_cut(studio: Studio) -> None:
    """A text without spaces, wider than the screen, is shown to its last character."""
    events.record(Paths(studio.folder), [event(1, "雪" * 150)])
    assert studio.doit("inbox").stdout.count("雪") == 150


def test_doit_inbox_lists_and_ticks(studio: Studio) -> None:
    """A table for people, JSON for programs, DONE= for both; an unknown key ticks nothing."""
    places = Paths(studio.folder)
    assert "nothing open" in studio.doit("inbox").stdout
    events.record(places, [event(1), event(2), Event(NOTE, "", "赤くして", "", src="slack")])
    shown = studio.doit("inbox")
    assert "混雑" in shown.stdout and "from Slack" in shown.stdout and "3 open" in shown.stdout
    wrong = studio.doit("inbox", f"DONE={event(1).id},aaaaaaaa")
    assert wrong.returncode == 3 and "aaaaaaaa" in wrong.stderr
    assert studio.doit("inbox", f"DONE=key={event(1).id}").returncode == 0
    listed = json.loads(studio.doit("inbox", "FORMAT=json").stdout)
    assert [each["key"] for each in listed] == [event(2).id, listed[1]["key"]]
    assert studio.doit("inbox", "FORMAT=xml").returncode == 3
