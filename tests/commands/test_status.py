"""`doit status`: every open job with its clocks, what is left to do, and nothing written."""

import json
from pathlib import Path
from typing import Any

import pytest

from tasks.runs.deadlines import EXPIRING, STUCK
from tests.support.emulator_process import EmulatorProcess
from tests.support.studio import Studio, story


@pytest.mark.parametrize(("words", "says"), [("CH=CH09", "there is CH01"), ("CH=CH01 RUN=999", "there is 001")])
def test_a_run_that_there_is_not(studio: Studio, words: str, says: str) -> None:
    """A channel or run that is not here is not called an empty workspace."""
    studio.prompts(story(1))
    assert f"no run of that name has prompts: {says}" in studio.ask("status", *words.split())


def status(studio: Studio, *words: str, **env: str) -> dict[str, Any]:
    done = studio.doit("status", "FORMAT=json", *words, **env)
    assert done.returncode == 0, done.stdout + done.stderr
    return dict(json.loads(done.stdout))


def waiting(studio: Studio, count: int = 3, run: str = "CH01-001") -> None:
    """A run whose job takes an hour."""
    assert studio.emulator
    studio.emulator.job_seconds(3600)
    studio.prompts(story(count), run)
    studio.ask("visual", f"CH={run[:4]}", "WAIT=0")


def test_a_waiting_job_is_shown_whole(studio: Studio) -> None:
    """Run, model, slot, lane, both states, counts, clocks, estimate, next command; as data and as text."""
    waiting(studio)
    before = studio.snapshot()
    data = status(studio)
    [job] = data["jobs"]
    assert (job["run"], job["slot"], job["lane"], job["state"]) == ("CH01-001", "g-1", "batch", "submitted")
    assert (job["provider_state"], job["requests"], job["pending"]) == ("PENDING", 3, 3)
    assert job["estimate_usd"] == pytest.approx(0.05, abs=0.01) and job["next"] == "doit collect"
    assert job["age_hours"] + job["expires_in_hours"] == pytest.approx(48, abs=0.01)
    assert data["totals"]["jobs"] == 1 and data["totals"]["pending"] == 3 and "doit collect" in data["next"]
    for said in (studio.ask("status"), studio.ask(), studio.ask("status", "CH=CH01", "RUN=001")):
        assert job["job"] in said and "CH01-001" in said and "g-1" in said and "doit collect" in said
    assert "no job" in studio.ask("status", "CH=CH02")
    assert studio.snapshot() == before


def test_refresh_asks_once_per_account_and_writes_nothing(studio: Studio) -> None:
    """Three runs, one list request, fresh counts and states; without REFRESH=1 nothing is asked."""
    assert studio.emulator
    for number in ("001", "002", "003"):
        waiting(studio, 4, f"CH01-{number}")
    studio.emulator.advance(2400)
    before, asked = studio.snapshot(), studio.emulator.ledger()
    assert {job["provider_state"] for job in status(studio)["jobs"]} == {"PENDING"}
    assert studio.emulator.ledger()["http_total"] == asked["http_total"]
    data = status(studio, "REFRESH=1")
    assert {job["provider_state"] for job in data["jobs"]} == {"RUNNING"} and data["totals"]["done"] > 0
    after = studio.emulator.ledger()
    assert after["http_total"] - asked["http_total"] == 1
    assert after["requests"]["list"] - asked["requests"].get("list", 0) == 1
    studio.emulator.advance(3600)
    [first, *_] = status(studio, "REFRESH=1")["jobs"]
    assert (first["state"], first["provider_state"]) == ("finished", "SUCCEEDED")
    assert first["results_vanish_in_hours"] is not None and first["expires_in_hours"] is None
    assert studio.snapshot() == before


def test_a_provider_that_does_not_answer_hides_nothing(studio: Studio) -> None:
    """503, another key, no key: the files' word is shown with a note, and the command succeeds."""
    assert studio.emulator
    waiting(studio)
    studio.emulator.fault("refuse", value=503, on="list")
    assert "did not answer" in status(studio, "REFRESH=1")["notes"][0]
    studio.emulator.clear_faults()
    assert "another key" in status(studio, "REFRESH=1", GEMINI_API_KEY="other")["notes"][0]
    data = status(studio, "REFRESH=1", GEMINI_API_KEY="")
    assert data["notes"][0] == "gemini was not asked: GEMINI_API_KEY is not set" and len(data["jobs"]) == 1


def test_a_listing_that_lags_proves_nothing(studio: Studio) -> None:
    """A job that the list leaves out is shown as not listed, never as gone."""
    assert studio.emulator
    waiting(studio)
    studio.emulator.fault("list_lag")
    [job] = status(studio, "REFRESH=1")["jobs"]
    assert job["listed"] is False and job["state"] == "submitted"


def test_stuck_and_expiring_stand_out(studio: Studio) -> None:
    """40 hours after it was made, as files say: stuck and expiring, first in what to do."""
    waiting(studio)
    path = studio.run() / "_gemini_batch" / "manifest.json"
    path.write_text(path.read_text().replace("2026-11-23T00:00:00Z", "2020-11-21T08:00:00Z"))
    data = status(studio)
    assert data["jobs"][0]["warnings"] == [STUCK, EXPIRING] and data["totals"]["warnings"] == 1
    assert "need a look" in studio.ask("status")


def test_nothing_and_many_runs(tmp_path: Path) -> None:
    """Without runs it says so; 1,000 finished or untouched runs are counted in a few lines, not listed."""
    studio = Studio(tmp_path / "project", None)
    assert "no job" in studio.ask("status") and "no runs" in studio.ask()
    for number in range(1000):
        studio.prompts(story(1), f"CH{number % 40 + 10}-{number:04d}")
    said = studio.ask("status")
    assert len(said.splitlines()) < 12 and "1,000 runs" in said and "doit visual CH=CH10" in said


def test_broken_files_do_not_hide_the_rest(studio: Studio) -> None:
    """A broken manifest is named; a broken config costs the warnings only."""
    waiting(studio)
    (studio.run("CH02-001") / "_gemini_batch").mkdir(parents=True)
    (studio.run("CH02-001") / "_gemini_batch" / "manifest.json").write_text("{")
    (studio.folder / "configs" / "image_models.yaml").write_text("version: [")
    done = studio.doit("status", "FORMAT=json")
    data = json.loads(done.stdout)
    assert len(data["jobs"]) == 1 and data["unreadable"] and "config" in data["notes"][0]
    assert done.returncode == 1 and "doit adopt" in done.stderr
    assert "cannot be read" in studio.ask("status", expect=1)


def test_places_that_are_no_runs_are_seen(studio: Studio, emulator: EmulatorProcess) -> None:
    """Jobs of thumbnails and comparisons are shown under their names with their commands."""
    waiting(studio)
    for folder, name, command in (
        ("thumbnails/CH01", "CH01-thumbnails", "doit thumbnails CH=CH01"),
        ("compare/花/g-1", "compare-花-g-1", "doit compare NAME=花"),
    ):
        data = studio.manifest()
        data["run"], data["submissions"][0]["state"], data["submissions"][0]["job"] = name, "creating", None
        studio.write(f"workspaces/{folder}/_gemini_batch/manifest.json", data)
        assert command in {job["next"] for job in status(studio)["jobs"] if job["run"] == name}
    assert "compare-花-g-1" in studio.ask("status")
