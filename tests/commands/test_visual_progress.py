"""What a person sees while requests leave one by one."""

import re

import pytest

from tasks.commands.visual import Stages
from tasks.project.paths import Paths
from tasks.project.settings import read
from tasks.text.progress import Progress
from tests.support import environment
from tests.support.studio import Studio, story


def test_how_far_it_is_is_shown_as_often_as_the_display_likes(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A step once, with its age, and at the end what came."""
    studio.limits({"requests_per_minute": 120, "max_concurrent": 1})
    studio.presets("i-1")
    studio.prompts(story(3))
    environment.use(monkeypatch, studio.environment())
    monkeypatch.setattr(Progress, "pace", 0.05)
    paths = Paths(studio.folder)
    stages = Stages(paths, read({"CH": "CH01"}), [paths.run("CH01", "001")])
    stages.request()
    stages.submit()
    assert stages._session
    stages._session.runs.close()
    said = capsys.readouterr().out
    steps = re.findall(r"CH01-001: sending, (\d) of 3 pictures, \d+ s old", said)
    assert steps and steps == sorted(set(steps)) and steps[-1] < "3"
    assert re.search(r"CH01-001: \S+, 3 of 3 pictures in \d s\n$", said)
