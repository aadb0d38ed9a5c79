"""Every sentence of the code, the pages and their scripts -> tasks/text/locale/<language>.

What is new is put into its .po, what nobody says any more is taken out, the .mo is made of it. Says what is not
translated yet. Run by `make messages`.
"""

import ast
import inspect
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_javascript
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment
from jinja2.ext import extract_from_ast

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from tasks.files.schema import first_sentence  # noqa: E402 - of this tree, wherever it is started

LOCALE = ROOT / "tasks" / "text" / "locale"
NAME = "LC_MESSAGES/kamishibai.po"
SAYERS = {
    **dict.fromkeys(("t", "later", "say"), (0,)),
    **dict.fromkeys(("Stop", "BadInput", "__init__"), (0, 1)),  # super().__init__ of a stop
    "trouble": (1, 2),
}
"""Who takes templates, and where."""
SCHEMAS = ("prompts", "channel_presets", "templates", "thumbnail_prompts", "sources", "budget", "image_model_slots")
"""Of the files that people write; those of others are told in English."""
_WORDS = re.compile(r"[^\W\d_]|[;,]")
_FIELD = re.compile(r"\{\{|\}\}|\{\w+(?:![rsa])?(?::[^a-z|{}][^{}]*)?\}")
"""What needs no translation: a field with nothing to count."""


@dataclass(frozen=True)
class Said:
    """A sentence and the file, as seen from the project, that says it."""

    template: str
    place: str


def sentences() -> Iterator[Said]:
    """Everything that a catalogue has to hold, in the order of files."""
    SAYERS.update(dict.fromkeys(_stops(), (0, 1)))
    for path in [*sorted((ROOT / "tasks").rglob("*")), ROOT / "dodo.py"]:
        place = path.relative_to(ROOT).as_posix()
        if place.startswith("tasks/emulator/") or path.suffix not in _READERS:
            continue
        for template in _READERS[path.suffix](path.read_text("utf-8")):
            if _WORDS.search(_FIELD.sub("", template)):
                yield Said(template, place)
    for name in SCHEMAS:
        path = ROOT / "schemas" / f"{name}.schema.json"
        yield from (Said(text, path.relative_to(ROOT).as_posix()) for text in of_schema(path.read_text("utf-8")))


def _stops() -> Iterator[str]:
    """The errors that are stops of another name, and take the same two templates."""
    for path in (ROOT / "tasks").rglob("*.py"):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef) and {"Stop", "BadInput"} & {
                getattr(each, "id", "") for each in node.bases
            }:
                made = {each.name for each in node.body if isinstance(each, ast.FunctionDef)}
                yield from [] if "__init__" in made else [node.name]


def of_python(code: str) -> Iterator[str]:
    """Literals where a sentence is expected, and the docstrings of task creators, which are the commands' help."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            for at in SAYERS.get(name, ()):
                yield from _literals(node.args[at]) if at < len(node.args) else ()
        elif isinstance(node, ast.FunctionDef) and node.name.startswith("task_"):
            yield inspect.cleandoc(ast.get_docstring(node) or "")


def _literals(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp():
            yield from (*_literals(node.body), *_literals(node.orelse))
        case ast.BoolOp():
            for each in node.values:
                yield from _literals(each)


def of_page(template: str) -> Iterator[str]:
    """What a page says by t("...")."""
    for _, _, text in extract_from_ast(Environment(autoescape=True).parse(template), ("t",)):
        yield from [text] if isinstance(text, str) else [each for each in text or () if each]


def of_script(code: str) -> Iterator[str]:
    """What a script says by t("...")."""
    for _, _, text, _ in extract_javascript(BytesIO(code.encode()), {"t": None}, (), {}):
        yield text if isinstance(text, str) else text[0]


def of_schema(text: str) -> Iterator[str]:
    """What the keys mean that a file must have."""
    within = [json.loads(text)]
    while within:
        node = within.pop()
        within += node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        keys = node.get("required", ()) if isinstance(node, dict) else ()
        for described in (node["properties"].get(key, {}).get("description", "") for key in keys):
            yield from [first_sentence(described)] if described else []


_READERS = {".py": of_python, ".html": of_page, ".css": of_page, ".js": of_script}


def languages() -> list[Path]:
    """The .po of every language there is."""
    return sorted(LOCALE.glob(f"*/{NAME}"))


def read(path: Path) -> Catalog:
    """The catalogue of one language as it stands."""
    with path.open("rb") as stream:
        return read_po(stream, locale=path.parent.parent.name, domain="kamishibai")


def compiled(catalogue: Catalog) -> bytes:
    """What the program reads of it."""
    stream = BytesIO()
    write_mo(stream, catalogue)
    return stream.getvalue()


def _extracted() -> Catalog:
    found = Catalog(project="kamishibai", creation_date=datetime(2026, 11, 29, tzinfo=UTC))
    for said in sentences():
        found.add(said.template, locations=[(said.place, None)])
    return found


def _update(path: Path, found: Catalog) -> list[str]:
    """The language brought in step with the code. Gives what it does not say yet."""
    catalogue = read(path)
    catalogue.update(found, no_fuzzy_matching=True, update_header_comment=False)
    catalogue.obsolete.clear()
    for message in catalogue:
        message.flags.discard("python-format")
        message.flags.discard("python-brace-format")
        message.locations = sorted(set(message.locations), key=str)
    with path.open("wb") as stream:
        write_po(stream, catalogue, width=116, include_lineno=False, sort_output=True)
    path.with_suffix(".mo").write_bytes(compiled(catalogue))
    return [str(message.id) for message in catalogue if message.id and (not message.string or message.fuzzy)]


def main() -> int:
    found, code = _extracted(), 0
    for path in languages():
        missing = _update(path, found)
        for template in missing:
            sys.stdout.write(f"{path.relative_to(ROOT)}: not translated: {template!r}\n")
        code = code or bool(missing)
    return code


if __name__ == "__main__":
    sys.exit(main())
