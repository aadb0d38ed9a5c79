"""Copies of the code: that of a commit, and that of a working tree as it stands."""

import compileall
import io
import shutil
import subprocess
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BASE = "HEAD"
"""What the guard compares with unless told: what is committed, for a step that changes no behaviour."""


def resolved(commit: str) -> str:
    """The full hash of a commit. RuntimeError when there is none."""
    done = subprocess.run(
        ["git", "rev-parse", "--verify", f"{commit}^{{commit}}"], cwd=ROOT, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"no commit {commit}: {done.stderr.strip()}")
    return done.stdout.strip()


def of_commit(commit: str, folder: Path) -> Path:
    """The files of `commit` under `folder`."""
    data = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        archive.extractall(folder, filter="data")
    return _compiled(folder)


def of_tree(source: Path, folder: Path) -> Path:
    """The files of a working tree under `folder`, also those not committed yet; what git ignores is left out."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=source, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (source / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source / name, folder / name)
    return _compiled(folder)


def _compiled(folder: Path) -> Path:
    """Commands of both codes then start equally fast and write nothing beside the code."""
    compileall.compile_dir(folder / "tasks", quiet=2)
    return folder
