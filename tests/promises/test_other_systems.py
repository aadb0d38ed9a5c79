"""Windows and macOS as far as Linux can show them: without what they lack, and on consoles that show little.

What no machine here could run is said in README.md as not yet tried.
"""

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.support.emulator_process import ROOT
from tests.support.studio import Studio, story

LACKING = """
import builtins, ctypes, os, signal, stat, sys
real_import, real_open, real_cdll = builtins.__import__, os.open, ctypes.CDLL
def lacking(name, globals=None, locals=None, fromlist=(), level=0):
    ours = str((globals or {}).get("__name__", "")).partition(".")[0] in ("tasks", "dodo")
    if ours and name in ("fcntl", "resource", "pwd", "grp", "termios"):
        raise ImportError(name)
    return real_import(name, globals, locals, fromlist, level)
builtins.__import__ = lacking
import importlib
real_module = importlib.import_module
def no_module(name, package=None):
    if name in ("fcntl", "resource"):
        raise ImportError(name)
    return real_module(name, package)
importlib.import_module = no_module
def no_folder(path, flags, mode=0o777, *, dir_fd=None):
    if isinstance(path, (str, bytes, os.PathLike)) and os.path.isdir(path):
        caller = sys._getframe(1).f_globals.get("__name__", "")
        if caller.startswith("tasks."):
            raise PermissionError(13, "Permission denied", str(path))
    return real_open(path, flags, mode, dir_fd=dir_fd)
os.open = no_folder
for name in ("O_DIRECT", "sched_getaffinity", "getuid", "geteuid"):
    if hasattr(os, name):
        delattr(os, name)
for name in ("SIGPIPE", "SIGHUP"):
    delattr(signal, name)
"""
NO_FOLDERS = "from tasks.files import system\nsystem.FOLDERS_OPEN, system.syncfs, system.FICLONE = False, None, 0\n"


@pytest.fixture
def elsewhere(tmp_path: Path) -> dict[str, str]:
    """The environment of an interpreter that has none of it: sitecustomize is read before anything of ours."""
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(f"{LACKING}\nsys.path.insert(0, {str(ROOT)!r})\n{NO_FOLDERS}", "utf-8")
    return {"PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"}


def test_pictures_are_made_without_what_windows_lacks(studio: Studio, elsewhere: dict[str, str]) -> None:
    """No fcntl, no resource, no flush of folders or file systems: bought once, found again, restored, reported."""
    studio.prompts(story(3))
    assert "3 of 3 pictures" in studio.visual(**elsewhere)
    before = studio.snapshot()
    studio.visual(**elsewhere)
    assert studio.snapshot() == before and studio.billed == 3
    (studio.run() / "images" / "0002.png").unlink()
    studio.visual(**elsewhere)
    assert studio.billed == 3 and len(studio.images()) == 3
    for words in (["validate"], ["status"], ["report"], ["inbox"], ["gallery", "CH=CH01"], ["collect"]):
        studio.ask(*words, **elsewhere)


def test_a_locked_run_is_told_without_what_windows_lacks(studio: Studio, elsewhere: dict[str, str]) -> None:
    """Two commands at once still never pay twice."""
    studio.prompts(story(2))
    first = studio.start(**elsewhere)
    second = studio.doit("visual", "CH=CH01", **elsewhere)
    first.communicate()
    assert second.returncode in (0, 1) and studio.billed == 2


@pytest.mark.parametrize("encoding", ["cp932", "ascii", "cp1252", "utf-8"])
def test_a_console_of_any_encoding_is_told_everything(studio: Studio, encoding: str) -> None:
    """What it cannot show is escaped, in words and in JSON, which stays JSON; exit status and pictures are the same."""
    studio.prompts({"0001": "雪の山道 é 😀"})
    command = studio.command("plan", "CH=CH01", "TEXT=1")
    env = studio.environment(PYTHONIOENCODING=encoding, PYTHONUTF8="0")
    done = subprocess.run(command, env=env, capture_output=True, check=True, cwd=ROOT)
    assert ("雪の山道" if encoding in ("cp932", "utf-8") else "\\u96ea\\u306e") in done.stdout.decode(encoding)
    done = subprocess.run([*command, "FORMAT=json"], env=env, capture_output=True, check=True, cwd=ROOT)
    said = json.loads(done.stdout.decode(encoding))
    assert "雪の山道 é 😀" in json.dumps(said, ensure_ascii=False)


@pytest.mark.parametrize("reference", ["C:/monk.png", "c:monk.png", "C:\\monk.png", "\\\\server\\monk.png"])
def test_a_path_with_a_drive_leads_out_of_the_folder(reference: str) -> None:
    """Joined to a folder on Windows it would name another place."""
    from tasks.prompts.prompts import stays_inside

    assert not stays_inside(reference)


def test_nothing_outside_one_module_imports_what_a_system_may_lack() -> None:
    """Where Linux, macOS and Windows differ is in one place to look at."""
    lacking = re.compile(
        r"(?m)^\s*(import|from) (fcntl|resource|msvcrt|pwd|grp|termios)\b|getattr\(os, \"O_DIRECT|CDLL\("
    )
    found = {path.name for path in (ROOT / "tasks").rglob("*.py") if lacking.search(path.read_text("utf-8"))}
    assert found <= {"system.py"}
