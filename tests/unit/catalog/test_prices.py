"""Our prices against those of the genai-prices package, which other people keep."""

import dataclasses
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import ModelInfo, ModelPrice

from tasks.catalog.catalog import load_catalog
from tasks.catalog.model import Model, Price
from tasks.project.paths import Paths

ROOT = Path(__file__).resolve().parents[3]
THEIR_NAMES = {"gemini": "google", "openai": "openai"}
MODELS = [each for each in load_catalog(Paths(ROOT)).models.values() if each.provider in THEIR_NAMES and each.prices]
FIELDS = {"input": "input_mtok", "text_output": "output_mtok", "image_output": "output_image_mtok"}
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
    return [
        f"{model.name}, {name}, {field}: configs/image_models.yaml says {ours:g} (checked {model.prices_checked}, "
        f"{model.prices_source}), genai-prices {_version()} says {their} ({theirs(model).price_comments})"
        for field, (ours, their) in pairs.items()
        if their is None or Decimal(str(ours)) != Decimal(their)
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
        assert 2 * getattr(half, field) == pytest.approx(getattr(full, field)), f"{model.name} {field}"


def test_a_difference_is_told_with_both_numbers_dates_and_sources() -> None:
    """The comparison above can fail, and what it says then is enough to decide who is right."""
    model = next(each for each in MODELS if each.name == "gemini-nano-banana-2.1")
    wrong = dataclasses.replace(model, prices={"standard": Price(1.5, 7.5, 39.0)})
    (line,) = disagreements(wrong, "standard")
    assert "image_output: configs/image_models.yaml says 39 (checked 2026-" in line
    assert "ai.google.dev/gemini-api/docs/pricing), genai-prices 0." in line
    assert " says 30 (See https://ai.google.dev" in line
