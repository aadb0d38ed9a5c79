"""What is told of models that come and go: their last day, who says so, their license, and what would do instead."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tasks.catalog import lifecycle
from tasks.catalog.catalog import Catalog, load_catalog
from tasks.catalog.model import Announced, Lane
from tasks.project.paths import Paths
from tests.support.facts import MODEL

ROOT = Path(__file__).resolve().parents[3]
GOING = replace(MODEL, status="deprecated", ended_on="2026-12-01")


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    """The shipped configs."""
    return load_catalog(Paths(ROOT))


@pytest.mark.parametrize(
    ("today", "left"),
    [
        (date(2026, 11, 30), "(1 day left)"),
        (date(2026, 12, 1), "(0 days left)"),
        (date(2026, 12, 2), "(1 day ago: it may refuse)"),
    ],
)
def test_the_last_day_still_counts(today: date, left: str) -> None:
    """A model works through its announced last day; from the next one on it may refuse."""
    said = lifecycle.farewell(GOING, today) or ""
    assert said == f"some_model (some-model) is deprecated, its announced last day is 2026-12-01 {left}"


def test_sources_that_differ_on_a_last_day_are_all_named() -> None:
    """The first is the one that counts; those that say the same are not told twice, and where all agree nothing is."""
    agrees, differs, silent = Announced("2026-12-01", "b"), Announced("2027-01-01", "c"), Announced(None, "d")
    assert lifecycle.disputed(GOING) is lifecycle.disputed(replace(GOING, announced=(agrees,))) is None
    said = (lifecycle.disputed(replace(GOING, announced=(agrees, differs, silent))) or "").splitlines()
    assert said == [
        "sources differ on the last day of some_model (some-model) at gemini; the first counts here:",
        "  2026-12-01: a test",
        "  2027-01-01: c",
        "  no day announced: d",
    ]


def test_the_license_of_a_model_that_one_runs_is_told() -> None:
    """With the model's key and name; a model of others has none to tell."""
    assert lifecycle.licensed(MODEL) is None
    own = replace(MODEL, license="Apache 2.0 (its page)")
    assert lifecycle.licensed(own) == "license of some_model (some-model): Apache 2.0 (its page)"


def test_a_model_of_no_last_day_is_said_to_be_gone_without_one() -> None:
    """Where nobody announced a day, none is invented."""
    gone = replace(MODEL, status="retired", ended_on=None)
    assert lifecycle.obituary(gone) == "Some Model (some-model) is not offered any more (source: a test)"


def test_slots_that_would_do_are_living_ones_of_that_lane(catalog: Catalog) -> None:
    """Each once, by its code and not by its aliases; placeholders only where there is nothing else."""
    gone = replace(MODEL, status="retired", replacement=None)
    for lane in Lane:
        said = lifecycle.would_do(catalog, gone, lane)
        named = said.removeprefix("name one of these slots instead: ").split("), ")
        codes = [each.partition(" ")[0] for each in named]
        living = [
            slot.code
            for slot in {slot.code: slot for slot in catalog.slots.values()}.values()
            if slot.lane is lane
            and catalog.models[slot.model_key].status == "live"
            and catalog.models[slot.model_key].provider != "emulator"
        ]
        assert codes == living
    toys = {code: slot for code, slot in catalog.slots.items() if slot.code.startswith("e-")}
    assert "e-1 (" in lifecycle.would_do(replace(catalog, slots=toys), gone, Lane.BATCH)
