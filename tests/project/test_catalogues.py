"""Every sentence is said in every language, with the same fields, and what is typed stays what is typed."""

import ast
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from types import ModuleType

import pytest
from babel.messages.catalog import Catalog, Message

from tests.support.emulator_process import ROOT

LANGUAGES = sorted(path.parent.parent.name for path in (ROOT / "tasks/text/locale").glob("*/LC_MESSAGES/kamishibai.po"))
TYPED = re.compile(
    r"\b(?:doit|kamishibai|git) (?!that )(?:lfs )?[a-z]{3,}\b"
    r"|\b[A-Z]{2,}=|\b[A-Z]+(?:_[A-Z]+)+\b|[\w/.-]+\.(?:jsonl?|yaml|csv|html|md|xlsx)\b|Ctrl-C",
    re.ASCII,
)
"""Commands, variables and files: they have no other name in any language."""
TAG = re.compile(r"</?[a-z]+>")


@pytest.fixture(scope="module")
def messages() -> ModuleType:
    """The program behind `make messages`."""
    spec = importlib.util.spec_from_file_location("messages", ROOT / ".ci" / "messages.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module", params=LANGUAGES)
def catalogue(request: pytest.FixtureRequest, messages: ModuleType) -> Catalog:
    """One language as it is kept."""
    (path,) = [each for each in messages.languages() if each.parent.parent.name == request.param]
    found: Catalog = messages.read(path)
    return found


def _told(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


def test_there_is_japanese() -> None:
    """Most people who use this work in Japanese."""
    assert "ja" in LANGUAGES


def test_every_sentence_is_translated(catalogue: Catalog, messages: ModuleType) -> None:
    """Whoever adds a sentence runs `make messages` and says it in every language; what nobody says any more is gone."""
    wanted = {said.template for said in messages.sentences()}
    told = {message.id for message in _told(catalogue) if message.string and not message.fuzzy}
    assert {"missing": sorted(wanted - told), "left over": sorted({m.id for m in _told(catalogue)} - wanted)} == {
        "missing": [],
        "left over": [],
    }


def test_it_is_what_the_program_reads(catalogue: Catalog, messages: ModuleType) -> None:
    """The .mo beside it is made of it: `make messages`."""
    (path,) = [each for each in messages.languages() if each.parent.parent.name == str(catalogue.locale)]
    assert path.with_suffix(".mo").read_bytes() == messages.compiled(catalogue)


def test_fields_are_the_same(catalogue: Catalog) -> None:
    """A sentence loses none of its facts, and asks for none that nobody gives; numbers have their format."""
    wrong = {
        message.id: message.string for message in _told(catalogue) if _fields(message.id) != _fields(message.string)
    }
    assert wrong == {}


def _fields(template: str) -> dict[str, str]:
    """Names with the formats of numbers; what a noun is, each language says itself. {} of text that is no template."""
    try:
        parts = list(Formatter().parse(template))
    except ValueError:
        return {}
    named = [(name, spec or "") for _, name, spec, _ in parts if name is not None and name.isidentifier()]
    return {name: "" if spec[:1].isalpha() else spec for name, spec in named}


def test_counting_has_the_forms_of_the_language(catalogue: Catalog) -> None:
    """As many forms as the header says, and a counter wherever English counts."""
    for message in _told(catalogue):
        if not _fields(message.id):
            continue
        counting = {name for _, name, spec, _ in Formatter().parse(message.id) if spec and spec[:1].isalpha()}
        for _, name, spec, _ in Formatter().parse(message.string):
            if spec and spec[:1].isalpha():
                assert spec.count("|") + 1 == catalogue.num_plurals, message.string
                counting.discard(name)
        plain = {name for name in counting if f"{{{name}}} " in message.string or f"{{{name}:,}} " in message.string}
        assert counting == plain, message.string


def test_what_is_typed_stays(catalogue: Catalog) -> None:
    """A command that is shown can be copied in every language; tags of pages close as they did."""
    wrong = {}
    for message in _told(catalogue):
        for pattern in (TYPED, TAG):
            before, after = (sorted(set(pattern.findall(text))) for text in (message.id, message.string))
            if before != after:
                wrong[message.id] = (message.string, before, after)
    assert wrong == {}


def test_a_command_stands_apart(catalogue: Catalog) -> None:
    """Letters of other scripts beside a command would hide where it begins and ends."""
    beside = re.compile(r"[^\W0-9A-Za-z_](?:doit|kamishibai) [a-z]|\b(?:doit|kamishibai) [a-z]+[^\W0-9A-Za-z_]")
    assert [message.string for message in _told(catalogue) if beside.search(message.string)] == []


def test_blanks_at_both_ends_stay(catalogue: Catalog) -> None:
    """Pieces that are put together keep what parts them; a full stop of its own may take the place of a blank."""
    for message in _told(catalogue):
        if message.id.startswith("\n"):
            assert message.string.startswith("\n"), message.id
        if message.id.endswith(": "):
            assert message.string.endswith(": "), message.id


OURS = [path for path in sorted((ROOT / "tasks").rglob("*.py")) if "emulator" not in path.parts]


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.relative_to(ROOT / "tasks").as_posix())
def test_nothing_is_said_while_a_module_is_read(path: Path) -> None:
    """The language may stand in .env, which is read later: a constant is marked by later, and said where it is used."""
    said = [f"{path.name}:{node.lineno}" for node in _at_import(ast.parse(path.read_text("utf-8")))]
    assert said == []


def _at_import(node: ast.AST, inside: bool = False) -> Iterator[ast.Call]:
    """Calls of t that a module makes while it is imported: outside of every body of a function."""
    for child in ast.iter_child_nodes(node):
        body = node.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) else []
        if isinstance(child, ast.Call) and getattr(child.func, "id", "") == "t" and not inside:
            yield child
        yield from _at_import(child, inside or child in body or isinstance(node, ast.Lambda))


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.relative_to(ROOT / "tasks").as_posix())
def test_what_t_is_given_by_name_was_marked(path: Path) -> None:
    """A template in a local name is a literal marked by later, else no catalogue would ever hold it."""
    if path.name == "sentences.py":
        return
    for function in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(function, ast.FunctionDef):
            nodes = list(ast.walk(function))
            names = {
                node.args[0].id
                for node in nodes
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "t" and node.args
                if isinstance(node.args[0], ast.Name)
            }
            bare = [
                f"{path.name}:{node.lineno}"
                for node in nodes
                if isinstance(node, ast.Assign) and isinstance(node.value, (ast.Constant, ast.JoinedStr))
                if any(isinstance(target, ast.Name) and target.id in names for target in node.targets)
            ]
            assert bare == []
