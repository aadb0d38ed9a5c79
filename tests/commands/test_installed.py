"""Where the tool is installed: `kamishibai init`, the demo, and an update that leaves what is one's own alone."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.installed import Installed, source, wheel


@pytest.fixture(scope="module")
def tool(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("tool")
    installed = Installed(folder)
    installed.install(wheel(folder))
    return installed


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_from_nothing_to_the_pictures_of_the_demo(tool: Installed, tmp_path: Path) -> None:
    """An empty home and an empty folder: init, one command, 14 pictures; nothing is written anywhere else."""
    assert "cd my-studio && kamishibai visual CH=CH00" in tool.ask(tmp_path, "init", "my-studio")
    said = tool.ask(tmp_path / "my-studio", "visual", "CH=CH00")
    assert "models, prices and slots: base of 20" in said
    pictures = list((tmp_path / "my-studio/workspaces/video/runs/CH00-001/images").glob("*.png"))
    assert len(pictures) == 14
    assert os.listdir(tmp_path) == ["my-studio"] and os.listdir(tool.home) == []
    assert "nothing left to do" in tool.ask(tmp_path / "my-studio", "status")
    assert tool.ask(tmp_path / "my-studio", "validate").startswith("8 configs and 1 run are right")
    done = subprocess.run(
        [tool.bin / "python", "-m", "doit", "status"], cwd=tmp_path / "my-studio", capture_output=True
    )
    assert b"nothing left to do" in done.stdout, "plain doit, too"


def test_it_works_from_a_folder_inside_and_says_where_to_go_from_outside(tool: Installed, tmp_path: Path) -> None:
    """Messages name the workspace where it is not the current folder, and commands that are on the path."""
    tool.ask(tmp_path, "init", "my-studio")
    inside = tmp_path / "my-studio" / "workspaces" / "video"
    assert f"in {tmp_path / 'my-studio'}\n" in tool.ask(inside, "status")
    said = tool.ask(tmp_path, "status", expect=3)
    assert "kamishibai init my-studio" in said
    said = tool.ask(inside, "visual", "CH=CH00", "IDS=3", expect=3)
    assert "kamishibai retake CH=CH00" in said and "doit" not in said


def test_init_never_overwrites(tool: Installed, tmp_path: Path) -> None:
    """A second init makes what is missing and keeps what is there, whatever it holds; no folder is littered unasked."""
    studio = tmp_path / "my-studio"
    tool.ask(tmp_path, "init", "my-studio")
    for path in [path for path in studio.rglob("*") if path.is_file()]:
        path.write_text("mine\n", "utf-8")
    (studio / ".gitignore").unlink()
    before = _files(studio)
    assert "1 file made, 14 kept" in tool.ask(studio, "init")
    assert {name: data for name, data in _files(studio).items() if name != ".gitignore"} == before
    assert "kamishibai init my-studio" in tool.ask(tmp_path, "init", expect=3)
    assert os.listdir(tmp_path) == ["my-studio"]


def test_a_check_brings_the_tools_own_files_up_to_date_and_no_other(tool: Installed, tmp_path: Path) -> None:
    """Schemas are the tool's; configs, prompts, dodo.py and .gitignore are named where they differ, and kept."""
    studio = tmp_path / "my-studio"
    tool.ask(tmp_path, "init", "my-studio")
    new = _files(studio)
    for name in ("schemas/prompts.schema.json", "dodo.py", "configs/budget.yaml", "configs/channel_presets.json"):
        (studio / name).write_text("old\n", "utf-8")
    (studio / ".gitignore").unlink()
    said = tool.ask(studio / "workspaces", "init", "--check")
    assert "brought up to date: schemas/prompts.schema.json" in said and "yours, kept as it is: dodo.py" in said
    assert "missing: .gitignore" in said
    found = _files(studio)
    assert found["schemas/prompts.schema.json"] == new["schemas/prompts.schema.json"]
    assert [found[name] for name in ("dodo.py", "configs/budget.yaml", "configs/channel_presets.json")] == [
        b"old\n"
    ] * 3


def test_an_update_keeps_what_is_ones_own_and_switches_nothing(tmp_path: Path) -> None:
    """Other prices, a new model with its slot, and a retired one, installed over it: the user's files are untouched."""
    tool, studio = Installed(tmp_path), tmp_path / "my-studio"
    tool.install(wheel(tmp_path))
    tool.ask(tmp_path, "init", "my-studio")
    _own(studio)
    before, planned = _files(studio), _planned(tool, studio, "CH01")
    tool.install(wheel(tmp_path / "next", _next(tmp_path / "source")))
    after = _planned(tool, studio, "CH01")
    assert (after["model_name"], after["lane"]) == (planned["model_name"], planned["lane"])
    assert after["cost_usd"] == pytest.approx(2 * planned["cost_usd"], rel=0.01), "new prices are in force"
    assert _planned(tool, studio, "CH01", "SLOT=g-7")["model_name"] == "gemini-4-image"
    gone = tool.ask(studio, "visual", "CH=CH05", expect=3)
    assert "was shut down by the provider on 2026-11-01" in gone and "g-7 (gemini_4_image, batch)" in gone
    assert {name: data for name, data in _files(studio).items() if name in before} == before
    _edit(studio / "configs" / "channel_presets.json", '"g-2"', '"g-7"')
    assert re.search(r"base of 20[0-9-]+, changed by budget.yaml", tool.ask(studio, "validate"))


def _own(studio: Path) -> None:
    """A channel of one's own on the slot that will be retired, a run for each channel, and one cap."""
    presets = json.loads((studio / "configs" / "channel_presets.json").read_text("utf-8"))
    presets["channels"]["CH05"] = {"image_generation": {"model_key": "g-2"}}
    (studio / "configs" / "channel_presets.json").write_text(json.dumps(presets, ensure_ascii=False), "utf-8")
    (studio / "configs" / "budget.yaml").write_text("caps: {day: 7}\n", "utf-8")
    for run in ("CH01-001", "CH05-001"):
        prompts = studio / "workspaces" / "video" / "runs" / run / "prompts.json"
        prompts.parent.mkdir()
        prompts.write_text('{"prompts": [{"id": "0001", "prompt": "雪の山道"}]}', "utf-8")


def _planned(tool: Installed, studio: Path, channel: str, *words: str) -> dict[str, object]:
    done = tool.run(studio, "plan", f"CH={channel}", *words, "FORMAT=json")
    assert done.returncode == 0, done.stderr
    (row,) = json.loads(done.stdout)["rows"]
    return dict(row)


def _next(folder: Path) -> Path:
    """The source of a version to come."""
    folder.mkdir()
    (folder.parent / "next").mkdir()
    source(folder)
    _edit(folder / "pyproject.toml", 'version = "0.1.0"', 'version = "0.2.0"')
    models, slots = folder / "configs" / "image_models.yaml", folder / "configs" / "image_model_slots.yaml"
    text = models.read_text("utf-8")
    made = re.search(r"  gemini_3_pro_image:\n.*?\n\n", text, re.DOTALL)
    lite = re.search(r"  gemini_3_1_flash_lite_image:\n.*?\n\n", text, re.DOTALL)
    assert made and lite
    new = made[0].replace("gemini_3_pro_image", "gemini_4_image").replace("gemini-3-pro-image", "gemini-4-image")
    retired = (
        "  gemini_3_1_flash_lite_image:\n    provider: gemini\n    name: gemini-3.1-flash-lite-image\n"
        "    label: Nano Banana 2 Lite\n    status: retired\n    ended_on: 2026-11-01\n    source: a test\n"
        "    replacement: gemini-4-image\n\n"
    )
    text = text.replace(lite[0], retired + new).replace("image_output: 15 }", "image_output: 30 }")
    models.write_text(text, "utf-8")
    _edit(slots, "slots:\n", "slots:\n  g-7: { model_key: gemini_4_image, lane: batch }\n")
    command = [sys.executable, str(folder / ".ci" / "bases.py")]
    subprocess.run(command, check=True, env={**os.environ, "PYTHONPATH": str(folder)})
    return folder


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def test_help_versions_and_completion_are_there_everywhere(tool: Installed, tmp_path: Path) -> None:
    """Also outside a workspace; plain doit in one gives the same help."""
    for words in ([], ["help"], ["--help"]):
        said = tool.ask(tmp_path, *words)
        assert "make pictures\n  visual" in said and "init" in said and "doit" not in said
    assert "kamishibai visual CH=CH01" in tool.ask(tmp_path, "help", "visual") == tool.ask(tmp_path, "visual", "--help")
    assert re.match(r"kamishibai \d+\.\d+\.\d+ \(doit \d.*, Python 3", tool.ask(tmp_path, "--version"))
    assert "did you mean kamishibai visual?" in tool.ask(tmp_path, "visaul", expect=3)
    tool.ask(tmp_path, "init", "my-studio")
    studio = tmp_path / "my-studio"
    assert tool.ask(studio, "__complete", "kamishibai visual CH=CH0").split() == ["CH=CH00", "CH=CH01"]
    done = subprocess.run([tool.bin / "python", "-m", "doit", "help"], cwd=studio, capture_output=True, text=True)
    assert done.stdout == tool.ask(studio, "help")
    elsewhere = subprocess.run(
        [tool.bin / "python", "-m", "doit", "help"], cwd=tmp_path, capture_output=True, text=True
    )
    assert elsewhere.stdout.startswith("doit -- automation tool"), "another project's doit keeps its own"


@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
def test_bash_completes_a_channel_behind_its_sign(tool: Installed, tmp_path: Path) -> None:
    """bash takes CH= and what follows for two words; only the second is put in."""
    tool.ask(tmp_path, "init", "my-studio")
    script = (
        'eval "$(kamishibai completion bash)"; COMP_LINE="kamishibai visual CH=CH01 R"; COMP_POINT=${#COMP_LINE};'
        ' _kamishibai 2>/dev/null; echo "${COMPREPLY[*]}"; COMP_LINE="kamishibai visual CH=CH00 RUN=0";'
        ' COMP_POINT=${#COMP_LINE}; _kamishibai; echo "${COMPREPLY[*]}"'
    )
    env = {"PATH": f"{tool.bin}{os.pathsep}{os.environ['PATH']}", "HOME": str(tool.home)}
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path / "my-studio", env=env, capture_output=True, text=True)
    assert done.stdout.split("\n")[:2] == ["RUN= RETRY=", "001"], done.stderr


def test_a_key_in_the_workspaces_env_file_is_used(tool: Installed, tmp_path: Path) -> None:
    """What the shell exports wins; a file that others may read is warned about."""
    tool.ask(tmp_path, "init", "my-studio")
    studio = tmp_path / "my-studio"
    _own(studio)
    assert "GEMINI_API_KEY is not set" in tool.ask(studio, "visual", "CH=CH01", expect=1)
    (studio / ".env").write_text("GEMINI_API_KEY=key-of-the-file\nGOOGLE_GEMINI_BASE_URL=http://127.0.0.1:9\n")
    (studio / ".env").chmod(0o644)
    said = tool.ask(studio / "workspaces", "visual", "CH=CH01", expect=1)
    assert "GEMINI_API_KEY is not set" not in said and "chmod 600 .env" in said and "key-of-the-file" not in said


def test_tasks_of_ones_own_stand_beside_ours(tool: Installed, tmp_path: Path) -> None:
    """What a person adds to the workspace's dodo.py runs, also from a folder inside it."""
    tool.ask(tmp_path, "init", "my-studio")
    dodo = tmp_path / "my-studio" / "dodo.py"
    own = "\n\ndef task_upload():\n    return {'actions': ['echo uploaded']}\n"
    dodo.write_text(dodo.read_text("utf-8") + own, "utf-8")
    assert "uploaded" in tool.ask(tmp_path / "my-studio" / "configs", "upload")
