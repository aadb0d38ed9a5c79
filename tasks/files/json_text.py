"""JSON text -> its data, strictly: no repeated keys, no NaN, no half characters; and the line of every value."""

import bisect
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..text.sentences import t
from .problem import CHANGE, NotADocument, Spot, Steps, refused, repeated_key, shown


def spots(text: str) -> Mapping[Steps, Spot]:
    """The lines of every value of a text that `parse` accepts."""
    return _Lines(text).spots


def parse(path: Path, text: str) -> Any:
    """Data of the JSON `text` of `path`; NotADocument with every repeated key, or the first error and its column."""
    try:
        data = json.loads(text, object_pairs_hook=_one_of_each, parse_constant=_no_constant)
    except json.JSONDecodeError as found:
        error = _placed(text, found)
        message, do = _explain(text, error)
        raise refused(
            path, error.lineno, t("column {colno}: {message}", colno=error.colno, message=message), do
        ) from None
    except ValueError:  # Python reads no number of more than 4,300 digits
        raise refused(path, None, t("holds a number that is absurdly long"), CHANGE) from None
    except _DuplicateKeyError:
        repeated = _Lines(text).repeated
        raise NotADocument([repeated_key(path, line, steps) for steps, line in repeated]) from None
    except _ConstantError as error:
        raise refused(path, None, t("holds {error}, which is not JSON", error=error), CHANGE) from None
    if "\\u" in text:
        _refuse_halves(path, text)
    return data


class _DuplicateKeyError(Exception):
    pass


class _ConstantError(Exception):
    pass


def _one_of_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) != len(pairs):
        raise _DuplicateKeyError
    return data


def _no_constant(name: str) -> Any:
    raise _ConstantError(name)


def _refuse_halves(path: Path, text: str) -> None:
    """Half of a \\ud83d\\ude00 pair can be read by json but never written again as UTF-8; orjson does not read it."""
    import orjson

    try:
        orjson.loads(text)
    except orjson.JSONDecodeError as error:
        half = t("half a character (\\uD800 to \\uDFFF alone): ") if "surrogate" in error.msg else ""
        raise refused(
            path, error.lineno, t("column {colno}: {half}{msg}", colno=error.colno, half=half, msg=error.msg)
        ) from None


def _placed(text: str, error: json.JSONDecodeError) -> json.JSONDecodeError:
    """A comma too many is told at what follows it, as Python did before 3.13, which tells it at the comma."""
    rest = text[error.pos + 1 :].lstrip()
    if text[error.pos : error.pos + 1] == "," and rest[:1] in ("}", "]"):
        return json.JSONDecodeError(error.msg, text, len(text) - len(rest))
    return error


def _explain(text: str, error: json.JSONDecodeError) -> tuple[str, str]:
    """What a JSON error is and what to do, told by the characters around it."""
    here, before = text[error.pos : error.pos + 1], text[: error.pos].rstrip()
    if here in "}]" and here and before.endswith(","):
        return t('a comma before "{here}"', here=here), t("remove that last comma")
    if not text[error.pos :].strip():
        return t("the file ends too early"), t("close every { [ and quotation mark; is the file complete?")
    if here in "'“”‘’「":
        return t("found {here} where a plain quotation mark belongs", here=here), t('use "')
    if here in "，、：":
        return t("found the full-width {here}", here=here), t("use the half-width character")
    if here in "/#":
        return t("a comment; JSON has none"), t('remove it, or use a "note" key')
    expected = f"{error.msg[0].lower()}{error.msg[1:]}"
    if "delimiter" in error.msg:
        do = t("is a comma or quotation mark missing before it?")
        return t("found {here}, {expected}", here=shown(here), expected=expected), do
    if "control character" in error.msg:
        return t("a line break or control character inside a text"), t("write \\n for a line break inside a text")
    return t("found {here}: {expected}", here=shown(here), expected=expected), CHANGE


_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+')


class _Lines:
    """Lines of every value of a valid JSON text, and its repeated keys."""

    def __init__(self, text: str) -> None:
        self.spots: dict[Steps, Spot] = {}
        self.repeated: list[tuple[Steps, int]] = []
        self._breaks = [match.start() for match in re.finditer("\n", text)]
        self._tokens = [(match[0], match.start()) for match in _TOKEN.finditer(text)]
        self._at = 0
        self._value((), None)

    def _next(self) -> tuple[str, int]:
        token, offset = self._tokens[self._at]
        self._at += 1
        return token, bisect.bisect_right(self._breaks, offset) + 1

    def _value(self, steps: Steps, key: int | None) -> None:
        piece, line = self._next()
        self.spots[steps] = Spot(key or line, line)
        if piece == "{":
            self._members(steps)
        elif piece == "[":
            self._items(steps)

    def _members(self, steps: Steps) -> None:
        while (found := self._next())[0] != "}":
            if found[0] == ",":
                found = self._next()
            child = (*steps, json.loads(found[0]))
            if child in self.spots:
                self.repeated.append((child, found[1]))
            self._next()
            self._value(child, found[1])

    def _items(self, steps: Steps) -> None:
        index = 0
        while (piece := self._tokens[self._at][0]) != "]":
            self._at += piece == ","
            self._value((*steps, index), None)
            index += 1
        self._at += 1


def as_text(value: Any) -> str | None:
    """A value of JSON as it is filled in; None of what is neither text nor number."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def texts(record: Mapping[str, Any]) -> dict[str, str]:
    """The values of an object that can be filled in, by their keys."""
    return {key: text for key, value in record.items() if (text := as_text(value)) is not None}
