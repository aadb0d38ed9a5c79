"""Digests that were given out: every paid picture lies in the store under one, so none may ever change.

The literals were computed once. A test here that fails means: with this change every picture is bought again.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tasks.catalog.catalog import load_catalog
from tasks.catalog.model import Model
from tasks.project.paths import Paths
from tasks.requests.references import Reference
from tasks.requests.request import PromptSpec, Request, requests, retaken
from tasks.requests.selection import Candidates
from tests.support import facts
from tests.support.studio import Studio

NANO = replace(facts.MODEL, name="gemini-nano-banana-2.1")
PRO = replace(facts.MODEL, name="gemini-3-pro-image", thinking_level=None)
LITE = replace(facts.MODEL, name="gemini-3.1-flash-lite-image", sends_image_size=False, thinking_level=None)
EMULATOR = replace(facts.MODEL, provider="emulator", name="emulator-image")
FLUX = replace(facts.MODEL, provider="fireworks", api="fireworks", sends_image_size=False, thinking_level=None)
SCHNELL = replace(FLUX, name="accounts/fireworks/models/flux-1-schnell-fp8", steps=4)
DEV = replace(FLUX, name="accounts/fireworks/models/flux-1-dev-fp8", steps=28)
KONTEXT = replace(FLUX, name="accounts/fireworks/models/flux-kontext-pro", delivery="by_poll", max_references=1)
TEXT = Model(
    "fireworks_flux_kontext_pro",
    "fireworks",
    "accounts/fireworks/models/flux-kontext-pro",
    "FLUX.1 Kontext pro",
    "live",
    "a test",
    api="fireworks",
    max_references=1,
    delivery="by_poll",
)
EMULATOR = Model(
    "emulator_image",
    "emulator",
    "emulator-image",
    "Emulator",
    "live",
    "a test",
    api="gemini",
    sends_image_size=True,
    thinking_level="minimal",
)
FLARE = replace(
    facts.MODEL,
    provider="openai",
    api="openai",
    name="gpt-image-2.5-flare",
    qualities={"low": 16, "medium": 24},
    default_quality="medium",
    pixels={"1K": {"16:9": "1536x864"}},
)
TEXT = "雪の山道を登る老僧の後ろ姿、朝の光"
MONK = Reference(Path("references/monk.png"), "0f" * 32, "image/png")
SWORD = Reference(Path("references/sword.jpg"), "a5" * 32, "image/jpeg")


def wish(model: Model, text: str = TEXT, ratio: str = "16:9", size: str = "1K", **more: Any) -> PromptSpec:
    return PromptSpec("0001", text, facts.choice(model=model, aspect_ratio=ratio, image_size=size), **more)


def plain(*args: Any, **more: Any) -> Request:
    return requests([wish(*args, **more)])[0]


def of_quality(quality: str) -> Request:
    """A picture of a model that has several qualities."""
    choice = facts.choice(model=FLARE, aspect_ratio="16:9", image_size="1K", quality=quality)
    return requests([PromptSpec("0001", TEXT, choice)])[0]


def twin(number: int, model: Model) -> Request:
    """The prompt with `number` prompts of the same text before it."""
    return requests([wish(model)._replace(prompt_id=f"{each:04d}") for each in range(number + 1)])[number]


TABLE: dict[str, tuple[Callable[[], Request], str]] = {
    "size and thinking": (lambda: plain(NANO), "10402e64c9b07c4ab7666a715e6c12fefac74d0ceed59e928021e4064ef2dd27"),
    "another size": (
        lambda: plain(NANO, size="2K"),
        "95463e0529fdccc624490a85e9e95cd4cabbb495340df670a3745d044bc93245",
    ),
    "another ratio": (
        lambda: plain(NANO, ratio="1:1"),
        "836c759f960ce17231c71ee2eb8ceeed43ce542db117deb0631cbbb919376dfe",
    ),
    "size, no thinking": (lambda: plain(PRO), "d5b850efca1e7394243c23b4ff85f2c0de000f0f6d2c54ccb714686a694d8798"),
    "neither size nor thinking": (
        lambda: plain(LITE),
        "516ec9fee010bb881e147cbd6272534c4255cb2e69dc8e007021d78524329a63",
    ),
    "a line separator and an emoji in the text": (
        lambda: plain(NANO, "一\u2028二\n三👘"),
        "4c03b007ffdd5384584f4b423b53ae0594154f70a5b2217f6ab75e35bdf0f555",
    ),
    "a reference": (
        lambda: plain(NANO, references=(MONK,)),
        "fb222fbd0cda83ac4a9680120a2e85fe1ff9c232148b956d8888479c7ad18dc8",
    ),
    "two references": (
        lambda: plain(NANO, references=(MONK, SWORD)),
        "4b74a756c11e3c2d1451ae7e75634460f1707fa242273110d0ba127d177a3080",
    ),
    "two references the other way round": (
        lambda: plain(NANO, references=(SWORD, MONK)),
        "3e62dbf3644045155ef9e89f0c1b3feeac4fde8f00ca697962c3f78a30fcd3f9",
    ),
    "FLUX of 4 steps": (lambda: plain(SCHNELL), "1d9bd75f57dc764a8dfbc11432374c9ae21baf04c15f8a32dd840e2f70927458"),
    "FLUX of 28 steps": (lambda: plain(DEV), "455392f288550a4d8348f369acf81653ad6dc548e2f3c0251819b8a27f3902fa"),
    "Kontext": (lambda: plain(KONTEXT), "d964f2cbe4b70635401d2555ad11b04d080d466537946bd49fc18917479b325f"),
    "Kontext with a reference": (
        lambda: plain(KONTEXT, references=(MONK,)),
        "aead7dbc6328e5c6e5870687b9986cd71dce72de9aaf3c44e711c30d3ae1752e",
    ),
    "a second prompt of that text": (
        lambda: twin(1, NANO),
        "170e3d416b7a594771cb6957298486583b7d7b4a01a5aeac5e49e6156cd60db8",
    ),
    "a third prompt of that text": (
        lambda: twin(2, NANO),
        "c88e2cddf36e72a59c99f2f394e621a55661d196bdf4af782f94e544d5077fe3",
    ),
    "a second prompt of that text, FLUX": (
        lambda: twin(1, SCHNELL),
        "1b650f77c52576f96568c16bd8680e91e77770988007ee879db76fcc35b8d854",
    ),
    "take 2": (lambda: retaken(wish(NANO), 2, 0), "04c6ae0b77042138d75f88e0501d787b9d6a6fa7a4aeee5d1d5f7b0566891c63"),
    "take 3": (lambda: retaken(wish(NANO), 3, 0), "20861b02a2f43966e1ca5b360eecc055453a86909c740a46fc52eb3f1648fd58"),
    "take 2 of a second prompt of that text": (
        lambda: retaken(wish(NANO), 2, 1),
        "b77f5b3f1a0caa33d8b33e0cdf79e4409976b8c306eb857ccf67ed2ac367a073",
    ),
    "take 2, FLUX": (
        lambda: retaken(wish(SCHNELL), 2, 0),
        "3daf29cd1cec1905381e2e2603d9c350d9c0530de20dcba2af68cceadfd3b5db",
    ),
    "an address on this machine": (
        lambda: plain(NANO, origin="loopback"),
        "d56aaa7e8c79a72d44ecd7e6f9d46a200be78c1a82f119e167e583e70b3fd215",
    ),
    "take 2 at an address on this machine": (
        lambda: retaken(wish(NANO, origin="loopback"), 2, 0),
        "0be9a5b63acb76276e8bf623a6878e7b0f966eb0730efd373bb1ace7725444e7",
    ),
    "medium quality": (
        lambda: of_quality("medium"),
        "afda2333dd3d4066515e853f704cbc487e2d98e52ea3d8afffd6e759d787f222",
    ),
    "low quality": (lambda: of_quality("low"), "40adca536dc4b6ce216aadee6eb6afacf40df4a31d83b43fbeb2ca5ade93b942"),
    "the emulator's own model": (
        lambda: plain(EMULATOR),
        "f6693aadcf27dc77f4f4f7b00d76ca311239385e9f420b0c42403706d541befa",
    ),
}


@pytest.mark.parametrize("what", TABLE)
def test_a_digest_never_changes(what: str) -> None:
    """A request that was paid for once keeps its digest for ever: by it the picture is found again."""
    made, digest = TABLE[what]
    assert made().digest == digest


def test_no_two_of_the_table_are_one_picture() -> None:
    """What would be another picture has another digest."""
    assert len({digest for _, digest in TABLE.values()}) == len(TABLE)


def of_project(folder: Path, model_key: str) -> str:
    """The digest of the one prompt of a project, read from its files as every command does."""
    studio = Studio(folder, None)
    studio.prompts({"0001": TEXT})
    places = Paths(folder)
    return Candidates(places.run("CH01", "001"), load_catalog(places), model_key, {}).plain["0001"].digest


@pytest.mark.parametrize(
    ("model_key", "what"),
    [
        ("gemini_nano_banana_2_1", "size and thinking"),
        ("gemini_3_pro_image", "size, no thinking"),
        ("gemini_3_1_flash_lite_image", "neither size nor thinking"),
        ("fireworks_flux_1_schnell_fp8", "FLUX of 4 steps"),
        ("fireworks_flux_1_dev_fp8", "FLUX of 28 steps"),
        ("fireworks_flux_kontext_pro", "Kontext"),
        ("emulator_image", "the emulator's own model"),
        ("openai_gpt_image_2_5_flare", "medium quality"),
        ("o-1", "medium quality"),
        ("oi-2", "low quality"),
    ],
)
def test_a_digest_from_the_files(model_key: str, what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A prompt read from its file, with a model of configs/image_models.yaml, has the digest of the table."""
    for name in ("GOOGLE_GEMINI_BASE_URL", "FIREWORKS_BASE_URL", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    assert of_project(tmp_path / "project", model_key) == TABLE[what][1]


@pytest.mark.parametrize(
    ("address", "what"),
    [
        ("https://generativelanguage.googleapis.com", "size and thinking"),
        ("https://proxy.example.com/gemini", "size and thinking"),
        ("http://127.0.0.1:8080", "an address on this machine"),
        ("http://localhost:8080", "an address on this machine"),
        ("https://[::1]:8080", "an address on this machine"),
    ],
)
def test_the_address_and_the_digest(address: str, what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the way to the provider, its pictures are the same; those of this machine are placeholders."""
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", address)
    assert of_project(tmp_path / "project", "gemini_nano_banana_2_1") == TABLE[what][1]
    assert of_project(tmp_path / "other", "emulator_image") == TABLE["the emulator's own model"][1]
