"""The tool as people install it: a wheel, put into a virtual environment of its own, and `kamishibai` there.

Dependencies are those of the interpreter that runs the tests, found by a .pth file: no test needs a network.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from typing import Any

from tests.support.emulator_process import ROOT

PARTS = ("pyproject.toml", "README.md", "LICENSE", "dodo.py", "tasks", "schemas", "configs", ".ci")
DEMO = "workspaces/video/runs/CH00-001/prompts.json"


def source(folder: Path) -> Path:
    """A copy of what the wheel is made of, to change for a version to come."""
    for name in PARTS:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / name)
    (folder / DEMO).parent.mkdir(parents=True)
    shutil.copy(ROOT / DEMO, folder / DEMO)
    return folder


def wheel(folder: Path, tree: Path = ROOT) -> Path:
    """The wheel of `tree`, built into `folder`."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=tree, check=True, capture_output=True, timeout=120)
    return next(folder.glob("kamishibai-*.whl"))


class Installed:
    """A virtual environment in `folder`, with an empty home; commands run as a person's shell would run them there."""

    def __init__(self, folder: Path) -> None:
        self.venv, self.home = folder / "venv", folder / "home"
        venv.create(self.venv, with_pip=False)
        self.home.mkdir()
        self.bin = self.venv / ("Scripts" if sys.platform == "win32" else "bin")
        paths = {"base": str(self.venv), "platbase": str(self.venv)}
        libraries = Path(sysconfig.get_path("purelib", vars=paths))
        (libraries / "dependencies.pth").write_text(f"{sysconfig.get_path('purelib')}\n", "utf-8")

    def install(self, wheel: Path) -> None:
        """Put the wheel there, over the version that there is."""
        pip = [sys.executable, "-m", "pip", "--python", str(self.bin / "python"), "install", "--quiet"]
        options = ["--no-index", "--no-deps", "--force-reinstall", "--disable-pip-version-check"]
        subprocess.run([*pip, *options, str(wheel)], check=True, capture_output=True, timeout=120)

    def run(self, folder: Path, *words: str, **env: str) -> "subprocess.CompletedProcess[str]":
        """`kamishibai …` in `folder`."""
        path = os.pathsep.join([str(self.bin), os.environ["PATH"]])
        mine = {"HOME": str(self.home), "USERPROFILE": str(self.home), "PATH": path, "PYTHONUTF8": "1"}
        kept = {name: os.environ[name] for name in ("SYSTEMROOT", "TEMP", "TMPDIR") if name in os.environ}
        options: dict[str, Any] = {"capture_output": True, "text": True, "encoding": "utf-8", "timeout": 120}
        return subprocess.run(
            [str(self.bin / "kamishibai"), *words], cwd=folder, env={**kept, **mine, **env}, **options
        )

    def ask(self, folder: Path, *words: str, expect: int = 0, **env: str) -> str:
        """The same; checks the exit status and returns all that was printed."""
        done = self.run(folder, *words, **env)
        said = done.stdout + done.stderr
        assert done.returncode == expect, f"exit {done.returncode}, expected {expect}:\n{said}"
        assert "Traceback" not in said, said
        return said
