"""Sentences that a tired person reads: what is so, by whom, since when, and the name that was meant."""

import json
import os
import re

import pytest

from tests.support.studio import Studio, story


def test_pictures_of_another_slot_stay_and_are_said_to(studio: Studio) -> None:
    """SLOT= with LIMIT=1 over a finished run: three files lie there, and nobody reads that two were not sent."""
    studio.prompts(story(3))
    studio.visual()
    said = studio.visual("SLOT=i-3", "LIMIT=1")
    assert "CH01-001: 1 of 3 are from i-3; 2 from g-1 stay" in said and "not sent yet" not in said


def test_what_you_cancelled_did_not_fail(studio: Studio) -> None:
    """Another command cancels the job that is waited for: cancelled by you, nothing in the inbox."""
    assert studio.emulator
    studio.emulator.job_seconds(3600)
    studio.prompts(story(2))
    waiting = studio.start()
    while not (studio.jobs_created and studio.manifest()["submissions"][0].get("job")):
        assert waiting.poll() is None
    studio.ask("cancel", "CH=CH01", "RUN=001", "WAIT=0.2", expect=0)
    said, _ = waiting.communicate(timeout=60)
    assert waiting.returncode == 1, said
    assert "2 cancelled by you; the next run sends them" in said and "did not come" not in said
    assert "\n2 pictures were cancelled by you" in said and "doit visual CH=CH01 sends them" in said
    assert "nothing open" in studio.ask("inbox")
    studio.emulator.job_seconds(0)
    studio.visual()
    assert len(studio.images()) == 2


def test_a_job_that_another_cancelled_failed(studio: Studio) -> None:
    """Cancelled by nobody here: told as what did not come."""
    assert studio.emulator
    studio.emulator.job_seconds(3600)
    studio.prompts(story(1))
    studio.visual("WAIT=0")
    studio.emulator.force(studio.emulator.jobs()[0]["id"], "CANCELLED")
    assert "did not come" in studio.ask("collect", expect=1)


def test_status_says_since_when(studio: Studio) -> None:
    """Plain doit shows what the files last heard, and when, by the clock on the wall; REFRESH=1 asks, and says none."""
    assert studio.emulator
    studio.emulator.job_seconds(3600)
    studio.prompts(story(1))
    studio.visual("WAIT=0")
    said = studio.ask("status", "CH=CH01")
    assert re.search(r"as of \d\d:\d\d; ask now: doit status CH=CH01 REFRESH=1", said)
    os.utime(studio.run() / "_gemini_batch" / "manifest.json", (1_790_000_000, 1_790_000_000))
    assert re.search(r"as of 2026-09-2\d \d\d:\d\d; ask now: doit status REFRESH=1", studio.ask("status"))
    assert "as of" not in studio.ask("status", "REFRESH=1")
    studio.emulator.advance(3601)
    studio.visual()
    assert "as of" not in studio.ask("status")


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("visuall CH=CH01", "did you mean doit visual?"),
        ("stauts", "did you mean doit status?"),
        ("tumbnails", "did you mean doit thumbnails?"),
        ("CH=CH01 colect", "did you mean doit collect?"),
        ("lst", "did you mean doit list?"),
        ("foo", "doit list shows all"),
    ],
)
def test_a_misspelt_command_is_told_the_right_one(studio: Studio, words: str, meant: str) -> None:
    """Exit 3 with the command that was meant; nothing is sent."""
    studio.prompts(story(1))
    said = studio.ask(*words.split(), expect=3)
    assert meant in said and not said.startswith("ERROR") and studio.jobs_created == 0


def test_zeros_may_be_left_out(studio: Studio) -> None:
    """CH=CH1 is CH01 and RUN=1 is 001, as IDS=3 is 0003; where two could be meant, none is chosen."""
    studio.prompts(story(1))
    studio.ask("visual", "CH=CH1", "RUN=1")
    assert len(studio.images()) == 1
    for words in (("plan", "CH=CH001", "RUN=01"), ("status", "CH=CH1"), ("collect", "CH=CH1", "RUN=1")):
        assert "no run" not in studio.ask(*words)
    studio.prompts(story(1), "CH01-01")
    said = studio.ask("plan", "CH=CH1", "RUN=1", expect=3)
    assert "no prompts for CH01 run 1" in said


def test_a_plan_says_whose_cap_it_is(studio: Studio) -> None:
    """The cap of one channel is named as that; the cap over all is not said for one channel's."""
    for run in ("CH01-001", "CH02-001"):
        studio.prompts(story(2, run), run)
    (studio.folder / "configs" / "budget.local.yaml").write_text("channels: {CH01: {day: 10}}\n")
    assert "the budget leaves CH01 $10.00" in studio.ask("plan", "CH=ALL")
    assert "the budget leaves CH01 $10.00" in studio.ask("plan", "CH=CH01")
    assert "the budget leaves $20.00" in studio.ask("plan", "CH=CH02")
    (studio.folder / "configs" / "budget.local.yaml").unlink()
    caps = {"version": 1, "currency": "USD", "caps": {"day": 0.05}, "channels": {"CH01": {"day": 0.04}}}
    (studio.folder / "configs" / "budget.yaml").write_text(json.dumps(caps))
    assert "the budget leaves all channels together $0.0500: it will refuse some" in studio.ask("plan", "CH=ALL")


def test_one_is_singular(studio: Studio) -> None:
    """One picture, one prompt, one time, one run, in whatever command says so."""
    assert studio.emulator
    studio.prompts(story(1))
    studio.emulator.fault("no_image", times=1)
    said = studio.visual(expect=1) + studio.visual()
    for words in (("status",), ("plan", "CH=CH01"), ("report",), ("validate",), ("inbox",), ("visual", "CH=CH01")):
        said += studio.ask(*words)
    wrong = re.findall(
        r"(?<![\d.,])1 (?:pictures|prompts|times|runs|jobs|attempts|channels|entries|days|files)\b", said
    )
    assert wrong == [], said
