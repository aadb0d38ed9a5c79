"""A folder, pipe, link or socket where a file belongs, a file where a folder belongs: a sentence, and nothing bought.

Every kind at every place for every command takes many minutes: KAMISHIBAI_LONG=1. Without it, an even sample.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support import runner
from tests.support.emulator_process import EmulatorProcess
from tests.support.studio import Studio, story

RUN = "workspaces/video/runs/CH01-001"
FILES = [
    *("configs/budget.yaml", "configs/channel_presets.json", "configs/image_models.yaml", "configs/budget.local.yaml"),
    *(f"{RUN}/prompts.json", f"{RUN}/batch_request.jsonl", f"{RUN}/results.jsonl", f"{RUN}/usage.csv"),
    *(f"{RUN}/_gemini_batch/manifest.json", f"{RUN}/takes.json", f"{RUN}/review.json", f"{RUN}/gallery.html"),
    *(f"{RUN}/images/0001.png", f"{RUN}/images/0003.png", f"{RUN}/references/a.png", "workspaces/video/CH01.html"),
    *("workspaces/thumbnails/templates.json", "workspaces/thumbnails/CH01/prompts.json"),
    *("workspaces/compare/duel/compare.json", "workspaces/compare/duel/index.html"),
    *("workspaces/reports/usage.csv", "workspaces/reports/usage.html", "workspaces/inbox/events.jsonl"),
    *("workspaces/inbox/pm_inbox.md", "workspaces/.store/uploads.json", "workspaces/.locks/CH01-001.lock"),
    *("workspaces/.locks/budget.lock", ".doit.db", "STORE RECORD", "STORE PICTURE"),
]
FOLDERS = [
    *(RUN, f"{RUN}/images", f"{RUN}/_gemini_batch", f"{RUN}/_immediate", f"{RUN}/images/_thumbs"),
    *("workspaces/reports", "workspaces/inbox", "workspaces/.store", "workspaces/.locks", "workspaces/thumbnails"),
    *("workspaces/compare/duel/i-1", "workspaces/video/runs", "workspaces/.store/.incoming", "configs", "workspaces"),
]
COMMANDS = [
    *(("visual", "CH=CH01"), ("plan", "CH=CH01"), ("validate",), ("status",), ("report",), ("collect",), ("inbox",)),
    *(("gallery", "CH=CH01"), ("thumbnails", "CH=CH01"), ("compare", "NAME=duel")),
    ("retake", "CH=CH01", "RUN=001", "IDS=2", "PICK=1"),
]
PUT: dict[str, Callable[[Path], object]] = {
    "folder": Path.mkdir,
    "pipe": os.mkfifo,
    "circle": lambda path: path.symlink_to(path.name),
    "nowhere": lambda path: path.symlink_to("not there"),
    "device": lambda path: path.symlink_to("/dev/zero"),
    "file": lambda path: path.write_bytes(b"hello\n"),
}
CASES = [
    *((kind, name, command) for kind in PUT if kind != "file" for name in FILES for command in COMMANDS),
    *(("file", name, command) for name in FOLDERS for command in COMMANDS),
]
SAMPLE = CASES if os.environ.get("KAMISHIBAI_LONG") else CASES[::53]
BEFORE_MONEY = [
    *(("folder", f"{RUN}/{name}") for name in ("takes.json", "results.jsonl", "usage.csv", "review.json")),
    *(("folder", f"{RUN}/images/0003.png"), ("pipe", f"{RUN}/_gemini_batch/manifest.json")),
    *(("nowhere", f"{RUN}/_gemini_batch/manifest.json"), ("file", f"{RUN}/images"), ("nowhere", "workspaces/.store")),
]
"""Where a picture was bought before the trouble was met, or once more because what tells of it counted as missing."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """Every kind of file is there, and both runs have a third picture to be made."""
    folder = tmp_path_factory.mktemp("places")
    with EmulatorProcess(folder / "emulator", "--job-seconds", "0", shrunk=4) as emulator:
        studio = Studio(folder / "project", emulator)
        studio.prompts(story(2))
        studio.prompts(story(2), "CH01-002")
        studio.visual()
        studio.ask("retake", "CH=CH01", "RUN=001", "IDS=2")
        template = {"id": "main", "image_model_key": "i-1", "prompt_template": "{{thumbnail_prompt}}"}
        studio.write("workspaces/thumbnails/templates.json", {"channels": {"CH01": {"templates": [template]}}})
        studio.write("workspaces/thumbnails/CH01/prompts.json", {"prompts": [{"episode": "001", "prompt": "月夜"}]})
        studio.ask("compare", "NAME=duel", "SLOTS=g-1,i-1", "CH=CH01", "RUN=001")
        studio.ask("report")
        reference = studio.run() / "references" / "a.png"
        reference.parent.mkdir()
        shutil.copy(studio.run() / "images" / "0001.png", reference)
        yield studio


@pytest.fixture
def copy(project: Studio, tmp_path: Path, request: pytest.FixtureRequest) -> Studio:
    """A copy with words of its own in what is still to be made: the provider knows no job of it."""
    shutil.copytree(project.folder, tmp_path / "project", symlinks=True)
    studio = project.at(tmp_path / "project")
    for name in ("CH01-001", "CH01-002"):
        path = studio.run(name) / "prompts.json"
        data = json.loads(path.read_text())
        data["prompts"].append({"id": "0003", "prompt": f"{name} {request.node.name}"})
        data["prompts"][0]["references"] = ["references/a.png"] if name == "CH01-001" else []
        path.write_text(json.dumps(data, ensure_ascii=False))
    return studio


def _put(studio: Studio, kind: str, name: str) -> Path:
    store = studio.folder / "workspaces" / ".store"
    found = {"STORE RECORD": "??/*.json", "STORE PICTURE": "??/*.jpg"}.get(name)
    path = min(store.glob(found)) if found else studio.folder / name
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    PUT[kind](path)
    return path


def _run(studio: Studio, command: tuple[str, ...]) -> tuple[int, str]:
    try:
        done = runner.run(studio.command(*command), studio.environment(), runner.ROOT, timeout=60)
    except subprocess.TimeoutExpired:
        return pytest.fail(f"doit {' '.join(command)} waits for ever")
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(("kind", "name", "command"), SAMPLE, ids=lambda each: str(each).replace("/", "."))
def test_what_lies_in_the_way_is_said(copy: Studio, kind: str, name: str, command: tuple[str, ...]) -> None:
    """No traceback, no waiting, exit 1 or 3 with what to do; 3 only when nothing was bought."""
    _put(copy, kind, name)
    before = copy.billed
    status, said = _run(copy, command)
    assert "Traceback" not in said and status in (0, 1, 3), f"exit {status}\n{said}"
    assert status == 0 or "\n  -> " in said, said
    assert status != 3 or copy.billed == before, f"exit 3, and {copy.billed - before} were bought\n{said}"


@pytest.mark.parametrize(("kind", "name"), BEFORE_MONEY)
def test_it_is_said_before_anything_is_bought(copy: Studio, kind: str, name: str) -> None:
    """The command that makes pictures stops with the path and buys none; validate says the same; mended, it goes on."""
    aside = copy.folder / "aside"
    path = copy.folder / name
    if path.exists():
        path.rename(aside)
    path = _put(copy, kind, name)
    before, own = copy.billed, ("RUN=001",) if "CH01-001" in name else ()
    status, said = _run(copy, ("visual", "CH=CH01", *own))
    assert status in (1, 3) and copy.billed == before, f"exit {status}, {copy.billed - before} bought\n{said}"
    assert path.relative_to(copy.folder).as_posix() in said
    status, said = _run(copy, ("validate",))
    assert status == 3 and path.name in said, said
    shutil.rmtree(path) if kind == "folder" else path.unlink()
    if aside.exists():
        aside.rename(path)
    status, said = _run(copy, ("visual", "CH=CH01"))
    assert (status, copy.billed - before) == (0, 3), said  # the third of both runs, and the first with its reference


def test_a_run_in_the_way_leaves_the_others_alone(copy: Studio) -> None:
    """Paid results of one run come home although a pipe lies where another one keeps its own; exit 1."""
    assert copy.emulator
    copy.emulator.job_seconds(60)
    try:
        copy.visual("WAIT=0")
    finally:
        copy.emulator.job_seconds(0)
    _put(copy, "pipe", f"{RUN}/results.jsonl")
    copy.emulator.advance(60)
    status, said = _run(copy, ("collect",))
    assert status == 1 and "CH01-001: its results cannot be taken in" in said, said
    assert "0003.png" in copy.images("CH01-002")


def test_pages_that_are_in_the_way_do_not_hold_up_what_is_paid_for(copy: Studio) -> None:
    """doit collect takes the results of such a run into the store all the same, and says what to mend."""
    assert copy.emulator
    copy.emulator.job_seconds(60)
    try:
        copy.visual("WAIT=0")
    finally:
        copy.emulator.job_seconds(0)
    path = _put(copy, "folder", f"{RUN}/images/0003.png")
    copy.emulator.advance(60)
    status, said = _run(copy, ("collect",))
    assert status == 1 and "0003.png is a folder" in said.replace(":", "") and "is safe in" in said, said
    path.rmdir()
    before = copy.billed
    copy.visual()
    assert "0003.png" in copy.images() and copy.billed == before
