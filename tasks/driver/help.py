"""Our own help: what there is to do, by what people want, and one command with its variables and examples."""

import functools
from collections.abc import Mapping, Sequence

from ..project.layers import INSTALLED, PACKAGE
from ..project.settings import VARIABLES
from ..text.sentences import t
from ..text.terminal import wrapped
from .command_line import COMMANDS
from .help_text import EXAMPLES, GROUPS, OF_THE_PROGRAM

PROGRAM = "kamishibai" if INSTALLED else "doit"
"""What a person types here."""
_WIDTH = 80
_ASKING = frozenset({"help", "--help", "-h"})


def asked(words: Sequence[str]) -> str | None:
    """The command whose help a command line asks for, "" for all of it; None when it asks for none.

    doit's own commands keep the help that they have.
    """
    if _ASKING.isdisjoint(words[:1]) and "--help" not in words and "-h" not in words:
        return None
    names = [word for word in words if word not in _ASKING and not word.startswith("-") and "=" not in word]
    if not names:
        return ""
    return names[0] if names[0] in described() else None


def described() -> Mapping[str, str]:
    """Every command with what it does: the docstrings of dodo.py, and the program's own where it is installed."""
    return {**_of_dodo(), **(OF_THE_PROGRAM if INSTALLED else {})}


@functools.cache
def _of_dodo() -> Mapping[str, str]:
    import ast

    path = (PACKAGE if INSTALLED else PACKAGE.parent) / "dodo.py"
    creators = [node for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, ast.FunctionDef)]
    return {node.name.removeprefix("task_"): ast.get_docstring(node) or "" for node in creators}


def page(command: str) -> str:
    """The help of one command, or, of "", of all of them."""
    return _of(command) if command else _all()


def _all() -> str:
    head = t("Kamishibai: lists of prompts in, pictures out. Nothing is paid for twice.")
    lines = [head, t("{program} COMMAND NAME=VALUE …", program=PROGRAM), ""]
    found = described()
    for title, commands in GROUPS.items():
        named = [command for command in commands if command in found]
        lines += [t(title), *(f"  {command:<11} {_first(found[command])}" for command in named), ""]
    if others := [command for command in found if not any(command in each for each in GROUPS.values())]:
        lines += [t("more"), *(f"  {command:<11} {_first(found[command])}" for command in others), ""]
    return "\n".join([*lines, t("one command, with examples: {program} help visual", program=PROGRAM)])


def _first(text: str) -> str:
    return t(text).partition("\n")[0]


def _of(command: str) -> str:
    first, *more = t(described()[command]).splitlines()
    lines = [f"{PROGRAM} {command}", f"  {first}"]
    for line in more:
        lines += wrapped(line.strip(), _WIDTH, "  ", "  ")
    if takes := COMMANDS.get(command, ()):
        lines += ["", t("variables"), *(line for name in takes for line in _variable(name))]
    if examples := EXAMPLES.get(command):
        lines += ["", t("examples"), *(f"  {PROGRAM} {example.format(program=PROGRAM)}" for example in examples)]
    return "\n".join(lines)


def _variable(name: str) -> list[str]:
    head = f"{name}=".ljust(9)
    return wrapped(t(VARIABLES[name]), _WIDTH, f"  {head} ", " " * 12)
