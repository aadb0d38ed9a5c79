"""What a comparison began with stays what it is about: texts, slots and reference pictures."""

import json
import shutil
from pathlib import Path

import pytest

from tasks.catalog.catalog import load_catalog
from tasks.project.comparison_paths import ComparisonPaths
from tasks.project.paths import Paths
from tasks.project.settings import Settings
from tasks.requests import fix_comparison
from tasks.requests.request import PromptSpec
from tasks.requests.sources import prompt_specs
from tasks.text.errors import BadInput
from tests.support.studio import ROOT

PNG = b"\x89PNG\r\n\x1a\n"
RUN = "CH00-001"


@pytest.fixture
def project(tmp_path: Path) -> Paths:
    """A run with one prompt that refers to a picture beside it."""
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    folder = tmp_path / "workspaces" / "video" / "runs" / RUN
    folder.mkdir(parents=True)
    (folder / "guide.png").write_bytes(PNG + b"one")
    (folder / "prompts.json").write_text(
        json.dumps({"prompts": [{"id": "1", "prompt": "雪", "references": ["guide.png"]}]})
    )
    return Paths(tmp_path)


def began(project: Paths) -> ComparisonPaths:
    """Its comparison on one slot."""
    typed = Settings(name="duel", channel="CH00", run="001", slots=("g-1",))
    (place,) = fix_comparison.fixed(project, load_catalog(project), typed, "2026-11-23T00:00:00Z")
    return place


def specs(project: Paths, place: ComparisonPaths) -> list[PromptSpec]:
    return prompt_specs(place, load_catalog(project), None)


def test_every_slot_is_shown_the_pictures_that_the_prompt_refers_to(project: Paths) -> None:
    """They lie where the run has them, and go along with each comparison of it, now and later."""
    place = began(project)
    (spec,) = specs(project, place)
    assert [picture.path.name for picture in spec.references] == ["guide.png"]
    assert [picture.read() for picture in spec.references] == [PNG + b"one"]


def test_another_picture_of_that_name_is_not_compared(project: Paths) -> None:
    """Pictures of a reference that was painted over would say nothing beside the others: it stops with what to do."""
    place = began(project)
    (project.runs / RUN / "guide.png").write_bytes(PNG + b"two")
    with pytest.raises(BadInput, match=r"guide\.png is not the picture that this comparison began with"):
        specs(project, place)
