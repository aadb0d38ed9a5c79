"""Nothing is made in another way than asked for: each refusal names the place and what would do, and sends nothing."""

import json
from collections.abc import Callable

import pytest

from tests.support.studio import Studio, story

CASES: dict[str, tuple[Callable[[Studio], None], list[str], int, list[str]]] = {}


def case(name: str, *words: str, expect: int, says: list[str]) -> Callable[[Callable[[Studio], None]], None]:
    def register(prepare: Callable[[Studio], None]) -> None:
        CASES[name] = (prepare, list(words), expect, says)

    return register


def prompt(studio: Studio, **more: object) -> None:
    studio.write("workspaces/video/runs/CH01-001/prompts.json", {"prompts": [{"id": "0001", "prompt": "桜"} | more]})


@case("no key", expect=1, says=["GEMINI_API_KEY is not set", "export GEMINI_API_KEY"])
def no_key(studio: Studio) -> None:
    studio.env["GEMINI_API_KEY"] = ""


@case("no Fireworks key", "SLOT=f-1", expect=1, says=["FIREWORKS_API_KEY is not set", "export FIREWORKS_API_KEY"])
def no_fireworks_key(studio: Studio) -> None:
    studio.env["FIREWORKS_API_KEY"] = ""


@case(
    "retired, by an old slot in a preset",
    expect=3,
    says=["channel_presets.json", '"img-imagen-4-fast-1"', "2026-08-17", "gemini-nano-banana-2.1", "i-1"],
)
def retired_slot(studio: Studio) -> None:
    studio.presets("img-imagen-4-fast-1")


@case(
    "retired, by model key in a prompt",
    expect=3,
    says=["prompts.json:", '"gemini_2_5_flash_image"', "2026-10-02", "g-1"],
)
def retired_key(studio: Studio) -> None:
    prompt(studio, slot="gemini_2_5_flash_image")


@case("unknown slot on the command line", "SLOT=g-7", expect=3, says=["SLOT=", '"g-7"', "did you mean", "g-1"])
def unknown_slot(studio: Studio) -> None:
    pass


@case("unknown slot in a preset", expect=3, says=["channel_presets.json:", '"flux"', "there are g-1, g-2, g-3, i-1"])
def unknown_in_preset(studio: Studio) -> None:
    studio.presets("flux")


@case("misspelt key in a preset", expect=3, says=["channel_presets.json:", '"modelkey"', 'did you mean "model_key"?'])
def misspelt_in_preset(studio: Studio) -> None:
    channel = {"name": "試験", "image_generation": {"modelkey": "g-3"}}
    studio.write("configs/channel_presets.json", {"channels": {"CH01": channel}})


@case("lane not supported", expect=3, says=["image_model_slots.yaml", "batch", "travels only on: immediate"])
def wrong_lane(studio: Studio) -> None:
    path = studio.folder / "configs" / "image_model_slots.yaml"
    text = path.read_text()
    wanted = "f-1: { model_key: fireworks_flux_1_schnell_fp8, lane: "
    assert f"{wanted}immediate" in text
    path.write_text(text.replace(f"{wanted}immediate", f"{wanted}batch"))


@case("size not supported", "SLOT=g-2", expect=3, says=["prompts.json:", '"4K"', "gemini_3_1_flash_lite_image", "1K"])
def wrong_size(studio: Studio) -> None:
    prompt(studio, image_size="4K")


@case("ratio not supported", "SLOT=f-1", expect=3, says=["channel_presets.json:", '"8:1"', "flux_1_schnell", "16:9"])
def wrong_ratio(studio: Studio) -> None:
    studio.presets(aspect_ratio="8:1")


@case(
    "reference pictures not supported",
    "SLOT=f-1",
    expect=3,
    says=["prompts.json:", "references", "takes none", "name another model"],
)
def references(studio: Studio) -> None:
    prompt(studio, references=["references/monk.png"])


@case("a reference picture that is not there", expect=3, says=["prompts.json:6 at /prompts/0/references", '"a/b.png"'])
def no_reference(studio: Studio) -> None:
    prompt(studio, references=["a/b.png"])


@case("a channel's reference that is not there", expect=3, says=["channel_presets.json:", "references/0", '"x.png"'])
def no_shared_reference(studio: Studio) -> None:
    studio.presets(references=["x.png"])


@case("no prompts", expect=3, says=["CH01-001/prompts.json: holds no prompts", "one entry each"])
def no_prompts(studio: Studio) -> None:
    studio.write("workspaces/video/runs/CH01-001/prompts.json", {"prompts": []})


@case("no rows", expect=3, says=["CH01-001/prompts.csv: holds no prompts", "one entry each"])
def no_rows(studio: Studio) -> None:
    (studio.run() / "prompts.json").rename(studio.run() / "prompts.csv")
    (studio.run() / "prompts.csv").write_text("id,prompt\n")


@case("prompt too long", "SLOT=f-1", expect=3, says=["prompts.json:", "801 characters", "800", "shorten it"])
def too_long(studio: Studio) -> None:
    prompt(studio, prompt="長" * 801)


@case("unknown channel", expect=3, says=["channel_presets.json", '"CH01"', "CH09"])
def unknown_channel(studio: Studio) -> None:
    studio.write("configs/channel_presets.json", {"channels": {"CH09": {"name": "x"}}})


@case("past the budget", "BUDGET=0.001", expect=1, says=["BUDGET=0.001", "LIMIT="])
def too_dear(studio: Studio) -> None:
    pass


@case(
    "a manifest of a newer version",
    expect=1,
    says=[
        "CH01-001/_gemini_batch/manifest.json: was written by a newer Kamishibai (version 2)",
        "update this Kamishibai",
    ],
)
def newer_manifest(studio: Studio) -> None:
    studio.write("workspaces/video/runs/CH01-001/_gemini_batch/manifest.json", {"version": 2, "all": "is different"})


@case(
    "takes of a newer version",
    expect=3,
    says=["CH01-001/takes.json: was written by a newer Kamishibai (version 2)", "update this"],
)
def newer_takes(studio: Studio) -> None:
    studio.write("workspaces/video/runs/CH01-001/takes.json", {"version": 2, "all": "is different"})


@pytest.mark.parametrize("name", CASES)
def test_every_refusal(studio: Studio, name: str) -> None:
    """Nothing is billed or created, and the message names the file, the value and what would do."""
    prepare, words, expect, says = CASES[name]
    studio.prompts(story(1))
    prepare(studio)
    said = studio.visual(*words, expect=expect)
    assert [each for each in says if each not in said] == [], said
    assert "Traceback" not in said
    assert studio.emulator
    ledger = studio.emulator.ledger()
    assert ledger["requests"].keys() <= {"list"}
    assert (ledger["jobs_created"], ledger["requests_billed"]) == (0, 0)
    assert not (studio.run() / "images").exists() or not studio.images()


def test_a_manifest_of_a_newer_version_stops_its_own_run_only(studio: Studio) -> None:
    """What another run has on record in a later format counts for the caps, and stops nobody else."""
    studio.prompts(story(1))
    studio.visual()
    path = studio.run() / "_gemini_batch" / "manifest.json"
    path.write_text(path.read_text().replace('"version": 1', '"version": 9', 1))
    studio.prompts({"0001": "峠の茶屋"}, run="CH01-002")
    studio.visual("RUN=002")
    assert studio.billed == 2


def test_the_key_is_looked_for_before_anything_is_announced(studio: Studio) -> None:
    """Without a key nobody reads "3 pictures, about …" first, as if something had been sent."""
    studio.prompts(story(3))
    said = studio.visual(expect=1, GEMINI_API_KEY="")
    assert "GEMINI_API_KEY is not set" in said and "about $" not in said


def test_a_model_key_in_a_preset_takes_its_default_lane(studio: Studio) -> None:
    """A preset that names a model instead of a slot goes to batch for Gemini, to immediate for FLUX."""
    for key, lane in (("gemini_nano_banana_2_1", "batch"), ("fireworks_flux_1_schnell_fp8", "immediate")):
        studio.presets(key)
        studio.prompts(story(1))
        studio.visual("RETRY=changed")
        assert [(row["model_key"], row["lane"]) for row in studio.usage()][-1] == (key, lane)


def test_no_fallback_is_offered_by_any_setting(studio: Studio) -> None:
    """`allow_fallback` and its like in a preset have no effect: a model that fails is not replaced."""
    studio.presets(allow_fallback=True, fallback_models=["fireworks_flux_1_schnell_fp8"])
    assert studio.emulator
    studio.emulator.fault("refuse", value=404, on="create")
    studio.prompts(story(2))
    studio.visual(expect=1)
    models = {row["model"] for row in studio.emulator.ledger()["billed"]}
    assert models == set()
    manifest = json.loads((studio.run() / "_gemini_batch" / "manifest.json").read_text())
    assert {each["model_key"] for each in manifest["submissions"]} == {"gemini_nano_banana_2_1"}
