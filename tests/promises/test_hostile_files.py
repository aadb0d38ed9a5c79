"""Whatever lies in a file that we read: two lines that name it, exit 1 or 3, nothing sent, nothing written elsewhere.

Every content for every file and command takes many minutes: KAMISHIBAI_LONG=1. Without it, an even sample.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import hostile
from tests.support.emulator_process import EmulatorProcess
from tests.support.studio import Studio, story

RUN = "workspaces/video/runs/CH01-001"
FILES = [
    *("configs/budget.yaml", "configs/channel_presets.json", "configs/image_model_slots.yaml"),
    *("configs/image_models.yaml", "configs/budget.local.yaml"),
    *(f"{RUN}/prompts.json", f"{RUN}/batch_request.jsonl", f"{RUN}/results.jsonl", f"{RUN}/usage.csv"),
    *(f"{RUN}/_gemini_batch/manifest.json", f"{RUN}/takes.json", f"{RUN}/review.json"),
    *("workspaces/thumbnails/templates.json", "workspaces/thumbnails/CH01/prompts.json"),
    *("workspaces/compare/duel/compare.json", "workspaces/compare/duel/i-1/results.jsonl"),
    *("workspaces/reports/usage.csv", "workspaces/inbox/events.jsonl", "STORE RECORD", "STORE PICTURE"),
]
COMMANDS = [
    *(("visual", "CH=CH01"), ("status",), ("validate",), ("report",), ("plan", "CH=CH01"), ("thumbnails", "CH=CH01")),
    *(("compare", "NAME=duel"), ("collect",), ("inbox",), ("gallery", "CH=CH01")),
    ("retake", "CH=CH01", "RUN=001", "IDS=2", "PICK=1"),
]
STEP = 1 if os.environ.get("KAMISHIBAI_LONG") else 31


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """A project in which every kind of file is there and nothing is left to do."""
    folder = tmp_path_factory.mktemp("hostile")
    with EmulatorProcess(folder / "emulator", "--job-seconds", "0", shrunk=4) as emulator:
        studio = Studio(folder / "project", emulator)
        studio.prompts(story(2))
        studio.visual()
        studio.ask("retake", "CH=CH01", "RUN=001", "IDS=2")
        template = {"id": "main", "image_model_key": "i-1", "prompt_template": "{{thumbnail_prompt}}"}
        studio.write("workspaces/thumbnails/templates.json", {"channels": {"CH01": {"templates": [template]}}})
        episodes = {"prompts": [{"episode": "001", "thumbnail_prompt": "月夜"}]}
        studio.write("workspaces/thumbnails/CH01/prompts.json", episodes)
        studio.ask("thumbnails", "CH=CH01")
        studio.ask("compare", "NAME=duel", "SLOTS=g-1,i-1", "CH=CH01", "RUN=001")
        studio.ask("report")
        yield studio


def _path(project: Path, name: str) -> Path:
    store = project / "workspaces" / ".store"
    if name == "STORE RECORD":
        return min(store.glob("??/*.json"))
    return min(store.glob("??/*.jpg")) if name == "STORE PICTURE" else project / name


def _cases(number: int, data: bytes) -> Iterator[tuple[str, bytes, tuple[str, ...]]]:
    contents = {**hostile.BYTES, **{change.__name__: change(data) for change in hostile.CHANGES}}
    every = [(name, content, command) for name, content in contents.items() for command in COMMANDS]
    return iter(every[number % STEP :: STEP])


@pytest.mark.parametrize("name", FILES)
def test_a_spoiled_file(finished: Studio, tmp_path: Path, name: str) -> None:
    """Nothing is billed, nothing appears outside workspaces/, no traceback, and exit 1 and 3 say what to do."""
    assert finished.emulator
    number, data = FILES.index(name), b""
    if (original := _path(finished.folder, name)).exists():
        data = original.read_bytes()
    for case, content, command in _cases(number, data):
        project = tmp_path / "project"
        shutil.copytree(finished.folder, project)
        path = _path(project, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        billed = finished.billed
        done = finished.at(project).doit(*command)
        said, what = done.stdout + done.stderr, f"{case} in {name}, doit {' '.join(command)}"
        assert "Traceback" not in said and done.returncode in (0, 1, 3), f"{what}: exit {done.returncode}\n{said}"
        assert done.returncode == 0 or "\n  -> " in said, f"{what}\n{said}"
        assert not {"\x1b", "\x07"} & set(said), f"{what}: control characters\n{said!r}"
        assert finished.billed == billed, f"{what}: something was bought\n{said}"
        assert [each.name for each in tmp_path.iterdir()] == ["project"], what
        shutil.rmtree(project)
