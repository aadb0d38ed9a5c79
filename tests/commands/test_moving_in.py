"""A studio moves in with the files of its earlier program: what a person sees at the commands."""

import json
import shutil
from pathlib import Path

import pytest

from tests.support.studio import Studio, story

OLD_MODELS = """\
providers:
  gemini: {env_api_key: GEMINI_API_KEY}
models:
  gemini_2_5_flash_image:
    provider: gemini
    model_name: gemini-2.5-flash-image
    capabilities: {supports_seed: true}
tiers:
  video_image_gen: [gemini_2_5_flash_image]
tasks:
  visual_image_gen: {tier: video_image_gen, allow_fallback: false, defaults: {size: "1920x1080", n: 1}}
"""
OLD_SLOTS = """\
schema_version: 1
slots:
  g-1:
    label: gemini_2_5_flash_image
    description: slot g-1
    tasks: {visual_image_gen: gemini_2_5_flash_image}
  i-1: {label: a, description: b, tasks: {visual_image_gen: imagen_4_fast}}
"""


@pytest.mark.parametrize("words", [("validate",), ("plan", "CH=CH01"), ("visual", "CH=CH01")])
def test_the_old_model_and_slot_files_are_recognised_in_a_sentence_each(studio: Studio, words: tuple[str, ...]) -> None:
    """Two lines, no list of schema mistakes, exit 3, nothing sent, and how to get ours back without losing theirs."""
    studio.prompts(story(1))
    (studio.folder / "configs" / "image_models.yaml").write_text(OLD_MODELS)
    (studio.folder / "configs" / "image_model_slots.yaml").write_text(OLD_SLOTS)
    said = studio.ask(*words, expect=3)
    assert said.count("is the old studio's file, not ours") == 2
    for name in ("image_models.yaml", "image_model_slots.yaml"):
        assert f"{name}: is the old studio's file" in said
        assert f"git checkout -- configs/{name}" in said.replace(str(studio.folder) + "/", "")
    assert "unknown key" not in said
    assert "is missing" not in said
    assert studio.emulator
    assert studio.emulator.ledger()["http_total"] == 0


def test_an_old_file_under_an_override_is_recognised_too(studio: Studio) -> None:
    """The file beside it does not hide what it is."""
    studio.prompts(story(1))
    (studio.folder / "configs" / "image_model_slots.yaml").write_text(OLD_SLOTS)
    (studio.folder / "configs" / "image_model_slots.local.yaml").write_text("slots: {g-9: null}\n")
    said = studio.ask("plan", "CH=CH01", expect=3)
    assert said.count("is the old studio's file, not ours") == 1
    assert "unknown key" not in said


def test_our_own_file_with_a_mistake_is_not_taken_for_theirs(studio: Studio) -> None:
    """A slots file without its version is ours, and wrong."""
    path = studio.folder / "configs" / "image_model_slots.yaml"
    path.write_text(path.read_text().replace("version: 1", "", 1))
    assert 'the key "version" is missing' in studio.ask("validate", expect=3)


def test_old_codes_and_keys_are_said_by_validate_with_exit_0(studio: Studio) -> None:
    """Both are warnings: everything works, and nobody is surprised by what is ignored or means another model."""
    path = studio.folder / "configs" / "channel_presets.json"
    channel = json.loads(path.read_text())["channels"]["CH01"] | {"prompt_template": "templates/a.txt"}
    channel["image_generation"]["model_key"] = "img-gemini-flash-1"
    studio.write("configs/channel_presets.json", {"channels": {"CH01": channel, "CH02": channel}})
    said = studio.ask("validate")
    assert said.count("warning: ") == 2
    assert said.count("gemini-2.5-flash-image (shut down on 2026-10-02)") == 1
    assert said.count("prompt_template (CH01, CH02)") == 1


def test_a_router_s_key_stops_with_the_slots_that_would_do(studio: Studio) -> None:
    """No fallback, and nothing sent."""
    studio.prompts(story(1))
    said = studio.ask("plan", "CH=CH01", "SLOT=openrouter_gemini_2_5_flash_image", expect=3)
    assert "OpenRouter" in said
    assert "g-1 (gemini_nano_banana_2_1, batch)" in said


def _size(path: Path) -> tuple[int, int]:
    from PIL import Image

    with Image.open(path) as picture:
        return picture.size


def test_a_task_s_default_size_crops_pictures_and_sends_nothing_again(studio: Studio) -> None:
    """No output_size anywhere: as delivered. With one for the task: the same pictures, cropped, for nothing."""
    studio.prompts(story(2))
    studio.visual()
    first, billed = studio.run() / "images" / "0001.png", studio.billed
    assert _size(first) != (1280, 720)
    before, stamps = studio.results()[0], studio.images()
    studio.visual()
    assert studio.images() == stamps
    local = studio.folder / "configs" / "image_models.local.yaml"
    local.write_text('task_defaults: {visual_image_gen: {output_size: "1280x720"}}\n')
    studio.visual()
    assert _size(first) == (1280, 720)
    assert studio.billed == billed
    assert studio.results()[-1]["digest"] in {each["digest"] for each in studio.results()[:2]}
    assert before == studio.results()[0]
    local.unlink()
    studio.visual()
    assert _size(first) != (1280, 720)
    assert studio.billed == billed


def test_a_comparison_stays_as_delivered(studio: Studio) -> None:
    """Models are judged by their own pictures, whatever size the task has."""
    studio.prompts(story(1))
    local = studio.folder / "configs" / "image_models.local.yaml"
    local.write_text('task_defaults: {visual_image_gen: {output_size: "1280x720"}}\n')
    studio.ask("compare", "NAME=look", "SLOTS=g-1,g-2", "CH=CH01", "RUN=001")
    pictures = sorted((studio.folder / "workspaces" / "compare" / "look").rglob("images/0001.png"))
    assert len(pictures) == 2
    assert (1280, 720) not in map(_size, pictures)


def test_a_wrong_default_size_is_refused_with_its_line(studio: Studio) -> None:
    """A size is checked by the schema, like that of a preset."""
    local = studio.folder / "configs" / "image_models.local.yaml"
    local.write_text("task_defaults:\n  visual_image_gen:\n    output_size: 1920*1080\n")
    said = studio.ask("validate", expect=3)
    assert "image_models.local.yaml:3 at /task_defaults/visual_image_gen/output_size" in said
    assert "1920x1080" in said


def test_a_copied_project_has_no_default_size(studio: Studio) -> None:
    """What is shipped crops nothing by itself: no finished run is rewritten by an update."""
    shutil.copy(Path(__file__).parents[2] / "configs" / "image_models.yaml", studio.folder / "configs")
    import yaml

    defaults = yaml.safe_load((studio.folder / "configs" / "image_models.yaml").read_text())["task_defaults"]
    assert not any("output_size" in default for default in defaults.values())
