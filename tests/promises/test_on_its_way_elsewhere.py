"""A picture on its way for one place is waited for by every other: one billed request for each wanted digest."""

import json
import shutil
import time

import pytest

from tasks.files import locks
from tasks.project.paths import Paths
from tests.support.studio import Studio, story


def _channel(studio: Studio, *names: str) -> None:
    for name in names:
        studio.prompts(story(4), run=name)


def _end_jobs(studio: Studio, state: str = "SUCCEEDED") -> None:
    """Jobs end now: those that are there, and those to come."""
    assert studio.emulator
    studio.emulator.job_seconds(0)
    for job in studio.emulator.jobs():
        studio.emulator.force(job["name"], state, with_output=state == "SUCCEEDED")


def _all_there(studio: Studio, *names: str) -> None:
    for name in names:
        assert len(studio.images(name)) == 4, name


@pytest.mark.parametrize("slot", ["g-1", "i-1"])
def test_two_runs_of_one_text_in_one_command(studio: Studio, slot: str) -> None:
    """Four prompts that stand in two runs of one command are four pictures bought, and eight files."""
    studio.presets(slot)
    _channel(studio, "CH01-001", "CH01-002")
    plan = json.loads(studio.doit("plan", "CH=CH01", "FORMAT=json").stdout)
    assert [(row["missing"], row["shared"]) for row in plan["rows"]] == [(4, {}), (0, {"CH01-001": 4})]
    assert "4 bought once, for CH01-001" in studio.ask("plan", "CH=CH01")
    studio.visual()
    assert studio.billed == 4
    _all_there(studio, "CH01-001", "CH01-002")
    assert studio.images("CH01-001") == studio.images("CH01-002")


def test_a_second_run_waits_for_the_job_of_the_first(studio: Studio) -> None:
    """What a job of another run will bring is neither sent nor estimated; the line before sending names that run."""
    assert studio.emulator
    studio.emulator.job_seconds(3600)
    _channel(studio, "CH01-001", "CH01-002")
    studio.visual("RUN=001", "WAIT=0")
    said = studio.visual("RUN=002", "WAIT=0")
    assert "CH01-002: 4 pictures on their way for CH01-001 already: waited for, not sent again" in said
    assert "4 on their way" in said and "about $" not in said
    assert (studio.jobs_created, studio.billed) == (1, 0)
    assert "4 on their way for CH01-001 already" in studio.ask("plan", "CH=CH01", "RUN=002")
    plan = json.loads(studio.doit("plan", "CH=CH01", "RUN=002", "FORMAT=json").stdout)
    assert [(row["missing"], row["waiting"], row["cost_usd"]) for row in plan["rows"]] == [(0, 4, 0.0)]
    _end_jobs(studio)
    said = studio.visual("RUN=002")
    assert studio.billed == 4
    _all_there(studio, "CH01-001", "CH01-002")


def test_what_is_waited_for_does_not_use_up_the_limit(studio: Studio) -> None:
    """LIMIT= counts what is sent: of six prompts, four are on their way elsewhere and LIMIT=2 sends the other two."""
    assert studio.emulator
    studio.emulator.job_seconds(3600)
    _channel(studio, "CH01-001")
    studio.visual("WAIT=0")
    studio.prompts(story(6), run="CH01-002")
    studio.visual("RUN=002", "LIMIT=2", "WAIT=0")
    _end_jobs(studio)
    studio.visual()
    assert (studio.billed, len(studio.images("CH01-002"))) == (6, 6)


def test_a_comparison_waits_for_the_job_of_a_run(studio: Studio) -> None:
    """`compare` of prompts that a run sent on the same slot buys only what the other slot makes."""
    assert studio.emulator
    studio.emulator.job_seconds(3600)
    _channel(studio, "CH01-001")
    studio.visual("WAIT=0")
    studio.ask("compare", "NAME=look", "SLOTS=g-1,i-2", "CH=CH01", "RUN=001", "IDS=1,2", "WAIT=0")
    assert (studio.jobs_created, studio.billed) == (1, 2)
    _end_jobs(studio)
    studio.ask("compare", "NAME=look", "SLOTS=g-1,i-2")
    assert studio.billed == 6
    _all_there(studio, "CH01-001")
    studio.visual()
    assert studio.billed == 6


def test_a_job_that_brings_nothing_is_followed_by_one_purchase(studio: Studio) -> None:
    """The other run's job fails: the command that waited says so, and whoever looks next buys each picture once."""
    assert studio.emulator
    studio.emulator.job_seconds(3600)
    _channel(studio, "CH01-001", "CH01-002")
    studio.visual("RUN=001", "WAIT=0")
    _end_jobs(studio, "FAILED")
    said = studio.visual("RUN=002", expect=1)
    assert "CH01-001" in said and "doit visual CH=CH01 RUN=002" in said
    assert studio.billed == 0
    studio.visual("RUN=002")
    studio.visual()
    assert studio.billed == 4
    _all_there(studio, "CH01-001", "CH01-002")


def test_a_job_of_another_key_is_said_and_nothing_is_sent(studio: Studio) -> None:
    """Only the key that made a job can fetch it; with another one its pictures are neither fetched nor bought again."""
    assert studio.emulator
    studio.emulator.job_seconds(3600)
    _channel(studio, "CH01-001", "CH01-002")
    studio.visual("RUN=001", "WAIT=0")
    said = studio.doit("visual", "CH=CH01", "RUN=002", "WAIT=0", GEMINI_API_KEY="another-key-of-the-studio")
    assert said.returncode == 1 and "another API key" in said.stdout + said.stderr
    assert studio.jobs_created == 1


def test_two_processes_at_once_buy_once(studio: Studio) -> None:
    """Two commands that send the same text at the same moment: one sends, the other waits and gets the pictures."""
    assert studio.emulator
    studio.emulator.job_seconds(3600)
    _channel(studio, "CH01-001", "CH01-002")
    both = [studio.start(f"RUN={number}") for number in ("001", "002")]
    time.sleep(3)
    _end_jobs(studio)
    for process in both:
        said, _ = process.communicate(timeout=60)
        assert process.returncode == 0, said
    assert studio.billed == 4
    _all_there(studio, "CH01-001", "CH01-002")


@pytest.mark.parametrize("slot", ["o-2", "oi-2", "l-1"])
def test_two_processes_at_once_that_share_some_texts(studio: Studio, slot: str) -> None:
    """Each wants four pictures of which three are the other's too: five are asked for, whoever is first."""
    assert studio.emulator
    studio.presets(slot)
    texts = [*story(5).values()]
    for run, wanted in (("CH01-001", texts[:4]), ("CH01-002", texts[1:])):
        studio.prompts(dict(zip(story(4), wanted, strict=True)), run)
    both = [studio.start(f"RUN={number}") for number in ("001", "002")]
    for process in both:
        said, _ = process.communicate(timeout=60)
        assert process.returncode == 0, said
    assert len(studio.emulator.control("GET", "sent")) + studio.billed * (slot == "o-2") == 5
    _all_there(studio, "CH01-001", "CH01-002")


@pytest.mark.parametrize("slot", ["g-1", "i-1"])
def test_what_another_command_bought_meanwhile_is_not_bought(studio: Studio, slot: str) -> None:
    """Another command begins and ends between the look at the files and the sending: its picture is taken."""
    studio.presets(slot)
    _channel(studio, "CH01-001", "CH01-002")
    studio.visual("RUN=001")
    places = Paths(studio.folder)
    hidden = places.store.rename(studio.folder / "store-of-the-other-command")
    with locks.held(places.lock("budget")):
        process = studio.start("RUN=002")
        assert any("about $" in line for line in process.stdout)
        if places.store.exists():
            shutil.rmtree(places.store)
        hidden.rename(places.store)
    process.communicate(timeout=60)
    assert studio.billed == 4
    studio.visual("RUN=002")
    assert studio.billed == 4
    _all_there(studio, "CH01-002")


def test_a_command_that_died_before_it_sent_keeps_nobody_waiting(studio: Studio) -> None:
    """An intent of a killed command is no promise: another run sends the same text at once."""
    _channel(studio, "CH01-001", "CH01-002")
    studio.killed("after-intent", "RUN=001")
    studio.visual("RUN=002")
    assert studio.billed == 4
    studio.visual()
    assert studio.billed == 4
    _all_there(studio, "CH01-001", "CH01-002")


def test_an_order_of_a_killed_immediate_command_is_settled_by_who_waits(studio: Studio) -> None:
    """What left with a killed command is settled by whoever waits for it, and none of it is bought again."""
    studio.presets("i-1")
    _channel(studio, "CH01-001", "CH01-002")
    studio.killed("before-settle", "RUN=001")
    billed = studio.billed
    studio.visual("RUN=002")
    studio.visual()
    assert studio.billed == billed == 4
    _all_there(studio, "CH01-001", "CH01-002")


def test_losing_the_index_changes_nothing(studio: Studio) -> None:
    """The derived index is made anew from the files, also when it is damaged or of another workspace."""
    assert studio.emulator
    studio.emulator.job_seconds(3600)
    _channel(studio, "CH01-001", "CH01-002")
    studio.visual("RUN=001", "WAIT=0")
    index = studio.folder / "workspaces" / ".index.json"
    for damage in (b"", b"[]", b'{"version": 1, "folders": {"video/runs/CH01-001": {}}}', b"\xff\x00"):
        index.write_bytes(damage)
        studio.visual("RUN=002", "WAIT=0")
        assert studio.jobs_created == 1
    began = time.monotonic()
    index.unlink()
    studio.visual("RUN=002", "WAIT=0")
    assert studio.jobs_created == 1 and time.monotonic() - began < 30
