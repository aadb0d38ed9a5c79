"""What every provider is asked for, whatever its wire looks like."""

import pytest

from tasks.catalog.catalog import load_catalog
from tasks.catalog.choice import Choice
from tasks.project.paths import Paths
from tasks.providers.registry import api
from tests.support.emulator_process import ROOT

CATALOG = load_catalog(Paths(ROOT))


@pytest.mark.parametrize("code", CATALOG.slots)
def test_one_picture_is_asked_for(code: str) -> None:
    """A second one would be painted, and where pictures cost something billed, and nobody would look at it."""
    slot = CATALOG.slots[code]
    model = CATALOG.models[slot.model_key]
    chosen = Choice(code, model, slot.lane, "16:9", "1K", None, "a test", slot.quality or model.default_quality)
    asked = api(CATALOG.providers[model.provider].api).body("雪の山道", chosen, ())
    assert asked.get("n", 1) == 1 and "雪の山道" in str(asked)
