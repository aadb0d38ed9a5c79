"""The mutation test changes one place of what decides about money and pictures; the tests that run it must notice."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutation import places, ran
from tests.mutation.places import mutants
from tests.mutation.ran import Ran
from tests.support import lines
from tests.support.emulator_process import ROOT
from tests.support.runner import LINES

SOURCE = '''
def refusal(cap: float, amount: float) -> str | None:
    """What is said."""
    return "over" if amount > cap and not cap < 0 else None
'''
CAPS = """CAP = 3


def is_over(amount: float) -> bool:
    if amount > CAP:
        return True
    return False
"""
USER = "from .caps import CAP\n"


def test_the_folders_that_are_tried_are_there() -> None:
    """A folder that was moved or renamed is moved here, too."""
    assert [folder for folder in ran.SCOPE if not (ROOT / "tasks" / folder).is_dir()] == []


def test_a_mutant_changes_one_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Operators, conditions, answers and words for programs; never a docstring, a type or what would not compile."""
    monkeypatch.setattr("tests.mutation.places.ROOT", tmp_path)
    (tmp_path / "caps.py").write_text(SOURCE)
    found = [each.applied(SOURCE.encode()).decode() for each in mutants(tmp_path / "caps.py")]
    lines = [line for text in found for line in text.splitlines() if line not in SOURCE.splitlines()]
    assert '    return "over" if amount >= cap and not cap < 0 else None' in lines
    assert '    return "over" if amount > cap or not cap < 0 else None' in lines
    assert "    return None" in lines
    assert len(lines) == len(set(lines)) == len(found) and all(ast.parse(text) for text in found)


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of two modules; what its tests run is said by each test."""
    for module in (places, ran):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    (tmp_path / "tasks" / "money").mkdir(parents=True)
    (tmp_path / "tasks" / "money" / "caps.py").write_text(CAPS)
    (tmp_path / "tasks" / "money" / "user.py").write_text(USER)
    return tmp_path


def steps(tree: Path, line: int, seconds: dict[str, float], ran_by: dict[str, dict[str, int]]) -> list[list[str]]:
    mutant = next(each for each in mutants(tree / "tasks" / "money" / "caps.py") if each.line == line)
    return Ran(ran.hashes("tasks"), seconds, ran_by).steps(mutant)


def test_tests_that_run_the_line_are_run_and_those_of_its_module_first(tree: Path) -> None:
    """Then the quickest; what takes too long in all is left out, and others never run it."""
    own, quick, slow, endless = "tests/unit/money/test_caps.py::test_a", "t.py::quick", "t.py::slow", "t.py::endless"
    seconds = {own: 2.0, quick: 0.1, slow: 5.0, endless: 500.0, "t.py::other": 0.1}
    runs = {name: {"tasks/money/caps.py": 1 << 6} for name in (own, quick, slow, endless)}
    assert steps(tree, 6, seconds, {**runs, "t.py::other": {"tasks/money/caps.py": 1 << 7}}) == [[own, quick], [slow]]


def test_a_line_that_no_test_runs_has_no_tests(tree: Path) -> None:
    """Whatever is changed there survives."""
    assert steps(tree, 6, {"t.py::other": 0.1}, {"t.py::other": {"tasks/money/caps.py": 1 << 7}}) == []


def test_a_module_that_was_changed_since_is_tried_by_all_that_run_any_of_it(tree: Path) -> None:
    """Its lines are others now; noting all of them anew takes as long as all tests."""
    noted = ran.hashes("tasks")
    (tree / "tasks" / "money" / "caps.py").write_text(f"# The most a month may cost.\n{CAPS}")
    mutant = next(each for each in mutants(tree / "tasks" / "money" / "caps.py") if each.line == 7)
    runs = {"t.py::a": {"tasks/money/caps.py": 1 << 5}, "t.py::b": {"tasks/runs/run.py": 1 << 1}}
    assert Ran(noted, {"t.py::a": 0.1, "t.py::b": 0.1}, runs).steps(mutant) == [["t.py::a"]]


def test_what_runs_while_modules_are_imported_is_tried_by_whoever_uses_them(tree: Path) -> None:
    """No test is seen to run it: the module is there before the first begins."""
    seconds = {"t.py::user": 0.1, "t.py::other": 0.1}
    runs = {"t.py::user": {"tasks/money/user.py": 1 << 1}, "t.py::other": {"tasks/runs/run.py": 1 << 1}}
    assert steps(tree, 1, seconds, runs) == [["t.py::user"]]


def test_the_lines_of_a_test_are_those_of_its_commands_too(tmp_path: Path) -> None:
    """Most of what is tested runs in processes that the test starts."""
    test = "tests/commands/test_words.py::test_pictures_of_another_slot_stay_and_are_said_to"
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", f"--basetemp={tmp_path / 'tests'}"]
    environment = os.environ | {LINES: str(tmp_path / "lines")}
    subprocess.run([*command, test], cwd=ROOT, env=environment, check=True, capture_output=True)
    notes = list(lines.read(tmp_path / "lines"))
    assert {note["test"] for note in notes} == {test}
    assert sum(note["seconds"] > 0 for note in notes) == 1
    assert sum("tasks/session/session.py" in note["lines"] for note in notes) == 2
