"""Channel presets as other programs write them too."""

from pathlib import Path
from typing import Any

import pytest

from tasks.catalog.presets import Preset, presets
from tasks.project.names import Format


def test_keys_that_are_put_aside_are_not_foreign() -> None:
    """Of the keys in image_generation, only those that are neither ours nor put aside by x- may be a misspelt one."""
    generation = {"model_key": "g-1", "x-model": "i-1", "zoom": 2, "belt": 1}
    found = presets({"channels": {"CH01": {"name": "昔話", "image_generation": generation}}}, Path("presets.json"))
    assert found["CH01"].foreign == ("belt", "zoom")


def preset(**record: Any) -> Preset:
    return presets({"channels": {"CH01": record}}, Path("presets.json"))["CH01"]


def columns(found: Preset) -> tuple[str, ...]:
    named = found.id_column, found.prompt_column
    return *named, found.episode_column, found.thumbnail_column, found.template_column


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"thumbnails": ["another program's"]},
        {"thumbnails": {"zoom": 2}, "image_generation": {"zoom": 2}},
        {
            "image_generation": {"id_column": None, "prompt_column": None},
            "thumbnails": {"episode_column": None, "prompt_column": None, "template_column": None},
        },
    ],
)
def test_tables_are_read_by_the_columns_of_the_guide(record: dict[str, Any]) -> None:
    """Where a channel names none, whatever another program has at that place; null is as good as nothing."""
    assert columns(preset(**record)) == ("id", "prompt", "episode", "thumbnail_prompt", "template_id")


def test_a_channel_names_the_columns_of_its_tables() -> None:
    """Those of prompts beside the model, those of thumbnails by themselves."""
    thumbnails = {"episode_column": "話数", "prompt_column": "絵", "template_column": "型"}
    found = preset(image_generation={"id_column": "番号", "prompt_column": "画像"}, thumbnails=thumbnails)
    assert columns(found) == ("番号", "画像", "話数", "絵", "型")


@pytest.mark.parametrize(
    ("key", "written", "read", "unsaid"),
    [
        ("model_key", "g-2", "g-2", None),
        ("aspect_ratio", "9:16", "9:16", None),
        ("image_size", "2K", "2K", None),
        ("output_size", "1920x1080", (1920, 1080), None),
        ("output_format", "jpg", Format.JPG, None),
        ("negative_prompt", "文字", "文字", ""),
        ("references", ["guides/a.png"], ("guides/a.png",), ()),
    ],
)
def test_a_channel_says_how_its_pictures_are_made(key: str, written: object, read: object, unsaid: object) -> None:
    """Each by its own key, and by no other; without it, or with null, the task says."""
    said = preset(image_generation={key: written})
    assert getattr(said, key) == read and not said.foreign
    assert getattr(preset(image_generation={key: None}), key) == getattr(preset(), key) == unsaid


@pytest.mark.parametrize(("written", "least"), [(60000, 60000), (None, 0), ("60000", 0), (True, 0)])
def test_placeholders_of_another_program_are_told_by_a_number(written: object, least: int) -> None:
    """Only a whole number says how small they are; anything else is that program's own affair."""
    assert preset(image_min_bytes=written).image_min_bytes == least


def test_what_changes_another_program_s_pictures_is_known() -> None:
    """Only what is set: a person who moves in is told that it does nothing here."""
    made = {"personless_default": True, "forbid_text_default": False, "avoid_props": ["傘"]}
    found = preset(prompt_template="a.txt", character_note="", tone_profile="calm", image_generation=made)
    inside = ("image_generation.personless_default", "image_generation.avoid_props")
    assert found.elsewhere == ("prompt_template", "tone_profile", *inside)
