"""Every command in README and docs is run: each block, as it stands, in its order."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.project.test_readme import DOCUMENTS, NOT_RUN, SAID_AGAIN, blocks
from tests.support import runner
from tests.support.emulator_process import ROOT, EmulatorProcess
from tests.support.installed import Installed, wheel

PROMPTS = '{"prompts": [{"id": "0001", "prompt": "雪の山道"}, {"id": "0002", "prompt": "峠の茶屋"}]}'


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    """A fresh clone as far as commands can tell: code, configs, the demo channel, and one run of CH01."""
    folder = tmp_path / "clone"
    folder.mkdir()
    for name in ("dodo.py", "tasks", "schemas"):
        (folder / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "configs", folder / "configs")
    runs = folder / "workspaces" / "video" / "runs"
    for run in ("CH00-001", "CH01-001"):
        (runs / run).mkdir(parents=True)
    shutil.copy(ROOT / "workspaces" / "video" / "runs" / "CH00-001" / "prompts.json", runs / "CH00-001")
    (runs / "CH01-001" / "prompts.json").write_text(PROMPTS, "utf-8")
    (tmp_path / "bin").mkdir()
    with runner.program(tmp_path / "bin" / "doit", "doit"):
        yield folder


def _typed(document: Path, folder: Path, programs: Path, emulator: EmulatorProcess) -> None:
    """Type each block into one shell after the other; each begins in the folder where the last one ended."""
    known = {name: value for name, value in os.environ.items() if not name.startswith(("GEMINI", "GOOGLE"))}
    env = known | emulator.env | {"PATH": f"{programs}:{os.environ['PATH']}"}
    where = programs.parent / "where"
    for block in blocks(document):
        here = re.sub(r"(IMAGE_SERVER_URL)=\S+", rf"\1={env['IMAGE_SERVER_URL']}", block)
        kept = [line for line in here.splitlines() if line.strip() not in NOT_RUN]
        command = ["bash", "-euo", "pipefail", "-c", "\n".join([*kept, f"pwd > {where}"])]
        done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, f"{block}\n{done.stdout}{done.stderr}"
        folder = Path(where.read_text("utf-8").strip())


RUN = [path for path in DOCUMENTS[1:] if path not in SAID_AGAIN]


@pytest.mark.parametrize("document", RUN, ids=lambda path: path.name)
def test_every_command_of_the_docs_works(document: Path, project: Path, emulator: EmulatorProcess) -> None:
    """Each block, in the order of the document, ends with exit status 0 when typed as it stands in a clone."""
    _typed(document, project, project.parent / "bin", emulator)


def test_every_command_of_the_readme_works(tmp_path: Path, emulator: EmulatorProcess) -> None:
    """From an empty folder on, in one workspace of the installed tool; the emulator stands in for the real service."""
    tool = Installed(tmp_path)
    tool.install(wheel(tmp_path))
    (tmp_path / "empty").mkdir()
    _typed(DOCUMENTS[0], tmp_path / "empty", tool.bin, emulator)
    studio = tmp_path / "empty" / "my-studio" / "workspaces"
    assert len(list((studio / "video/runs/CH00-001/images").glob("*.png"))) == 14
    assert len(list((studio / "video/runs/CH01-001/images").glob("*.png"))) == 3
    page = (studio / "compare/g-against-f/index.html").read_text("utf-8")
    assert set(re.findall(r"[gi]-[12]", page)) >= {"g-1", "i-2"}
