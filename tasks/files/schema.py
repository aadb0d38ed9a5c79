"""Reads a file that people or other programs write, and refuses it with every mistake named, or hands back its data.

schemas/<name>.schema.json holds one JSON Schema (2020-12) per format. jsonschema-rs says yes to right data, jsonschema
says what is wrong with other data; each is imported when first needed.
"""

import difflib
import functools
import itertools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..text.sentences import later, t
from . import document, newer, old_studio
from .problem import CHANGE, NotADocument, Problem, Spot, Steps, bad_input, pointer, shown

_PACKAGE = Path(__file__).resolve().parents[1]
FOLDER = next((each for each in (_PACKAGE / "schemas", _PACKAGE.parent / "schemas") if each.is_dir()), _PACKAGE)
"""Inside the package where it is installed, beside it in a clone."""
_MOST_NAMES = 16


def load(path: Path, schema_name: str) -> Any:
    """Data of the JSON or YAML file `path`, valid by the schema of that name; BadInput names every mistake."""
    data, found = problems(path, schema_name)
    if found:
        raise bad_input(found)
    return data


def problems(path: Path, schema_name: str) -> tuple[Any, list[Problem]]:
    """(data, []) of a valid file, (None, every mistake) of any other. Raises nothing for a file's fault."""
    data, found = with_problems(path, schema_name)
    return (None, found) if found else (data, [])


def with_problems(path: Path, schema_name: str) -> tuple[Any, list[Problem]]:
    """The same with the data of a file that can be read and breaks its schema; None where no value can be told."""
    try:
        raw = document.read(path)
        data = document.parse(path, raw)
        if other := _another(path, data, schema_name):
            return None, [other]
        mistakes = find_mistakes(data, schema_name)
    except NotADocument as error:
        return None, error.problems
    if not mistakes:
        return data, []
    spots = _spots(path, raw)
    found = [_problem(path, mistake, _line(spots, mistake)) for mistake in mistakes]
    return data, sorted(found, key=lambda problem: problem.line or 0)


def _another(path: Path, data: Any, schema_name: str) -> Problem | None:
    """What there is to say of a file that is not of this format at all; None of any other."""
    if schema_name in newer.OURS:
        return newer.problem(path, data, _schema(schema_name))
    return old_studio.problem(path, data, schema_name)


def by_channel(path: Path, schema_name: str) -> tuple[Any, list[Problem], dict[str, list[Problem]]]:
    """(data, [], mistakes by channel) of a file with `channels`: an entry that is wrong is left out of the data.

    (None, every mistake, {}) when anything else is wrong in it. Raises nothing for a file's fault.
    """
    return without_wrong(*with_problems(path, schema_name), schema_name)


def without_wrong(
    data: Any, found: list[Problem], schema_name: str
) -> tuple[Any, list[Problem], dict[str, list[Problem]]]:
    """What `by_channel` gives, of data and all that is wrong with it."""
    wrong: dict[str, list[Problem]] = {}
    for each in found:
        wrong.setdefault(_entry(each), []).append(each)
    if data is None or "" in wrong:
        return None, found, {}
    if not found:
        return data, [], {}
    rest = data | {"channels": {code: entry for code, entry in data["channels"].items() if code not in wrong}}
    return (None, found, {}) if find_mistakes(rest, schema_name) else (rest, [], wrong)


def _entry(problem: Problem) -> str:
    """The channel whose entry a problem is in; "" when it is elsewhere."""
    head, channels, *rest = (problem.pointer or "/").split("/")
    return rest[0] if (head, channels) == ("", "channels") and rest else ""


def check(record: Any, schema_name: str, path: Path, line_number: int) -> None:
    """Refuse `record`, which stands in line `line_number` (from 1) of the JSONL file `path`, unless it is valid."""
    if mistakes := find_mistakes(record, schema_name):
        raise bad_input([_problem(path, mistake, line_number) for mistake in mistakes])


def line_of(path: Path, steps: Sequence[str | int]) -> int | None:
    """The line of the key (in a list, of the value) at `steps` of a readable file; None when it is not there."""
    if path.suffix.lower() not in (".json", ".yaml", ".yml"):
        return None
    try:
        spot = _spots(path, document.read(path)).get(tuple(steps))
    except NotADocument:
        return None
    return spot.key if spot else None


@functools.lru_cache(maxsize=4)
def _spots(path: Path, raw: bytes) -> Mapping[Steps, Spot]:
    return document.spots(path, raw)


class Mistake(NamedTuple):
    """Where data breaks its schema: steps to the value; whether its key is at fault; message; what to do."""

    steps: tuple[str | int, ...]
    at_key: bool
    message: str
    do: str


def find_mistakes(data: Any, schema_name: str) -> list[Mistake]:
    """Every place where `data` breaks the schema; [] when it is valid."""
    quick = _quick(schema_name)
    try:
        if quick.is_valid(data):
            return []
        found = [mistake for error in _validator(schema_name).iter_errors(data) for mistake in _mistakes(error)]
        # In Python's patterns, so in jsonschema's, $ stands before a last line break too, in JSON Schema's it does not.
        return list(dict.fromkeys(found or map(_stricter, quick.iter_errors(data))))
    except (RecursionError, ValueError):  # jsonschema-rs raises ValueError for it
        return [Mistake((), False, t("is nested too deep to be one of our files"), CHANGE)]


def idle_nulls(data: Any, schema_name: str) -> list[Mistake]:
    """Every null of `data` under a key that the schema does not name; in what is valid but for nulls."""
    if _quick(schema_name).is_valid(data):
        return []
    return [mistake for error in _validator(schema_name).iter_errors(data) for mistake in _idle(error)]


def _idle(error: Any) -> Iterator[Mistake]:
    path, rules = tuple(error.absolute_path), list(error.absolute_schema_path)
    if error.instance is not None:
        yield from (_number(each) for each in _mistakes(error) if each.at_key)
    elif path and ("properties", path[-1]) not in itertools.pairwise(rules):
        message = t("takes away {name}, which is not there", name=shown(path[-1]))
        yield Mistake(path, True, message, t("correct or remove it"))


def _number(mistake: Mistake) -> Mistake:
    """A key of digits is the end of a number: YAML parts `1,000` in braces at its comma."""
    is_number = str(mistake.steps[-1]).isdigit()
    return mistake._replace(do=t("write a number without a comma: 1000")) if is_number else mistake


@functools.cache
def _quick(schema_name: str) -> Any:
    import jsonschema_rs

    return jsonschema_rs.validator_for(_schema(schema_name))


@functools.cache
def _schema(schema_name: str) -> Any:
    return json.loads((FOLDER / f"{schema_name}.schema.json").read_text("utf-8"))


@functools.cache
def _validator(schema_name: str) -> Any:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(_schema(schema_name))


def _problem(path: Path, mistake: Mistake, line: int | None) -> Problem:
    return Problem(path, line, pointer(mistake.steps), mistake.message, mistake.do)


def _line(spots: Mapping[Steps, Spot], mistake: Mistake) -> int | None:
    spot = spots.get(mistake.steps)
    return (spot.key if mistake.at_key else spot.value) if spot else None


def _mistakes(error: Any) -> Iterator[Mistake]:
    """What one error of the validator says to a person; an error may name several keys."""
    steps, found, rule = tuple(error.absolute_path), error.instance, error.validator
    if "propertyNames" in error.absolute_schema_path:
        message = t("found the name {name}, expected {expected}", name=shown(found), expected=_expected(error))
        yield Mistake((*steps, found), True, message, CHANGE)
    elif rule == "required":
        for name in error.validator_value:
            if name not in found:
                message = t('the key "{name}" is missing{meaning}', name=name, meaning=_meaning(error.schema, name))
                yield Mistake(steps, False, message, t('add "{name}"', name=name))
    elif rule == "additionalProperties":
        for name in _unknown(found, error.schema):
            yield Mistake((*steps, name), True, *_unknown_key(name, list(error.schema.get("properties", {}))))
    else:
        message = t("found {found}, expected {expected}", found=shown(found), expected=_expected(error))
        yield Mistake(steps, False, message, _do(error))


def _stricter(error: Any) -> Mistake:
    """What jsonschema-rs refuses and jsonschema does not."""
    message = t(
        "found {instance}, expected what the schema's {kind} says", instance=shown(error.instance), kind=error.kind.name
    )
    return Mistake(tuple(error.instance_path), False, message, CHANGE)


def _unknown(found: dict[str, Any], schema: Any) -> list[str]:
    patterns = schema.get("patternProperties", {})
    return [
        name
        for name in found
        if name not in schema.get("properties", {}) and not any(re.search(pattern, name) for pattern in patterns)
    ]


def _unknown_key(name: str, known: list[str]) -> tuple[str, str]:
    near = _near(name, known)
    names = _names(known)
    if len(known) > 1:
        message = t("found the unknown key {name}, expected one of {names}", name=shown(name), names=names)
    else:
        message = t("found the unknown key {name}, expected {names}", name=shown(name), names=names)
    return message + near, CHANGE if near else t("correct or remove it")


def _near(found: str, known: Sequence[str]) -> str:
    same = [entry for entry in known if entry.casefold() == found.casefold()]
    near = same or difflib.get_close_matches(found, known, 1)
    return t(' (did you mean "{near}"?)', near=near[0]) if near else ""


def _names(values: Sequence[Any]) -> str:
    listed = [value if isinstance(value, str) else json.dumps(value) for value in values if value is not None]
    more = ", …" if len(listed) > _MOST_NAMES else ""
    return ", ".join(listed[:_MOST_NAMES]) + more + (t(", or null (as if it were not there)") if None in values else "")


def _meaning(schema: Any, name: str) -> str:
    text = schema.get("properties", {}).get(name, {}).get("description", "")
    return f" ({t(first_sentence(text))})" if text else ""


def first_sentence(description: str) -> str:
    """What a key means, as a message says it in brackets."""
    return description.partition(". ")[0].removesuffix(".")


_KINDS = {
    "string": later("text"),
    "integer": later("a whole number"),
    "number": later("a number"),
    "boolean": later("true or false"),
    "array": later("a list [ ]"),
    "object": later("an object { }"),
    "null": "null",
}
_LIMITS = {
    "minLength": later("at least {count:character}"),
    "maxLength": later("at most {count:character}"),
    "minimum": later("{count} or more"),
    "maximum": later("{count} or less"),
    "exclusiveMinimum": later("more than {count}"),
    "minItems": later("at least {count:entry|entries}"),
    "maxItems": later("at most {count:entry|entries}"),
    "minProperties": later("at least {count:key}"),
    "uniqueItems": later("no entry twice"),
}


def _expected(error: Any) -> str:
    rule, value = str(error.validator), error.validator_value
    if rule == "type":
        kinds = [value] if isinstance(value, str) else value
        return t(" or ").join(t(_KINDS[kind]) for kind in kinds) + _example(error.schema)
    if rule == "enum":
        return t("one of {names}", names=_names(value)) + _near(str(error.instance), [str(entry) for entry in value])
    if rule == "pattern" and "examples" in error.schema:
        examples = error.schema["examples"]
        like = t(" or ").join(json.dumps(each, ensure_ascii=False) for each in examples)
        near = _near(error.instance, examples) if len(examples) > 1 else ""
        return t("text like {like} (pattern {value})", like=like, value=value) + near
    if rule == "const":
        return json.dumps(value)
    if rule == "minLength" and value == 1:
        return t("text that is not empty") + _example(error.schema)
    if rule in _LIMITS:
        return t(_LIMITS[rule], count=value) + _example(error.schema)
    described = error.schema.get("description") or t("what the schema's {rule} says", rule=rule)
    return str(described) + _example(error.schema)


def _example(schema: Any) -> str:
    examples = schema.get("examples", [])
    return t(", for example {example}", example=json.dumps(examples[0], ensure_ascii=False)) if examples else ""


def _do(error: Any) -> str:
    number = isinstance(error.instance, int | float) and not isinstance(error.instance, bool)
    if error.validator == "type" and number and "string" in error.validator_value:
        return t('write it as text, in quotation marks: "{instance}"', instance=error.instance)
    return CHANGE
