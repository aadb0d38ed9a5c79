"""{{name}} in a text: filled once, from values that say something, and never sent as it stands."""

from pathlib import Path

import pytest

from tasks.prompts import variables

TABLE, JSON = Path("prompts.csv"), Path("prompts.JSON")


@pytest.mark.parametrize(
    ("text", "values", "filled"),
    [
        ("雪の{{所}}、{{ 所 }}", {"所": " 峠\n"}, "雪の峠、峠"),
        ("{{句}}", {"句": "{{所}}の朝", "所": "峠"}, "峠の朝"),
        (r"\{{所}} {{所}}", {"所": "峠"}, "{{所}} 峠"),
        ("{{句}}", {"句": r"\{{所}}"}, "{{所}}"),
        ("所}} { {所}", {}, "所}} { {所}"),
    ],
)
def test_names_are_filled_in(text: str, values: dict[str, str], filled: str) -> None:
    """Without the blanks around a value, also within a value; two braces that are meant as such stay."""
    assert not list(variables.faults(text, values, TABLE))
    assert variables.fill(text, values) == filled


@pytest.mark.parametrize(
    ("text", "name", "what", "do"),
    [
        ("{{所", "", "opens {{ and never closes it", r"for two braces as they stand write \{{"),
        ("{{ }}", "", "holds {{ }} without a name", "write the name of a column in it"),
        ("{{空}}", "空", 'wants "{{空}}": nothing stands there', "fill it in"),
        ("{{誤}}", "誤", 'wants "{{誤}}": found "#REF!", the error of a formula', "fill it in"),
        ("{{鐘}}", "鐘", "the control character U+0007 stands there", "fill it in"),
        ("{{環}}", "環", 'wants "{{環}}": found "{{環}}", and nothing of that name', "fill it in"),
        ("{{Place}}", "Place", 'found "{{Place}}", and nothing of that name', "did you mean {{place}}? Else add"),
        ("{{xyz}}", "xyz", 'there are "空", "誤"', "add that column, or the name to variables"),
    ],
)
def test_what_cannot_be_filled_in_is_said(text: str, name: str, what: str, do: str) -> None:
    """Each once, by its name, with what to do about it."""
    values = {"空": " ", "誤": "#REF!", "鐘": "a\x07", "環": "{{環}}", "place": "峠"}
    (fault,) = variables.faults(f"{text} と {text}", values, TABLE)
    assert fault.name == name and what in fault.what and fault.do.startswith(do)


def test_how_braces_are_written_depends_on_the_file() -> None:
    """JSON wants the backslash twice; where no value is there at all, none is listed."""
    (fault,) = variables.faults("{{所}}", {}, JSON)
    assert fault.do.endswith("for two braces as they stand write \\\\{{") and fault.what.endswith("there are none")


def test_a_row_comes_before_its_channel() -> None:
    """An empty cell says nothing, so what the channel says holds there."""
    own, shared = {"所": "峠", "時": " "}, {"所": "谷", "時": "朝", "絵": "墨絵"}
    assert variables.together(own, shared) == {"所": "峠", "時": "朝", "絵": "墨絵"}


def test_another_program_s_text_takes_values_as_they_stand() -> None:
    """Nothing is cut off a value or looked for within it; where there is none, nothing is put."""
    values = {"題": " 第1夜\n", "句": "{{題}}"}
    assert variables.put(r"{{題}}|{{ 句 }}|{{無}}|\{{題}}", values) == " 第1夜\n|{{題}}||{{題}}"
    assert variables.names(r"{{題}} {{ 句 }} {{題}} \{{無}} {{") == ["題", "句"]
