"""A quick yes for valid data: a JSON Schema compiled to plain functions.

jsonschema takes 0.1 s to import and 20 microseconds for every prompt; ten thousand right prompts must cost next to
nothing. A yes from here means that jsonschema would say yes too (held against it in tests/test_schema.py). A no means
nothing: jsonschema then decides and explains. A keyword that is not known here makes every answer a no.
"""

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Check = Callable[[Any], bool]

_TYPES: dict[str, Check] = {
    "string": lambda value: type(value) is str,
    "integer": lambda value: type(value) is int,
    "number": lambda value: type(value) in (int, float),
    "boolean": lambda value: type(value) is bool,
    "array": lambda value: type(value) is list,
    "object": lambda value: type(value) is dict,
    "null": lambda value: value is None,
}
_KINDS: dict[str, type] = {"string": str, "boolean": bool, "array": list, "object": dict, "null": type(None)}
_ANNOTATIONS = frozenset({"$schema", "$id", "title", "description", "examples"})
_OF_OBJECTS = frozenset({"required", "properties", "patternProperties", "additionalProperties"})
_OF_IF = frozenset({"if", "then", "else"})


def compiled(schema: Any) -> Check:
    """A function that says yes only to data that is valid by `schema` (2020-12)."""
    if isinstance(schema, bool):
        return lambda _: schema
    checks = [
        _KEYWORDS[word](schema[word]) if word in _KEYWORDS else _never
        for word in schema
        if word not in _ANNOTATIONS | _OF_OBJECTS | _OF_IF
    ]
    if _OF_OBJECTS & schema.keys():
        checks.append(_object(schema))
    if _OF_IF & schema.keys():
        checks.append(_if(schema))
    return checks[0] if len(checks) == 1 else _all(checks)


def _never(_: Any) -> bool:
    return False


def _all(checks: Sequence[Check]) -> Check:
    def check(value: Any) -> bool:
        for each in checks:  # noqa: SIM110  # all() with a generator takes three times as long
            if not each(value):
                return False
        return True

    return check


def _type(names: str | list[str]) -> Check:
    if isinstance(names, str):
        return _TYPES[names]
    if set(names) <= _KINDS.keys():
        kinds = frozenset(_KINDS[name] for name in names)
        return lambda value: type(value) in kinds
    checks = [_TYPES[name] for name in names]
    return lambda value: any(check(value) for check in checks)


def _enum(values: list[Any]) -> Check:
    texts = frozenset(value for value in values if isinstance(value, str))
    null = None in values
    return lambda value: value in texts if type(value) is str else null and value is None


def _const(wanted: Any) -> Check:
    return lambda value: type(value) is type(wanted) and value == wanted and type(value) in (str, int)


def _pattern(pattern: str) -> Check:
    search = re.compile(pattern).search
    return lambda value: type(value) is not str or search(value) is not None


def _least(least: float) -> Check:
    return lambda value: type(value) not in (int, float) or value >= least


def _more_than(least: float) -> Check:
    return lambda value: type(value) not in (int, float) or value > least


def _most(most: float) -> Check:
    return lambda value: type(value) not in (int, float) or value <= most


def _sized(kind: Any, least: int = 0, most: float = float("inf")) -> Check:
    def check(value: Any) -> bool:
        return type(value) is not kind or least <= len(value) <= most

    return check


def _items(schema: Any) -> Check:
    check = compiled(schema)
    return lambda value: type(value) is not list or all(map(check, value))


def _unique(wanted: bool) -> Check:
    return lambda value: (
        not wanted
        or type(value) is not list
        or (all(type(each) is str for each in value) and len(set(value)) == len(value))
    )


def _names(schema: Any) -> Check:
    check = compiled(schema)
    return lambda value: type(value) is not dict or all(map(check, value))


def _one_of(schemas: list[Any]) -> Check:
    """Yes needs certain noes beside it, and a no from here is never certain: only `required` can be counted."""
    if not all(set(schema) == {"required"} for schema in schemas):
        return _never
    wanted = [frozenset(schema["required"]) for schema in schemas]
    return lambda value: type(value) is not dict or sum(names <= value.keys() for names in wanted) == 1


def _if(schema: Mapping[str, Any]) -> Check:
    """Yes when both branches say yes, or when a condition of the form {properties: {name: {const}}} picks one."""
    condition = schema.get("if", True)
    then, otherwise = compiled(schema.get("then", True)), compiled(schema.get("else", True))
    shape = condition.get("properties", {}) if isinstance(condition, dict) else {}
    if len(shape) != 1 or condition != {"properties": shape, "required": list(shape)}:
        return _all([then, otherwise])
    ((name, wanted),) = shape.items()
    if set(wanted) != {"const"} or not isinstance(wanted["const"], str):
        return _all([then, otherwise])
    return lambda value: (then if type(value) is dict and value.get(name) == wanted["const"] else otherwise)(value)


def _object(schema: Mapping[str, Any]) -> Check:
    required = frozenset(schema.get("required", ()))
    patterns = [(re.compile(text).search, compiled(sub)) for text, sub in schema.get("patternProperties", {}).items()]
    rest = compiled(schema.get("additionalProperties", True))
    known = {
        name: _all([compiled(sub), *(check for search, check in patterns if search(name))])
        for name, sub in schema.get("properties", {}).items()
    }

    def other(name: str, value: Any) -> bool:
        checks = [check for search, check in patterns if search(name)]
        return all(check(value) for check in checks or [rest])

    def check(data: Any) -> bool:
        if type(data) is not dict:
            return True
        for name, value in data.items():
            expected = known.get(name)
            if not (expected(value) if expected else other(name, value)):
                return False
        return required <= data.keys()

    return check


_KEYWORDS: dict[str, Callable[[Any], Check]] = {
    "type": _type,
    "enum": _enum,
    "const": _const,
    "pattern": _pattern,
    "minimum": _least,
    "maximum": _most,
    "exclusiveMinimum": _more_than,
    "minLength": functools.partial(_sized, str),
    "maxLength": lambda most: _sized(str, most=most),
    "minItems": functools.partial(_sized, list),
    "maxItems": lambda most: _sized(list, most=most),
    "minProperties": functools.partial(_sized, dict),
    "items": _items,
    "uniqueItems": _unique,
    "propertyNames": _names,
    "oneOf": _one_of,
}
