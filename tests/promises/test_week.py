"""A week of a studio: jobs that finish, fail, expire, stick and lose replies, processes killed at random, Slack down.

Everything happens through commands and the emulator's moving clock; a seed decides, so that a failure comes again.
"""

import json
import os
import random
import re
from collections import Counter
from pathlib import Path

import pytest

from tests.support.emulator_process import EmulatorProcess
from tests.support.slack_stand_in import SlackStandIn
from tests.support.studio import Studio

CHANNELS = [f"CH{number:02d}" for number in range(1, int(os.environ.get("KAMISHIBAI_WEEK_CHANNELS", "30")) + 1)]
KILLS = ["after-intent", "after-upload", "after-create:2", "after-status", "mid-picture", "before-results", "sent:2"]
HOUR = 3600


class Week:
    """The studio, what happens to it, and what is written down about it."""

    def __init__(self, studio: Studio, slack: SlackStandIn, seed: int) -> None:
        assert studio.emulator
        self.studio, self.slack, self.emulator = studio, slack, studio.emulator
        self.chance = random.Random(seed)
        self.prompts: dict[str, list[str]] = {}

    def write_prompts(self, day: int) -> None:
        """Every channel has an episode on two days of the week."""
        for number, channel in enumerate(CHANNELS):
            if day in (number % 3, 3 + number % 2):
                run = f"{channel}-{day:03d}"
                texts = {f"{each:04d}": f"{channel}の{day}日目、場面{each}" for each in range(1, 4)}
                self.studio.prompts(texts, run=run)
                self.prompts[run] = list(texts)

    def trouble(self) -> None:
        """Something goes wrong at the provider, once or a few times."""
        faults = [
            ("lost_reply", {"on": "create", "times": 1}),
            ("lost_reply_503", {"on": "create", "times": 1}),
            ("refuse", {"value": 429, "on": "create", "times": 1}),
            ("refuse", {"value": 503, "on": "get", "times": 3}),
            ("no_image", {"value": "NO_IMAGE", "times": 2}),
            ("request_error", {"value": 13, "times": 2}),
            ("safety", {"value": "IMAGE_SAFETY", "match": "場面2", "times": 1}),
        ]
        name, options = self.chance.choice(faults)
        self.emulator.fault(name, **options)

    def strike_jobs(self) -> None:
        """Some open jobs end badly or stick; what was not made is not billed."""
        for job in self.emulator.jobs():
            if job["state"] in ("PENDING", "RUNNING") and self.chance.random() < 0.25:
                self.emulator.force(job["id"], self.chance.choice(["FAILED", "EXPIRED", "CANCELLED", "SUCCEEDED"]))

    def command(self, *words: str) -> None:
        """Run doit; now and then it is killed at one of its points. Only our bugs are not allowed."""
        env = {"KAMISHIBAI_KILL_AT": self.chance.choice(KILLS)} if self.chance.random() < 0.3 else {}
        done = self.studio.doit(*words, **self.slack.env, **env)
        assert done.returncode in (0, 1, -9), done.stdout + done.stderr
        assert "Traceback" not in done.stderr, done.stderr

    def day(self, number: int) -> None:
        self.write_prompts(number)
        self.slack.answers = [503] * 6 if number == 3 else []
        self.trouble()
        self.command("visual", "CH=ALL", "WAIT=0", "BUDGET=1000")
        self.emulator.advance(6 * HOUR)
        self.strike_jobs()
        self.command("collect")
        self.emulator.advance(18 * HOUR)

    def end(self) -> None:
        """All is well again: run until nothing is left but what a person must decide."""
        self.emulator.clear_faults()
        self.slack.answers = []
        for _ in range(6):
            self.studio.doit("visual", "CH=ALL", "WAIT=0", "BUDGET=1000", **self.slack.env)
            self.emulator.advance(10 * HOUR)
            self.studio.doit("collect", **self.slack.env)
        self.studio.doit("visual", "CH=ALL", "WAIT=0", "BUDGET=1000", **self.slack.env)


@pytest.fixture
def week(tmp_path: Path, emulator: EmulatorProcess) -> Week:
    studio = Studio(tmp_path / "project", emulator)
    preset = {"name": "試験", "image_generation": {"model_key": "g-1", "aspect_ratio": "16:9", "image_size": "1K"}}
    now = {**preset, "image_generation": {**preset["image_generation"], "model_key": "i-2"}}
    channels = {channel: now if channel.endswith("5") else preset for channel in CHANNELS}
    studio.write("configs/channel_presets.json", {"channels": channels})
    emulator.job_seconds(4 * HOUR)
    with SlackStandIn() as slack:
        yield Week(studio, slack, seed=20261123)


def test_a_week_of_a_studio(week: Week) -> None:
    """Every picture that was delivered is on disk, and status, report, ledger, inbox and Slack tell the same story."""
    for number in range(7):
        week.day(number)
    week.end()
    studio, ledger = week.studio, week.emulator.ledger()

    refused = {
        (run, line["prompt_id"])
        for run in week.prompts
        for line in studio.results(run)
        if line["failure"] in ("refused", "permanent")
    }
    for run, names in week.prompts.items():
        there = {name.removesuffix(".png") for name in studio.images(run)}
        assert set(names) - there <= {name for where, name in refused if where == run}, run

    rows = [row for run in week.prompts for row in studio.usage(run)]
    report = json.loads(studio.doit("report", "FORMAT=json").stdout)
    total = sum(float(row["cost_usd"]) for row in rows)
    measured = sum(float(row["cost_usd"]) for row in rows if row["cost_basis"] == "measured")
    assert report["total"]["cost_usd"] == pytest.approx(total, abs=0.005)
    assert measured <= ledger["usd"] + 0.005
    doubtful = sum(float(row["cost_usd"]) for row in rows if row["cost_basis"] == "estimated")
    assert total == pytest.approx(ledger["usd"], abs=0.005 + doubtful)

    status = json.loads(studio.doit("status", "FORMAT=json").stdout)
    assert status["jobs"] == []

    keys = re.findall(r"key=([a-z2-7]{8})", (studio.folder / "workspaces/inbox/pm_inbox.md").read_text())
    assert keys
    assert [key for key, count in Counter(keys).items() if count > 1] == []
    assert sorted(week.slack.keys) == sorted(keys)
    assert studio.leftovers() == []
