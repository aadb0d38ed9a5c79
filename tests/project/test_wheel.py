"""The wheel: the tree lands as `kamishibai/`, and nothing else beside it."""

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from tests.support.emulator_process import ROOT
from tests.support.installed import wheel as build


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this tree."""
    return build(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as site-packages is after the wheel was installed there."""
    folder = tmp_path_factory.mktemp("site")
    zipfile.ZipFile(wheel).extractall(folder)
    return folder


def _python(program: str, folder: Path, python: str = sys.executable) -> str:
    environment = {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [python, "-c", program]
    done = subprocess.run(command, cwd=folder.parent, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_nothing_but_kamishibai_lands(wheel: Path) -> None:
    """Whoever installs the tool gets no package `tasks`, no tests and no configs beside it."""
    tops = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"kamishibai"}


def test_every_file_that_the_code_reads_is_in_it(wheel: Path) -> None:
    """Modules, schemas, templates, styles and scripts: all that is in the tree."""
    found = [path for folder in ("tasks", "schemas") for path in (ROOT / folder).rglob("*") if path.is_file()]
    paths = [path.relative_to(ROOT) for path in found if "__pycache__" not in path.parts]
    wanted = {Path("kamishibai", *(path.parts if path.parts[0] == "schemas" else path.parts[1:])) for path in paths}
    assert wanted - {Path(name) for name in zipfile.ZipFile(wheel).namelist()} == set()


def test_a_bare_interpreter_imports_it(installed: Path, tmp_path: Path) -> None:
    """`import kamishibai` works in an empty virtual environment, and `tasks` is not there."""
    venv.create(tmp_path / "bare", with_pip=False)
    python = tmp_path / "bare" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    program = "import importlib.util, kamishibai; print(kamishibai.__name__, importlib.util.find_spec('tasks'))"
    assert _python(program, installed, str(python)) == "kamishibai None"


def test_every_module_works_under_that_name(installed: Path) -> None:
    """No module asks for `tasks`: each is imported as kamishibai.…, and the schemas are found."""
    program = (
        "import importlib, pkgutil, sys, kamishibai\n"
        "names = [each.name for each in pkgutil.walk_packages(kamishibai.__path__, 'kamishibai.')]\n"
        "[importlib.import_module(name) for name in names if not name.endswith('__main__')]\n"
        "from kamishibai.files import schema\n"
        "assert schema.FOLDER.parent.name == 'kamishibai' and schema.find_mistakes({}, 'prompts')\n"
        "print(len(names) > 150, 'tasks' in sys.modules)"
    )
    assert _python(program, installed) == "True False"


def test_the_offline_api_runs_under_that_name(installed: Path, tmp_path: Path) -> None:
    """`python -m kamishibai.emulator` is what `python -m tasks.emulator` is in a clone."""
    command = [sys.executable, "-m", "kamishibai.emulator", "--state", str(tmp_path), "--until-stdin-closes"]
    done = subprocess.run(command, cwd=installed, input=b"", capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
