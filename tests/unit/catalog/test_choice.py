"""How a picture is made, in words for people."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.facts import MODEL, choice


@pytest.mark.parametrize(
    ("changes", "form"),
    [
        ({}, "16:9 1K"),
        ({"aspect_ratio": "1:1", "image_size": "2K"}, "1:1 2K"),
        ({"image_size": "wide"}, "16:9 wide (1376x768)"),
        ({"image_size": "1536x864"}, "16:9 1536x864"),
        ({"image_size": "1536x864", "quality": "high"}, "16:9 1536x864 high"),
        ({"image_size": "wide", "quality": "low"}, "16:9 wide (1376x768) low"),
    ],
)
def test_people_read_ratio_size_and_quality(changes: dict[str, Any], form: str) -> None:
    """What the plan says of a picture names its pixels where those are asked for, once, and the quality."""
    model = replace(MODEL, pixels={"wide": {"16:9": "1376x768"}})
    assert replace(choice(**changes), model=model).form == form
