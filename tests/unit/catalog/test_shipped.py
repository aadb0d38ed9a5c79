"""The line that says which models, prices, slots and caps a command goes by."""

import json
import shutil
from pathlib import Path

import pytest

from tasks.catalog import shipped
from tasks.files import bases
from tasks.project.paths import Paths
from tests.support.studio import ROOT


@pytest.fixture
def project(tmp_path: Path) -> Paths:
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    return Paths(tmp_path)


def test_a_base_as_it_was_shipped_is_named_by_its_day(project: Paths) -> None:
    """Nothing else is said where nothing else was changed; presets are always one's own, and are not named."""
    (project.root / "configs" / "channel_presets.local.json").write_text('{"channels": {"CH01": {"style": "墨絵"}}}')
    said = shipped.said(project)
    assert said.startswith("models, prices and slots: base of 20") and len(said) == len(
        "models, prices and slots: base of 2026-11-29"
    )


def test_bases_of_several_days_are_named_by_the_newest(project: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    """An update that changes only one of them is a base of its day."""
    record = {name: dict.fromkeys(days, "2026-12-01") for name, days in json.loads(bases.RECORD.read_text()).items()}
    record["budget"] = dict.fromkeys(record["budget"], "2026-12-24")
    monkeypatch.setattr(bases, "_record", lambda: record)
    assert shipped.said(project).endswith("base of 2026-12-24")


def test_what_is_laid_over_the_base_is_named(project: Paths) -> None:
    """Each file of one's own that says anything, in the words of its name."""
    (project.root / "configs" / "budget.local.yaml").write_text("caps: {day: 3}\n")
    (project.root / "configs" / "image_models.local.yaml").write_text("# nothing at the moment\n")
    assert shipped.said(project).endswith(", changed by budget.local.yaml")
    (project.root / "configs" / "image_models.local.yaml").write_text("providers: {}\n")
    assert shipped.said(project).endswith(", changed by image_models.local.yaml, budget.local.yaml")


@pytest.mark.parametrize("broken", [False, True])
def test_a_base_that_was_changed_in_place_is_named(project: Paths, broken: bool) -> None:
    """Its prices are nobody's but one's own, so no day is said; also while it cannot be read, and with what is over."""
    (project.root / "configs" / "image_model_slots.local.yaml").write_text("slots: {g-2: null}\n")
    text = project.budget.read_text("utf-8")
    project.budget.write_text("caps: [" if broken else text.replace("day: 20", "day: 30"), "utf-8")
    assert shipped.said(project) == (
        "models, prices and slots: budget.yaml as changed here, no base that was ever shipped,"
        " changed by image_model_slots.local.yaml"
    )
