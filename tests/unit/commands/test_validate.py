"""`doit validate`: one file against the other, everything at once, offline."""

import json
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tasks.catalog.catalog import load_catalog
from tasks.commands import validate
from tasks.project.paths import Paths
from tasks.project.settings import Settings
from tasks.text.errors import BadInput

ROOT = Path(__file__).resolve().parents[3]
TODAY = date(2026, 11, 23)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    """An empty project with the shipped configs, seen from its own folder."""
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    monkeypatch.chdir(tmp_path)
    return Paths(tmp_path)


def add_run(project: Paths, name: str, *prompts: Any, **top: Any) -> Path:
    """A run folder whose prompts.json holds those entries, one a line."""
    folder = project.runs / name
    folder.mkdir(parents=True)
    head = "".join(f"{json.dumps(key)}: {json.dumps(value)},\n" for key, value in top.items())
    entries = ",\n".join(json.dumps(prompt) for prompt in prompts)
    (folder / "prompts.json").write_text(f'{{{head}"prompts": [\n{entries}\n]}}\n')
    return folder


def edit(path: Path, old: str, new: str) -> int:
    """Replace the first `old`; returns its line."""
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    return text[: text.index(old)].count("\n") + 1


def said(project: Paths) -> list[str]:
    return [str(problem) for problem in validate.problems(project, TODAY)]


def test_the_shipped_configs_and_runs_are_right() -> None:
    """The project validates as it comes."""
    assert validate.problems(Paths(ROOT), TODAY) == []


def test_a_right_project_has_no_problems(project: Paths) -> None:
    """References that exist, skipped prompts and tables are fine."""
    folder = add_run(project, "CH01-1", {"id": "1", "prompt": "a", "references": ["references/a.png"]})
    (folder / "references").mkdir()
    (folder / "references" / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    add_run(project, "CH00-1", {"id": "1", "prompt": "a", "slot": "imagen_4", "skip": True})
    (project.runs / "CH01-2").mkdir()
    (project.runs / "CH01-2" / "prompts.tsv").write_text("prompt\na\n")
    (project.runs / ".DS_Store").write_text("")
    (project.runs / ".git").mkdir()
    assert said(project) == []


def test_files_without_prompts_are_no_right_files(project: Paths) -> None:
    """An episode whose file has no entry would silently have no pictures: it is named, and so are thumbnails' files."""
    add_run(project, "CH01-1")
    (project.thumbnails / "CH01").mkdir(parents=True)
    (project.thumbnails / "CH01" / "prompts.csv").write_text("episode,thumbnail_prompt\n")
    project.templates.write_text('{"channels": {}}')
    files = ("workspaces/thumbnails/CH01/prompts.csv", "workspaces/video/runs/CH01-1/prompts.json")
    assert [text.partition("\n")[0] for text in said(project)] == [f"{file}: holds no prompts" for file in files]


def test_a_wrong_store_is_named(project: Paths) -> None:
    """The optional file that names a shared store is looked at where it lies: a misspelt key would share nothing."""
    project.shared.write_text("url: s3://bucket/prefix\n")
    assert said(project) == []
    project.shared.write_text("uri: s3://bucket/prefix\n")
    assert said(project) and all(text.startswith("configs/store.yaml") for text in said(project))


def test_problems_of_all_files_come_at_once_each_with_file_and_line(project: Paths) -> None:
    """Budget, runs and prompts are all looked at, whatever the first problem was."""
    line = edit(project.budget, "month: 200\n", "month: 200\nchannels: {CH77: {day: 1}}\n") + 1
    add_run(
        project, "CH01-1", {"id": "1", "prompt": "a", "slot": "g-9"}, {"id": "2", "prompt": "a", "image_size": "512"}
    )
    add_run(
        project, "CH01-2", {"id": "1", "prompt": "a", "references": ["references/none.png"]}, {"id": "1", "prompt": " "}
    )
    add_run(project, "CH01-3", {"id": "1", "prompt": "a", "references": ["references/none.png"]})
    add_run(project, "CH55-1", {"id": "1", "prompt": "a"})
    found = [text.split(": ")[0] for text in said(project)]
    assert found == [
        f"configs/budget.yaml:{line} at /channels/CH77",
        "workspaces/video/runs/CH01-1/prompts.json:2 at /prompts/0/slot",
        "workspaces/video/runs/CH01-1/prompts.json:3 at /prompts/1/image_size",
        "workspaces/video/runs/CH01-2/prompts.json:3 at /prompts/1/prompt",
        "workspaces/video/runs/CH01-2/prompts.json:3 at /prompts/1/id",
        "workspaces/video/runs/CH01-3/prompts.json:2 at /prompts/0/references",
        "workspaces/video/runs/CH55-1",
    ]


@pytest.mark.parametrize(
    "name",
    [
        *("CH01", "ch01-1", "CH01-", "-1", "CH01-1 copy", "CH01-..", "CH01-" + "1" * 99, "紙-1"),
        *("CH01-001 のコピー", "CH01-001 2", "CH01-001 (conflicted copy)", "CH01-001 - コピー", "CH01-thumbnails"),
    ],
)
def test_folders_that_cannot_be_runs_are_named(project: Paths, name: str) -> None:
    """A folder that no command would ever find is a warning, readable and with its path, not silence."""
    add_run(project, name, {"id": "1", "prompt": "a"})
    (problem,) = validate.problems(project, TODAY)
    assert problem.warning
    expected = f"runs/{name}: is not the name of a run, expected <channel>-<number> like CH01-251; it is passed over"
    assert expected in problem.what


def test_a_folder_with_the_only_records_of_a_run_is_to_get_its_name_back(project: Paths) -> None:
    """Renamed by hand, it may hold jobs that are paid for: the warning says whose they are."""
    folder = add_run(project, "CH01-001 old", {"id": "1", "prompt": "a"})
    (folder / "_gemini_batch").mkdir()
    record = {"version": 1, "run": "CH01-001", "complete": True, "submissions": []}
    (folder / "_gemini_batch" / "manifest.json").write_text(json.dumps(record))
    (text,) = said(project)
    assert "it holds the records of CH01-001, which is not there: give it that name back" in text
    add_run(project, "CH01-001", {"id": "1", "prompt": "a"})
    assert "rename the folder if it is a run" in said(project)[0]


@pytest.mark.parametrize("folder", ["video/runs/CH01-001", "thumbnails/CH01"])
def test_a_folder_without_prompts_names_what_may_be_meant(project: Paths, folder: str) -> None:
    """prompts.ods is not read; that it lies there is said, of a run as of thumbnails, and turns no check red."""
    (project.workspaces / folder).mkdir(parents=True)
    (project.workspaces / folder / "prompts.ods").write_bytes(b"PK")
    (problem,) = validate.problems(project, TODAY)
    assert problem.warning and 'has no prompts.json, .csv, .tsv, .xlsx or .txt (there is "prompts.ods")' in problem.what
    assert "remove" not in problem.do


def test_a_channel_that_is_wrong_leaves_the_others_right(project: Paths) -> None:
    """Its entry is named once, and its runs are not, however many; every other preset can be used."""
    text = json.loads(project.presets.read_text("utf-8"))
    text["channels"]["CH01"]["image_generation"]["aspect_ratio"] = "17:9"
    project.presets.write_text(json.dumps(text, ensure_ascii=False), "utf-8")
    for number in range(3):
        add_run(project, f"CH01-{number}", {"id": "1", "prompt": "a"})
    (problem,) = validate.problems(project, TODAY)
    assert "/channels/CH01/image_generation/aspect_ratio" in problem.pointer
    catalog = load_catalog(project)
    assert set(catalog.broken) == {"CH01"} and "CH01" not in catalog.presets and catalog.presets
    with pytest.raises(BadInput, match="17:9"):
        catalog.preset("CH01")


def test_a_retired_model_of_a_channel_is_told_at_the_preset(project: Paths) -> None:
    """Once for the channel, at its line, with day and successor; not once for every prompt of every run."""
    line = edit(project.presets, '"model_key": "g-1"', '"model_key": "img-imagen-4-fast-1"')
    add_run(project, "CH01-1", {"id": "1", "prompt": "a"}, {"id": "2", "prompt": "b"})
    (text,) = said(project)
    place = f"configs/channel_presets.json:{line} at /channels/CH01/image_generation/model_key"
    assert text.startswith(f'{place}: found "img-imagen-4-fast-1": ')
    assert "2026-08-17" in text
    assert "g-1 (" in text


def test_a_deprecated_model_is_a_warning(project: Paths) -> None:
    """Warnings are told apart from errors, so that they do not turn a check red."""
    line = edit(project.presets, '"model_key": "g-1"', '"model_key": "gemini_3_1_flash_image"')
    (problem,) = validate.problems(project, TODAY)
    assert problem.warning
    assert problem.line == line
    assert "deprecated" in problem.message


def test_a_channel_may_name_an_immediate_slot(project: Paths) -> None:
    """Both lanes are right; which of them a command sends by is the command's business."""
    edit(project.presets, '"model_key": "g-1"', '"model_key": "i-1"')
    add_run(project, "CH01-1", {"id": "1", "prompt": "a"}, {"id": "2", "prompt": "b", "slot": "f-1"})
    assert said(project) == []


def test_the_command_prints_warnings_and_stops_at_errors(project: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    """Warnings leave the exit status alone; errors end with exit status 3 and all of them in the message."""
    edit(project.presets, '"model_key": "g-1"', '"model_key": "gemini_3_1_flash_image"')
    add_run(project, "CH00-1", {"id": "1", "prompt": "a"})
    validate.run(project, Settings())
    assert [line[:8] for line in capsys.readouterr().out.splitlines()] == [
        "warning:",
        "  -> nam",
        "5 config",
        "models, ",
        "sources ",
        "  2026-1",
        "  no day",
    ]
    add_run(project, "CH00-2", {"id": "1", "prompt": "a", "slot": "x"}, {"id": "2", "prompt": "a", "slot": "y"})
    with pytest.raises(BadInput) as error:
        validate.run(project, Settings())
    assert error.value.exit_code == 3
    assert "/prompts/0/slot" in str(error.value)
    assert "/prompts/1/slot" in str(error.value)


def test_days_on_which_sources_differ_are_listed(project: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    """Both days with both sources, for the model at its provider; a source that agrees says nothing new."""
    edit(
        project.models,
        "    announced:\n",
        "    announced:\n      - {day: 2026-10-29, source: agrees}\n      - {day: 2026-12-24, source: another page}\n",
    )
    edit(
        project.models,
        "    ended_on: 2026-06-25\n",
        "    ended_on: 2026-06-25\n    announced: [{day: 2026-06-25, source: agrees}]\n",
    )
    validate.run(project, Settings())
    assert capsys.readouterr().out.splitlines()[-4:] == [
        "sources differ on the last day of gemini_3_1_flash_image (gemini-3.1-flash-image) at gemini; the first counts"
        " here:",
        "  2026-10-29: ai.google.dev/gemini-api/docs/changelog (2026-10-06)",
        "  2026-12-24: another page",
        "  no day announced: a copy of ai.google.dev of 2026-10-08",
    ]


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("{day: 24.12.2026, source: x}", "/announced/0/day"),
        ("{day: 2026-12-24}", 'the key "source" is missing'),
    ],
)
def test_what_a_source_says_has_a_day_and_a_source(project: Paths, entry: str, says: str) -> None:
    """Anything else is named with its place."""
    edit(project.models, "    announced:\n", f"    announced:\n      - {entry}\n")
    (found,) = said(project)
    assert says in found and "configs/image_models.yaml:" in found


def test_an_empty_run_folder_is_a_warning(project: Paths) -> None:
    """Somebody may still be writing the prompts."""
    (project.runs / "CH01-1").mkdir(parents=True)
    (problem,) = validate.problems(project, TODAY)
    assert problem.warning


def test_a_reference_through_a_link_out_of_the_run_is_refused(project: Paths) -> None:
    """A symbolic link must not carry other files of this machine into a request."""
    folder = add_run(project, "CH01-1", {"id": "1", "prompt": "a", "references": ["a.png"]})
    (folder / "a.png").symlink_to("/etc/hostname")
    assert "leads out of the run's folder" in said(project)[0]


def test_broken_configs_do_not_hide_broken_prompts(project: Paths) -> None:
    """Prompts files are checked by their schema even when the models cannot be read."""
    edit(project.models, "version: 1", "version: 2")
    add_run(project, "CH01-1", {"id": 1, "prompt": "a"})
    found = said(project)
    assert "configs/image_models.yaml:8 at /version: found 2, expected 1" in found[0]
    assert "/prompts/0/id: found 1, expected text" in found[1]


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("models", "slot: g-1,", "slot: g-0,", '/task_defaults/visual_image_gen/slot: found "g-0", which is neither'),
        ("models", "provider: gemini\n", "provider: gemni\n", '/provider: found "gemni", no such provider'),
        (
            "models",
            "default_lane: immediate",
            "default_lane: batch",
            '/default_lane: found "batch", expected one of imm',
        ),
        ("models", "      batch: { input: 0.75", "      #", 'the tier "batch" is missing, lane batch is sold at it'),
        ("models", "1K: 1120, 2K: 1680, 4K: 3780", "1K: 1120", '"tokens_per_image" says nothing about 2K, 4K'),
        ("models", "image_output: 30 }", "}", "either input, text_output and image_output"),
        ("models", "    ended_on: 2026-10-02\n", "", 'the key "ended_on" is missing'),
        ("models", "sends_image_size: false", "sends_image_size: no", 'found "no", expected true or false'),
        ("slots", "model_key: gemini_3_pro_image,", "model_key: gemini_4,", 'found "gemini_4", which is not in'),
        (
            "slots",
            "fireworks_flux_kontext_max, lane: immediate",
            "fireworks_flux_kontext_max, lane: batch",
            "travels only on",
        ),
        ("slots", "img-flux-max-1", "img-flux-pro-1", 'the code or alias "img-flux-pro-1" stands for two slots'),
    ],
)
def test_configs_that_contradict_each_other_are_refused(
    project: Paths, file: str, old: str, new: str, says: str
) -> None:
    """What a schema cannot see is checked too, before anything is priced or sent."""
    edit(getattr(project, file), old, new)
    assert any(
        says in text and f"configs/image_model{'s' if file == 'models' else '_slots'}.yaml:" in text
        for text in said(project)
    )
    with pytest.raises(BadInput):
        load_catalog(project)


def test_right_files_are_read_without_heavy_imports() -> None:
    """Reading valid configs and prompts loads neither jsonschema nor the provider's client nor anything for pages."""
    code = (
        "import sys; from pathlib import Path\n"
        "from tasks.commands import validate; from tasks.project.paths import Paths\n"
        "heavy = {'google.genai', 'jsonschema', 'PIL', 'jinja2', 'rich', 'urllib3'}\n"
        "assert not {'yaml', *heavy} & sys.modules.keys()\n"
        "assert not validate.problems(Paths(Path.cwd()))\n"
        "assert not heavy & sys.modules.keys(), heavy & sys.modules.keys()\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_files_that_doit_keeps_are_checked_too(project: Paths) -> None:
    """Takes, verdicts and comparisons that somebody damaged are named, each with its line; right ones are silent."""
    folder = add_run(project, "CH01-1", {"id": "1", "prompt": "a"})
    take = {"number": 1, "slot": None, "digest": "a" * 64, "instead_of": None, "ordered_at": None, "shown_at": None}
    takes = {"version": 1, "takes": {"1": {"picked": 1, "ordered": [take]}}}
    (folder / "takes.json").write_text(json.dumps(takes))
    (folder / "review.json").write_text('{"version": 1, "verdicts": {}}')
    assert said(project) == []
    (folder / "takes.json").write_text(json.dumps(takes, indent=1).replace('"picked": 1', '"picked": 3'))
    (folder / "review.json").write_text('{"version": 1,\n"verdicts": {"1": {"verdict": "MAYBE"}}}')
    comparison = project.workspaces / "compare" / "duel"
    comparison.mkdir(parents=True)
    (comparison / "compare.json").write_text('{"version": 1')
    found = "\n".join(said(project))
    assert "takes.json:5 at /takes/1/picked: found 3, which is not among the takes in ordered: 1" in found
    assert '/verdicts/1/verdict: found "MAYBE"' in found and "duel/compare.json" in found


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("modelkey", "model_key"),
        ("modelKey", "model_key"),
        ("MODEL-KEY", "model_key"),
        ("model_kye", "model_key"),
        ("model", "model_key"),
        ("model_name", "model_key"),
        ("slot", "model_key"),
        ("imageModelKey", "model_key"),
        ("aspectRatio", "aspect_ratio"),
        ("image-size", "image_size"),
        ("outputsize", "output_size"),
        ("negative_promt", "negative_prompt"),
        ("reference", "references"),
    ],
)
def test_a_misspelt_key_of_ours_is_refused(project: Paths, key: str, meant: str) -> None:
    """Ignored, it would let the default decide without a word: file, line and the key that is meant are named."""
    project.presets.write_text(f'{{"channels": {{"CH01": {{"image_generation": {{\n"{key}": "g-1"}}}}}}}}')
    (problem,) = (each for each in validate.problems(project, TODAY) if each.path == project.presets)
    assert (problem.warning, problem.line) == (False, 2)
    with pytest.raises(BadInput, match="did you mean"):
        load_catalog(project).preset("CH01")
    assert problem.message == f'found the key "{key}", which nobody reads: did you mean "{meant}"?'


@pytest.mark.parametrize(
    "key",
    [
        "x-modelkey",
        "_model_key",
        "$model_key",
        "notes",
        "layout",
        "モデル",
        "model",
        "modelKey",
        "slot",
        "size",
        "thumb",
    ],
)
def test_keys_of_other_programs_are_left_alone(project: Paths, key: str) -> None:
    """What is far from our keys, stands beside ours, or is put aside on purpose, is kept and ignored as before."""
    edit(project.presets, '"model_key": "g-1"', f'"model_key": "g-1", "{key}": "g-3"')
    assert said(project) == []


@pytest.mark.parametrize(("key", "code"), [("imageGeneration", 1), ("image_generatoin", 1), ("video_generation", 0)])
def test_a_misspelt_block_of_ours_is_refused(project: Paths, key: str, code: int) -> None:
    """A channel without image_generation that has something very like it would take the default's model."""
    edit(project.presets, '"image_generation"', f'"{key}"')
    found = said(project)
    assert len(found) == code and all('did you mean "image_generation"?' in each for each in found)


@pytest.mark.parametrize("key", ["allow_fallback", "provider_order", "autoswitch"])
def test_a_wish_for_another_model_is_a_warning(project: Paths, key: str) -> None:
    """There is no fallback: a key that seems to ask for one is named, and stops nothing."""
    edit(project.presets, '"model_key": "g-1"', f'"model_key": "g-1", "{key}": true')
    (problem,) = validate.problems(project, TODAY)
    assert problem.warning and "model_key decides alone" in problem.message
