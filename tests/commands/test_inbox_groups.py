"""One entry for each job and cause, closed by itself when its pictures come; the terminal says it in as few lines."""

import json
from typing import Any

from tasks.inbox import events
from tasks.inbox.notices import of_line
from tasks.project.paths import Paths
from tasks.runs.results import Result
from tests.support.studio import Studio, story


def entries(studio: Studio) -> list[dict[str, Any]]:
    """What is open, as doit inbox tells other programs."""
    return list(json.loads(studio.ask("inbox", "FORMAT=json")))


def test_a_failed_job_is_one_line_and_one_entry(studio: Studio) -> None:
    """Twelve pictures of a job that failed: named once with the first few; closed when they came."""
    assert studio.emulator
    studio.emulator.fault("failed", times=1)
    studio.prompts(story(12))
    said = studio.visual(expect=1)
    [line] = [line for line in said.splitlines() if line.startswith("0001")]
    assert "0001, 0002, 0003 and 9 more" in line and "12 pictures did not come" in said
    [entry] = entries(studio)
    assert entry["subject"] == "CH01-001" and "12 pictures did not come (0001, 0002, 0003 and 9 more)" in entry["text"]
    assert "sends it again" not in entry["do"] and "sends them again" in entry["do"]
    studio.visual()
    assert entries(studio) == []
    ticked = (studio.folder / "workspaces" / "inbox" / "pm_inbox.md").read_text()
    assert ticked.count("- [x]") == 1 and "- [ ]" not in ticked


def test_four_pictures_are_never_more_than_four_entries(studio: Studio) -> None:
    """Failing again and again: the entry of a later attempt takes the place of the one before."""
    assert studio.emulator
    studio.emulator.fault("no_image")
    studio.prompts(story(4))
    for _ in range(3):
        studio.visual(expect=1)
        assert len(entries(studio)) == 1
    studio.emulator.clear_faults()
    studio.visual("RETRY=exhausted")
    assert entries(studio) == []


def test_causes_are_told_apart(studio: Studio) -> None:
    """Refused, empty and wrong pictures of one job: an entry each, and each closes when its own pictures come."""
    assert studio.emulator
    for name, match in (("safety", "0001"), ("safety", "0002"), ("no_image", "0003")):
        studio.emulator.fault(name, match=match, times=1)
    studio.prompts(story(5))
    studio.visual(expect=1)
    assert sorted((each["kind"], each["subject"]) for each in entries(studio)) == [
        ("failed", "CH01-001 0003"),
        ("refused", "CH01-001"),
    ]
    studio.visual(expect=1)
    assert [each["kind"] for each in entries(studio)] == ["refused"]


def test_a_change_of_the_prompt_closes_the_entry(studio: Studio) -> None:
    """The new wording came, or the prompt was taken out: what was said of the old one is over."""
    assert studio.emulator
    studio.emulator.fault("safety", match="0001", times=1)
    studio.emulator.fault("safety", match="0002", times=1)
    studio.prompts(story(3))
    studio.visual(expect=1)
    studio.prompts({"0001": "もっと穏やかな絵", "0003": story(3)["0003"]})
    studio.visual()
    assert entries(studio) == []


def test_collect_closes_what_comes(studio: Studio) -> None:
    """Whatever command brings the pictures home closes the entry."""
    assert studio.emulator
    studio.emulator.fault("no_image", times=2)
    studio.prompts(story(2))
    studio.visual(expect=1)
    studio.emulator.job_seconds(60)
    studio.visual("WAIT=0")
    assert len(entries(studio)) == 1
    studio.emulator.advance(61)
    studio.ask("collect")
    assert entries(studio) == []


def test_a_run_is_done_with_at_once(studio: Studio) -> None:
    """DONE=CH01-001 ticks all that is open about it and nothing about another run; a wrong name ticks nothing."""
    assert studio.emulator
    studio.emulator.fault("safety", match="0001")
    for run in ("CH01-001", "CH01-0011", "CH02-001"):
        studio.prompts({"0001": f"話{run}"}, run)
    studio.ask("visual", "CH=ALL", expect=1)
    said = studio.ask("inbox", "DONE=CH01-009", expect=3)
    assert "CH01-009" in said and "did you mean CH01-00" in said and len(entries(studio)) == 3
    assert "ticked: 1" in studio.ask("inbox", "DONE=CH01-001")
    assert [each["subject"] for each in entries(studio)] == ["CH01-0011 0001", "CH02-001 0001"]
    assert "ticked: 2" in studio.ask("inbox", f"DONE=CH01-0011,{entries(studio)[1]['key']}")


def test_what_was_told_picture_by_picture_is_not_told_again(studio: Studio) -> None:
    """Entries of an earlier version keep their keys: nothing new for the same failures, and they close as well."""
    assert studio.emulator
    studio.emulator.fault("safety", times=2)
    studio.prompts(story(2))
    studio.visual(expect=1)
    journal = studio.folder / "workspaces" / "inbox" / "events.jsonl"
    journal.unlink()
    (journal.parent / "pm_inbox.md").unlink()
    lines = [Result.from_json(line) for line in studio.results()]
    events.record(Paths(studio.folder), [of_line("CH01-001", line, "look") for line in lines])
    before = journal.read_bytes()
    studio.visual(expect=1)
    assert journal.read_bytes() == before
    studio.visual("RETRY=refused")
    assert entries(studio) == []


def test_what_a_person_unticked_or_wrote_stays(studio: Studio) -> None:
    """Notes and entries about other runs are left alone by what closes by itself."""
    assert studio.emulator
    note = events.Event(events.NOTE, "CH01-001", "赤くして", "", src="slack")
    events.record(Paths(studio.folder), [note, events.Event(events.STUCK, "CH02-001", "x", "y", "z")])
    studio.prompts(story(1))
    studio.visual()
    assert len(entries(studio)) == 2
