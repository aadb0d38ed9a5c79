"""The house: what is short enough to be read at once, one word for one thing, every test with its promise."""

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.emulator_process import ROOT

MOST_LINES_OF_A_FUNCTION = 40
NO_ROOMS = {"utils", "util", "common", "helpers", "helper", "core", "misc", "base", "manager", "lib"}
"""Names of modules that say nothing about what is inside."""

OTHER_WORDS = {
    "regenerate": "retake",
    "redo": "retake",
    "fallback": "there is none",
    "archive": "store",
    "scene": "prompt",
    "img": "picture, or image where a file format says so",
    "batchjob": "job",
    "ledger": "usage",
    "helper": "what it does",
    "util": "what it does",
    "utils": "what it does",
    "tmp": "part",
    "foo": "what it is",
}
"""Words that docs/design.md section 2 has another word for. The emulator has its own: it is the provider's world."""

OURS = [*sorted((ROOT / "tasks").rglob("*.py")), ROOT / "dodo.py"]
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@functools.cache
def _nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(path.read_text("utf-8"))))


def _names(path: Path) -> Iterator[str]:
    """Everything that is named in a file: functions, classes, parameters, variables."""
    for node in _nodes(path):
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def _words(name: str) -> set[str]:
    """build_requestLine -> build, request, line."""
    return {part.lower() for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}


def test_no_function_is_too_long() -> None:
    """Every function can be seen at once."""
    found = {
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}": (node.end_lineno or 0) - node.lineno + 1
        for path in [*OURS, *sorted((ROOT / "tests").rglob("*.py"))]
        for node in _nodes(path)
        if isinstance(node, FUNCTIONS)
    }
    assert {name: lines for name, lines in found.items() if lines > MOST_LINES_OF_A_FUNCTION} == {}


def test_dodo_is_a_table_of_contents() -> None:
    """dodo.py holds imports, variables and creators: each a docstring of a line or two and what it returns."""
    for node in ast.parse((ROOT / "dodo.py").read_text("utf-8")).body[1:]:
        if isinstance(node, ast.FunctionDef):
            said, done = node.body
            assert node.name.startswith("task_") and ast.get_docstring(node), node.name
            assert isinstance(done, ast.Return) and done.lineno == done.end_lineno == (said.end_lineno or 0) + 1
        else:
            parts = [*node.body, *node.orelse] if isinstance(node, ast.If) else [node]
            assert all(isinstance(part, (ast.ImportFrom, ast.Assign)) for part in parts), ast.unparse(node)


def test_every_command_is_a_module_with_one_entry() -> None:
    """`doit cancel` is tasks/commands/cancel.py; what is asked of runs and thumbnails in stages has no other entry."""
    for path in sorted((ROOT / "tasks" / "commands").glob("[a-z]*.py")):
        entries = [node for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, ast.FunctionDef)]
        (run,) = [node for node in entries if node.name == "run"] or [None]
        assert f"doit {path.stem.rstrip('_')}" in (ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""), path
        assert run is None or len(run.args.args) == 2, path
        assert run is not None or path.stem == "visual", path


def test_every_room_has_a_name() -> None:
    """No module is called after nothing: utils and its kin collect what belongs elsewhere."""
    assert [str(path) for path in OURS if path.stem.strip("_") in NO_ROOMS] == []


@pytest.mark.parametrize("path", [path for path in OURS if "emulator" not in path.parts], ids=lambda path: path.stem)
def test_one_word_for_one_thing(path: Path) -> None:
    """Names in the code use the words of docs/design.md section 2, and none of the other words for the same thing."""
    found = {name: sorted(_words(name) & OTHER_WORDS.keys()) for name in _names(path)}
    assert {name: [f"{word}: {OTHER_WORDS[word]}" for word in words] for name, words in found.items() if words} == {}


def test_no_two_public_classes_share_a_name() -> None:
    """Whoever reads a class's name knows which one it is. The emulator is a program of its own, with its own words."""
    homes: dict[str, list[str]] = {}
    for path in OURS:
        for node in _nodes(path) if "emulator" not in path.parts else ():
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes.setdefault(node.name, []).append(path.relative_to(ROOT).as_posix())
    assert {name: found for name, found in homes.items() if len(found) > 1} == {}


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.relative_to(ROOT / "tests").as_posix())
def test_every_test_says_what_it_promises(path: Path) -> None:
    """The docstring of a test is one promise of the project; a list of them says what is held."""
    tests = [node for node in _nodes(path) if isinstance(node, FUNCTIONS) and node.name.startswith("test_")]
    assert [node.name for node in tests if not ast.get_docstring(node)] == []


def test_files_are_read_and_locked_in_one_place() -> None:
    """A pipe, a folder or a link in a circle at a file's place is met by files/regular.py alone, locks by locks.py."""
    only = {"read_bytes": "files/regular.py", "FileLock": "files/locks.py"}
    found = {
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in OURS
        for node in (_nodes(path) if "emulator" not in path.parts else ())
        if isinstance(node, ast.Call)
        and (home := only.get(getattr(node.func, "attr", getattr(node.func, "id", ""))))
        and not path.as_posix().endswith(home)
    }
    assert found == set()


def test_every_module_says_what_it_is() -> None:
    """Each file of code begins with what is inside."""
    files = [path for path in OURS if path.stat().st_size]
    assert [str(path) for path in files if not ast.get_docstring(ast.parse(path.read_text("utf-8")))] == []


def test_unit_tests_need_no_emulator() -> None:
    """`make unit` starts no emulator: what needs one stands with commands, promises or the emulator's own tests."""
    alone = [path for path in TESTS if path.relative_to(ROOT / "tests").parts[0] in ("unit", "project")]
    started = {"EmulatorProcess", "emulator", "studio"}
    used = {
        path.name: {node.arg for node in _nodes(path) if isinstance(node, ast.arg)} | _called(path) for path in alone
    }
    assert {name: names & started for name, names in used.items() if names & started} == {}


def _called(path: Path) -> set[str]:
    calls = [node.func for node in _nodes(path) if isinstance(node, ast.Call)]
    return {call.id for call in calls if isinstance(call, ast.Name)}
