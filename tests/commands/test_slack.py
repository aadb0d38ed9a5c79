"""Slack and commands: killed before posting, and what people write there comes into `doit inbox`."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.inbox import events
from tasks.inbox.events import FAILED, Event
from tasks.project.paths import Paths
from tests.support import environment
from tests.support.slack_stand_in import SlackStandIn
from tests.support.studio import Studio


@pytest.fixture
def slack(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlackStandIn]:
    with SlackStandIn() as stand_in:
        environment.use(monkeypatch, stand_in.env)
        monkeypatch.setattr("tasks.inbox.posting.BETWEEN", 0)
        yield stand_in


@pytest.fixture
def places(tmp_path: Path) -> Paths:
    return Paths(tmp_path / "project")


def failures(count: int, text: str = "503 <UNAVAILABLE> & 混雑") -> list[Event]:
    subjects = (f"CH01-251 {number:04d}" for number in range(1, count + 1))
    return [Event(FAILED, subject, text, "doit visual CH=CH01 RUN=251", "1") for subject in subjects]


def test_killed_before_posting(studio: Studio, slack: SlackStandIn) -> None:
    """A command killed before it posts leaves the event to the next one, which posts it once."""
    places = Paths(studio.folder)
    events.record(places, failures(1))
    done = studio.doit("inbox", **slack.env, KAMISHIBAI_KILL_AT="before-post")
    assert done.returncode == -signal.SIGKILL and slack.posts == []
    for _ in range(2):
        assert studio.doit("inbox", **slack.env).returncode == 0
    assert slack.keys == [entry.event.id for entry in events.read(places)]


def test_doit_inbox_takes_in_and_says_what_is_wrong(studio: Studio, slack: SlackStandIn) -> None:
    """SYNC=1 lists what came; a wrong token, a long wait and a missing variable stop it with what to do."""
    slack.write("明日までに")
    done = studio.doit("inbox", "SYNC=1", **slack.env)
    assert done.returncode == 0 and "明日までに" in done.stdout, done.stderr
    wrong = studio.doit("inbox", "SYNC=1", **slack.env | {"SLACK_BOT_TOKEN": "xoxb-other"})
    assert wrong.returncode == 1 and "invalid_auth" in wrong.stderr and "xoxb-other" not in wrong.stdout + wrong.stderr
    slack.answers = [(429, 600)]
    later = studio.doit("inbox", "SYNC=1", **slack.env)
    assert later.returncode == 1 and "600 s" in later.stderr
    missing = studio.doit("inbox", "SYNC=1")
    assert missing.returncode == 3 and "SLACK_BOT_TOKEN" in missing.stderr
    assert "Traceback" not in wrong.stderr + later.stderr + missing.stderr
