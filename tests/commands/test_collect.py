"""`doit collect`: whatever is finished comes home, for cron; nothing is sent, nothing waited for, nothing lost."""

import time

import pytest

from tasks.inbox import events
from tasks.inbox.events import ADOPTED, EXPIRING, LIFE_CYCLE, OVER_BUDGET, PRICE, STUCK
from tasks.project.paths import Paths
from tests.support.studio import Studio, story


def submitted(studio: Studio, count: int = 2, run: str = "CH01-001") -> None:
    """A run whose job takes a minute."""
    assert studio.emulator
    studio.emulator.job_seconds(60)
    studio.prompts(story(count, run), run)
    studio.ask("visual", f"CH={run[:4]}", f"RUN={run[5:]}", "WAIT=0")


def told(studio: Studio, kind: str) -> list[events.Event]:
    return [entry.event for entry in events.read(Paths(studio.folder)) if entry.event.kind == kind]


def test_everything_finished_is_fetched_and_nothing_sent(studio: Studio) -> None:
    """Two channels, one command, no CH=: pictures, usage and gallery are there; no job was made, a second is silent."""
    assert studio.emulator
    submitted(studio)
    submitted(studio, 3, "CH02-007")
    studio.prompts(story(1), "CH01-002")
    assert studio.ask("collect") == ""
    studio.emulator.advance(61)
    said = studio.ask("collect")
    assert "CH01-001" in said and "CH02-007" in said
    assert len(studio.images()) == 2 and len(studio.images("CH02-007")) == 3
    assert len(studio.usage("CH02-007")) == 3 and (studio.run() / "gallery.html").is_file()
    assert (studio.jobs_created, studio.billed) == (2, 5) and studio.manifest()["complete"] is True
    before, asked = studio.snapshot(), studio.emulator.ledger()["http_total"]
    assert studio.ask("collect") == ""
    assert studio.snapshot() == before and studio.emulator.ledger()["http_total"] == asked
    assert "2 of 2 pictures" in studio.visual("RUN=001") and studio.jobs_created == 2


def test_one_channel_and_one_job(studio: Studio) -> None:
    """CH= and JOB= narrow it; the others stay open."""
    assert studio.emulator
    for run in ("CH01-001", "CH01-002", "CH02-001"):
        submitted(studio, 1, run)
    studio.emulator.advance(61)
    studio.ask("collect", "CH=CH02")
    assert [len(studio.images(run)) for run in ("CH01-001", "CH01-002", "CH02-001")] == [0, 0, 1]
    studio.ask("collect", f"JOB={studio.manifest('CH01-002')['submissions'][0]['job']}")
    assert [len(studio.images(run)) for run in ("CH01-001", "CH01-002")] == [0, 1]


@pytest.mark.parametrize(
    ("words", "says", "status"),
    [
        ("JOB=batches/typo", "no file here knows the job batches/typo", 1),
        ("CH=CH77", "there is no channel CH77: nothing to collect\n  -> there is CH01", 1),
        ("CH=CH01 RUN=7", "there is no run CH01-7: nothing to collect\n  -> there is 001", 1),
        ("CH=CH01", "CH01: no job is open, nothing to collect", 0),
        ("CH=CH02", "CH02: no job is open, nothing to collect", 0),
        ("CH=CH01 RUN=001", "CH01-001: no job is open, nothing to collect", 0),
        ("CH=ALL", "ALL: no job is open, nothing to collect", 0),
    ],
)
def test_what_is_named_and_not_open_is_said(studio: Studio, words: str, says: str, status: int) -> None:
    """A name that is nowhere is a mistake, a channel without an open job is fine; either way a line says so."""
    studio.prompts(story(1))
    assert says in studio.ask("collect", *words.split(), expect=status)


def test_a_job_that_was_collected_is_said_to_be(studio: Studio) -> None:
    """JOB= of a job that is settled: one line, exit 0."""
    studio.prompts(story(1))
    studio.visual()
    job = studio.manifest()["submissions"][0]["job"]
    assert studio.ask("collect", f"JOB={job}") == f"{job} is collected already\n"


@pytest.mark.parametrize("harm", ["gone", "broken", "channel", "presets"])
def test_a_run_without_prompts_is_collected_all_the_same(studio: Studio, harm: str) -> None:
    """Prompts gone or broken, channel unknown, presets broken: paid pictures are kept; mended, they cost nothing."""
    assert studio.emulator
    submitted(studio)
    studio.emulator.advance(61)
    prompts = studio.run() / "prompts.json"
    text, presets = prompts.read_text(), (studio.folder / "configs" / "channel_presets.json").read_text()
    if harm == "gone":
        prompts.unlink()
    elif harm == "broken":
        prompts.write_text(text[:-9])
    else:
        text_now = '{"channels": {}}' if harm == "channel" else presets[:-9]
        (studio.folder / "configs" / "channel_presets.json").write_text(text_now)
    said = studio.ask("collect", "CH=CH01", expect=1)
    assert "safe in" in said and studio.images() == {}
    assert [line["status"] for line in studio.results()] == ["ok", "ok"]
    assert len(list((studio.folder / "workspaces" / ".store").glob("*/*.jpg"))) == 2
    assert [row["cost_basis"] for row in studio.usage()] == ["measured", "measured"]
    prompts.write_text(text)
    (studio.folder / "configs" / "channel_presets.json").write_text(presets)
    assert "came from the store" in studio.visual()
    assert len(studio.images()) == 2 and (studio.jobs_created, studio.billed) == (1, 2)


def test_a_run_that_another_process_has_is_left_to_it(studio: Studio) -> None:
    """Locked elsewhere: one line, exit 0, and the other runs are collected."""
    assert studio.emulator
    submitted(studio, 1, "CH01-001")
    submitted(studio, 1, "CH01-002")
    other = studio.start("RUN=001")
    try:
        lock = studio.folder / "workspaces" / ".locks" / "CH01-001.holder.json"
        deadline = time.monotonic() + 30
        while str(other.pid) not in (lock.read_text() if lock.exists() else "") and time.monotonic() < deadline:
            time.sleep(0.05)
        studio.emulator.force(studio.manifest("CH01-002")["submissions"][0]["job"], "SUCCEEDED")
        said = studio.ask("collect")
        assert f"process {other.pid}" in said and len(studio.images("CH01-002")) == 1 and not studio.images()
    finally:
        other.terminate()
        other.communicate(timeout=30)


def test_failures_need_a_person_once(studio: Studio) -> None:
    """A failed picture: exit 1 and an event from the command that met it; later ones are quiet and send nothing."""
    assert studio.emulator
    studio.emulator.fault("safety", match="0002", times=1)
    submitted(studio)
    studio.emulator.advance(61)
    assert "0002" in studio.ask("collect", expect=1)
    assert len(told(studio, "refused")) == 1 and studio.jobs_created == 1
    assert studio.ask("collect") == ""


def test_an_unreachable_provider_is_only_later(studio: Studio) -> None:
    """503 for the state: exit 0, nothing lost; the next one fetches."""
    assert studio.emulator
    submitted(studio)
    studio.emulator.advance(61)
    studio.emulator.fault("refuse", value=503, on="get", times=1)
    assert "asking again later" in studio.ask("collect")
    studio.ask("collect")
    assert len(studio.images()) == 2


@pytest.mark.parametrize("env", [{"GEMINI_API_KEY": ""}, {"GEMINI_API_KEY": "another"}])
def test_the_wrong_key_needs_a_person(studio: Studio, env: dict[str, str]) -> None:
    """No key or another one: exit 1, the job stays open, and with the right key everything comes."""
    assert studio.emulator
    submitted(studio)
    studio.emulator.advance(61)
    assert "GEMINI_API_KEY" in studio.ask("collect", expect=1, **env)
    assert told(studio, STUCK)
    studio.ask("collect")
    assert len(studio.images()) == 2


def test_stuck_and_expiring_are_told_once(studio: Studio) -> None:
    """30 and 40 hours pending: one event each, however often it is looked; expired, visual sends what is missing."""
    assert studio.emulator
    studio.emulator.fault("stuck_pending", times=1)
    submitted(studio)
    studio.emulator.advance(30 * 3600)
    for _ in range(2):
        assert "has been pending for 30 h" in studio.ask("collect")
    assert len(told(studio, STUCK)) == 1 and not told(studio, EXPIRING)
    studio.emulator.advance(10 * 3600)
    for _ in range(2):
        studio.ask("collect")
    assert len(told(studio, STUCK)) == 1 and len(told(studio, EXPIRING)) == 1
    studio.emulator.advance(10 * 3600)
    assert "EXPIRED" in studio.ask("collect", expect=1)
    studio.emulator.job_seconds(0)
    studio.prompts(story(3))
    studio.visual()
    assert [len(each["requests"]) for each in studio.manifest()["submissions"]] == [2, 3]
    assert (studio.jobs_created, studio.billed, len(studio.images())) == (2, 3, 3)


def test_results_that_are_about_to_vanish_are_told(studio: Studio) -> None:
    """A finished job whose download fails for a day: an event that says so, once."""
    assert studio.emulator
    submitted(studio)
    studio.emulator.advance(61)
    studio.emulator.fault("refuse", value=503, on="download")
    studio.ask("collect")
    assert not told(studio, EXPIRING)
    studio.emulator.advance(30 * 3600)
    for _ in range(2):
        assert "results" in studio.ask("collect")
    assert len(told(studio, EXPIRING)) == 1
    studio.emulator.clear_faults()
    studio.ask("collect")
    assert len(studio.images()) == 2


def test_a_killed_command_leaves_nothing_behind(studio: Studio) -> None:
    """Killed before usage.csv was written: the next collect writes it, without asking the provider."""
    assert studio.emulator
    studio.prompts(story(2))
    studio.killed("before-usage")
    asked = studio.emulator.ledger()["http_total"]
    studio.ask("collect")
    assert len(studio.usage()) == 2 and studio.emulator.ledger()["http_total"] == asked
    (studio.run() / "results.jsonl").touch()
    studio.ask("collect")
    before = studio.snapshot()
    studio.ask("collect")
    assert studio.snapshot() == before


def thumbnails(studio: Studio) -> None:
    """One subject and a template for it."""
    template = {"id": "bold", "name": "太字", "prompt_template": "{{thumbnail_prompt}}", "image_model_key": "g-1"}
    channel = {"templates": [template], "default_template_id": "bold"}
    studio.write("workspaces/thumbnails/templates.json", {"channels": {"CH01": channel}})
    rows = [{"episode": 1, "thumbnail_prompt": "雪の峠"}]
    studio.write("workspaces/thumbnails/CH01/prompts.json", {"prompts": rows})


@pytest.mark.parametrize("words", ["visual CH=CH01", "thumbnails CH=CH01", "compare NAME=duel"])
def test_a_usage_file_that_somebody_wrote_into_is_written_anew(studio: Studio, words: str) -> None:
    """Garbage in a usage.csv of any place: the same command with nothing else to do says again what results say."""
    assert studio.emulator
    studio.prompts(story(2))
    thumbnails(studio)
    if words.startswith("compare"):
        studio.ask("compare", "NAME=duel", "SLOTS=g-1,g-2", "CH=CH01", "RUN=001")
    studio.ask(*words.split())
    asked = studio.emulator.ledger()["http_total"]
    for usage in (studio.folder / "workspaces").rglob("usage.csv"):
        whole = usage.read_bytes()
        usage.write_bytes(b"\x00garbage\xff" * 9)
        studio.ask(*words.split())
        assert usage.read_bytes() == whole
    assert studio.emulator.ledger()["http_total"] == asked


def test_budget_adoption_and_life_cycle_are_told(studio: Studio) -> None:
    """A cap, a job found by its name, a model that ends: each one event, of its own kind."""
    assert studio.emulator
    (studio.folder / "configs" / "budget.yaml").write_text("version: 1\ncurrency: USD\ncaps: {day: 0.001}\n")
    studio.prompts(story(1))
    for _ in range(2):
        studio.visual(expect=1)
    assert len(told(studio, OVER_BUDGET)) == 1 and not told(studio, STUCK)
    studio.emulator.fault("lost_reply", on="create", times=1)
    studio.visual("BUDGET=1")
    assert len(told(studio, ADOPTED)) == 1
    path = studio.folder / "configs" / "image_models.yaml"
    path.write_text(path.read_text().replace("status: live", "status: deprecated"))
    studio.prompts(story(2))
    studio.visual("BUDGET=1")
    assert len(told(studio, LIFE_CYCLE)) == 1 and not told(studio, PRICE)


def test_pictures_billed_otherwise_than_expected_are_told(studio: Studio) -> None:
    """The config expects fewer tokens than the provider bills: a price event, once."""
    path = studio.folder / "configs" / "image_models.yaml"
    path.write_text(path.read_text().replace("1K: 1120", "1K: 700"))
    studio.prompts(story(2))
    studio.visual()
    assert len(told(studio, PRICE)) == 1 and "1120" in told(studio, PRICE)[0].text


def test_a_stop_half_way_keeps_what_was_noted(studio: Studio) -> None:
    """A command that stops before its last word has still told the inbox what it saw."""
    path = studio.folder / "configs" / "image_models.yaml"
    path.write_text(path.read_text().replace("status: live", "status: deprecated"))
    studio.prompts(story(1))
    studio.visual(expect=1, GEMINI_API_KEY="")
    assert len(told(studio, LIFE_CYCLE)) == 1


def test_a_waiting_command_tells_what_is_stuck(studio: Studio) -> None:
    """visual that waits for a stuck job tells the inbox while it waits, and when it is stopped that stays."""
    assert studio.emulator
    studio.emulator.fault("stuck_pending", times=1)
    submitted(studio)
    studio.emulator.advance(30 * 3600)
    process = studio.start()
    deadline = time.monotonic() + 60
    while not told(studio, STUCK) and time.monotonic() < deadline:
        time.sleep(0.1)
    process.terminate()
    process.communicate(timeout=30)
    assert len(told(studio, STUCK)) == 1


def test_pictures_ordered_on_the_immediate_lane_are_fetched(studio: Studio) -> None:
    """Orders that outlived their command are fetched by collect, without a new order."""
    assert studio.emulator
    studio.limits(immediate={"request_timeout_seconds": 1})
    studio.presets("f-3", image_size="1K")
    studio.emulator.flux_seconds(3600)
    studio.prompts(story(2))
    assert "still making" in studio.visual(expect=1)
    ordered = studio.emulator.ledger()["requests"]["flux_submit"]
    studio.emulator.advance(3601)
    studio.ask("collect")
    assert len(studio.images()) == 2 and studio.emulator.ledger()["requests"]["flux_submit"] == ordered == 2
    assert len(studio.usage()) == 2 and studio.ask("collect") == ""
