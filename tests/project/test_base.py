"""The base that is shipped: known by its day, and no code in it ever comes to mean another model."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tasks.catalog import shipped
from tasks.files import bases, document
from tasks.project.paths import Paths
from tests.support.emulator_process import ROOT

MEANINGS = json.loads((ROOT / "tests" / "project" / "meanings.json").read_text("utf-8"))
"""What every slot, alias, model key and task default meant when first shipped. Lines are added, never changed."""


def _read(name: str) -> dict[str, dict[str, dict[str, str]]]:
    path = ROOT / "configs" / f"{name}.yaml"
    data: dict[str, dict[str, dict[str, str]]] = document.parse(path, path.read_bytes())
    return data


def _shipped() -> dict[str, dict[str, str]]:
    models, slots = _read("image_models"), _read("image_model_slots")["slots"]
    return {
        "slots": {
            code: " ".join(slot[key] for key in ("model_key", "lane", "quality") if key in slot)
            for name, slot in slots.items()
            for code in (name, *slot.get("aliases", ()))
        },
        "models": {key: f"{model['provider']} {model['name']}" for key, model in models["models"].items()},
        "task_defaults": {
            name: f"{task['slot']} {task['aspect_ratio']} {task['image_size']}"
            for name, task in models["task_defaults"].items()
        },
    }


@pytest.mark.parametrize("kind", ["slots", "models", "task_defaults"])
def test_what_was_shipped_once_means_the_same_for_ever(kind: str) -> None:
    """Who updates buys from the model they named: a new model gets a new code, and no code is taken away."""
    shipped = _shipped()[kind]
    assert {code: shipped.get(code) for code in MEANINGS[kind]} == MEANINGS[kind]


@pytest.mark.parametrize("kind", ["slots", "models", "task_defaults"])
def test_what_is_new_joins_the_record(kind: str) -> None:
    """Add what this names to tests/project/meanings.json, in the commit that ships it."""
    assert {code: means for code, means in _shipped()[kind].items() if code not in MEANINGS[kind]} == {}


@pytest.mark.parametrize("name", bases.NAMES)
def test_the_base_of_today_is_on_record(name: str) -> None:
    """`make bases` puts it there; without it nobody could tell a full copy of it from a choice."""
    assert bases.shipped_on(name, _read(name))


def test_the_day_of_the_base_is_said() -> None:
    """`doit validate` and the line before sending name it."""
    assert shipped.said(Paths(ROOT)).startswith("models, prices and slots: base of 20")


def test_an_update_never_meets_ones_own_files(tmp_path: Path) -> None:
    """A clone whose presets, slots and caps differ pulls a base where all of them changed: no conflict, all kept."""
    upstream, clone = tmp_path / "upstream", tmp_path / "clone"
    (upstream / "configs").mkdir(parents=True)
    shutil.copy(ROOT / ".gitignore", upstream)
    for name in ("budget.yaml", "image_model_slots.yaml", "channel_presets.json"):
        shutil.copy(ROOT / "configs" / name, upstream / "configs")
    _git(upstream, "init", "-q")
    _commit(upstream)
    _git(tmp_path, "clone", "-q", str(upstream), str(clone))
    own = {
        "budget.local.yaml": "caps: {day: 3}\n",
        "image_model_slots.local.yaml": "slots: {g-9: {model_key: gemini_3_pro_image, lane: batch}}\n",
        "channel_presets.local.json": '{"channels": {"CH01": {"style": "版画"}}}\n',
    }
    for name, text in own.items():
        (clone / "configs" / name).write_text(text, "utf-8")
    for path in (upstream / "configs").iterdir():
        path.write_text(path.read_text("utf-8").replace("CH01", "CH02").replace("day: 20", "day: 30"), "utf-8")
    _commit(upstream)
    _git(clone, "pull", "-q", "--ff-only")
    assert "day: 30" in (clone / "configs" / "budget.yaml").read_text("utf-8")
    assert {name: (clone / "configs" / name).read_text("utf-8") for name in own} == own
    assert _git(clone, "status", "--porcelain") == ""


def _git(folder: Path, *words: str) -> str:
    who = ["-c", "user.name=t", "-c", "user.email=t@example.invalid"]
    done = subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout


def _commit(folder: Path) -> None:
    _git(folder, "add", "-A")
    _git(folder, "commit", "-q", "-m", "base")
