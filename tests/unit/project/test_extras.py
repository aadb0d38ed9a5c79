"""What is installed by itself is named where it is missing."""

import re
import sys
import tomllib
from pathlib import Path

import pytest

from tasks.commands.listen import Gate
from tasks.inbox import events
from tasks.inbox.delivery import deliver
from tasks.inbox.events import FAILED, Event
from tasks.inbox.slack_api import SlackApi
from tasks.lanes.batch.engine import connect
from tasks.project import extras
from tasks.project.extras import Extra
from tasks.project.paths import Paths
from tasks.text.errors import Stop

ROOT = Path(__file__).resolve().parents[3]


def without(monkeypatch: pytest.MonkeyPatch, *modules: str) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] in modules]:
        monkeypatch.delitem(sys.modules, name)
    for name in modules:
        monkeypatch.setitem(sys.modules, name, None)


def test_each_part_is_one_of_the_package() -> None:
    """Every part that a message names is an extra of pyproject.toml, with the package that it names."""
    found = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    named = {extra.value: extra.package for extra in Extra}
    assert named == {name: re.split("[><=]", packages[0])[0] for name, packages in found.items()}


def test_a_missing_part_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slack's reader, the webhook receiver and the cluster say in one sentence what to install."""
    without(monkeypatch, "slack_sdk", "standardwebhooks", "distributed")
    for what, begin in (
        ("slack-sdk", lambda: SlackApi("https://slack.com/api/", "xoxb-1")),
        ("standardwebhooks", lambda: Gate("whsec_c2VjcmV0")),
        ("distributed", lambda: connect("dask://127.0.0.1:1")),
    ):
        with pytest.raises(Stop, match=f"the package {what}, which is not installed"):
            begin()


def test_a_missing_outlet_keeps_no_other_from_posting(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without Slack's client the command goes on, and says so for Slack and for the other services."""
    without(monkeypatch, "slack_sdk", "apprise")
    monkeypatch.setenv("SLACK_WEBHOOK_URL", "https://hooks.slack.com/services/secret")
    monkeypatch.setenv("KAMISHIBAI_NOTIFY", "discord://id/secret")
    events.record(Paths(tmp_path), [Event(FAILED, "CH01-001", "503", "doit visual CH=CH01", "1")])
    deliver(Paths(tmp_path))
    said = capsys.readouterr().err
    assert "SLACK_WEBHOOK_URL needs the package slack-sdk" in said and "secret" not in said
    assert "KAMISHIBAI_NOTIFY needs the package apprise" in said


def test_the_message_of_an_installed_tool(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the tool is installed, the part is named as an installer takes it."""
    monkeypatch.setattr(extras, "INSTALLED", True)
    assert "kamishibai[slack]" in str(extras.missing(Extra.SLACK, "SYNC=1"))
