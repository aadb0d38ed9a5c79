"""Every command in README and docs is run: each block, as it stands."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.project.test_readme import DOCUMENTS, NOT_RUN, blocks
from tests.support.emulator_process import ROOT, EmulatorProcess

PROMPTS = '{"prompts": [{"id": "0001", "prompt": "雪の山道"}, {"id": "0002", "prompt": "峠の茶屋"}]}'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A fresh clone as far as commands can tell: code, configs, the demo channel, and one run of CH01."""
    for name in ("dodo.py", "tasks", "schemas"):
        (tmp_path / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    runs = tmp_path / "workspaces" / "video" / "runs"
    (runs / "CH00-001").mkdir(parents=True)
    shutil.copy(ROOT / "workspaces" / "video" / "runs" / "CH00-001" / "prompts.json", runs / "CH00-001")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "doit").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m doit "$@"\n')
    (tmp_path / "bin" / "doit").chmod(0o755)
    return tmp_path


def _runnable(block: str) -> str:
    kept = [line for line in block.splitlines() if line.strip() not in NOT_RUN]
    return "\n".join(line.removeprefix("uv run ") for line in kept) + "\n"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_works(document: Path, project: Path, emulator: EmulatorProcess) -> None:
    """Each block, in the order of the document, ends with exit status 0 when typed as it stands."""
    if document.name != "README.md":
        run = project / "workspaces" / "video" / "runs" / "CH01-001"
        run.mkdir()
        (run / "prompts.json").write_text(PROMPTS)
    known = {name: value for name, value in os.environ.items() if not name.startswith(("GEMINI", "GOOGLE"))}
    env = known | emulator.env | {"PATH": f"{project / 'bin'}:{os.environ['PATH']}"}
    for block in blocks(document):
        command = ["bash", "-euo", "pipefail", "-c", _runnable(block)]
        done = subprocess.run(command, cwd=project, env=env, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, f"{block}\n{done.stdout}{done.stderr}"
