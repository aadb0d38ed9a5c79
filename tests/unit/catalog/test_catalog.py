"""Which model makes a picture, and what it costs: always explicit, never a fallback."""

import dataclasses
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest

from tasks.catalog import lifecycle
from tasks.catalog.catalog import Catalog, load_catalog, models_only
from tasks.catalog.choice import Choice
from tasks.catalog.lifecycle import farewell
from tasks.catalog.model import Lane, Price
from tasks.catalog.presets import Preset
from tasks.catalog.pricing import cost, estimate
from tasks.project.paths import Paths
from tasks.prompts.prompts import Prompt, RunPrompts
from tasks.prompts.templates import Template
from tasks.providers.answer import Tokens
from tasks.requests.resolve import resolve
from tasks.text import clock
from tasks.text.errors import BadInput

ROOT = Path(__file__).resolve().parents[3]
PROMPTS = Path("workspaces/video/runs/CH01-251/prompts.json")
PROMPT = Prompt("0001", "雪の山道", PROMPTS)
CHANNEL = Preset("CH01", Path("configs/channel_presets.json"), model_key="g-2")


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    """The shipped configs."""
    return load_catalog(Paths(ROOT))


def choose(
    catalog: Catalog,
    prompt: Prompt = PROMPT,
    preset: Preset = CHANNEL,
    run: str | None = None,
    **more: str | Template | None,
) -> Choice:
    return resolve(catalog, preset, RunPrompts(PROMPTS, run, (prompt,)), prompt, **more)  # type: ignore[arg-type]


def refused(catalog: Catalog, slot: str, **more: str | None) -> str:
    with pytest.raises(BadInput) as error:
        choose(catalog, command_line=slot, **more)
    return str(error.value)


def test_the_first_place_that_says_anything_decides_alone(catalog: Catalog) -> None:
    """SLOT= beats the prompt, the prompt the run, the run the channel, the channel the task's default."""
    own, silent = PROMPT._replace(slot="g-1"), dataclasses.replace(CHANNEL, model_key=None)
    found = [
        choose(catalog, own, run="g-3", command_line="e-1"),
        choose(catalog, own, run="g-3"),
        choose(catalog, run="g-3"),
        choose(catalog),
        choose(catalog, preset=silent),
    ]
    assert [choice.slot for choice in found] == ["e-1", "g-1", "g-3", "g-2", "g-1"]
    assert [choice.decided_by.rpartition("/")[2] for choice in found] == [
        "SLOT= on the command line",
        "prompts.json prompts.0.slot",
        "prompts.json slot",
        "channel_presets.json channels.CH01.image_generation.model_key",
        "image_models.yaml task_defaults.visual_image_gen.slot",
    ]


def test_the_first_size_that_is_said_crops_the_picture(catalog: Catalog) -> None:
    """The template's size beats the channel's, the channel's that of the task; each task has its own."""
    sized = {task: {**default, "output_size": f"{len(task)}00x900"} for task, default in catalog.defaults.items()}
    some = dataclasses.replace(catalog, defaults=sized)
    channel = dataclasses.replace(CHANNEL, output_size=(1920, 1080))
    plain = Template("CH01", "a", "{{thumbnail_prompt}}", PROMPTS, 0)
    own = dataclasses.replace(plain, output_size=(1280, 720))
    found = [
        choose(some, preset=channel, template=own),
        choose(some, preset=channel),
        choose(some, template=plain),
        choose(some),
        choose(catalog),
    ]
    sizes = [choice.output_size for choice in found]
    assert sizes == [(1280, 720), (1920, 1080), (1900, 900), (1600, 900), None]


def test_a_slot_an_alias_and_a_model_key_name_the_same_thing(catalog: Catalog) -> None:
    """Old codes keep working; a model key travels on its model's default lane."""
    for value, slot in [("g-1", "g-1"), ("img-gemini-flash-1", "g-1"), ("gemini_nano_banana_2_1", None)]:
        choice = choose(catalog, command_line=value)
        assert (choice.slot, choice.model.name, choice.lane) == (slot, "gemini-nano-banana-2.1", Lane.BATCH)


@pytest.mark.parametrize(
    ("code", "key", "lane"),
    [
        ("g-1", "gemini_nano_banana_2_1", Lane.BATCH),
        ("g-2", "gemini_3_1_flash_lite_image", Lane.BATCH),
        ("g-3", "gemini_3_pro_image", Lane.BATCH),
        ("img-gemini-3-pro-1", "gemini_3_pro_image", Lane.BATCH),
        ("i-1", "gemini_nano_banana_2_1", Lane.IMMEDIATE),
        ("img-immediate-1", "gemini_nano_banana_2_1", Lane.IMMEDIATE),
        ("i-2", "gemini_3_1_flash_lite_image", Lane.IMMEDIATE),
        ("i-3", "gemini_3_pro_image", Lane.IMMEDIATE),
        ("f-1", "fireworks_flux_1_schnell_fp8", Lane.IMMEDIATE),
        ("img-flux-schnell-1", "fireworks_flux_1_schnell_fp8", Lane.IMMEDIATE),
        ("f-3", "fireworks_flux_kontext_pro", Lane.IMMEDIATE),
        ("img-flux-pro-1", "fireworks_flux_kontext_pro", Lane.IMMEDIATE),
        ("f-4", "fireworks_flux_kontext_max", Lane.IMMEDIATE),
        ("img-flux-max-1", "fireworks_flux_kontext_max", Lane.IMMEDIATE),
        ("e-1", "emulator_image", Lane.BATCH),
        ("e-2", "emulator_image", Lane.IMMEDIATE),
    ],
)
def test_the_shipped_slots_are_those_of_the_design(catalog: Catalog, code: str, key: str, lane: Lane) -> None:
    """docs/design.md section 5, line by line."""
    choice = choose(catalog, command_line=code)
    assert (choice.model.key, choice.lane, choice.model.status) == (key, lane, "live")


def test_ratio_and_size_come_from_prompt_channel_or_default(catalog: Catalog) -> None:
    """Each is decided by itself, and the channel's output size is passed on."""
    preset = dataclasses.replace(CHANNEL, model_key="g-1", aspect_ratio="9:16", output_size=(1080, 1920))
    choice = choose(catalog, PROMPT._replace(image_size="2K"), preset)
    assert (choice.aspect_ratio, choice.image_size, choice.output_size) == ("9:16", "2K", (1080, 1920))
    assert (choose(catalog).aspect_ratio, choose(catalog).image_size) == ("16:9", "1K")


@pytest.mark.parametrize("code", ["img-imagen-4-fast-1", "imagen_4_fast"])
def test_a_retired_model_stops_with_its_day_and_the_slots_that_would_do(catalog: Catalog, code: str) -> None:
    """Old files learn when their model ended, what the provider recommends and what to type; nothing is redirected."""
    what, do = refused(catalog, code).split("\n  -> ")
    assert f'SLOT= on the command line: found "{code}"' in what
    assert "imagen-4.0-fast-generate-001" in what
    assert "2026-08-17" in what
    assert "the provider recommends gemini-nano-banana-2.1" in do
    assert "g-1 (gemini_nano_banana_2_1, batch), i-1 (gemini_nano_banana_2_1, immediate)" in do


def test_a_recommendation_that_was_retired_itself_is_followed_to_its_end(catalog: Catalog) -> None:
    """The provider's page for gemini-2.5-flash-image names a model that is gone as well."""
    assert "which gave way to gemini-nano-banana-2.1; name one of these slots instead: g-1" in refused(
        catalog, "gemini_2_5_flash_image"
    )


def test_every_retired_model_names_a_living_slot(catalog: Catalog) -> None:
    """Whatever an old file names, the message ends with something that works today, never a placeholder model."""
    retired = [model for model in catalog.models.values() if model.status == "retired"]
    assert {"imagen-4.0-fast-generate-001", "gemini-2.5-flash-image"} < {model.name for model in retired}
    for model in retired:
        do = refused(catalog, model.key).split("\n  -> ")[1]
        assert f"({model.key.partition('_')[0]}_" in do or "(gemini_" in do
        assert "emulator" not in do


@pytest.mark.parametrize(
    ("slot", "says"),
    [
        ("g1", "did you mean g-1?"),
        ("gemini-nano-banana-2.1", "neither a slot nor a model key"),
    ],
)
def test_what_cannot_be_used_here_stops_with_what_can(catalog: Catalog, slot: str, says: str) -> None:
    """A wrong code is an error with the remedy; no other model is taken instead."""
    assert says in refused(catalog, slot)


@pytest.mark.parametrize(
    ("prompt", "slot", "says"),
    [
        (PROMPT._replace(image_size="2K"), "g-2", '/prompts/0/image_size: found the image size "2K", which gemini_3_1'),
        (PROMPT._replace(aspect_ratio="1:8"), "g-3", '/prompts/0/aspect_ratio: found the aspect ratio "1:8"'),
        (PROMPT._replace(references=("a",) * 15), "g-1", "/prompts/0/references: found 15 references"),
        (PROMPT._replace(prompt="山" * 801), "f-1", "/prompts/0/prompt: the text has 801 characters"),
        (PROMPT._replace(prompt="山" * 801, line=9), "f-1", "prompts.json:9: the text has 801 characters"),
    ],
)
def test_what_the_model_cannot_make_is_refused_where_it_is_asked_for(
    catalog: Catalog, prompt: Prompt, slot: str, says: str
) -> None:
    """Abilities of the model are checked before anything is sent, naming the value's place."""
    with pytest.raises(BadInput) as error:
        choose(catalog, prompt, command_line=slot)
    assert says in str(error.value)


def test_an_unknown_channel_is_named_with_the_known_ones(catalog: Catalog) -> None:
    """A mistyped CH= says which channels there are."""
    with pytest.raises(BadInput, match=r'channel "CH99" is not in .*there are: CH00, CH01'):
        catalog.preset("CH99")


def test_a_deprecated_model_warns_with_the_days_left(catalog: Catalog) -> None:
    """It still works; the warning counts down and, after the announced day, says so."""
    choice = choose(catalog, command_line="gemini_3_1_flash_image")
    assert "(10 days left); the provider recommends gemini-nano-banana-2.1" in (
        farewell(choice.model, date(2026, 10, 19)) or ""
    )
    assert "(25 days ago: it may refuse)" in (farewell(choice.model, date(2026, 11, 23)) or "")
    undated = dataclasses.replace(choice.model, ended_on=None)
    assert "its last day is not announced" in (lifecycle.farewell(undated, date(2026, 11, 23)) or "")
    assert farewell(choose(catalog).model, date(2026, 11, 23)) is None


def test_the_batch_lane_costs_half_for_every_model_that_has_it(catalog: Catalog) -> None:
    """The provider's rule holds in our table, whoever edits it."""
    for model in catalog.models.values():
        if "batch" in model.prices:
            full, half = model.prices["standard"], model.prices["batch"]
            assert (half.input * 2, half.text_output * 2, half.image_output * 2) == pytest.approx(
                (full.input, full.text_output, full.image_output)
            )


@pytest.mark.parametrize(
    ("slot", "size", "usd"),
    [
        ("g-1", "1K", 0.0168),
        ("g-1", "2K", 0.0252),
        ("g-1", "4K", 0.0567),
        ("g-2", "1K", 0.0168),
        ("g-3", "1K", 0.0672),
        ("g-3", "4K", 0.12),
        ("i-1", "1K", 0.0336),
        ("i-3", "2K", 0.1344),
        ("f-1", "1K", 0.0014),
        ("f-4", "1K", 0.08),
        ("e-1", "1K", 0.0),
    ],
)
def test_a_picture_is_estimated_at_the_published_price(catalog: Catalog, slot: str, size: str, usd: float) -> None:
    """Tokens per image x price of the lane's tier gives the provider's price per picture."""
    choice = choose(catalog, PROMPT._replace(image_size=size), command_line=slot)
    assert estimate(choice, "") == pytest.approx(usd)


class Seen(NamedTuple):
    """A reference picture of that size."""

    size: tuple[int, int] | None


@pytest.mark.parametrize(
    ("size", "tokens"), [((1024, 1024), 1024), ((128, 192), 24), ((1, 33), 2), ((4000, 4000), 1536), (None, 1536)]
)
def test_a_reference_counts_by_its_size(catalog: Catalog, size: tuple[int, int] | None, tokens: int) -> None:
    """A token for each patch of 32 pixels, up to 1,536, at the price of pictures in: half of it by batch."""
    for slot, usd in (("oi-1", 8), ("o-1", 4)):
        choice = choose(catalog, command_line=slot)
        more = estimate(choice, "a", [Seen(size)]) - estimate(choice, "a")
        assert more == pytest.approx(tokens * usd / 1e6, abs=1e-9)


def test_an_estimate_counts_text_references_and_pictures(catalog: Catalog) -> None:
    """42 pictures of 100 characters with one reference each."""
    assert 42 * estimate(choose(catalog, command_line="g-1"), "あ" * 100, [Seen(None)]) == pytest.approx(
        42 * (1220 * 0.75 + 1120 * 15) / 1e6
    )


def test_cost_prices_every_kind_of_token_by_itself(catalog: Catalog) -> None:
    """Thinking is billed as text output; image tokens never at the text price."""
    model = catalog.models["gemini_nano_banana_2_1"]
    tokens = Tokens(input=1000, image=1120, text=10, thinking=500)
    assert cost(model, "batch", tokens) == pytest.approx((1000 * 0.75 + 510 * 3.75 + 1120 * 15) / 1e6)
    assert cost(model, "standard", tokens) == pytest.approx(2 * cost(model, "batch", tokens))
    assert cost(catalog.models["fireworks_flux_kontext_pro"], "standard", Tokens()) == pytest.approx(0.04)


def test_facts_the_request_depends_on(catalog: Catalog) -> None:
    """The lite model refuses requests that name a size; 2.1 thinks expensively unless told to think minimally."""
    lite, banana = catalog.models["gemini_3_1_flash_lite_image"], catalog.models["gemini_nano_banana_2_1"]
    assert (lite.sends_image_size, lite.image_sizes) == (False, ("1K",))
    assert (banana.sends_image_size, banana.thinking_level) == (True, "minimal")
    assert banana.prices["batch"] == Price(0.75, 3.75, 15)


def test_a_provider_without_a_batch_lane_says_so(catalog: Catalog) -> None:
    """Asking for limits that do not exist is an error, not a guess; the emulator needs neither address nor key."""
    assert catalog.providers["gemini"].batch.max_requests_per_job == 200
    assert catalog.providers["emulator"].key_env == catalog.providers["emulator"].base_url == ""
    with pytest.raises(BadInput, match="provider fireworks has no batch lane"):
        _ = catalog.providers["fireworks"].batch


@pytest.mark.parametrize(
    ("today", "says"),
    [
        ("2026-11-30", "will be shut down by the provider on 2026-12-01"),
        ("2026-12-01", "was shut down by the provider"),
    ],
)
def test_a_model_is_not_called_gone_before_its_day(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch, today: str, says: str
) -> None:
    """Nothing is begun with it in its last days, and what is said of it is true on the day on which it is said."""
    monkeypatch.setattr(clock, "today", lambda: date.fromisoformat(today))
    with pytest.raises(BadInput, match=says):
        choose(catalog, command_line="openai_gpt_image_1_5")


def test_models_are_known_while_slots_and_channels_are_broken(tmp_path: Path, catalog: Catalog) -> None:
    """What was paid for can still be brought home then; a broken models config stops that too."""
    (tmp_path / "configs").mkdir()
    models = tmp_path / "configs" / "image_models.yaml"
    models.write_bytes((ROOT / "configs" / "image_models.yaml").read_bytes())
    (tmp_path / "configs" / "image_model_slots.yaml").write_text("slots: [")
    found = models_only(Paths(tmp_path))
    assert found.providers == catalog.providers and found.models == catalog.models
    models.write_text("models: [")
    with pytest.raises(BadInput, match=r"image_models\.yaml"):
        models_only(Paths(tmp_path))
