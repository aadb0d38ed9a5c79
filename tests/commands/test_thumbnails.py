"""`doit thumbnails`: templates filled from planning sheets become pictures, by the same stages as `doit visual`."""

import csv
import hashlib
import json
import signal
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.studio import Studio

BOLD = {"id": "bold", "name": "太字", "prompt_template": "{{thumbnail_prompt}}\\n大きな題: {{title}}"}
CALM = {"id": "calm", "name": "静か", "prompt_template": "{{thumbnail_prompt}}、余白", "image_model_key": "i-1"}


def templates(studio: Studio, *channels: str, **more: Any) -> None:
    """templates.json with both templates for each channel; bold is the default."""
    one = {"templates": [BOLD, CALM], "default_template_id": "bold"} | more
    studio.write("workspaces/thumbnails/templates.json", {"channels": dict.fromkeys(channels or ("CH01",), one)})


def subjects(studio: Studio, *episodes: int, channel: str = "CH01", **templates: str) -> None:
    """prompts.json with those episodes; templates: e251="calm"."""
    rows = [
        {"episode": each, "thumbnail_prompt": f"雪の峠、{channel}の{each}", "title": f"第{each}話"}
        | ({"template_id": templates[f"e{each}"]} if f"e{each}" in templates else {})
        for each in episodes
    ]
    studio.write(f"workspaces/thumbnails/{channel}/prompts.json", {"prompts": rows})


def make(studio: Studio, *words: str, expect: int = 0, **env: str) -> str:
    done = studio.doit("thumbnails", *words, **env)
    said = done.stdout + done.stderr
    assert done.returncode == expect, f"exit {done.returncode}, expected {expect}:\n{said}"
    assert "Traceback" not in said, said
    return said


def folder(studio: Studio, channel: str = "CH01") -> Path:
    return studio.folder / "workspaces" / "thumbnails" / channel


def pictures(studio: Studio) -> dict[str, str]:
    """sha256 of every thumbnail by its path under assets/."""
    assets = studio.folder / "workspaces" / "thumbnails" / "assets"
    found = sorted(path for path in assets.glob("*/*/*.png") if "_" not in path.parent.name)
    return {path.relative_to(assets).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def results(studio: Studio, channel: str = "CH01") -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder(studio, channel) / "results.jsonl").read_bytes().splitlines()]


def usage(studio: Studio, channel: str = "CH01") -> list[dict[str, str]]:
    with (folder(studio, channel) / "usage.csv").open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def bodies(studio: Studio) -> list[str]:
    """The texts that batch_request.jsonl asks for."""
    lines = (folder(studio) / "batch_request.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line)["request"]["contents"][0]["parts"][0]["text"] for line in lines]


def test_rows_become_thumbnails(studio: Studio) -> None:
    """Each row is one picture in its episode's folder, with results, usage and a gallery beside the subjects."""
    templates(studio)
    subjects(studio, 251, 252)
    said = make(studio, "CH=CH01")
    assert "CH01-thumbnails: 2 pictures, g-1 = gemini_nano_banana_2_1" in said
    assert list(pictures(studio)) == ["CH01/251/bold.png", "CH01/252/bold.png"]
    assert [line["image"] for line in results(studio)] == ["../assets/CH01/251/bold.png", "../assets/CH01/252/bold.png"]
    rows = usage(studio)
    assert {(row["run"], row["task"]) for row in rows} == {("CH01-thumbnails", "thumbnail_image_gen")}
    assert [row["prompt_id"] for row in rows] == ["251-bold", "252-bold"]
    assert (studio.jobs_created, studio.billed) == (1, 2)
    page = (folder(studio) / "gallery.html").read_text("utf-8")
    assert "../assets/CH01/251/bold.png" in page and "251-bold" in page and "太字" in page
    assert studio.leftovers() == []


def test_a_template_is_all_of_the_text_but_the_channels_negative_prompt(studio: Studio) -> None:
    """Names are filled, a written-out \\n breaks the line, the negative is the template's or the channel's."""
    studio.presets(negative_prompt="文字")
    bare = {"id": "bare", "prompt_template": "{{thumbnail_prompt}}", "negative_prompt": ""}
    studio.write(
        "workspaces/thumbnails/templates.json",
        {"channels": {"CH01": {"templates": [BOLD, bare], "default_template_id": "bold"}}},
    )
    subjects(studio, 251, 252, e252="bare")
    assert studio.doit("thumbnails:request", "CH=CH01").returncode == 0
    assert bodies(studio) == ["雪の峠、CH01の251\n大きな題: 第251話\nDo not include: 文字", "雪の峠、CH01の252"]


def test_again_sends_nothing_and_writes_nothing(studio: Studio) -> None:
    """With every thumbnail there, the provider is not asked and no file is touched."""
    assert studio.emulator
    templates(studio, "CH01", "CH02")
    for channel in ("CH01", "CH02"):
        subjects(studio, 1, 2, channel=channel)
    make(studio, "CH=ALL")
    before, asked = studio.snapshot(), studio.emulator.ledger()["http_total"]
    assert "2 channels' thumbnails: all 4 pictures are there; nothing was sent" in make(studio, "CH=ALL")
    assert "2 channels' thumbnails: all 4 pictures are there; nothing was sent" in make(studio)
    assert studio.snapshot() == before
    assert studio.emulator.ledger()["http_total"] == asked


def test_without_a_channel_nothing_is_sent(studio: Studio) -> None:
    """What would be sent, for how much, and the commands for it; exit 1, nothing written, nobody asked."""
    assert studio.emulator
    templates(studio, "CH01", "CH02")
    subjects(studio, 1, 2)
    subjects(studio, 1, channel="CH02")
    make(studio, "CH=CH02")
    subjects(studio, 1, 2, 3, channel="CH02")
    before, asked = studio.snapshot(), studio.emulator.ledger()["http_total"]
    said = make(studio, expect=1)
    assert "4 pictures would be sent, about $0.067" in said
    assert "doit thumbnails CH=ALL" in said and "doit thumbnails CH=CH01 (CH=CH01, CH=CH02)" in said
    said = make(studio, "SLOT=i-1", "BUDGET=0.5", "LIMIT=1", expect=1)
    assert "doit thumbnails CH=CH01 SLOT=i-1 LIMIT=1 BUDGET=0.5" in said
    assert (studio.snapshot(), studio.emulator.ledger()["http_total"]) == (before, asked)


def test_without_a_channel_what_is_on_its_way_is_no_trouble(studio: Studio) -> None:
    """With everything sent, the plan says so and ends with exit 0; a deleted picture is a reason to go on."""
    assert studio.emulator
    templates(studio)
    subjects(studio, 1)
    studio.emulator.job_seconds(60)
    make(studio, "CH=CH01", "WAIT=0")
    assert "nothing would be sent" in make(studio)
    studio.emulator.advance(61)
    make(studio, "CH=CH01")
    (studio.folder / "workspaces/thumbnails/assets/CH01/1/bold.png").unlink()
    assert "-> doit thumbnails CH=CH01" in make(studio, expect=1)


def test_an_episode_that_there_is_not(studio: Studio) -> None:
    """RUN=777 names the file that was looked at and what it has, also when all of it is made; nothing is sent."""
    templates(studio)
    subjects(studio, 1, 2)
    for _ in range(2):
        said = make(studio, "CH=CH01", "RUN=777", expect=3)
        assert "no episode 777 in" in said and "CH01/prompts.json" in said and "RUN=, for example 1, 2" in said
        make(studio, "CH=CH01")
    assert studio.billed == 2


def test_models_per_template_and_lanes_mix(studio: Studio) -> None:
    """One template waits for a job while the other is made at once, in one command."""
    templates(studio)
    subjects(studio, 251, 252, 253, e252="calm", e253="calm")
    make(studio, "CH=ALL")
    assert list(pictures(studio)) == ["CH01/251/bold.png", "CH01/252/calm.png", "CH01/253/calm.png"]
    assert sorted((row["prompt_id"], row["slot"], row["lane"]) for row in usage(studio)) == [
        ("251-bold", "g-1", "batch"),
        ("252-calm", "i-1", "immediate"),
        ("253-calm", "i-1", "immediate"),
    ]
    assert (studio.jobs_created, studio.billed) == (1, 3)


def test_an_episode_narrows_what_is_sent(studio: Studio) -> None:
    """RUN=252 buys that one; what another command sent before is collected all the same; the rest comes later."""
    assert studio.emulator
    templates(studio)
    subjects(studio, 251)
    studio.emulator.job_seconds(60)
    make(studio, "CH=CH01", "WAIT=0")
    subjects(studio, 251, 252, 253)
    studio.emulator.advance(60)
    studio.emulator.job_seconds(0)
    said = make(studio, "CH=CH01", "RUN=252")
    assert "1 not sent yet" in said
    assert list(pictures(studio)) == ["CH01/251/bold.png", "CH01/252/bold.png"]
    assert (studio.jobs_created, studio.billed) == (2, 2)
    make(studio, "CH=CH01")
    assert (len(pictures(studio)), studio.jobs_created, studio.billed) == (3, 3, 3)


def test_twenty_two_channels_at_once(studio: Studio) -> None:
    """One command with CH=ALL makes the thumbnails of every channel, each in its own job, each paid once."""
    names = [f"CH{number:02}" for number in range(1, 23)]
    one = {"image_generation": {"model_key": "g-1"}}
    studio.write("configs/channel_presets.json", {"channels": dict.fromkeys(names, one)})
    budget = studio.folder / "configs" / "budget.yaml"
    budget.write_text(yaml.safe_dump({k: v for k, v in yaml.safe_load(budget.read_text()).items() if k != "channels"}))
    templates(studio, *names)
    for name in names:
        subjects(studio, 1, 2, channel=name, e2="calm")
    make(studio, "CH=ALL")
    assert len(pictures(studio)) == 44
    assert (studio.jobs_created, studio.billed) == (22, 44)
    assert {row["run"] for name in names for row in usage(studio, name)} == {f"{name}-thumbnails" for name in names}


def test_one_channel_is_enough(studio: Studio) -> None:
    """CH=CH02 leaves CH01 alone, and needs no run of that channel."""
    templates(studio, "CH01", "CH02")
    for channel in ("CH01", "CH02"):
        subjects(studio, 1, channel=channel)
    make(studio, "CH=CH02")
    assert list(pictures(studio)) == ["CH02/1/bold.png"]
    assert not (folder(studio, "CH01") / "batch_request.jsonl").exists()


def test_a_planning_sheet(studio: Studio) -> None:
    """A CSV with dozens of Japanese columns works once its columns are named in the preset."""
    columns = [f"列{number}" for number in range(40)] + ["話数", "サムネ案", "型", "題名"]
    studio.write(
        "configs/channel_presets.json",
        {
            "channels": {
                "CH01": {
                    "image_generation": {"model_key": "g-1"},
                    "thumbnails": {"episode_column": "話数", "prompt_column": "サムネ案", "template_column": "型"},
                }
            }
        },
    )
    sheet = {"id": "sheet", "prompt_template": "{{thumbnail_prompt}}、題「{{題名}}」"}
    studio.write("workspaces/thumbnails/templates.json", {"channels": {"CH01": {"templates": [sheet]}}})
    folder(studio).mkdir(parents=True, exist_ok=True)
    with (folder(studio) / "prompts.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(columns)
        writer.writerow([*["空"] * 40, "251", "雪の峠", "", "峠の僧"])
        writer.writerow([*["空"] * 40, "252", "赤い鳥居", "sheet", "鳥居"])
    studio_bodies = studio.doit("thumbnails:request", "CH=CH01")
    assert studio_bodies.returncode == 0, studio_bodies.stderr
    assert bodies(studio) == ["雪の峠、題「峠の僧」", "赤い鳥居、題「鳥居」"]
    make(studio, "CH=ALL")
    assert list(pictures(studio)) == ["CH01/251/sheet.png", "CH01/252/sheet.png"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"title": ""}, "template bold of CH01 wants {{title}}, which CH01/prompts.json episode 251 does not say"),
        ({"template_id": "loud"}, 'CH01/prompts.json episode 251 wants the template "loud", CH01 has: bold, calm'),
    ],
)
def test_a_row_that_cannot_be_filled_stops_everything(studio: Studio, row: dict[str, str], said: str) -> None:
    """Nothing is sent, and the message names template and row."""
    templates(studio)
    entry = {"episode": 251, "thumbnail_prompt": "雪", "title": "題"}
    good = entry | {"episode": 250}
    studio.write("workspaces/thumbnails/CH01/prompts.json", {"prompts": [good, entry | row]})
    assert said in make(studio, expect=3)
    assert studio.billed == 0


def test_two_rows_for_one_picture_are_a_mistake(studio: Studio) -> None:
    """A row that names the default template and one that means it would be the same file."""
    templates(studio)
    rows = [{"episode": 1, "thumbnail_prompt": "雪", "title": "題"}]
    studio.write("workspaces/thumbnails/CH01/prompts.json", {"prompts": [*rows, rows[0] | {"template_id": "bold"}]})
    assert "more than once" in make(studio, expect=3)


@pytest.mark.parametrize("words", [(), ("CH=CH07",)])
def test_nothing_to_make_is_said(studio: Studio, words: tuple[str, ...]) -> None:
    """Without subjects the command ends with what is missing and where."""
    assert "no subjects of thumbnails" in make(studio, *words, expect=3)


def test_a_bad_answer_is_a_row_with_its_reason(studio: Studio) -> None:
    """A refused thumbnail is told, held back, and released by RETRY=, as with any picture."""
    assert studio.emulator
    templates(studio)
    subjects(studio, 251, 252)
    studio.emulator.fault("safety", match="252-bold", times=1)
    said = make(studio, "CH=CH01", expect=1)
    assert "252-bold" in said and "doit thumbnails CH=CH01" in said
    make(studio, "CH=CH01", expect=1)
    assert studio.billed == 2
    make(studio, "CH=CH01", "RETRY=refused")
    assert (len(pictures(studio)), studio.billed) == (2, 3)


@pytest.mark.parametrize("point", ["after-create", "mid-picture", "images-before", "before-results", "before-usage"])
def test_killed_and_run_again(studio: Studio, point: str) -> None:
    """Killed at any moment, the next command ends with every thumbnail for one price."""
    templates(studio)
    subjects(studio, 251, 252, 253)
    done = studio.doit("thumbnails", "CH=ALL", KAMISHIBAI_KILL_AT=point)
    assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr
    make(studio, "CH=ALL")
    assert len(pictures(studio)) == 3
    assert (studio.jobs_created, studio.billed) == (1, 3)
    assert studio.leftovers() == []


@pytest.mark.parametrize("point", ["sending", "kept", "before-settle"])
def test_killed_on_the_immediate_lane(studio: Studio, point: str) -> None:
    """What was durable is not bought again."""
    templates(studio, default_template_id="calm")
    studio.limits(immediate={"max_concurrent": 1})
    subjects(studio, 251, 252)
    done = studio.doit("thumbnails", "CH=ALL", KAMISHIBAI_KILL_AT=point)
    assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr
    make(studio, "CH=ALL")
    assert (len(pictures(studio)), studio.billed) == (2, 2)


def test_a_template_switched_and_switched_back(studio: Studio) -> None:
    """The first pictures return from the store, byte for byte; nothing is bought twice and nothing deleted."""
    subjects(studio, 251, 252)
    seen = []
    for slot in ("f-1", "g-1", "f-1", "g-1"):
        studio.write(
            "workspaces/thumbnails/templates.json",
            {"channels": {"CH01": {"templates": [BOLD | {"image_model_key": slot}]}}},
        )
        make(studio, "CH=ALL", "RETRY=changed")
        seen.append(pictures(studio))
    assert seen[0] == seen[2] and seen[1] == seen[3] and seen[0] != seen[1]
    assert studio.billed == 4
    assert sum(row["cost_basis"] == "reused" for row in usage(studio)) == 4
    assert len([path for path in (studio.folder / "workspaces/.store").glob("??/*") if path.suffix != ".json"]) == 4


def test_a_deleted_thumbnail_comes_back(studio: Studio) -> None:
    """A picture deleted by accident is noticed and restored for nothing."""
    templates(studio)
    subjects(studio, 251)
    make(studio, "CH=ALL")
    before = pictures(studio)
    (studio.folder / "workspaces/thumbnails/assets/CH01/251/bold.png").unlink()
    make(studio, "CH=ALL")
    assert (pictures(studio), studio.billed) == (before, 1)


def test_a_picture_put_there_by_hand_is_kept(studio: Studio) -> None:
    """A person's picture makes room for a new one without being lost."""
    templates(studio)
    subjects(studio, 251)
    make(studio, "CH=ALL")
    image = studio.folder / "workspaces/thumbnails/assets/CH01/251/bold.png"
    mine = image.with_name("other.png")
    subjects(studio, 252)
    make(studio, "CH=ALL")
    mine.write_bytes((studio.folder / "workspaces/thumbnails/assets/CH01/252/bold.png").read_bytes() + b"touched")
    mine.replace(image)
    templates(studio, templates=[BOLD | {"prompt_template": "別の{{thumbnail_prompt}}"}])
    subjects(studio, 251, 252)
    make(studio, "CH=ALL", "RETRY=changed")
    kept = list((studio.folder / "workspaces/thumbnails/assets/CH01/_kept").glob("251-bold.*.png"))
    assert len(kept) == 1 and kept[0].read_bytes().endswith(b"touched")


def test_the_overview_of_doit_review_finds_the_small_pictures(studio: Studio) -> None:
    """The page over everything shows a channel's thumbnails."""
    from tasks.project.paths import Paths
    from tasks.views.pages.channel_index import overview

    templates(studio)
    subjects(studio, 251)
    make(studio, "CH=ALL")
    assert "thumbnails/assets/CH01/_thumbs/251/bold." in overview(Paths(studio.folder)).decode()


def test_collect_brings_thumbnails_to_their_place(studio: Studio) -> None:
    """Sent and left alone, doit collect puts them under assets/, with usage and gallery; nothing is left to do."""
    assert studio.emulator
    templates(studio)
    subjects(studio, 251, 252)
    studio.emulator.job_seconds(60)
    make(studio, "CH=CH01", "WAIT=0")
    studio.emulator.advance(61)
    studio.ask("collect")
    assert list(pictures(studio)) == ["CH01/251/bold.png", "CH01/252/bold.png"]
    assert [row["image"] for row in usage(studio)] == ["../assets/CH01/251/bold.png", "../assets/CH01/252/bold.png"]
    assert "../assets/CH01/252/bold.png" in (folder(studio) / "gallery.html").read_text("utf-8")
    before = pictures(studio)
    assert "came from the store" not in make(studio, "CH=CH01")
    assert pictures(studio) == before and (studio.jobs_created, studio.billed) == (1, 2)


def test_collect_without_subjects_keeps_thumbnails_in_the_store(studio: Studio) -> None:
    """Subjects that went away since: exit 1 that says so, and with them back the pictures come for nothing."""
    assert studio.emulator
    templates(studio)
    subjects(studio, 251)
    studio.emulator.job_seconds(60)
    make(studio, "CH=CH01", "WAIT=0")
    prompts = (folder(studio) / "prompts.json").read_text()
    (folder(studio) / "prompts.json").unlink()
    studio.emulator.advance(61)
    assert "doit thumbnails CH=CH01" in studio.ask("collect", expect=1)
    assert pictures(studio) == {} and [line["status"] for line in results(studio)] == ["ok"]
    (folder(studio) / "prompts.json").write_text(prompts)
    assert "came from the store" in make(studio, "CH=CH01")
    assert list(pictures(studio)) == ["CH01/251/bold.png"] and (studio.jobs_created, studio.billed) == (1, 1)


def test_a_channel_of_thumbnails_alone_has_its_report(studio: Studio) -> None:
    """CH= of a channel without any run: the report counts its thumbnails instead of asking for prompts."""
    templates(studio)
    subjects(studio, 251, 252)
    make(studio, "CH=CH01")
    said = json.loads(studio.doit("report", "CH=CH01", "FORMAT=json").stdout)
    assert (said["total"]["requests"], said["total"]["kept"]) == (2, 2)
    assert json.loads(studio.doit("report", "CH=CH02", "FORMAT=json").stdout)["total"]["requests"] == 0


def test_a_thumbnail_is_made_again_and_put_back(studio: Studio) -> None:
    """IDS= orders another take of that one alone; the old picture stays, and PICK=1 puts it back for nothing."""
    templates(studio)
    subjects(studio, 251, 252)
    make(studio, "CH=CH01")
    first = pictures(studio)
    make(studio, "CH=CH01", "IDS=251-bold", "SLOT=i-1")
    second = pictures(studio)
    assert second["CH01/252/bold.png"] == first["CH01/252/bold.png"]
    assert second["CH01/251/bold.png"] != first["CH01/251/bold.png"] and studio.billed == 3
    kept = studio.folder / "workspaces" / "thumbnails" / "assets" / "CH01" / "_takes" / "251-bold" / "1.png"
    assert hashlib.sha256(kept.read_bytes()).hexdigest() == first["CH01/251/bold.png"]
    make(studio, "CH=CH01")
    assert pictures(studio) == second and studio.billed == 3
    assert "_takes/251-bold/1.png" in (folder(studio) / "gallery.html").read_text("utf-8")
    make(studio, "CH=CH01", "IDS=251-bold", "PICK=1")
    assert pictures(studio) == first and (studio.jobs_created, studio.billed) == (1, 3)


def test_thumbnails_to_make_again_are_named(studio: Studio) -> None:
    """IDS= without a channel, with RUN=, or of a thumbnail that there is not: exit 3, and nothing is sent."""
    templates(studio, "CH01", "CH02")
    subjects(studio, 251)
    subjects(studio, 251, channel="CH02")
    make(studio, "CH=ALL")
    (folder(studio, "CH02") / "prompts.json").unlink()
    for words in (["IDS=251-bold"], ["CH=CH01", "RUN=251", "IDS=251-bold"], ["CH=CH01", "PICK=1"]):
        assert "IDS=251-bold" in make(studio, *words, expect=3)
    assert "no prompt 999-bold" in make(studio, "CH=CH01", "IDS=999-bold", expect=3)
    assert studio.billed == 2


def test_status_tells_of_thumbnails(studio: Studio) -> None:
    """Subjects that were never made, and one that was added later, are something to do; RUN= leaves thumbnails out."""
    templates(studio)
    subjects(studio, 1)
    said = studio.ask("status")
    assert "1 channel's thumbnails, 0 pictures there, 0 finished, 1 with something to do" in said
    assert "doit thumbnails CH=CH01" in said and "thumbnails" not in studio.ask("status", "CH=CH01", "RUN=001")
    make(studio, "CH=CH01")
    assert "1 channel's thumbnails, 1 picture there, nothing left to do" in studio.ask("status")
    subjects(studio, 1, 2)
    assert json.loads(studio.ask("status", "FORMAT=json"))["thumbnails"]["to_do"] == ["CH01-thumbnails"]
