"""requirements.lock and [tool.uv] name the same exact versions, and they are those pyproject.toml asks for."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.support.emulator_process import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LOCK = (ROOT / "requirements.lock").read_text("utf-8")


def locked(lock: str = LOCK) -> list[Requirement]:
    """Every package of requirements.lock with its exact version and environment marker."""
    entries = re.sub(r"\\\n", " ", re.sub(r"(?m)^\s*#.*\n?", "", lock)).splitlines()
    return [Requirement(entry.partition("--hash")[0].strip()) for entry in entries if entry.strip()]


def _names(requirements: list[Requirement]) -> dict[str, Requirement]:
    return {re.sub(r"[-_.]+", "-", each.name).lower(): each for each in requirements}


def test_uv_and_pip_install_the_same() -> None:
    """Names, versions and markers agree one to one; `make lock` writes both."""
    constraints = [Requirement(text) for text in PROJECT["tool"]["uv"]["constraint-dependencies"]]
    assert {str(each) for each in constraints} == {str(each) for each in locked()}
    assert len(constraints) == len(locked())


def test_everything_asked_for_is_locked() -> None:
    """Each dependency of pyproject.toml, for use and for development, is in the lock in a version it allows."""
    lock = _names(locked())
    asked = [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["dev"]]
    for name, requirement in _names([Requirement(text) for text in asked]).items():
        (pin,) = lock[name].specifier
        assert requirement.specifier.contains(pin.version), f"{requirement} but {name}=={pin.version}"


def test_every_version_is_exact_and_has_its_hashes() -> None:
    """pip installs nothing whose content is not written down here."""
    assert all([pin.operator for pin in each.specifier] == ["=="] for each in locked())
    entries = re.split(r"(?m)^(?=[a-z0-9])", LOCK)[1:]
    assert len(entries) == len(locked())
    assert all("--hash=sha256:" in entry for entry in entries)


def test_the_lock_names_no_server() -> None:
    """No index address and no local path stands in it: everyone installs from where they always do."""
    assert not re.search(r"://|--(extra-)?index|--find-links|(^|\s)/", LOCK)


def test_the_demo_installs_the_same_versions_and_nothing_for_tests() -> None:
    """`make demo` takes .ci/run.lock: what people need to make pictures, each in the version of requirements.lock."""
    text = (ROOT / ".ci" / "run.lock").read_text("utf-8")
    found = {str(each) for each in locked(text)}
    assert found <= {str(each) for each in locked()}
    names = _names(locked(text))
    wanted = [Requirement(each) for each in PROJECT["project"]["dependencies"]]
    assert _names(wanted).keys() <= names.keys()
    assert not {"pytest", "mypy", "playwright", "hypothesis", "ruff", "hatchling"} & names.keys()
    assert text.count("--hash=sha256:") >= len(found)


def test_pytest_alone_finds_the_tests() -> None:
    """`pytest` and `uv run pytest` need no path set: the configuration has it."""
    program = Path(sys.executable).with_name("pytest")
    folders = ["tests/unit/text", "tests/commands/test_list.py"]
    command = [program, "--collect-only", "-q", "-p", "no:cacheprovider", *folders]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and "ImportError" not in done.stdout, done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell script")
def test_a_python_without_environments_is_told_what_is_missing(tmp_path: Path) -> None:
    """Debian packs venv by itself: its package is named before anything is made."""
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\ncase "$2" in *ensurepip*) exit 1;; esac\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    command = ["make", f"PYTHON={python}", f"VENV={tmp_path / 'venv'}", "demo"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0 and "sudo apt install python3-venv" in done.stdout
    assert not (tmp_path / "venv").exists()
