"""Caps on spending: no command, and no number of processes, gets past them."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from tasks.money.budget import Budget, Caps, Spending, refusal
from tasks.money.reservations import Reservations
from tasks.project.paths import Paths
from tasks.runs.index import Index
from tests.support.studio import Studio, story

TODAY = "2026-11-23"


def _spent(folder: Path, today: str) -> list[Spending]:
    paths = Paths(folder)
    return Reservations(paths, None, Index(paths)).spent(today)


def caps(studio: Studio, channels: dict[str, dict[str, float]] | None = None, **limits: float) -> None:
    data = {"version": 1, "currency": "USD", "caps": limits} | ({"channels": channels} if channels else {})
    (studio.folder / "configs" / "budget.yaml").write_text(yaml.safe_dump(data))


@pytest.mark.parametrize("slot", ["g-1", "i-1"])
def test_nothing_is_sent_past_a_cap(studio: Studio, slot: str) -> None:
    """Past a cap nothing leaves, the reason is said, and BUDGET= lets this one command pass."""
    studio.presets(slot)
    caps(studio, day=0.01)
    studio.prompts(story(3))
    said = studio.visual(expect=1)
    assert "not sent: 3 pictures: about" in said and "a day by $" in said
    assert studio.emulator
    assert not studio.emulator.ledger()["requests"].keys() - {"list", "model_list"}
    assert "BUDGET=0.01 leaves $0.0100" in studio.visual("BUDGET=0.01", expect=1)
    studio.visual("BUDGET=1")
    assert (studio.billed, len(studio.images())) == (3, 3)


def test_a_local_cap_holds(studio: Studio) -> None:
    """A cap in budget.local.yaml stops a submission as one in budget.yaml does."""
    caps(studio, day=5)
    (studio.folder / "configs" / "budget.local.yaml").write_text("caps: {day: 0.01}\n")
    studio.prompts(story(5))
    assert "the cap of $0.0100 a day" in studio.visual(expect=1)
    assert studio.billed == 0


def test_what_was_spent_counts_for_the_next_command(studio: Studio) -> None:
    """Measured cost takes the place of the estimate, and the next run of any channel meets it."""
    caps(studio, day=0.10)
    studio.prompts(story(5))
    studio.visual()
    studio.prompts({"0001": "別の絵", "0002": "もう一枚"}, run="CH02-001")
    done = studio.doit("visual", "CH=CH02")
    assert done.returncode == 1
    assert "CH01 $0.08" in done.stdout + done.stderr
    assert studio.billed == 5


def _dated(studio: Studio, day: str) -> None:
    """Everything of the run was sent on that day, and its files were not touched since."""
    manifest = studio.manifest()
    for each in manifest["submissions"]:
        each["intent_at"] = f"{day}T00:00:00Z"
    studio.write("workspaces/video/runs/CH01-001/_gemini_batch/manifest.json", manifest)
    at = datetime.fromisoformat(f"{day}T00:00:00Z").timestamp()
    for name in ("_gemini_batch/manifest.json", "results.jsonl"):
        os.utime(studio.run() / name, (at, at))


def test_a_month_is_longer_than_a_day(studio: Studio) -> None:
    """What was spent on the first of this month, in files that lay still since, counts for the month's cap."""
    studio.prompts(story(5))
    studio.visual()
    _dated(studio, f"{datetime.now(UTC):%Y-%m}-01")
    caps(studio, month=0.10)
    studio.prompts({"0001": "別の絵", "0002": "もう一枚"}, run="CH02-001")
    done = studio.doit("visual", "CH=CH02")
    assert done.returncode == 1 and "the cap of $0.10 a month" in done.stdout + done.stderr
    assert (studio.jobs_created, studio.billed) == (1, 5)


@pytest.mark.parametrize(("day", "pictures"), [("2026-11-22", 5), ("2026-11-01", 5), ("2026-10-31", 0)])
def test_files_of_this_month_are_read(studio: Studio, day: str, pictures: int) -> None:
    """On the 23rd everything sent since the first is spent, on its own day; what lay still for longer is not read."""
    studio.prompts(story(5))
    studio.visual()
    _dated(studio, day)
    known = _spent(studio.folder, TODAY)
    assert [(each.channel, each.day) for each in known] == [("CH01", day)] * bool(pictures)
    assert sum(each.usd for each in known) == pytest.approx(0.0168 * pictures, rel=0.02)
    assert (refusal(Budget(Caps(month=0.05)), "CH02", TODAY, 0.01, known) is None) == (not pictures)


def test_what_a_lost_manifest_had_spent_counts(studio: Studio) -> None:
    """The manifest was lost and begun anew: what its results cost is spent still, on the day they were sent."""
    assert studio.emulator
    studio.prompts(story(5))
    studio.visual()
    (studio.run() / "_gemini_batch" / "manifest.json").unlink()
    studio.visual()
    assert studio.manifest()["submissions"] == [] and studio.billed == 5
    known = _spent(studio.folder, TODAY)
    assert {(each.channel, each.day) for each in known} == {("CH01", TODAY)}
    assert sum(each.usd for each in known) == pytest.approx(studio.emulator.ledger()["usd"], abs=1e-5)
    assert refusal(Budget(Caps(day=0.05)), "CH02", TODAY, 0.01, known) is not None


def test_what_is_on_its_way_counts_too(studio: Studio) -> None:
    """A job that nobody collected yet is reserved money, also when its command was killed."""
    caps(studio, day=0.10)
    assert studio.emulator
    studio.emulator.job_seconds(3600)
    studio.prompts(story(5))
    studio.killed("after-create")
    studio.prompts({"0001": "別の絵", "0002": "もう一枚"}, run="CH02-001")
    assert studio.doit("visual", "CH=CH02", "WAIT=0").returncode == 1
    assert studio.jobs_created == 1


def test_an_intent_of_a_killed_command_is_given_back(studio: Studio) -> None:
    """A reservation from which nothing came is dropped by the run's next command; the money is free again."""
    caps(studio, day=0.10)
    studio.prompts(story(5))
    studio.killed("after-intent")
    studio.visual()
    assert (studio.jobs_created, studio.billed) == (1, 5)


@pytest.mark.parametrize(("slot", "day"), [("g-1", 0.10), ("o-2", 0.011), ("oi-2", 0.022)])
def test_two_processes_cannot_pass_a_cap_together(studio: Studio, slot: str, day: float) -> None:
    """Two commands at once, each affordable alone: only one of them sends."""
    studio.presets(slot)
    caps(studio, day=day)
    assert studio.emulator
    studio.emulator.job_seconds(3600)
    studio.prompts(story(4))
    studio.prompts({name: f"{text}、夜" for name, text in story(4).items()}, run="CH01-002")
    commands = [studio.start(f"RUN={run}", "WAIT=0") for run in ("001", "002")]
    ends = sorted((process.communicate(timeout=100)[0], process.returncode)[1] for process in commands)
    assert ends == [0, 1]
    assert (studio.jobs_created, studio.billed) == ((0, 4) if slot == "oi-2" else (1, 0))
