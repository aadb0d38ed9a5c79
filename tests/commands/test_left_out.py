"""What is bad stops itself only: folders that are no runs, runs and channels that cannot be read; counted in money."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.studio import Studio, story

COPIES = [
    *("CH01-001 のコピー", "CH01-001 2", "ch01-002", "CH01-001 (conflicted copy)", "CH01-001 - コピー (2)"),
    *("QCレポート", "CH01", "CH01-QC_report_20260120", ".Trash"),
]


def events(studio: Studio) -> list[dict[str, str]]:
    path = studio.folder / "workspaces" / "inbox" / "events.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def two(studio: Studio) -> None:
    studio.prompts({"0001": "峠の茶屋"}, "CH01-001")
    studio.prompts({"0001": "月夜の舟"}, "CH01-002")


def spoil(studio: Studio, text: str = "{", run: str = "CH01-001", name: str = "prompts.json") -> Path:
    path = studio.run(run) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def channel(studio: Studio, code: str, **entry: object) -> None:
    path = studio.folder / "configs" / "channel_presets.json"
    data = json.loads(path.read_text())
    block = data["channels"][code]["image_generation"]
    if "imagesize" in entry:
        del block["image_size"]
    block |= entry
    path.write_text(json.dumps(data))


@pytest.fixture
def littered(studio: Studio) -> Studio:
    """A finished run among everything that people and their programs leave beside it."""
    studio.prompts(story(1))
    studio.visual()
    for name in COPIES:
        shutil.copytree(studio.run(), studio.run(name)) if "001" in name else studio.run(name).mkdir()
    (studio.run().parent / "CH01-009.zip").write_bytes(b"PK")
    (studio.run("CH01-QC_report_20260120") / "report.txt").write_text("x")
    return studio


def test_a_folder_that_is_no_run_is_named_once_and_passed_over(littered: Studio) -> None:
    """validate warns of each, readable and with its path, exit 0; all else goes on as if it were not there."""
    said = littered.ask("validate")
    for name in COPIES:
        times = said.count(f"runs/{name}: ")
        assert times == (0 if name.startswith(".") else 1), f"{name}: {times}\n{said}"
    assert "\\u" not in said and "remove" not in said
    commands = (
        "visual CH=CH01",
        "visual CH=ALL",
        "plan CH=ALL",
        "status",
        "collect",
        "gallery CH=CH01",
        "report",
        "inbox",
    )
    for words in commands:
        said = littered.ask(*words.split())
        assert "コピー" not in said and "\\u" not in said, said
    assert littered.billed == 1


def test_what_a_copy_holds_is_counted_once(littered: Studio) -> None:
    """Neither its costs nor its open jobs are those of a second run."""
    report = json.loads(littered.ask("report", "FORMAT=json"))
    assert report["total"]["requests"] == 1
    assert json.loads(littered.ask("status", "FORMAT=json"))["runs"]["total"] == 1


BAD_RUNS: dict[str, Callable[[Studio], object]] = {
    "cut prompts": lambda studio: spoil(studio),
    "two prompts files": lambda studio: spoil(studio, "prompt\na\n", name="prompts.csv"),
    "an id twice": lambda studio: spoil(
        studio, '{"prompts": [{"id": "1", "prompt": "a"}, {"id": "1", "prompt": "b"}]}'
    ),
    "no such slot": lambda studio: spoil(studio, '{"slot": "g-99", "prompts": [{"id": "1", "prompt": "a"}]}'),
    "no reference": lambda studio: spoil(
        studio, '{"prompts": [{"id": "1", "prompt": "a", "references": ["none.png"]}]}'
    ),
    "cut takes": lambda studio: spoil(studio, name="takes.json"),
    "cut results": lambda studio: spoil(studio, '{"key"\n', name="results.jsonl"),
    "a manifest that is a copy's": lambda studio: spoil(
        studio,
        json.dumps({"version": 1, "run": "CH01-777", "complete": False, "submissions": []}),
        name="_gemini_batch/manifest.json",
    ),
    "a pointer of Git LFS": lambda studio: spoil(studio, "version https://git-lfs.github.com/spec/v1\noid sha256:0\n"),
}


@pytest.mark.parametrize("bad", BAD_RUNS)
def test_a_run_that_cannot_be_read_stops_itself_only(studio: Studio, bad: str) -> None:
    """The other run is made, exit 1 and not 3, one event; the second command says it again and buys nothing."""
    two(studio)
    BAD_RUNS[bad](studio)
    for _ in range(2):
        said = studio.visual(expect=1)
        assert "CH01-001" in said and "\n  -> " in said and "rm " not in said
        assert (studio.billed, list(studio.images("CH01-002"))) == (1, ["0001.png"])
        assert [event["subject"] for event in events(studio)] == ["CH01-001"]
    assert "\\u" not in (studio.folder / "workspaces" / "inbox" / "pm_inbox.md").read_text()
    studio.ask("status")
    studio.ask("plan", "CH=CH01", expect=1)
    studio.ask("collect", expect=0 if studio.doit("collect").returncode == 0 else 1)


def test_a_finished_run_whose_prompts_break_is_said_by_every_command(studio: Studio) -> None:
    """What doit remembers of the last command does not make a broken file pass for a finished one."""
    two(studio)
    studio.visual()
    path = studio.run() / "prompts.json"
    right = path.read_text()
    path.write_text("{")
    for _ in range(3):
        assert "left out, the others go on" in studio.visual(expect=1)
    path.write_text(right)
    studio.visual()
    assert "nothing was sent" in studio.visual()
    assert studio.billed == 2


def test_nothing_left_is_exit_3_and_nothing_sent(studio: Studio) -> None:
    """When everything that was selected is bad, every place is said with its path, and it is a mistake in the input."""
    two(studio)
    first, second = spoil(studio), spoil(studio, "[", run="CH01-002")
    said = studio.visual(expect=3)
    assert all(str(path.relative_to(studio.folder)) in said for path in (first, second))
    assert "CH01-001" in studio.visual("RUN=001", expect=3)
    assert (studio.billed, events(studio)) == (0, [])


CONFIGS = ["image_models.yaml", "image_model_slots.yaml", "channel_presets.json", "budget.yaml"]


@pytest.mark.parametrize("config", CONFIGS)
def test_a_config_that_concerns_all_stops_all(studio: Studio, config: str) -> None:
    """Models, slots, caps: nobody can be sure of anything then."""
    two(studio)
    (studio.folder / "configs" / config).write_text("{")
    assert config in studio.visual(expect=3)
    assert studio.billed == 0


BAD_ENTRIES = [{"aspect_ratio": "17:9"}, {"imagesize": "1K"}, {"references": 7}, {"model_key": "g-99"}]


@pytest.mark.parametrize("entry", BAD_ENTRIES)
def test_a_channel_that_cannot_be_read_stops_itself_only(studio: Studio, entry: dict[str, object]) -> None:
    """Its own runs are left out, told in one event; those of the other channel are made, and not disturbed at all."""
    two(studio)
    for run in ("CH02-001", "CH02-002"):
        studio.prompts({"0001": f"別の絵 {run}"}, run)
    channel(studio, "CH02", **entry)
    studio.visual()
    assert studio.billed == 2
    said = studio.ask("visual", "CH=ALL", expect=1)
    assert "CH02-001 and 1 more: left out, the others go on: " in said and "channel_presets.json" in said
    assert len(events(studio)) == 1
    studio.ask("visual", "CH=CH02", expect=3)
    studio.ask("validate", expect=3)
    assert studio.billed == 2


def test_a_broken_review_draws_no_gallery_and_loses_no_picture(studio: Studio) -> None:
    """The pictures are bought and kept, the other gallery is drawn, exit 1 and not 3, until it is mended."""
    two(studio)
    path = spoil(studio, name="review.json")
    for _ in range(2):
        assert "its gallery was not drawn anew" in studio.visual(expect=1)
        assert (studio.run("CH01-002") / "gallery.html").is_file() and studio.billed == 2
    assert len(events(studio)) == 1
    assert "gallery was not drawn" in studio.ask("gallery", "CH=CH01", expect=1)
    path.unlink()
    studio.visual()
    assert (studio.run() / "gallery.html").is_file() and studio.billed == 2


@pytest.mark.parametrize("stage", ["request", "submit", "fetch", "usage"])
def test_a_stage_alone_says_what_it_left_out(studio: Studio, stage: str) -> None:
    """Each stage goes on with what can be read, and ends with exit 1 and the reason."""
    two(studio)
    spoil(studio)
    for _ in range(2):
        assert "left out, the others go on" in studio.ask(stage, "CH=CH01", expect=1)
    assert studio.billed == (0 if stage == "request" else 1 if stage != "submit" else studio.billed)
    assert (studio.run("CH01-002") / "batch_request.jsonl").is_file()


def test_the_plan_goes_on_without_what_cannot_be_read(studio: Studio) -> None:
    """Rows of the others, then what is left out; for programs too. Exit 1, or 3 when there is nothing to show."""
    two(studio)
    path = spoil(studio)
    said = studio.ask("plan", "CH=CH01", expect=1)
    assert "CH01-002" in said and str(path.relative_to(studio.folder)) in said
    done = studio.doit("plan", "CH=CH01", "FORMAT=json")
    (left,) = json.loads(done.stdout)["left_out"]
    assert (left["run"], done.returncode) == ("CH01-001", 1)
    spoil(studio, run="CH01-002")
    studio.ask("plan", "CH=CH01", expect=3)
    assert studio.billed == 0


def test_thumbnails_of_one_channel_stop_themselves_only(studio: Studio) -> None:
    """A broken file of subjects, and a broken entry of templates.json: the other channel's thumbnails are made."""
    template = {"id": "main", "image_model_key": "i-1", "prompt_template": "{{thumbnail_prompt}}"}
    channels = {code: {"templates": [template]} for code in ("CH01", "CH02")}
    studio.write("workspaces/thumbnails/templates.json", {"channels": channels})
    for code in ("CH01", "CH02"):
        subjects = {"prompts": [{"episode": "001", "thumbnail_prompt": f"月夜 {code}"}]}
        studio.write(f"workspaces/thumbnails/{code}/prompts.json", subjects)
    shutil.copytree(studio.folder / "workspaces/thumbnails/CH01", studio.folder / "workspaces/thumbnails/CH01 のコピー")
    path = studio.folder / "workspaces" / "thumbnails" / "CH02" / "prompts.json"
    right = path.read_text()
    path.write_text("{")
    assert "CH02-thumbnails" in studio.ask("thumbnails", expect=1)
    assert "CH02-thumbnails: left out" in studio.ask("thumbnails", "CH=ALL", expect=1)
    assert (studio.billed, len(events(studio))) == (1, 1)
    path.write_text(right)
    channels["CH02"] = {"templates": [template | {"prompt_template": " "}]}
    studio.write("workspaces/thumbnails/templates.json", {"channels": channels})
    studio.ask("thumbnails", "CH=CH01")
    assert "CH02-thumbnails: left out" in studio.ask("thumbnails", "CH=ALL", expect=1)
    studio.ask("thumbnails", "CH=CH02", expect=3)
    assert "CH01 のコピー" in studio.ask("validate", expect=3)
    assert studio.billed == 1


def test_a_comparison_goes_on_without_a_broken_slot(studio: Studio) -> None:
    """What one slot has on record is broken: the other slot is made, and the command needs a person."""
    studio.prompts(story(1))
    spoil_slot = studio.folder / "workspaces" / "compare" / "duel" / "i-1"
    spoil_slot.mkdir(parents=True)
    (spoil_slot / "results.jsonl").write_text("{\n")
    studio.ask("compare", "NAME=duel", "SLOTS=g-1,i-1", "CH=CH01", "RUN=001", expect=1)
    assert studio.billed == 1


def test_advice_for_a_copy_is_to_move_its_records_aside(studio: Studio) -> None:
    """Nothing that may be the only record of what was paid for is ever to be removed."""
    studio.prompts(story(1))
    studio.visual()
    shutil.copytree(studio.run(), studio.run("CH01-002"))
    said = studio.visual(expect=1)
    assert "is a copy: its manifest is that of" in said and "move " in said and " aside" in said
    assert "rm " not in said and "remove" not in said
    assert studio.billed == 1
