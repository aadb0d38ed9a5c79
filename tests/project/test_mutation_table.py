"""The mutation test tries what decides about money and pictures, each module with tests that there are."""

import ast
from pathlib import Path

import pytest

from tests.mutation import table
from tests.mutation.places import mutants
from tests.support.emulator_process import ROOT

SOURCE = '''
def refusal(cap: float, amount: float) -> str | None:
    """What is said."""
    return "over" if amount > cap and not cap < 0 else None
'''


def test_every_module_has_tests_and_all_of_them_exist() -> None:
    """A test file that was moved or renamed is moved in the table, too."""
    assert {tests for file in table.modules() for tests in table.tests_of(file.relative_to(ROOT).as_posix())}
    missing = [tests for steps in table.COVERING.values() for tests in steps if not (ROOT / tests).exists()]
    assert missing == []
    assert [folder for folder in table.COVERING if not (ROOT / folder).is_dir()] == []


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
