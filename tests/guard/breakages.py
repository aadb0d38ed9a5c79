"""Proof that the guard can fail: a copy of the new code is broken in one place, and a scenario has to notice.

Each breakage is a search over all modules, whatever they are called, so that it finds its place after they moved. One
that finds nothing is a failure as well: then its pattern has to follow the code.
"""

import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Breakage:
    """Every match of `pattern` becomes `word`; the scenarios of those names have to differ."""

    what: str
    pattern: re.Pattern[str]
    word: str
    scenarios: tuple[str, ...]


def _breakage(what: str, pattern: str, word: str, *scenarios: str) -> Breakage:
    return Breakage(what, re.compile(pattern), word, scenarios)


_WRITE_IF_NEW = r'(def write_if_new\(path: Path, data: bytes\) -> bool:\n    """.*"""\n)'
BREAKAGES = (
    _breakage("a word of a message", r"nothing was sent", "nothing was posted", "plan"),
    _breakage("the recipe of the digest", r"(?m)^FORMAT = 1$", "FORMAT = 2", "visual fresh"),
    _breakage(
        "a file that is not written",
        _WRITE_IF_NEW,
        r'\1    if path.name == "usage.csv":\n        return False\n',
        "visual fresh",
    ),
    _breakage(
        "a file written without need",
        r"if path\.read_bytes\(\) == data:",
        'if path.read_bytes() == data and path.name != "gallery.html":',
        "gallery",
    ),
    _breakage("an exit status", r"exit_code = 3\b", "exit_code = 4", "with a wrong key", "refused"),
    _breakage(
        "the order of keys",
        r'( +)("key": \S+,)\n +("prompt_id": \S+,)\n( +"digest")',
        r"\1\3\n\1\2\n\4",
        "visual immediate",
    ),
    _breakage(
        "a hair of a price",
        r"(round\(\(tokens\.input \* price\.input .*\) / 1_000_000), 9\)",
        r"\1, 4)",
        "visual fresh",
    ),
    _breakage("a request too many", r"(\n +job = client\.create\(.*\))", r"\1\1", "visual fresh"),
    _breakage(
        "a point to die at", r'reached\("after-create"\)', 'reached("created")', "killed at after-create (batch)"
    ),
    _breakage("a look of a page", r"font-weight: ?\d00", "font-weight: 500", "gallery"),
)


def broken(code: Path, breakage: Breakage) -> int:
    """Break the copy in `code`; returns how many files were changed."""
    paths = [path for kind in ("*.py", "*.css") for path in code.rglob(kind) if _is_of_commands(path.relative_to(code))]
    changed = 0
    for path in sorted(paths):
        before = path.read_text("utf-8")
        after = breakage.pattern.sub(breakage.word, before)
        if after != before:
            path.write_text(after, "utf-8")
            changed += 1
    return changed


def _is_of_commands(path: Path) -> bool:
    return path.parts[0] not in ("tests", "docs", ".ci") and "emulator" not in path.parts
