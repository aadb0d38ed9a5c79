"""Our prices against those of the genai-prices package, which other people keep."""

import dataclasses
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import ModelInfo, ModelPrice

from tasks.catalog.catalog import load_catalog
from tasks.catalog.choice import grid_tokens
from tasks.catalog.model import Model, Price
from tasks.project.paths import Paths

ROOT = Path(__file__).resolve().parents[3]
THEIR_NAMES = {"gemini": "google", "openai": "openai"}
MODELS = [each for each in load_catalog(Paths(ROOT)).models.values() if each.provider in THEIR_NAMES and each.prices]
FIELDS = {
    "input": "input_mtok",
    "image_input": "input_image_mtok",
    "text_output": "output_mtok",
    "image_output": "output_image_mtok",
}
"""Our name and theirs of each price; both are US dollars per 1,000,000 tokens, thinking counts as text output."""


def theirs(model: Model) -> ModelInfo:
    name = THEIR_NAMES[model.provider]
    found = next(provider for provider in get_snapshot().providers if provider.id == name).find_model(model.name)
    assert found, f"genai-prices does not know {model.name}"
    return found


def tier(info: ModelInfo, name: str, at: datetime) -> ModelPrice | None:
    """Their prices on a day; None when they keep none for that tier."""
    if name == "standard":
        return info.get_prices(at)
    made = [variant for variant in info.price_variants or () if variant.when == {"processing": "batch"}]
    return made[0].prices if made else None


def disagreements(model: Model, name: str) -> list[str]:
    """One line for every price of that tier in which the two differ, with both numbers, dates and sources."""
    at = datetime.fromisoformat(model.prices_checked or "").replace(tzinfo=UTC)
    other = tier(theirs(model), name, at)
    if other is None:
        return []
    told = {ours: getattr(other, field) for ours, field in FIELDS.items()}
    told["image_output"] = told["image_output"] or told["text_output"]  # whose output has one price keeps it once
    pairs = {ours: (getattr(model.prices[name], ours), their) for ours, their in told.items()}
    pairs = {ours: pair for ours, pair in pairs.items() if pair != (None, None)}  # of pictures in, where they differ
    return [
        f"{model.name}, {name}, {field}: configs/image_models.yaml says {ours} (checked {model.prices_checked}, "
        f"{model.prices_source}), genai-prices {_version()} says {their} ({theirs(model).price_comments})"
        for field, (ours, their) in pairs.items()
        if None in (ours, their) or Decimal(str(ours)) != Decimal(their)
    ]


def _version() -> str:
    from importlib.metadata import version

    return f"{version('genai-prices')} of {get_snapshot().timestamp:%Y-%m-%d}"


def test_the_prices_of_every_model_are_looked_at() -> None:
    """None of the models that make pictures for money escapes the comparison."""
    assert {model.name for model in MODELS} == {
        "gemini-nano-banana-2.1",
        "gemini-3.1-flash-lite-image",
        "gemini-3-pro-image",
        "gemini-3.1-flash-image",
        "gpt-image-2",
        "gpt-image-2.5-flare",
        "gpt-image-2.5-sunburst",
    }


@pytest.mark.parametrize("name", ["standard", "batch"])
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.key)
def test_our_prices_are_those_of_genai_prices(model: Model, name: str) -> None:
    """Input, text and image output of both tiers; image output is a field of its own there (output_image_mtok)."""
    assert tier(theirs(model), name, datetime.now(UTC)), f"genai-prices has no {name} prices of {model.name}"
    assert disagreements(model, name) == []


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.key)
def test_a_batch_costs_half(model: Model) -> None:
    """The provider's rule, exact to the last digit that is written down."""
    full, half = model.prices["standard"], model.prices["batch"]
    for field in FIELDS:
        told = getattr(half, field), getattr(full, field)
        assert told == (None, None) or 2 * told[0] == pytest.approx(told[1]), f"{model.name} {field}"


def test_a_difference_is_told_with_both_numbers_dates_and_sources() -> None:
    """The comparison above can fail, and what it says then is enough to decide who is right."""
    model = next(each for each in MODELS if each.name == "gemini-nano-banana-2.1")
    wrong = dataclasses.replace(model, prices={"standard": Price(1.5, 7.5, 39.0)})
    (line,) = disagreements(wrong, "standard")
    assert "image_output: configs/image_models.yaml says 39.0 (checked 2026-" in line
    assert "ai.google.dev/gemini-api/docs/pricing), genai-prices 0." in line
    assert " says 30 (See https://ai.google.dev" in line


LITELLM = json.loads((Path(__file__).parent / "litellm_1_110_2.json").read_text())
"""What litellm's price map of that version says of OpenAI's picture models: US dollars per 1,000,000 tokens."""
OPENAI = [each for each in MODELS if each.provider == "openai"]


@pytest.mark.parametrize("model", OPENAI, ids=lambda model: model.key)
def test_our_prices_are_those_of_litellm(model: Model) -> None:
    """A third opinion, of the day that stands with it: text and pictures in, pictures out, batch exactly half."""
    assert LITELLM["read_on"] == "2026-11-29" and model.name in LITELLM["models"]
    for tier_name, told in LITELLM["tiers"].items():
        price = model.prices[tier_name]
        assert (price.input, price.image_input, price.image_output) == tuple(told[name] for name in LITELLM["kinds"])


@pytest.mark.parametrize("model", [each for each in OPENAI if "2_5" in each.key], ids=lambda model: model.key)
def test_tokens_of_a_square_picture(model: Model) -> None:
    """The formula gives what the same map's prices of single pictures are made of, in every quality."""
    assert {name: grid_tokens(edge, 1024, 1024) for name, edge in model.qualities.items()} == LITELLM["square_tokens"]
