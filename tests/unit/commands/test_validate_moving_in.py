"""`doit validate` in a studio that has presets, templates and prompts of an earlier program."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tasks.commands import validate
from tasks.files.problem import Problem
from tasks.project.paths import Paths
from tests.support.emulator_process import ROOT


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    """An empty project with the shipped configs, seen from its own folder."""
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    (tmp_path / "configs" / "budget.yaml").write_text("version: 1\ncurrency: USD\ncaps: {day: 20}\n")
    monkeypatch.chdir(tmp_path)
    return Paths(tmp_path)


def presets(project: Paths, **channels: dict[str, Any]) -> None:
    project.presets.write_text(json.dumps({"channels": channels}, ensure_ascii=False, indent=1), "utf-8")


def old_channel(code: str | None = "img-gemini-flash-1", **more: Any) -> dict[str, Any]:
    """A channel as the earlier program has it."""
    made = {"base_period": 20.0} | ({"model_key": code} if code else {}) | more
    template = {"prompt_template": "templates/kage_e.txt", "character_note": "丸眼鏡", "tone_profile": "静か"}
    return {"name": "影絵", "image_generation": made, "persona_required": False, "belt": {}, "notes": ""} | template


def own_channel(code: str) -> dict[str, Any]:
    return {"name": "昔話", "image_generation": {"model_key": code}, "style": "墨", "prompt_suffix": "静か"}


def found(project: Paths) -> list[Problem]:
    every = validate.problems(project)
    assert [each for each in every if not each.warning] == []
    return every


def test_keys_that_change_pictures_elsewhere_are_named_once(project: Paths) -> None:
    """One warning for all channels: each key with its channels; keys that are off, and the rest, are not named."""
    presets(
        project,
        CH51=old_channel(None),
        CH52=old_channel(None, personless_default=True, forbid_text_default=False, avoid_props=["看板"]),
    )
    (problem,) = found(project)
    assert str(problem).startswith("configs/channel_presets.json:11 at /channels/CH51/prompt_template: ")
    for part in (
        "prompt_template (CH51, CH52)",
        "character_note (CH51, CH52)",
        "tone_profile (CH51, CH52)",
        "image_generation.personless_default (CH52)",
        "image_generation.avoid_props (CH52)",
    ):
        assert part in problem.message
    for silent in ("persona_required", "forbid_text_default", "base_period", "belt", "notes"):
        assert silent not in problem.message
    assert "doit plan CH=CH51 TEXT=1" in problem.do


def test_many_channels_are_counted(project: Paths) -> None:
    """Twenty-four channels still make one line that can be read."""
    presets(project, **{f"CH{number}": old_channel(None) for number in range(10, 34)})
    (problem,) = found(project)
    assert "prompt_template (24 channels)" in problem.message


def test_a_code_that_meant_another_model_is_said_once(project: Paths) -> None:
    """Once per code over presets, templates and prompts: what it meant, until when, what it is here, how often."""
    presets(project, CH51=old_channel(), CH52=old_channel())
    template = {"id": "a", "prompt_template": "{{thumbnail_prompt}}", "image_model_key": "img-gemini-flash-1"}
    project.templates.parent.mkdir(parents=True)
    project.templates.write_text(json.dumps({"channels": {"CH51": {"templates": [template]}}}))
    run = project.runs / "CH51-001"
    run.mkdir(parents=True)
    entry = {"id": "1", "prompt": "a", "slot": "img-gemini-flash-1"}
    (run / "prompts.json").write_text(json.dumps({"prompts": [entry, entry | {"id": "2"}]}))
    (problem,) = [each for each in found(project) if "meant" in each.message]
    assert str(problem).startswith("configs/channel_presets.json:7 at /channels/CH51/image_generation/model_key: ")
    assert '"img-gemini-flash-1" meant gemini-2.5-flash-image (shut down on 2026-10-02)' in problem.message
    assert "here it is g-1 = gemini_nano_banana_2_1 (gemini-nano-banana-2.1), batch" in problem.message
    assert "4 more places" in problem.message


@pytest.mark.parametrize("code", ["g-1", "i-1", "g-3"])
def test_a_short_code_is_said_where_the_preset_is_that_program_s(project: Paths, code: str) -> None:
    """The codes that both have mean something else only in a preset with keys of the earlier program."""
    presets(project, CH51=old_channel(code), CH52=own_channel(code))
    (problem,) = [each for each in found(project) if "meant" in each.message]
    assert f'"{code}" meant ' in problem.message
    assert "more place" not in problem.message


def test_a_studio_that_began_here_hears_nothing(project: Paths) -> None:
    """Our own codes in our own presets, templates and prompts are not talked about."""
    presets(project, CH01=own_channel("g-1"), CH02=own_channel("i-1"), CH03=own_channel("img-flux-schnell-1"))
    run = project.runs / "CH01-001"
    run.mkdir(parents=True)
    (run / "prompts.json").write_text(json.dumps({"slot": "g-3", "prompts": [{"id": "1", "prompt": "a"}]}))
    assert found(project) == []
