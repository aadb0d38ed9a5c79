"""Finished stays finished: what a channel changes buys no picture again unasked, what a person says of one does."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.studio import Studio, story

PRESETS = "configs/channel_presets.json"
OWN = ("own_sha256", "own_values")


def preset(studio: Studio, **more: Any) -> None:
    """The channel's preset with `more` keys beside image_generation."""
    data = json.loads((studio.folder / PRESETS).read_text())
    data["channels"]["CH01"].update(more)
    studio.write(PRESETS, data)


def planned(studio: Studio, *words: str) -> dict[str, Any]:
    return dict(json.loads(studio.ask("plan", "CH=CH01", *words, "FORMAT=json"))["total"])


def as_before(studio: Studio) -> None:
    """Results and manifest as a version wrote them that knew nothing of what a row itself says."""
    path = studio.run() / "results.jsonl"
    lines = [{name: value for name, value in line.items() if name not in OWN} for line in studio.results()]
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
    manifest = studio.manifest()
    for submission in manifest["submissions"]:
        for item in submission["requests"]:
            for name in OWN:
                item.pop(name, None)
    studio.write("workspaces/video/runs/CH01-001/_gemini_batch/manifest.json", manifest)


@pytest.fixture
def finished(studio: Studio) -> Studio:
    """Twelve pictures, all there."""
    studio.prompts(story(12))
    studio.visual()
    assert studio.billed == 12
    return studio


def another_default(studio: Studio) -> None:
    local = studio.folder / "configs" / "image_models.local.yaml"
    local.write_text("task_defaults: {visual_image_gen: {slot: g-2}}\n")


def no_slot(studio: Studio) -> None:
    data = json.loads((studio.folder / PRESETS).read_text())
    del data["channels"]["CH01"]["image_generation"]["model_key"]
    studio.write(PRESETS, data)


CHANGES: dict[str, Callable[[Studio], None]] = {
    "the model": lambda studio: studio.presets("g-2"),
    "a suffix": lambda studio: preset(studio, prompt_suffix="切り絵風"),
    "a style": lambda studio: preset(studio, style="水墨画"),
    "a ratio": lambda studio: studio.presets(aspect_ratio="1:1"),
    "what must not be there": lambda studio: studio.presets(negative_prompt="文字"),
}


@pytest.mark.parametrize("old", [False, True], ids=["new lines", "lines of an older version"])
@pytest.mark.parametrize("change", CHANGES)
def test_a_change_for_the_channel_is_counted_and_priced_and_buys_nothing(
    finished: Studio, change: str, old: bool
) -> None:
    """visual, plan, status and the quick look say the same; exit 0, no request; rolled back it is as it was."""
    if old:
        as_before(finished)
    pictures = finished.images()
    CHANGES[change](finished)
    said = finished.visual()
    assert "12 of 12 pictures, 12 changed, about $" in said
    assert "with RETRY=changed" in said
    total = planned(finished)
    assert (total["missing"], total["changed"]) == (0, 12)
    assert total["changed_usd"] > 0
    assert planned(finished, "RETRY=changed")["missing"] == 12
    again = finished.visual()
    assert f"12 changed, about ${total['changed_usd']:.2f} with RETRY=changed" in again
    assert "12 changed" in finished.ask("status")
    seen = json.loads(finished.ask("status", "FORMAT=json"))
    assert seen["runs"]["to_do"] == []
    assert seen["changed"] == {"pictures": 12, "about_usd": total["changed_usd"]}
    finished.presets("g-1")
    assert "with RETRY=changed" not in finished.visual()
    assert "with RETRY=changed" not in finished.visual()
    assert (finished.billed, finished.jobs_created) == (12, 1)
    assert finished.images() == pictures


def test_the_catalogs_default_is_a_change_for_the_channel_too(studio: Studio) -> None:
    """Nobody said anything of these pictures."""
    no_slot(studio)
    studio.prompts(story(2))
    studio.visual()
    another_default(studio)
    assert "2 changed, about $" in studio.visual()
    assert studio.billed == 2


def test_the_word_buys_them_and_nothing_comes_twice(finished: Studio) -> None:
    """RETRY=changed makes them; afterwards nothing is changed, and both models' pictures come back for nothing."""
    first = finished.images()
    finished.presets("g-2")
    assert "the run has pictures from gemini-nano-banana-2.1 too" in finished.visual("RETRY=changed")
    second = finished.images()
    assert finished.billed == 24
    assert "with RETRY=changed" not in finished.visual()
    finished.presets("g-1")
    finished.visual()
    assert finished.images() == first != second
    finished.presets("g-2")
    finished.visual()
    assert finished.images() == second
    assert finished.billed == 24


def test_the_look_without_anything_to_do_says_it_without_reading_again(finished: Studio) -> None:
    """Changed pictures leave nothing to do: the second command writes nothing."""
    finished.presets("g-2")
    finished.visual()
    finished.visual()
    before = finished.snapshot()
    assert "all 12 pictures are there; nothing was sent; 12 changed, about $" in finished.visual()
    assert finished.snapshot() == before


@pytest.mark.parametrize("old", [False, True], ids=["new lines", "lines of an older version"])
def test_what_a_person_says_of_a_picture_is_bought_as_ever(finished: Studio, old: bool) -> None:
    """Its text, its size, its slot, in the row or on the command line, also while the channel was changed."""
    if old:
        as_before(finished)
    texts = story(12)
    finished.prompts(texts | {"0003": "まったく別の絵"})
    finished.visual()
    assert finished.billed == 13
    path = finished.prompts(texts | {"0003": "まったく別の絵"})
    data = json.loads(path.read_text())
    data["prompts"][4] |= {"slot": "g-3"}
    path.write_text(json.dumps(data, ensure_ascii=False))
    finished.visual()
    assert finished.billed == 14
    assert finished.results()[-1]["model_key"] == "gemini_3_pro_image"
    finished.visual("SLOT=g-2")
    assert finished.billed == 26
    assert finished.visual()
    assert finished.billed == 26


def test_an_edit_is_bought_beside_a_change_of_the_channel(finished: Studio) -> None:
    """The row's part is told apart from the channel's: one is sent, eleven stay."""
    preset(finished, prompt_suffix="切り絵風")
    finished.prompts(story(12) | {"0003": "まったく別の絵"})
    assert planned(finished)["missing"] == 1
    said = finished.visual()
    assert "12 of 12 pictures, 11 changed" in said
    assert finished.billed == 13


def test_a_fifth_of_a_run_rewritten_at_once_is_asked_about(finished: Studio) -> None:
    """A program that rewrote the rows buys nothing by itself: one sentence says so and how; up to a fifth it does."""
    texts = story(12)
    finished.prompts(texts | {f"{number:04d}": f"書き直し{number}" for number in (1, 2, 3)})
    said = finished.visual()
    assert "3 pictures were asked for in another way when made, by their rows or SLOT=" in said
    assert "doit visual CH=CH01 RUN=001 RETRY=changed" in said
    assert "12 of 12 pictures, 3 changed, about $" in said
    [row] = json.loads(finished.ask("plan", "CH=CH01", "FORMAT=json"))["rows"]
    assert (row["missing"], row["changed"], row["rewritten"]) == (0, 3, 3)
    assert finished.billed == 12
    finished.visual("RETRY=changed")
    assert finished.billed == 15
    finished.prompts(texts | {f"{number:04d}": f"また書き直し{number}" for number in (1, 2)})
    finished.visual()
    assert finished.billed == 17


def test_a_small_run_rewritten_is_bought(studio: Studio) -> None:
    """Below ten pictures a person's edits are no flood."""
    studio.prompts(story(3))
    studio.visual()
    studio.prompts(story(3, "別"))
    studio.visual()
    assert studio.billed == 6


def test_a_retake_of_a_changed_picture_is_bought(finished: Studio) -> None:
    """A person asks for this very picture; the others stay changed."""
    finished.presets("g-2")
    finished.visual()
    finished.ask("retake", "CH=CH01", "RUN=001", "IDS=3")
    assert finished.billed == 13
    assert "11 changed" in finished.visual()
    preset(finished, style="水墨画")
    assert "12 changed" in finished.visual()
    assert finished.billed == 13


def test_what_was_asked_for_once_is_gone_on_with(finished: Studio) -> None:
    """RETRY=changed failed for one: by then it is a picture that did not come, and is sent again as any other."""
    assert finished.emulator
    finished.presets("g-2")
    finished.emulator.fault("no_image", match="0004")
    finished.visual("RETRY=changed", expect=1)
    finished.emulator.clear_faults()
    billed = finished.billed
    said = finished.visual()
    assert "12 of 12 pictures" in said
    assert "with RETRY=changed" not in said
    assert finished.billed == billed + 1
    finished.presets("g-1")
    finished.visual()
    assert finished.billed == billed + 1


def test_a_failure_of_long_ago_asks_for_nothing(studio: Studio) -> None:
    """A model that failed a picture before another one made it: switched to again, it is a changed picture."""
    assert studio.emulator
    studio.prompts(story(2))
    studio.emulator.fault("no_image", match="0002")
    studio.visual("SLOT=g-2", expect=1)
    studio.emulator.clear_faults()
    assert "with RETRY=changed" not in studio.visual()
    billed = studio.billed
    studio.presets("g-2")
    assert "2 of 2 pictures, 1 changed" in studio.visual()
    assert studio.billed == billed


def test_placeholders_of_the_emulator_are_never_finished(studio: Studio) -> None:
    """A dry run on e-1, then the real thing: everything is bought."""
    studio.prompts(story(2))
    studio.visual("SLOT=e-1")
    assert planned(studio)["missing"] == 2
    studio.visual()
    assert {line["provider"] for line in studio.results()[-2:]} == {"gemini"}


def test_without_slot_the_preset_makes_few_pictures_again_and_asks_before_a_whole_run(studio: Studio) -> None:
    """SLOT= was for one command: a picture tried with it goes back to the preset's, twelve are asked about."""
    studio.prompts(story(12))
    studio.visual("SLOT=i-3", "LIMIT=1")
    studio.visual()
    assert studio.billed == 13
    assert {line["slot"] for line in studio.results()[-12:]} == {"g-1"}
    studio.visual("SLOT=i-2")
    assert studio.billed == 25
    assert "with RETRY=changed" not in studio.visual()
    preset(studio, style="水墨画")
    studio.visual("SLOT=i-2")
    assert studio.billed == 37
    assert "12 pictures were asked for in another way" in studio.visual()
    assert studio.billed == 37


def test_the_template_of_thumbnails_is_the_channels_and_a_title_the_rows(studio: Studio) -> None:
    """Another wording, another variable: changed. Another title in the row: bought, whatever else its table holds."""

    def template(text: str) -> None:
        one = {"id": "main", "prompt_template": text}
        studio.write("workspaces/thumbnails/templates.json", {"channels": {"CH01": {"templates": [one]}}})

    def rows(**second: str) -> None:
        row = {"thumbnail_prompt": "鬼の面", "title": "峠の鬼", "sub": "下", "views": "3"}
        prompts = [{"episode": "001", **row}, {"episode": "002", **row, **second}]
        studio.write("workspaces/thumbnails/CH01/prompts.json", {"prompts": prompts})

    template("{{thumbnail_prompt}} {{title}}")
    rows()
    studio.ask("thumbnails", "CH=CH01")
    assert studio.billed == 2
    template("油絵 {{thumbnail_prompt}} {{title}} {{sub}}")
    rows(views="400")
    assert "2 changed, about $" in studio.ask("thumbnails", "CH=CH01")
    assert "2 changed, about $" in studio.ask("thumbnails")
    assert studio.billed == 2
    rows(title="谷の鬼")
    assert "1 changed" in studio.ask("thumbnails", "CH=CH01")
    assert studio.billed == 3
    studio.ask("thumbnails", "CH=CH01", "RETRY=changed")
    assert studio.billed == 4


def test_a_variable_of_the_row_is_the_rows_and_one_of_the_channel_the_channels(studio: Studio) -> None:
    """{{hero}} from the row is a person's word; from the preset's variables it is the channel's."""
    preset(studio, variables={"place": "峠"})
    path = studio.run() / "prompts.json"
    entries = [{"id": f"{n:04d}", "prompt": "{{hero}}と{{place}}", "x-hero": f"鬼{n}"} for n in range(1, 4)]
    studio.write(str(path.relative_to(studio.folder)), {"prompts": entries})
    studio.visual()
    preset(studio, variables={"place": "谷"})
    assert "3 changed" in studio.visual()
    entries[1]["x-hero"] = "天狗"
    studio.write(str(path.relative_to(studio.folder)), {"prompts": entries})
    assert "2 changed" in studio.visual()
    assert studio.billed == 4
