"""Codes and keys that stand in an older studio's files: each works, or stops with what became of it."""

import re
import shutil
from pathlib import Path

import pytest
import yaml

from tasks.catalog.catalog import Catalog, load_catalog, read_catalog
from tasks.catalog.presets import Preset
from tasks.project.paths import Paths
from tasks.prompts.prompts import Prompt, RunPrompts
from tasks.requests.resolve import resolve
from tasks.text.errors import BadInput

ROOT = Path(__file__).resolve().parents[3]
FILE = Path("configs/channel_presets.json")

WORK = {
    "g-1": ("gemini_nano_banana_2_1", "batch"),
    "img-gemini-flash-1": ("gemini_nano_banana_2_1", "batch"),
    "g-3": ("gemini_3_pro_image", "batch"),
    "i-1": ("gemini_nano_banana_2_1", "immediate"),
    "f-1": ("fireworks_flux_1_schnell_fp8", "immediate"),
    "f-3": ("fireworks_flux_kontext_pro", "immediate"),
    "f-4": ("fireworks_flux_kontext_max", "immediate"),
    "img-flux-schnell-1": ("fireworks_flux_1_schnell_fp8", "immediate"),
    "img-flux-pro-1": ("fireworks_flux_kontext_pro", "immediate"),
    "img-flux-max-1": ("fireworks_flux_kontext_max", "immediate"),
    "fireworks_flux_1_schnell_fp8": ("fireworks_flux_1_schnell_fp8", "immediate"),
    "fireworks_flux_kontext_pro": ("fireworks_flux_kontext_pro", "immediate"),
    "fireworks_flux_kontext_max": ("fireworks_flux_kontext_max", "immediate"),
}
"""Codes that choose a model today."""
GONE = {
    "img-gemini-3-pro-preview-1": "2026-06-25",
    "img-imagen-4-fast-1": "2026-08-17",
    "gemini_2_5_flash_image": "2026-10-02",
    "gemini_2_5_flash_image_preview": "2026-01-15",
    "gemini_3_pro_image_preview": "2026-06-25",
    "gemini_imagen_4_fast_generate_001": "2026-08-17",
    "gemini_2_0_flash_exp_image_generation": None,
    "gemini-2.5-flash-image": "2026-10-02",
}
"""Codes, keys and names of models that are gone, with the day where one is known."""
ROUTERS = ("openrouter_gemini_2_5_flash_image_preview", "openrouter_flux", "openrouter/google/x:free", "OpenRouter-1")


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    """The shipped configs."""
    return load_catalog(Paths(ROOT))


def refused(catalog: Catalog, code: str) -> str:
    with pytest.raises(BadInput) as error:
        resolve(catalog, Preset("CH01", FILE, model_key=code), RunPrompts(FILE, None, ()), Prompt("1", "a", FILE))
    return str(error.value)


@pytest.mark.parametrize("code", WORK)
def test_a_code_that_lives_works(catalog: Catalog, code: str) -> None:
    """The code chooses its model on its lane."""
    choice = resolve(catalog, Preset("CH01", FILE, model_key=code), RunPrompts(FILE, None, ()), Prompt("1", "a", FILE))
    assert (choice.model.key, str(choice.lane)) == WORK[code]


@pytest.mark.parametrize("code", GONE)
def test_a_code_of_a_model_that_is_gone_says_since_when_and_what_would_do(catalog: Catalog, code: str) -> None:
    """The day where it is known, none where it is not, the source, and slots that work: never placeholders."""
    what, do = refused(catalog, code).split("\n  -> ")
    day = GONE[code]
    assert f'"{code}"' in what
    assert (f"was shut down by the provider on {day}" if day else "is not offered any more") in what
    assert "source: " in what
    assert day or not re.search(r" on 20\d\d-", what)
    assert "name one of these slots instead: g-1" in do or "name one of these slots instead: i-1" in do or "g-3" in do
    assert "emulator" not in do


@pytest.mark.parametrize("code", ROUTERS)
def test_a_key_of_another_router_is_told_so(catalog: Catalog, code: str) -> None:
    """Nothing is bought through OpenRouter here, and the slots that would do are named."""
    what, do = refused(catalog, code).split("\n  -> ")
    assert "OpenRouter" in what
    assert "no such supplier" in what
    assert "g-1 (gemini_nano_banana_2_1, batch)" in do
    assert "did you mean" not in do
    assert "emulator" not in do


def test_no_typing_error_is_answered_with_a_retired_one(catalog: Catalog) -> None:
    """Whatever is misspelt, what was meant is something that works today."""
    retired = {key for key, model in catalog.models.items() if model.status != "live"}
    retired |= {code for code, slot in catalog.slots.items() if slot.model_key in retired}
    assert {"imagen_4_fast", "img-imagen-4-fast-1", "gemini_3_1_flash_image"} <= retired
    for name in sorted(retired):
        for typed in (name[:-1] + "x", name + "1", "x" + name, name.replace("-", "_")):
            if typed not in {*catalog.models, *catalog.slots}:
                meant = re.search(r"did you mean (\S+)\?", refused(catalog, typed))
                assert not meant or meant[1] not in retired, typed


def test_a_provider_s_own_name_is_answered_with_our_key(catalog: Catalog) -> None:
    """Who types the name of a living model is told by what it goes here."""
    assert "did you mean gemini_nano_banana_2_1?" in refused(catalog, "gemini-nano-banana-2.1")


def test_one_model_under_two_keys_has_one_life(catalog: Catalog) -> None:
    """Older keys of a model say what its other record says."""
    first: dict[str, object] = {}
    for model in catalog.models.values():
        facts = (model.status, model.ended_on, model.source, model.replacement)
        assert first.setdefault(model.name, facts) == facts


def test_what_a_code_stood_for_is_a_model_that_is_gone(catalog: Catalog) -> None:
    """The slots file says of the codes that changed their meaning what they meant."""
    slots = yaml.safe_load((ROOT / "configs" / "image_model_slots.yaml").read_text("utf-8"))["slots"]
    meant = {code: catalog.models[key] for each in slots.values() for code, key in each.get("formerly", {}).items()}
    assert {code: model.name for code, model in meant.items()} == {
        "g-1": "gemini-2.5-flash-image",
        "img-gemini-flash-1": "gemini-2.5-flash-image",
        "g-3": "gemini-3-pro-image-preview",
        "i-1": "imagen-4.0-fast-generate-001",
    }
    assert {model.status for model in meant.values()} == {"retired"}


def test_a_wrong_word_about_what_a_code_meant_is_refused(tmp_path: Path) -> None:
    """A code of another slot, and a model that nobody knows, are mistakes with their lines."""
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    path = tmp_path / "configs" / "image_model_slots.yaml"
    old = "{ g-3: gemini_3_pro_image_preview }"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, "{ g-9: gemini_3_pro_image_preview, g-3: nobody }"), "utf-8")
    _, problems = read_catalog(Paths(tmp_path))
    assert [each.pointer for each in problems] == ["/slots/g-3/formerly/g-9", "/slots/g-3/formerly/g-3"]
    assert all(each.line for each in problems)
