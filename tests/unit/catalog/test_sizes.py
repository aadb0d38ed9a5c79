"""Sizes in pixels: what a model makes, what is near, which tokens a picture has."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from tasks.catalog.catalog import load_catalog, read_catalog
from tasks.catalog.choice import Choice, grid_tokens
from tasks.catalog.model import Lane
from tasks.catalog.pricing import estimate, prompt_tokens
from tasks.catalog.sizes import SizeRule, is_of_ratio
from tasks.project.paths import Paths
from tests.support.emulator_process import ROOT
from tests.support.studio import Studio

RULE = SizeRule(step=16, longest=3840, least_pixels=655_360, most_pixels=8_294_400, widest=3)
PUBLISHED = {
    ("low", 1536, 864): 120,
    ("medium", 1536, 864): 280,
    ("high", 1536, 864): 1078,
    ("xhigh", 1536, 864): 1917,
    ("max", 1536, 864): 4312,
    ("low", 1920, 1088): 148,
    ("medium", 1920, 1088): 344,
    ("high", 1920, 1088): 1325,
    ("xhigh", 1920, 1088): 2356,
    ("max", 1920, 1088): 5300,
    ("low", 1024, 1024): 196,
    ("medium", 1024, 1024): 439,
    ("high", 1024, 1024): 1756,
    ("xhigh", 1024, 1024): 3122,
    ("max", 1024, 1024): 7024,
}
EDGES = {"low": 16, "medium": 24, "high": 48, "xhigh": 64, "max": 96}


def test_tokens_are_those_that_are_published() -> None:
    """The formula gives the published figures, upright as lying."""
    for (quality, width, height), tokens in PUBLISHED.items():
        assert grid_tokens(EDGES[quality], width, height) == grid_tokens(EDGES[quality], height, width) == tokens


@pytest.mark.parametrize(
    ("size", "near"),
    [
        ((1920, 1080), [(1920, 1088), (1792, 1008), (2048, 1152)]),
        ((1024, 576), [(1280, 720)]),
        ((1376, 768), [(1376, 768)]),
        ((4096, 2304), [(3840, 2160)]),
        ((1000, 1000), [(1008, 1008), (992, 992)]),
        ((3000, 700), []),
    ],
)
def test_near_sizes(size: tuple[int, int], near: list[tuple[int, int]]) -> None:
    """The nearest that fits and the two of the very shape; every one of them is made."""
    found = RULE.near(*size)
    assert found[: len(near)] == near and all(RULE.fits(*each) for each in found)


@pytest.mark.parametrize(
    ("size", "ratio", "is_of_it"),
    [
        ((1920, 1080), "16:9", True),
        ((1376, 768), "16:9", True),
        ((768, 1376), "9:16", True),
        ((768, 1376), "16:9", False),
        ((1440, 900), "16:9", False),
        ((1080, 1080), "16:9", False),
        ((1080, 1080), "1:1", True),
    ],
)
def test_a_size_is_of_a_shape_as_nearly_as_steps_allow(size: tuple[int, int], ratio: str, is_of_it: bool) -> None:
    """What a model makes for 16:9 counts as that; another shape, also a turned one, does not."""
    assert is_of_ratio(*size, ratio) is is_of_it


def choice(slot: str, size: str = "1K", ratio: str = "16:9") -> Choice:
    catalog = load_catalog(Paths(ROOT))
    code = catalog.slots[slot]
    return Choice(slot, catalog.models[code.model_key], code.lane, ratio, size, None, "a test", code.quality)


@pytest.mark.parametrize(
    ("slot", "usd"),
    [("o-1", 0.0042), ("o-2", 0.0018), ("o-3", 0.0162), ("o-4", 0.0042), ("oi-1", 0.0084), ("oi-2", 0.0036)],
)
def test_the_estimate_of_a_slot(slot: str, usd: float) -> None:
    """The published price of a picture, and the prompt beside it: 300 tokens are 40 % of a cheap picture."""
    assert estimate(choice(slot), "") == pytest.approx(usd, abs=5e-5)
    text = estimate(choice(slot), "雪" * 300) - estimate(choice(slot), "")
    assert text == pytest.approx(0.00075 * (1 if choice(slot).lane is Lane.BATCH else 2))
    assert prompt_tokens("a boat at night, 月") == 6


def test_every_size_and_ratio_is_one_that_the_model_makes() -> None:
    """What a person asks for in words is asked for in pixels that the provider takes, of that shape."""
    made = choice("o-1").model
    for size in made.image_sizes:
        for ratio in made.aspect_ratios:
            pixels = choice("o-1", size, ratio).pixels
            assert pixels and RULE.fits(*pixels)
    assert choice("o-1").form == "16:9 1K (1536x864) medium"
    assert choice("g-1").form == "16:9 1K" and choice("g-1").pixels is None
    assert replace(choice("o-1"), image_size="2048x1152").size == "2048x1152"


def problems(folder: Path, change: Any, file: str = "image_models.yaml") -> str:
    """What is wrong with the configs after `change` of one of them."""
    studio = Studio(folder, None)
    path = studio.folder / "configs" / file
    data = yaml.safe_load(path.read_text())
    change(data)
    path.write_text(yaml.safe_dump(data, allow_unicode=True))
    catalog, found = read_catalog(Paths(folder))
    assert catalog is None
    return "\n".join(each.what for each in found)


def test_configs_that_cannot_be(tmp_path: Path) -> None:
    """A quality that the model has not, a size without pixels or with such as are never made: said before anything."""
    flare = "openai_gpt_image_2_5_flare"

    def of_model(**more: Any) -> Any:
        return lambda data: data["models"][flare].update(more)

    assert "expected one of low" in problems(tmp_path / "a", of_model(qualities={"low": 16}))
    pixels = {"1K": {"16:9": "1920x1080"}}
    assert "no size of 1K at 16:9" in problems(tmp_path / "b", of_model(pixels=pixels))
    slots = "image_model_slots.yaml"
    assert "the model has: none" in problems(
        tmp_path / "c", lambda data: data["slots"]["g-1"].update(quality="low"), slots
    )
