"""schemas/*.schema.json, variables of the command line -> docs/configuration.md: every key that people write.

Run by `make docs`. Writes nothing when the page says it all already. What a key means stands in its schema, where
editors show it too; to change the page, change the schema.
"""

import json
import re
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tasks.driver.command_line import COMMANDS  # noqa: E402 - found by the line above
from tasks.project.settings import VARIABLES  # noqa: E402 - likewise

PAGE = ROOT / "docs" / "configuration.md"
FILES = (
    "image_models",
    "image_model_slots",
    "channel_presets",
    "budget",
    "sources",
    "store",
    "prompts",
    "templates",
    "thumbnail_prompts",
)
NAMES = {"providers": "provider", "models": "model key", "slots": "slot", "channels": "CH"}
TYPES = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false", "array": "list"}
HEAD = (ROOT / ".ci" / "configuration_head.md").read_text("utf-8")

Node = dict[str, Any]


def page() -> str:
    """The whole page, as Markdown."""
    parts = [HEAD.rstrip(), _variables()]
    for name in FILES:
        parts.append(_file(json.loads((ROOT / "schemas" / f"{name}.schema.json").read_text("utf-8"))))
    return "\n\n".join(parts) + "\n"


def _variables() -> str:
    rows = "\n".join(f"| `{name}=` | {_cell(text)} |" for name, text in VARIABLES.items())
    taken = "\n".join(f"| `doit {name}` | {_names(variables)} |" for name, variables in COMMANDS.items())
    return (
        f"## On the command line\n\n| variable | meaning |\n|---|---|\n{rows}\n\n"
        "A variable that a command does not take, or that is given twice, stops it with exit status 3.\n\n"
        f"| command | takes |\n|---|---|\n{taken}"
    )


def _names(variables: tuple[str, ...]) -> str:
    return " ".join(f"`{name}=`" for name in variables) or "nothing"


def _file(schema: Node) -> str:
    """The tables of one file. Mappings beside each other that have the same keys share one."""
    blocks = [f"## `{schema['title']}`", _cell(schema["description"])]
    blocks += [] if (own := _table(schema)) == "" else [own]
    told = [(path, node) for path, node in _mappings("", schema) if path and _table(node)]
    for (said, table), group in groupby(told, lambda each: (each[1].get("description", ""), _table(each[1]))):
        names = ", ".join(f"`{path}`" for path, _ in group)
        blocks += [f"**{names}**: {_cell(said)}" if said else f"**{names}**", table]
    return "\n\n".join(blocks)


def _mappings(path: str, node: Node) -> Iterator[tuple[str, Node]]:
    """Every mapping in `node` that has keys of its own, with its path, from the outside in."""
    if "properties" in node:
        yield path, node
    for name, child in node.get("properties", {}).items():
        yield from _mappings(f"{path}.{name}" if path else name, _inside(child))
    for child in _any_name(node):
        yield from _mappings(f"{path}.<{NAMES.get(path.rpartition('.')[2], 'name')}>", child)
    if isinstance(items := node.get("items"), dict):
        yield from _mappings(f"{path}[]", items)


def _any_name(node: Node) -> list[Node]:
    """Schemas of values whose keys are chosen by people, like channel codes."""
    named = [value for pattern, value in node.get("patternProperties", {}).items() if pattern != "^x-"]
    return [value for value in (*named, node.get("additionalProperties")) if isinstance(value, dict)]


def _inside(node: Node) -> Node:
    """The one alternative of `node` that is a mapping, where it offers several forms."""
    return next((each for each in node.get("anyOf", ()) if "properties" in each), node)


def _table(node: Node) -> str:
    """The keys of one mapping; those that are mappings with a table of their own are left to it."""
    required = node.get("required", ())
    rows = [
        f"| `{name}` | {_type(child)}{', **required**' if name in required else ''} | {_example(child)} "
        f"| {_cell(child.get('description', ''))} |"
        for name, child in node["properties"].items()
        if name != "$schema" and not list(_mappings("", child))
    ]
    return "\n".join(("| key | type | example | meaning |", "|---|---|---|---|", *rows)) if rows else ""


def _type(node: Node) -> str:
    if "const" in node:
        return f"always `{json.dumps(node['const']).strip(chr(34))}`"
    if "enum" in node:
        return " ".join(f"`{each}`" for each in node["enum"] if each is not None)
    kinds = node.get("type", "anything")
    kinds = [kinds] if isinstance(kinds, str) else [each for each in kinds if each != "null"]
    if kinds == ["array"] and isinstance(node.get("items"), dict):
        return f"list of: {_type(node['items'])}"
    if kinds == ["object"]:
        return "mapping"
    return " or ".join(TYPES.get(each, each) for each in kinds)


def _example(node: Node) -> str:
    found = node.get("examples") or node.get("items", {}).get("examples", ())[:1]
    return " ".join(f"`{each if isinstance(each, str) else json.dumps(each)}`" for each in found[:2])


def _cell(text: str) -> str:
    """Text that cannot end a cell of a table, nor be taken for markup."""
    return re.sub(r"\s+", " ", text).replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")


def main() -> None:
    text = page()
    if not PAGE.is_file() or PAGE.read_text("utf-8") != text:
        PAGE.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
