"""README and docs say what is true: every command they name exists, every message they quote stands in the code."""

import ast
import functools
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.catalog.catalog import load_catalog
from tasks.catalog.choice import Choice
from tasks.catalog.model import TIERS
from tasks.catalog.pricing import cost
from tasks.driver.help_text import OF_THE_PROGRAM
from tasks.project.paths import Paths
from tasks.providers.answer import Tokens
from tests.support.emulator_process import ROOT

JAPANESE = ROOT / "README.ja.md"
GUIDES = [ROOT / "docs" / "guide.md", ROOT / "docs" / "guide.ja.md"]
SAID_AGAIN = tuple((ROOT / "docs").glob("*.ja.md"))
"""Their blocks are those of the English ones, so they are not run again."""
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)

FIELD = re.compile(r"\{\w[^{}]*\}")
"""A field of a sentence's template."""

NOT_RUN = {
    "uv tool install ./kamishibai": "the wheel of this tree is installed, by pip and without a network",
    "kamishibai review CH=CH01": "runs until Ctrl-C; test_review.py starts and ends it",
    "make demo": "sets up .venv over the network; .ci/run does it, here `make -n` checks that the target exists",
    "make test": "that is this very test suite",
    "make help": "prints the targets of the Makefile in the project's own folder",
    "doit review CH=CH01": "runs until Ctrl-C; test_review.py starts and ends it",
    "doit listen": "runs until Ctrl-C; test_listen.py starts and ends it",
}


ENDLESS = {"doit review CH=CH01", "doit listen"}


def blocks(document: Path) -> list[str]:
    """The shell blocks of a document, in order."""
    return BLOCK.findall(document.read_text("utf-8"))


def _lines(document: Path) -> list[str]:
    return [line.strip() for block in blocks(document) for line in block.splitlines()]


def test_what_is_not_run_is_named_and_exists() -> None:
    """Commands that cannot be run inside a test are few, each has its reason, and make knows its targets."""
    used = {line for document in DOCUMENTS for line in _lines(document)}
    assert {line for line in used if re.match(r"make |git |uv |\. ", line)} <= NOT_RUN.keys() <= used | ENDLESS
    for line in sorted(line for line in used if line.startswith("make ")):
        done = subprocess.run(["make", "-n", *line.split()[1:]], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, f"{line}\n{done.stderr}"


def test_commands_in_running_text_exist() -> None:
    """A `doit …` in a sentence names a task of dodo.py."""
    tasks = set(re.findall(r"^def task_(\w+)", (ROOT / "dodo.py").read_text("utf-8"), re.MULTILINE))
    for document in [*DOCUMENTS, JAPANESE]:
        named = set(re.findall(r"`(?:doit|kamishibai) ([a-z]+)", document.read_text("utf-8")))
        named -= {"list", "clean", "help", *OF_THE_PROGRAM}
        assert named <= tasks, document.name


@functools.cache
def _texts() -> str:
    """Every text constant of the code, with … for values, one a line."""
    found = []
    for path in [ROOT / "dodo.py", *(ROOT / "tasks").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(FIELD.sub("…", node.value))
            elif isinstance(node, ast.JoinedStr):
                parts = (str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
                found.append("".join(parts))
    return "\n".join(text.replace("\n", " ") for text in found)


def _quoted() -> list[str]:
    """Messages quoted in operations.md: in headings and in the first column of tables."""
    text = (ROOT / "docs" / "operations.md").read_text("utf-8")
    places = re.findall(r"^### (.*)$|^\| (\".*?\") *(?:with [^|]*)?\|", text, re.MULTILINE)
    return [quote for place in places for part in place for quote in re.findall(r'"([^"]+)"', part)]


@pytest.mark.parametrize("message", _quoted())
def test_every_quoted_message_stands_in_the_code(message: str) -> None:
    """What operations.md explains can really be said."""
    pieces = [re.escape(piece.strip()) for piece in message.split("…") if piece.strip()]
    assert re.search(r"[^\n]*…[^\n]*".join(pieces), _texts()), message


def _stops() -> Iterator[tuple[str, list[str]]]:
    """Where a person is stopped, and the pieces of text of each message, where it has words of its own."""
    for path in sorted((ROOT / "tasks").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            name = getattr(getattr(node, "func", None), "attr", getattr(getattr(node, "func", None), "id", ""))
            if not isinstance(node, ast.Call) or name not in ("Stop", "StorePictureDamaged", "trouble"):
                continue
            said = node.args[name == "trouble"]
            texts = [str(each.value) for each in ast.walk(said) if isinstance(each, ast.Constant)]
            pieces = [piece for text in texts for piece in FIELD.split(text) if len(piece) > 9]
            if pieces:
                yield f"{path.name}:{node.lineno}", [str(each).strip(" :;(") for each in pieces]


@pytest.mark.parametrize(("where", "pieces"), list(_stops()))
def test_every_stop_has_its_entry(where: str, pieces: list[str]) -> None:
    """A message that ends a command with exit status 1 is explained in operations.md, under its own words."""
    text = " ".join((ROOT / "docs" / "operations.md").read_text("utf-8").split())
    assert any(piece[:40] in text for piece in pieces), f"{where}: {pieces}"


def test_the_readme_prices_are_those_of_the_configs() -> None:
    """Every price in README's table is what the catalogue says of a picture of that size on that lane."""
    catalog = load_catalog(Paths(ROOT))
    row = r"^\| `(\w+-\d)` \| ([\w.-]+)[^|]*\| (\w+) \|([^|]*)\|([^|]*)\|([^|]*)\|$"
    table = re.findall(row, DOCUMENTS[0].read_text("utf-8"), re.MULTILINE)
    assert len(table) >= 10
    for code, name, lane, *cells in table:
        slot = catalog.slots[code]
        model = catalog.models[slot.model_key]
        assert (model.name.rpartition("/")[2], slot.lane.value) == (name, lane)
        for size, cell in zip(("1K", "2K", "4K"), cells, strict=True):
            choice = Choice(code, model, slot.lane, "16:9", size, None, "a test", slot.quality)
            tokens = Tokens(image=choice.image_tokens)
            price = f"${cost(model, TIERS[slot.lane], tokens):.4f}" if size in model.image_sizes else ""
            assert cell.strip() in (price, "$0" if price == "$0.0000" else price), f"{code} {size}"


@pytest.mark.parametrize("document", [*DOCUMENTS, JAPANESE], ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    """Every link to a file of the project finds it."""
    links = re.findall(r"\]\(((?!https?:)[^)#]+)", document.read_text("utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


FRAME = {
    "headings": r"^#+ ",
    "blocks": r"^```(?:sh|json|yaml)\n.*?^```$",
    "rows": r"^\|",
    "prices": r"\$\d\.\d{4}",
    "names": r"(?<!`)`[^`\n]+`(?!`)",
    "links": r"\]\((?!README|guide)[^)]+\)",
}


@pytest.mark.parametrize("what", FRAME)
@pytest.mark.parametrize("pair", [(DOCUMENTS[0], JAPANESE), tuple(GUIDES)], ids=lambda pair: pair[0].name)
def test_both_languages_say_the_same(pair: tuple[Path, Path], what: str) -> None:
    """README and guide have the same headings, blocks to copy, rows, prices, names and links in both languages."""
    english, japanese = (re.sub(r"\.ja\.(md|webp)", r".\1", path.read_text("utf-8")) for path in pair)
    found = re.compile(FRAME[what], re.MULTILINE | re.DOTALL)
    assert sorted(found.findall(japanese)) == sorted(found.findall(english))


def test_a_picture_is_in_the_language_of_its_page() -> None:
    """README and guide show pictures of Japanese pages in Japanese, of English ones in English; each is there."""
    for path in (DOCUMENTS[0], JAPANESE, *GUIDES):
        shown = [path.parent / name for name in re.findall(r"\]\(([^)]*\.webp)\)", path.read_text("utf-8"))]
        assert [each.name for each in shown if not each.is_file()] == []
        assert {each.name.endswith(".ja.webp") for each in shown} <= {path.name.endswith(".ja.md")}
