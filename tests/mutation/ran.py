"""Which tests run which lines: noted once for a state of the tree, anew for the tests that were changed since."""

import ast
import functools
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tests.support import lines
from tests.support.runner import LINES

from .places import ROOT, Mutant

NOTED = ROOT / ".mutation" / "lines.json.z"
SCOPE = (
    *("catalog", "lanes", "machines", "money", "pictures", "prompts", "providers", "requests", "runs", "session"),
    *("shared", "stages"),
)
"""The folders under tasks/ that decide about money and pictures."""
STEPS = 3.0, 15.0, 300.0
"""Seconds of tests, as they took while lines were noted: most mutants fall to the first few, and whoever survives the
last is called a survivor."""


def modules() -> list[Path]:
    """Every module of these folders, in order."""
    found = (path for folder in SCOPE for path in (ROOT / "tasks" / folder).rglob("*.py"))
    return sorted(path for path in found if path.name != "__init__.py")


class Ran:
    """Which tests run a line, and how long each of them takes."""

    def __init__(self, files: dict[str, str], tests: dict[str, float], ran: dict[str, dict[str, int]]) -> None:
        """files: the hash of each file as noted. tests: seconds. ran: test -> module -> a bit for each line."""
        self.files, self.tests, self.ran = files, tests, ran

    @classmethod
    def kept(cls) -> "Ran":
        """What was noted before; nothing if more than a tenth of the code was changed since."""
        if not NOTED.exists():
            return cls({}, {}, {})
        data = json.loads(zlib.decompress(NOTED.read_bytes()))
        now = hashes("tasks")
        if sum(data["files"].get(path) != seen for path, seen in now.items()) > len(now) / 10:
            return cls({}, {}, {})
        return cls(
            data["files"],
            data["tests"],
            {test: {name: int(bits, 16) for name, bits in each.items()} for test, each in data["ran"].items()},
        )

    def renew(self) -> None:
        """Run the tests that are new or changed since, and keep what they ran."""
        now = hashes("tests", "test_*.py")
        stale = [path for path, seen in now.items() if self.files.get(path) != seen]
        code = {path: seen for path, seen in self.files.items() if path.startswith("tasks/")} or hashes("tasks")
        for test in [test for test in self.tests if now.get(_file(test)) != self.files.get(_file(test))]:
            del self.tests[test]
            self.ran.pop(test, None)
        if stale:
            print(f"noting which lines the tests of {len(stale)} files run ...", flush=True)
            self._note(stale)
        self.files = now | code
        self._keep()

    def _note(self, files: Sequence[str]) -> None:
        """What fails with the code as it is tells nothing of a mutant, and is left out."""
        with tempfile.TemporaryDirectory(prefix="mutation-lines-") as work:
            noted, said = Path(work) / "lines", Path(work) / "said"
            command = [sys.executable, "-m", "pytest", "-q", "-n", "auto", "--dist", "worksteal"]
            with said.open("wb") as stream:
                subprocess.run(
                    [*command, "-p", "no:cacheprovider", "--hypothesis-seed=0", *files],
                    cwd=ROOT,
                    env=os.environ | {LINES: str(noted)},
                    stdin=subprocess.DEVNULL,
                    stdout=stream,
                    check=False,
                )
            for note in lines.read(noted):
                self._add(note)
            for test in failed(said):
                print(f"left out, for it fails with the code as it is: {test}", flush=True)
                self.tests.pop(test, None)

    def _add(self, note: lines.Note) -> None:
        test = note["test"]
        self.tests[test] = self.tests.get(test, 0.0) + note["seconds"]
        ran = self.ran.setdefault(test, {})
        for name, numbers in note["lines"].items():
            ran[name] = functools.reduce(lambda bits, line: bits | 1 << line, numbers, ran.get(name, 0))

    def _keep(self) -> None:
        NOTED.parent.mkdir(exist_ok=True)
        ran = {test: {name: f"{bits:x}" for name, bits in each.items()} for test, each in self.ran.items()}
        data = {"files": self.files, "tests": self.tests, "ran": ran}
        NOTED.write_bytes(zlib.compress(json.dumps(data).encode(), 1))

    def steps(self, mutant: Mutant) -> list[list[str]]:
        """The tests to run for a mutant: of those that run its line its module's own and the quickest, then those that
        run what few run of its module: hundreds pass a line by the way, and one of another kind tells what it does."""
        own = f"tests/unit/{Path(*Path(mutant.file).parts[1:]).parent.as_posix()}/test_{Path(mutant.file).stem}.py"
        quick = sorted(self._tests(mutant), key=lambda test: (_file(test) != own, self.tests[test], test))
        first = list(self._within(quick, STEPS[0]))
        rare = _rarity({test: self.ran[test].get(mutant.file, 0) for test in quick})
        rest = sorted(set(quick) - set(first), key=lambda test: (-rare[test] / (self.tests[test] + 0.2), test))
        then = list(self._within(rest, STEPS[1]))
        last = list(self._within([test for test in rest if test not in then], STEPS[2]))
        return [step for step in (first, then, last) if step]

    def _within(self, tests: Sequence[str], seconds: float) -> Iterator[str]:
        for test in tests:
            if self.tests[test] <= seconds:
                seconds -= self.tests[test]
                yield test

    def _tests(self, mutant: Mutant) -> list[str]:
        """Those that run its statement; of a module that was changed since lines were noted, all that run any of it."""
        is_stale = self.files.get(mutant.file) != _hash(ROOT / mutant.file)
        for wanted in [{mutant.file: -1}] if is_stale else _places(mutant):
            if tests := [test for test in self.tests if self._runs(test, wanted)]:
                return tests
        return []

    def _runs(self, test: str, wanted: dict[str, int]) -> bool:
        ran = self.ran.get(test, {})
        return any(ran.get(name, 0) & bits for name, bits in wanted.items())


def _rarity(ran: dict[str, int]) -> dict[str, float]:
    """How much a test runs that few others run. ran: a bit for each line."""
    count = Counter(line for bits in ran.values() for line in _numbers(bits))
    return {test: sum(1 / count[line] for line in _numbers(bits)) for test, bits in ran.items()}


def _numbers(bits: int) -> Iterator[int]:
    return (line for line in range(bits.bit_length()) if bits >> line & 1)


def failed(said: Path) -> list[str]:
    """The tests that pytest names as failed in its last lines."""
    found = said.read_text("utf-8", "replace").splitlines()
    return [line.split(" - ")[0].partition(" ")[2] for line in found if line.startswith(("FAILED ", "ERROR "))]


def _places(mutant: Mutant) -> Iterator[dict[str, int]]:
    """Modules and bits of lines, the narrowest first: the statement; of a function's head, the function; of what runs
    while modules are imported, the module and whoever imports it."""
    tree = ast.parse((ROOT / mutant.file).read_bytes())
    around = [node for node in ast.walk(tree) if getattr(node, "lineno", mutant.line + 1) <= mutant.line <= _end(node)]
    statement = max((node for node in around if isinstance(node, ast.stmt)), key=lambda node: node.lineno)
    functions = [node for node in around if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    end = _end(statement) if statement in functions else _head_end(statement)
    yield {mutant.file: _bits(range(statement.lineno + (statement in functions), end + 1))}
    if not functions:
        yield dict.fromkeys((mutant.file, *_users(mutant.file)), -1)


def _end(node: ast.AST) -> int:
    return getattr(node, "end_lineno", 0)


def _head_end(statement: ast.stmt) -> int:
    """The last line of what a statement does before the statements within it."""
    body = getattr(statement, "body", None)
    return max(statement.lineno, body[0].lineno - 1) if body else _end(statement)


def _bits(numbers: Iterable[int]) -> int:
    return functools.reduce(lambda bits, line: bits | 1 << line, numbers, 0)


@functools.cache
def _users(file: str) -> list[str]:
    """The modules under tasks/ that import this one, by their text."""
    stem = Path(file).stem
    words = (f".{stem} import", f"import {stem}\n", f"import {stem},", f", {stem}\n", f", {stem},")
    found = ((path, path.read_text("utf-8")) for path in (ROOT / "tasks").rglob("*.py"))
    return [path.relative_to(ROOT).as_posix() for path, text in found if any(word in text for word in words)]


def _file(test: str) -> str:
    return test.partition("::")[0]


def hashes(folder: str, pattern: str = "*.py") -> dict[str, str]:
    """The files of a folder by their path from the root, with what tells whether they were changed."""
    found = sorted((ROOT / folder).rglob(pattern))
    return {path.relative_to(ROOT).as_posix(): _hash(path) for path in found}


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]
