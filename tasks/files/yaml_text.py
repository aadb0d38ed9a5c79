"""YAML text -> its data: the core of YAML 1.2 that JSON has too, no repeated keys; and the line of every value.

So `16:9`, `0001`, `no` and `2026-10-06` stay text; YAML 1.1, PyYAML's default, reads 969, 1, false and a date.
"""

import functools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..text.sentences import t
from .problem import CHANGE, NotADocument, Problem, Spot, Steps, pointer, refused, repeated_key, shown

DEEPEST = 100
"""Lists and mappings inside one another; our own files have six."""


def spots(text: str) -> Mapping[Steps, Spot]:
    """The lines of every value of a text that `parse` accepts."""
    import yaml

    found: dict[Steps, Spot] = {}
    if node := yaml.compose(text, Loader=_loader()):
        _spots(node, (), None, found)
    return found


@functools.cache
def _loader() -> Any:
    import yaml

    class CoreLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # the C one where built
        yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  # PyYAML's own name for it

    for kind, pattern, first in (
        ("null", r"~|null|", ["~", "n", ""]),
        ("bool", r"true|false", list("tf")),
        ("int", r"[-+]?(?:0|[1-9][0-9]*)", list("-+0123456789")),
        ("float", r"[-+]?(?:0|[1-9][0-9]*)\.[0-9]+", list("-+0123456789")),
    ):
        CoreLoader.add_implicit_resolver(f"tag:yaml.org,2002:{kind}", re.compile(f"(?:{pattern})\\Z"), first)
    return CoreLoader


def parse(path: Path, text: str) -> Any:
    """Data of the YAML `text` of `path`; NotADocument with every bad key, or the first error and its column."""
    import yaml

    loader = _loader()(text)
    try:
        _refuse_traps(path, text)
        node = loader.get_single_node()
        if problems := _key_problems(path, node, ()):
            raise NotADocument(problems)
        return loader.construct_document(node) if node else None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        message = getattr(error, "problem", None) or getattr(error, "reason", t("not YAML"))
        column = t("column {column}: ", column=mark.column + 1) if mark else ""
        raise refused(
            path, mark and mark.line + 1, t("{column}{message}", column=column, message=message), CHANGE
        ) from None
    except ValueError:  # Python reads no number of more than 4,300 digits
        raise refused(path, None, t("holds a number that is absurdly long"), CHANGE) from None
    finally:
        loader.dispose()


def _refuse_traps(path: Path, text: str) -> None:
    """Aliases, of which ten lines unfold to gigabytes, and nesting on which libyaml's composer overflows its stack."""
    import yaml

    depth = 0
    for event in yaml.parse(text, Loader=_loader()):
        line = event.start_mark.line + 1 if event.start_mark else None
        if isinstance(event, yaml.AliasEvent):
            raise refused(
                path,
                line,
                t("refers to another place (*{anchor})", anchor=event.anchor),
                t("write the value itself there"),
            )
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise refused(path, line, t("is nested too deep to be one of our files"))


def _key_problems(path: Path, node: Any, steps: Steps) -> list[Problem]:
    """Keys that are repeated or are not text, in the whole tree below `node`."""
    problems: list[Problem] = []
    seen: set[str] = set()
    for step, key, child in _children(node):
        line = key.start_mark.line + 1 if key else 0
        if key and not key.tag.endswith(":str"):
            problems.append(
                Problem(
                    path, line, pointer(steps), t("the key {step} is not text", step=shown(step)), t("put it in quotes")
                )
            )
        if key and step in seen:
            problems.append(repeated_key(path, line, (*steps, step)))
        seen.add(step)
        problems += _key_problems(path, child, (*steps, step))
    return problems


def _children(node: Any) -> list[tuple[Any, Any, Any]]:
    """(step, key node or None, value node) of every child of a YAML node."""
    if node and node.id == "mapping":
        return [(str(key.value), key, value) for key, value in node.value]
    if node and node.id == "sequence":
        return [(index, None, value) for index, value in enumerate(node.value)]
    return []


def _spots(node: Any, steps: Steps, key: int | None, found: dict[Steps, Spot]) -> None:
    line = node.start_mark.line + 1
    found[steps] = Spot(key or line, line)
    for step, key_node, child in _children(node):
        _spots(child, (*steps, step), key_node and key_node.start_mark.line + 1, found)
