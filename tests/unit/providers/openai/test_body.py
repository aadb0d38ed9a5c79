"""What OpenAI is asked for."""

from dataclasses import replace
from typing import NamedTuple

import pytest

from tasks.catalog.catalog import load_catalog
from tasks.catalog.choice import Choice
from tasks.project.paths import Paths
from tasks.providers.openai.body import body
from tests.support.emulator_process import ROOT

CATALOG = load_catalog(Paths(ROOT))


class Reference(NamedTuple):
    token: str
    mime: str = "image/png"


def choice(max_references: int = 2) -> Choice:
    slot = CATALOG.slots["o-2"]
    model = replace(CATALOG.models[slot.model_key], max_references=max_references)
    return Choice(slot.code, model, slot.lane, "16:9", "1K", None, "a test", slot.quality or model.default_quality)


def test_reference_pictures_are_named_in_their_order() -> None:
    """Each by the file that holds it, as O-17 has it; "the second picture" in a text means the second one."""
    asked = body("雪の山道", choice(), [Reference("file-b"), Reference("file-a")])
    assert asked["images"] == [{"file_id": "file-b"}, {"file_id": "file-a"}]
    assert "images" not in body("雪の山道", choice(), ())


def test_more_reference_pictures_than_the_model_takes_are_not_left_out_silently() -> None:
    """Up to its number they go along; one more is said before anything is bought without it."""
    with pytest.raises(ValueError, match="takes at most 1 reference pictures"):
        body("雪の山道", choice(1), [Reference("file-a"), Reference("file-b")])


def test_what_a_picture_costs_by_is_always_said() -> None:
    """Size and quality: what the provider takes for "auto" has cost ten times as much."""
    asked, chosen = body("雪の山道", choice(), ()), choice()
    assert (asked["size"], asked["quality"]) == (chosen.size, chosen.quality) and chosen.size and chosen.quality
