"""Reading proto3 JSON that may not be what was promised: every look-up has an answer of its kind, none raises.

Field names come in camelCase or in the snake_case of the .proto file, and 64-bit numbers as strings
(https://protobuf.dev/programming-guides/json/).
"""

import re
from collections.abc import Mapping
from typing import Any

import orjson

from ..text.redaction import one_line

MOST = 10**9
"""What claims to be more things than this is no count."""

MOST_VALUES = 200_000
"""An answer with more values than that is none: it would take a hundred times its length in memory."""

_CAPITAL = re.compile(r"[A-Z]")


def field(found: Mapping[str, Any], name: str) -> Any:
    """The field with the camelCase `name` in either spelling; None when absent."""
    if name in found:
        return found[name]
    return found.get(_CAPITAL.sub(lambda letter: "_" + letter[0].lower(), name))


def is_absurd(body: bytes) -> bool:
    """Whether JSON holds more values than any answer has; base64 has none of the letters that part values."""
    return body.count(b",") + body.count(b"[") + body.count(b"{") > MOST_VALUES


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object in an answer of the API. Raises ValueError when it is none, or absurdly large."""
    if is_absurd(body):
        raise ValueError("more values than any answer has")
    found = orjson.loads(body)
    if not isinstance(found, dict):
        raise ValueError(f"not a JSON object but {type(found).__name__}")  # noqa: TRY004 - one kind of failure
    return found


def name_of(kind: str, pattern: re.Pattern[str], found: object) -> str:
    """`found` if it is a name as `pattern` has it: it goes into paths, addresses and messages.

    kind: what it is called in the error. Raises ValueError for anything else.
    """
    if isinstance(found, str) and pattern.fullmatch(found):
        return found
    raise ValueError(f"no name of {kind}: {one_line(repr(found), 60)}")


def message(found: Any) -> Mapping[str, Any]:
    """`found` if it is an object, else an empty one."""
    return found if isinstance(found, dict) else {}


def items(found: Any) -> list[Any]:
    """`found` if it is a list, else an empty one."""
    return found if isinstance(found, list) else []


def text(found: Any) -> str:
    """`found` if it is a string, else the empty string."""
    return found if isinstance(found, str) else ""


def count(found: Any) -> int:
    """`found` as a number of things; 0 when it is none, or absurdly large."""
    number = integer(found)
    return number if number is not None and 0 <= number <= MOST else 0


def integer(found: Any) -> int | None:
    """`found` as an integer of any use; None when it is none."""
    if isinstance(found, str) and found.isascii() and found.isdecimal() and len(found) < 20:
        return int(found)
    return found if isinstance(found, int) and not isinstance(found, bool) else None
