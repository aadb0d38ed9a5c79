"""Thumbnails: templates, subjects, and what `doit validate` says about both."""

import dataclasses
import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tasks.catalog.catalog import load_catalog
from tasks.catalog.model import Lane
from tasks.catalog.presets import Preset, presets
from tasks.commands import validate
from tasks.project.paths import Paths
from tasks.prompts.prompts import Prompt, RunPrompts
from tasks.prompts.templates import fill, read_templates
from tasks.prompts.thumbnail_subjects import read_subjects
from tasks.requests.resolve import resolve
from tasks.text.errors import BadInput
from tests.support import wild
from tests.support.studio import ROOT

TODAY = date(2026, 11, 23)
PRESET = Preset("CH01", Path("configs/channel_presets.json"))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    monkeypatch.chdir(tmp_path)
    return Paths(tmp_path)


def add(project: Paths, *templates: dict[str, Any], channel: str = "CH01", **more: Any) -> None:
    """templates.json with those templates of one channel, every key on a line of its own."""
    filled = [{"id": "main", "prompt_template": "{{thumbnail_prompt}}"} | each for each in templates]
    wild.write(project.templates, {"channels": {channel: {"templates": filled} | more}})


def rows(project: Paths, *entries: dict[str, Any], channel: str = "CH01") -> Path:
    filled = [{"episode": 1 + n, "thumbnail_prompt": "山"} | each for n, each in enumerate(entries)]
    return wild.write(project.thumbnails / channel / "prompts.json", {"prompts": filled})


def said(project: Paths) -> list[str]:
    return [problem.what for problem in validate.problems(project, TODAY)]


def test_files_of_the_wild_pass_unchanged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """35 channels with a dozen foreign keys each, templates with layers and layouts, subjects with foreign columns.

    All that is said of them is what the one old code meant.
    """
    monkeypatch.chdir(wild.project(tmp_path / "p", channels=35, each=3, runs=35, prompts=2))
    (problem,) = validate.problems(Paths(tmp_path / "p"), TODAY)
    assert problem.warning
    assert '"img-gemini-flash-1" meant ' in problem.message


def test_keys_that_ask_for_another_model_are_warned_of(project: Paths) -> None:
    """provider, allow_fallback and fallback_models do nothing. One warning a key."""
    data = wild.presets(30)
    for preset in data["channels"].values():
        preset["image_generation"] |= {"provider": "x", "allow_fallback": True, "fallback_models": ["a"]}
    wild.write(project.presets, data)
    found = [problem for problem in validate.problems(project, TODAY) if "budget" not in str(problem)]
    assert all(problem.warning and problem.line for problem in found)
    texts = [problem.what for problem in found if " meant " not in problem.message]
    assert len(texts) == 3
    assert "fallback" in texts[0] and "model_key decides alone" in texts[0] and "(so in 30 channels)" in texts[0]


def test_a_template_is_filled_from_the_row(project: Paths) -> None:
    """Every name is replaced, also one in a value of the row; a written-out \\n becomes a line break."""
    add(project, {"prompt_template": "{{thumbnail_prompt}}\\n{{ 題 }} 第{{episode}}話"})
    rows(project, {"episode": 251, "thumbnail_prompt": "雪\\n{{題}}", "題": "峠"})
    template = read_templates(project.templates).of("CH01")
    (subject,) = read_subjects(project.thumbnails / "CH01", PRESET)
    assert template
    assert fill(template, subject) == "雪\n峠\n峠 第251話"


@pytest.mark.parametrize(("text", "name"), [("{{title}}", "title"), ("{{thumbnail_prompt}} {{sub}}", "sub")])
def test_a_name_that_is_unknown_or_empty_names_template_and_row(project: Paths, text: str, name: str) -> None:
    """validate says it at the template, once however many rows lack it; fill refuses."""
    add(project, {"prompt_template": text})
    rows(project, {"episode": "251", "sub": " "}, {"episode": "252", "sub": ""})
    (what,) = said(project)
    assert "templates.json:7 at /channels/CH01/templates/0/prompt_template: wants {{" + name + "}}" in what
    assert 'template "main"' in what and "CH01/prompts.json episode 251" in what and "(1 more like it)" in what
    template = read_templates(project.templates).of("CH01")
    assert template
    with pytest.raises(BadInput, match=r"template main of CH01 wants .*episode 251 does not say"):
        fill(template, read_subjects(project.thumbnails / "CH01", PRESET)[0])


@pytest.mark.parametrize(
    ("template", "more", "says"),
    [
        ({"id": "a/b"}, {}, "/channels/CH01/templates/0/id: found"),
        ({"prompt_template": " "}, {}, "/templates/0/prompt_template: is empty"),
        ({"prompt_template": "{{ }}"}, {}, "holds {{ }} without a name"),
        ({}, {"default_template_id": "other"}, '/channels/CH01/default_template_id: found "other", there are: main'),
        ({}, {"channel": "CH55"}, "/channels/CH55: found"),
        ({"image_model_key": "g-9"}, {}, '/templates/0/image_model_key: found "g-9", which is neither'),
        ({"image_model_key": "img-imagen-4-fast-1"}, {}, "was shut down by the provider on 2026-08-17"),
        ({"image_model_key": "gemini_3_1_flash_image"}, {}, "is deprecated, its announced last day is 2026-10-29"),
        ({"image_model_key": "g-2", "image_size": "2K"}, {}, "/templates/0/image_size: found the image size"),
        ({"image_model_key": "g-3", "aspect_ratio": "1:8"}, {}, "/templates/0/aspect_ratio: found the aspect ratio"),
        ({"aspect_ratio": "16x9"}, {}, "/templates/0/aspect_ratio: found"),
        ({"output_size": "big"}, {}, "/templates/0/output_size: found"),
    ],
)
def test_a_wrong_template_is_named_at_its_line(project: Paths, template: Any, more: Any, says: str) -> None:
    """Schema, ids, defaults, channels and models: each with file and line."""
    add(project, template, **more)
    (what,) = said(project)
    assert "workspaces/thumbnails/templates.json:" in what
    assert says in what


def test_two_templates_of_one_id_are_refused(project: Paths) -> None:
    """Also when only the letter case differs: the files would be one on some disks."""
    add(project, {}, {"id": "Main"})
    assert 'the id "Main" is taken by another template of CH01' in said(project)[0]


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        ([{"episode": "../1"}], "/prompts/0/episode: found"),
        ([{"episode": 1.5}], "/prompts/0/episode: found 1.5, expected text or a whole number"),
        ([{"thumbnail_prompt": " "}], "/prompts/0/thumbnail_prompt: the prompt is empty"),
        ([{"template_id": "none"}], '/prompts/0/template_id: found the template "none", CH01 has: main'),
        ([{"episode": 7}, {"episode": "7"}], 'episode "7" with the same template is entry 1 already'),
    ],
)
def test_a_wrong_subject_is_named_at_its_line(project: Paths, entries: list[dict[str, Any]], says: str) -> None:
    """Each with file and line."""
    add(project, {})
    rows(project, *entries)
    (what,) = said(project)
    assert "workspaces/thumbnails/CH01/prompts.json:" in what
    assert says in what


def test_subjects_need_a_channel_and_templates(project: Paths) -> None:
    """A folder of a channel that does not exist, and subjects without any template, are both told."""
    rows(project, {}, channel="CH55")
    found = said(project)
    assert "workspaces/thumbnails/templates.json: this file is missing" in found[0]
    assert '"CH55" is not a channel' in found[1]
    (project.thumbnails / "assets" / "CH55").mkdir(parents=True)
    assert len(said(project)) == 2


def test_a_row_without_template_needs_a_default(project: Paths) -> None:
    """With one template that is the one; with two the channel must say which."""
    add(project, {}, {"id": "other"})
    rows(project, {})
    assert "names no template, and CH01 has no default_template_id (templates: main, other)" in said(project)[0]
    add(project, {}, {"id": "other"}, default_template_id="other")
    assert said(project) == []


def test_tables_take_their_columns_from_the_preset(project: Paths) -> None:
    """thumbnails.episode_column and its like name them; every column fills a template by its own name too."""
    columns = {"episode_column": "話数", "prompt_column": "絵", "template_column": "型", "foreign": 1}
    preset = presets({"channels": {"CH01": {"thumbnails": columns}}}, project.presets)["CH01"]
    folder = project.thumbnails / "CH01"
    folder.mkdir(parents=True)
    (folder / "prompts.csv").write_text("メモ,話数,絵,型,題\n,251,雪の山道,main,峠\n\nx,252,川,,舟\n", "utf-8")
    first, second = read_subjects(folder, preset)
    assert (first.episode, first.thumbnail_prompt, first.template_id, first.line) == ("251", "雪の山道", "main", 2)
    assert (second.template_id, second.line) == (None, 4)
    assert (first.values["題"], first.values["絵"], first.values["thumbnail_prompt"]) == ("峠", "雪の山道", "雪の山道")
    with pytest.raises(BadInput, match=r'has no column "episode".*\n.*thumbnails\.episode_column'):
        read_subjects(folder, PRESET)


def test_a_template_decides_before_the_channel(project: Paths) -> None:
    """Model, ratio, size and pixels; what it leaves out the channel says. A model key takes its default lane."""
    add(project, {"image_model_key": "gemini_3_pro_image", "image_size": "4K", "output_size": "1280x720"})
    template = read_templates(project.templates).of("CH01")
    preset = dataclasses.replace(PRESET, model_key="f-1", aspect_ratio="4:3", output_size=(1920, 1080))
    run, prompt = RunPrompts(project.templates, None, ()), Prompt("main", "山", project.templates)
    choice = resolve(load_catalog(project), preset, run, prompt, template=template)
    assert (choice.model.key, choice.lane, choice.slot) == ("gemini_3_pro_image", Lane.BATCH, None)
    assert (choice.aspect_ratio, choice.image_size, choice.output_size) == ("4:3", "4K", (1280, 720))
    assert choice.decided_by.endswith("templates.json channels.CH01.templates.0.image_model_key")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\x89PNG\r\n\x1a\n", None),
        (b"\xff\xd8\xff\xe0", None),
        (b"RIFF\0\0\0\0WEBPVP8 ", None),
        (b"GIF89a", "is neither PNG, JPEG nor WEBP"),
        (b"", "is neither PNG, JPEG nor WEBP"),
        (b"\x89PNG\r\n\x1a\n" + bytes(20_000_000), "has 20.0 MB, at most 20 can be sent"),
        (None, "there is no file"),
    ],
)
def test_references_of_a_channel_are_looked_at(project: Paths, content: bytes | None, says: str | None) -> None:
    """Path from workspaces/, magic bytes, size; told at the entry's line in the presets."""
    data = json.loads(project.presets.read_text("utf-8"))
    data["channels"]["CH01"]["image_generation"]["references"] = ["video/references/monk.png"]
    wild.write(project.presets, data)
    path = project.workspaces / "video" / "references" / "monk.png"
    path.parent.mkdir(parents=True)
    if content is not None:
        path.write_bytes(content)
    found = said(project)
    assert len(found) == (says is not None)
    if says:
        assert "channel_presets.json:" in found[0] and "/image_generation/references/0: " in found[0]
        assert says in found[0]


def test_a_reference_must_stay_inside_workspaces(project: Paths) -> None:
    """A path with .. is refused before anything is opened."""
    data = json.loads(project.presets.read_text("utf-8"))
    data["channels"]["CH01"]["image_generation"]["references"] = ["../configs/budget.yaml"]
    wild.write(project.presets, data)
    assert "leaves the workspaces folder" in said(project)[0]
