"""configs/image_models.yaml changes while pictures are on their way: they come home all the same, with their costs."""

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from tests.support.studio import Studio, story

FLASH = "gemini_nano_banana_2_1"


def changed(studio: Studio, change: Callable[[dict[str, Any]], None]) -> None:
    """The models config after `change` was called with its models."""
    path = studio.folder / "configs" / "image_models.yaml"
    data = yaml.safe_load(path.read_text())
    change(data["models"])
    path.write_text(yaml.safe_dump(data, allow_unicode=True))


def renamed(studio: Studio, old: str, new: str) -> None:
    changed(studio, lambda models: models.update({new: models.pop(old)}))
    slots = studio.folder / "configs" / "image_model_slots.yaml"
    slots.write_text(slots.read_text().replace(old, new))


def retired(studio: Studio, key: str) -> None:
    def retire(models: dict[str, Any]) -> None:
        kept = {name: models[key][name] for name in ("provider", "name", "label", "source")}
        models[key] = kept | {"status": "retired", "ended_on": "2026-11-24"}

    changed(studio, retire)


@pytest.fixture
def sent(studio: Studio) -> Studio:
    """Two pictures are made by now, and not fetched."""
    assert studio.emulator
    studio.emulator.job_seconds(3600)
    studio.prompts(story(2))
    studio.visual("WAIT=0")
    studio.emulator.advance(3600)
    return studio


def books_agree(studio: Studio) -> bool:
    assert studio.emulator
    cost = sum(float(row["cost_usd"]) for row in studio.usage())
    return cost == pytest.approx(studio.emulator.ledger()["usd"], abs=0.001)


@pytest.mark.parametrize("command", ["visual", "collect"])
def test_a_model_key_that_was_renamed(sent: Studio, command: str) -> None:
    """The model is found by its name: the pictures come, measured, and nothing is sent again."""
    renamed(sent, FLASH, "nano")
    sent.ask(command, "CH=CH01")
    assert (sent.jobs_created, len(sent.images())) == (1, 2) and books_agree(sent)
    assert [row["cost_basis"] for row in sent.usage()] == ["measured", "measured"]


def test_a_model_that_retired(sent: Studio) -> None:
    """Without a price the pictures cost their share of what was estimated when they were sent."""
    retired(sent, FLASH)
    sent.doit("collect")
    assert [row["cost_basis"] for row in sent.usage()] == ["estimated", "estimated"] and books_agree(sent)


def test_a_model_that_was_removed(sent: Studio) -> None:
    """A model that nobody knows any more costs its share too; its pictures are in the store."""
    changed(sent, lambda models: models.pop(FLASH))
    sent.doit("collect")
    assert [line["status"] for line in sent.results()] == ["ok", "ok"] and books_agree(sent)


def test_an_order_of_a_model_that_retired(studio: Studio) -> None:
    """A Kontext order is asked for also when its model was retired since; it is not sent again."""
    assert studio.emulator
    studio.emulator.flux_seconds(3600)
    studio.prompts(story(1))
    studio.visual("SLOT=f-3", expect=1)
    retired(studio, "fireworks_flux_kontext_pro")
    studio.emulator.advance(3600)
    studio.doit("collect")
    assert [line["status"] for line in studio.results()] == ["ok"] and studio.billed == 1 and books_agree(studio)


def test_a_lost_record_of_results_keeps_its_costs(sent: Studio) -> None:
    """results.jsonl was lost and the model renamed: the rows come back from the store with what was paid."""
    sent.visual()
    (sent.run() / "results.jsonl").unlink()
    renamed(sent, FLASH, "nano")
    sent.visual()
    assert [row["cost_basis"] for row in sent.usage()] == ["measured", "measured"] and books_agree(sent)
