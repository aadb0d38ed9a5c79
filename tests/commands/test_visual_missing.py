"""Results that do not all come: the job is asked again, across commands, and nothing is bought for them meanwhile."""

import json
import re

import pytest

from tasks.inbox import events
from tasks.project.paths import Paths
from tests.support.studio import Studio, story


def awaited(studio: Studio) -> list[str]:
    """Prompt ids that the first job still owes, by its manifest."""
    about = studio.manifest()["submissions"][0]
    assert about["state"] == "finished"
    return [key.partition("-")[0] for key in about["awaited"]["keys"]]


def told(studio: Studio) -> list[events.InboxEntry]:
    found = events.read(Paths(studio.folder))
    return [each for each in found if "have not come" in each.event.text]


def asked(studio: Studio, operation: str) -> int:
    assert studio.emulator
    return int(studio.emulator.ledger()["requests"].get(operation, 0))


@pytest.mark.parametrize(
    ("fault", "value"),
    [
        *[("instead", kind) for kind in ("web_page", "empty", "error", "gzip", "utf_16")],
        ("short", 1),
        ("no_output", None),
        ("cut", 1000),
    ],
)
def test_what_is_no_proof_is_asked_again_by_the_next_command(studio: Studio, fault: str, value: object) -> None:
    """Whatever comes in place of the results: exit 1 and until when, the input kept; the next command has them all."""
    assert studio.emulator
    studio.emulator.fault(fault, value=value)
    studio.prompts(story(2))
    said = studio.visual("WAIT=0", expect=1)
    assert "the results are kept until 2026-11-25 00:00 UTC" in said and "doit visual CH=CH01" in said
    assert "0002" in awaited(studio) and len(studio.images()) == (fault == "short")
    assert asked(studio, "file_delete") == 0 and [each.done for each in told(studio)] == [False]
    studio.emulator.clear_faults()
    studio.visual()
    assert (studio.jobs_created, studio.billed, len(studio.images())) == (1, 2, 2)
    assert asked(studio, "file_delete") == 1 and [each.done for each in told(studio)] == [True]
    assert studio.leftovers() == []


def test_a_byte_order_mark_is_nothing(studio: Studio) -> None:
    """A result file that begins with one is read like any other."""
    assert studio.emulator
    studio.emulator.fault("instead", value="bom")
    studio.prompts(story(2))
    studio.visual()
    assert (studio.billed, len(studio.images()), asked(studio, "download")) == (2, 2, 1)


@pytest.mark.parametrize(("fault", "times"), [("no_output", 3), ("short", 4)])
def test_one_command_that_waits_asks_again_itself(studio: Studio, fault: str, times: int) -> None:
    """The results are late for some looks: the same command has them, billed once, and says so at the end."""
    assert studio.emulator
    studio.emulator.fault(fault, value=1 if fault == "short" else None, times=times)
    studio.prompts(story(2))
    said = studio.visual()
    assert len(re.findall(r"batches/\S+ SUCCEEDED", said)) == 2
    assert (studio.jobs_created, studio.billed, len(studio.images())) == (1, 2, 2)


def test_it_does_not_hold_the_others_and_is_left_alone_until_its_time(studio: Studio) -> None:
    """A next try beyond ten minutes: the command ends with the other run's pictures; status says until when."""
    assert studio.emulator
    studio.limits(poll_seconds_first=700)
    studio.prompts(story(2))
    studio.prompts({"0001": "別の話"}, "CH01-002")
    studio.emulator.fault("short", value=1, match="CH01-001")
    studio.visual(expect=1)
    assert len(studio.images("CH01-002")) == 1 and awaited(studio) == ["0002"]
    downloads = asked(studio, "download")
    assert "have not come" in studio.visual("WAIT=0", expect=1)
    assert asked(studio, "download") == downloads and studio.jobs_created == 2 and len(told(studio)) == 1
    status = studio.ask("status")
    assert "results are kept until 2026-11-25 00:00 UTC" in status and "results awaited" in status
    assert json.loads(studio.ask("status", "FORMAT=json"))["jobs"][0]["asked_again_at"]


@pytest.mark.parametrize("fault", ["missing", "malformed"])
def test_only_the_line_that_was_made_is_waited_for_and_then_held(studio: Studio, fault: str) -> None:
    """One line error, one line that never comes: the first is sent again at once, the other held after its time.

    While it is awaited, RETRY=missing does not send it either.
    """
    assert studio.emulator
    studio.emulator.fault("request_error", match="0001", times=1)
    studio.emulator.fault(fault, match="0002", times=1)
    studio.prompts(story(3))
    studio.visual("WAIT=0", expect=1)
    assert awaited(studio) == ["0002"] and sorted(studio.images()) == ["0003.png"]
    studio.visual("WAIT=0", "RETRY=missing", expect=1)
    assert (studio.jobs_created, studio.billed, sorted(studio.images())) == (2, 3, ["0001.png", "0003.png"])
    studio.emulator.advance(49 * 3600)
    assert "RETRY=missing" in studio.visual(expect=1)
    held = next(line for line in studio.results() if line["prompt_id"] == "0002")
    assert (held["cause"], held["failure"], held["cost_basis"]) == ("made_and_gone", "permanent", "estimated")
    studio.visual(expect=1)
    assert studio.billed == 3 and [each.done for each in told(studio)] == [True]
    spent = sum(float(row["cost_usd"]) for row in studio.usage())
    assert spent == pytest.approx(studio.emulator.ledger()["usd"], abs=0.001)
    assert "1 of these pictures was paid for before" in studio.visual("RETRY=missing")
    assert (studio.billed, len(studio.images())) == (4, 3)


@pytest.mark.parametrize("counted", [None, 2])
def test_without_counts_a_line_is_missing_when_two_files_minutes_apart_say_so(
    studio: Studio, counted: int | None
) -> None:
    """No counts, or counts that lag: twice the same within a moment proves nothing, ten minutes later it does."""
    assert studio.emulator
    studio.emulator.fault("counts", value=counted)
    studio.emulator.fault("short", value=2)
    studio.prompts(story(3))
    for _ in range(2):
        studio.visual("WAIT=0", expect=1)
    assert awaited(studio) == ["0003"]
    studio.emulator.advance(600)
    assert "missing" in studio.visual("WAIT=0", expect=1)
    assert studio.jobs_created == 1 and studio.manifest()["submissions"][0]["state"] == "collected"


def test_a_job_that_ended_without_what_it_counts_as_done(studio: Studio) -> None:
    """Cancelled with one done and no result file: asked again, nothing is sent, held when its time is over."""
    assert studio.emulator
    studio.emulator.fault("cancelled_without_output", times=1)
    studio.prompts(story(2))
    for _ in range(2):
        assert "is CANCELLED, and 2 of 2 pictures have not come" in studio.visual("WAIT=0", expect=1)
    studio.emulator.advance(49 * 3600)
    assert "1 of 2 such requests" in studio.visual(expect=1).replace("\n", " ")
    studio.visual(expect=1)
    assert studio.jobs_created == 1


def test_a_picture_is_broken_only_when_it_is_so_twice(studio: Studio) -> None:
    """One byte of the download is wrong: it is downloaded once more, and nothing is bought again."""
    assert studio.emulator
    studio.emulator.fault("damaged", times=1)
    studio.emulator.fault("as_png")
    studio.prompts(story(2))
    studio.visual()
    assert (studio.billed, len(studio.images()), asked(studio, "download")) == (2, 2, 2)


def test_a_cut_in_the_first_piece_is_mended_in_place(studio: Studio) -> None:
    """Two cuts before the first mebibyte: the same look has every picture."""
    assert studio.emulator
    studio.emulator.fault("cut", value=1000, times=2)
    studio.prompts(story(2))
    assert studio.visual("WAIT=0").count("downloading again") == 2
    assert (studio.billed, len(studio.images()), asked(studio, "download")) == (2, 2, 3)


@pytest.mark.parametrize("point", ["before-results", "after-results"])
def test_killed_while_a_part_is_kept(studio: Studio, point: str) -> None:
    """Killed before and after the lines of what came: the next commands end with every picture, billed once."""
    assert studio.emulator
    studio.emulator.fault("short", value=1, times=4)
    studio.prompts(story(2))
    studio.killed(point, "WAIT=0")
    studio.visual("WAIT=0", expect=1)
    assert awaited(studio) == ["0002"]
    studio.visual()
    assert (studio.jobs_created, studio.billed, len(studio.images())) == (1, 2, 2)


def test_a_picture_changed_by_hand_stays_while_the_rest_is_awaited(studio: Studio) -> None:
    """What came is settled: a later look at the same job does not touch it."""
    assert studio.emulator
    studio.emulator.fault("short", value=1)
    studio.prompts(story(2))
    studio.visual("WAIT=0", expect=1)
    ours = studio.run() / "images" / "0001.png"
    ours.write_bytes(ours.read_bytes() + b"painted over")
    changed = ours.read_bytes()
    studio.emulator.clear_faults()
    studio.visual()
    assert ours.read_bytes() == changed and len(studio.images()) == 2


def test_collect_asks_again_says_it_once_in_the_inbox_and_stays_quiet_for_cron(studio: Studio) -> None:
    """An awaited job is an open one: exit 0, one event however often; when it comes, the event is ticked."""
    assert studio.emulator
    studio.emulator.job_seconds(60)
    studio.prompts(story(2))
    studio.visual("WAIT=0")
    studio.emulator.advance(60)
    studio.emulator.fault("short", value=1, times=3)
    for _ in range(2):
        assert "have not come" in studio.ask("collect")
    assert len(told(studio)) == 1 and len(studio.images()) == 1 and len(studio.usage()) == 1
    assert "kept until" in studio.ask("inbox")
    studio.ask("collect")
    assert len(studio.images()) == 2 and [each.done for each in told(studio)] == [True]
    assert studio.ask("collect") == "" and studio.billed == 2
