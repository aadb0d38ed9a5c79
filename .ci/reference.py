"""schemas/*.schema.json, variables of the command line -> docs/configuration.md: every key that people write.

Run by `make docs`. Writes nothing when the page says it all already. What a key means stands in its schema, where
editors show it too; to change the page, change the schema. The Japanese page is made of the same schemas and of
.ci/configuration.ja.json, which has its words by the English ones; variables are told as commands tell them.
"""

import gettext
import json
import re
import sys
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tasks.driver.command_line import COMMANDS  # noqa: E402 - found by the line above
from tasks.project.settings import VARIABLES  # noqa: E402 - likewise

PAGES = {"": ROOT / "docs" / "configuration.md", ".ja": ROOT / "docs" / "configuration.ja.md"}
OWN: dict[str, str] = json.loads((ROOT / ".ci" / "configuration.ja.json").read_text("utf-8"))
with (ROOT / "tasks" / "text" / "locale" / "ja" / "LC_MESSAGES" / "kamishibai.mo").open("rb") as stream:
    MESSAGES = gettext.GNUTranslations(stream)
JAPANESE = OWN | {text: MESSAGES.gettext(text) for text in VARIABLES.values()}
"""What variables mean is said by commands too, so it stands in the catalogue of messages; the rest beside this file."""
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

Node = dict[str, Any]
Say = Callable[[str], str]
"""An English text, as the page says it."""


def page(language: str) -> str:
    """The whole page, as Markdown. language: "" for English, ".ja". KeyError: a text that is not translated."""
    head = ROOT / ".ci" / f"configuration_head{language}.md"
    return f"{head.read_text('utf-8').rstrip()}\n\n{body(JAPANESE.__getitem__ if language else str)}\n"


def body(say: Say) -> str:
    """Everything below the head, whose every text `say` is asked for."""
    schemas = (json.loads((ROOT / "schemas" / f"{name}.schema.json").read_text("utf-8")) for name in FILES)
    return "\n\n".join([_variables(say), *(_file(schema, say) for schema in schemas)])


def texts() -> list[str]:
    """What the catalogue beside this file has to hold, in the order of the page."""
    found: dict[str, str] = {}
    body(lambda text: found.setdefault(text, text))
    return [text for text in found if text not in VARIABLES.values()]


def _variables(say: Say) -> str:
    rows = (f"| `{name}=` | {_cell(say(text))} |" for name, text in VARIABLES.items())
    taken = (f"| `doit {name}` | {_names(variables) or say('nothing')} |" for name, variables in COMMANDS.items())
    refused = say("A variable that a command does not take, or that is given twice, stops it with exit status 3.")
    return "\n\n".join(
        (
            f"## {say('On the command line')}",
            "\n".join((f"| {say('variable')} | {say('meaning')} |", "|---|---|", *rows)),
            refused,
            "\n".join((f"| {say('command')} | {say('takes')} |", "|---|---|", *taken)),
        )
    )


def _names(variables: tuple[str, ...]) -> str:
    return " ".join(f"`{name}=`" for name in variables)


def _file(schema: Node, say: Say) -> str:
    """The tables of one file. Mappings beside each other that have the same keys share one."""
    blocks = [f"## `{schema['title']}`", _cell(say(schema["description"]))]
    blocks += [] if (own := _table(schema, say)) == "" else [own]
    told = [(path, node) for path, node in _mappings("", schema) if path and _table(node, say)]
    for (said, table), group in groupby(told, lambda each: (each[1].get("description", ""), _table(each[1], say))):
        names = ", ".join(f"`{path}`" for path, _ in group)
        blocks += [f"**{names}**: {_cell(say(said))}" if said else f"**{names}**", table]
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


def _table(node: Node, say: Say) -> str:
    """The keys of one mapping; those that are mappings with a table of their own are left to it."""
    required = {name: f", **{say('required')}**" for name in node.get("required", ())}
    rows = [
        f"| `{name}` | {_type(child, say)}{required.get(name, '')} | {_example(child)} "
        f"| {_cell(say(child.get('description', '')))} |"
        for name, child in node["properties"].items()
        if name != "$schema" and not list(_mappings("", child))
    ]
    head = " | ".join(say(each) for each in ("key", "type", "example", "meaning"))
    return "\n".join((f"| {head} |", "|---|---|---|---|", *rows)) if rows else ""


def _type(node: Node, say: Say) -> str:
    if "const" in node:
        return say("always {value}").format(value=f"`{json.dumps(node['const']).strip(chr(34))}`")
    if "enum" in node:
        return " ".join(f"`{each}`" for each in node["enum"] if each is not None)
    kinds = node.get("type", "anything")
    kinds = [kinds] if isinstance(kinds, str) else [each for each in kinds if each != "null"]
    if kinds == ["array"] and isinstance(node.get("items"), dict):
        return say("list of: {type}").format(type=_type(node["items"], say))
    if kinds == ["object"]:
        return say("mapping")
    return say(" or ").join(say(TYPES.get(each, each)) for each in kinds)


def _example(node: Node) -> str:
    found = node.get("examples") or node.get("items", {}).get("examples", ())[:1]
    return " ".join(f"`{each if isinstance(each, str) else json.dumps(each)}`" for each in found[:2])


def _cell(text: str) -> str:
    """Text that cannot end a cell of a table, nor be taken for markup."""
    return re.sub(r"\s+", " ", text).replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")


def main() -> int:
    missing = [text for text in texts() if text not in OWN]
    for text in missing:
        sys.stdout.write(f".ci/configuration.ja.json: not translated: {json.dumps(text, ensure_ascii=False)}\n")
    for language, path in PAGES.items():
        if language and missing:
            continue
        text = page(language)
        if not path.is_file() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
