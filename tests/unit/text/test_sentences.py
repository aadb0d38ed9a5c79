"""Sentences as templates with named fields."""

import ast

import pytest

from tasks.text.errors import BadInput
from tasks.text.sentences import counted, t
from tests.support.emulator_process import ROOT

SAYERS = {"BadInput": (0, 1), "Stop": (0, 1), "say": (0,), "trouble": (1, 2)}
"""Who takes templates, and where."""


def test_fields_are_filled_in() -> None:
    """Fields have names, so that another language may use them in another order, twice or not at all."""
    assert (
        t("{run}: {job} ended {hours:.0f} h ago ({job})", run="CH01-1", job="j", hours=2.4)
        == "CH01-1: j ended 2 h ago (j)"
    )


def test_plurals_are_of_the_function() -> None:
    """A number and its noun are one field: "1 picture", "2 pictures", "1,000 pictures", "1 thing needs"."""
    assert [t("{n:picture} came", n=number) for number in (0, 1, 1000)] == [
        "0 pictures came",
        "1 picture came",
        "1,000 pictures came",
    ]
    assert t("{n:thing needs|things need} a look", n=1) == "1 thing needs a look"
    assert t("{n:thing needs|things need} a look", n=2) == "2 things need a look"
    assert t("{n:,}", n=1000) == "1,000"
    assert t("{n:.0f} h, {n:04X}", n=12) == "12 h, 000C"


def test_what_has_no_fields_stays_as_it_is() -> None:
    """A text that somebody else wrote may hold braces."""
    assert t('{"a": 1}') == '{"a": 1}'
    assert t("{what}", what="{run}") == "{run}"


def test_an_error_fills_in_both_its_sentences() -> None:
    """What happened and what to do share their fields."""
    error = BadInput("{file} is empty", "write {file}, then {command}", file="a.json", command="doit plan")
    assert (error.what, error.do, str(error.args[0])) == (
        "a.json is empty",
        "write a.json, then doit plan",
        "a.json is empty",
    )


def test_one_thing_is_no_things() -> None:
    """Numbers and nouns agree in every message."""
    assert [counted(number, "picture") for number in (0, 1, 1000)] == ["0 pictures", "1 picture", "1,000 pictures"]
    assert counted(1, "thing needs", "things need") == "1 thing needs"


@pytest.mark.parametrize("path", sorted((ROOT / "tasks").rglob("*.py")), ids=lambda path: path.stem)
def test_no_sentence_is_built_where_it_is_said(path) -> None:
    """Whoever stops a command, names a trouble or says a line hands over a template, so that it can be translated."""
    if "emulator" in path.parts:
        return
    found = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        name = getattr(getattr(node, "func", None), "attr", getattr(getattr(node, "func", None), "id", ""))
        if isinstance(node, ast.Call) and name in SAYERS:
            given = [node.args[at] for at in SAYERS[name] if at < len(node.args)]
            found += [f"{path.name}:{node.lineno}" for each in given if isinstance(each, ast.JoinedStr)]
    assert found == []
