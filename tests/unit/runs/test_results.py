"""results.jsonl and usage.csv: one line per request and attempt, whatever happened in between."""

import csv
import io

import facts

from tasks.money import usage
from tasks.runs import results


def test_collecting_twice_changes_nothing() -> None:
    """Lines of the same submission and key replace each other in place."""
    first = [facts.line("0001"), facts.line("0002")]
    again = results.merged(first, [facts.line("0002", cost_usd=0.5), facts.line("0003")])
    assert [(line["prompt_id"], line["cost_usd"]) for line in again] == [
        ("0001", 0.0168),
        ("0002", 0.5),
        ("0003", 0.0168),
    ]
    assert results.merged(again, again) == again


def test_reused_pictures_add_lines() -> None:
    """A picture from the store is a line of its own, every time."""
    reused = facts.line("0001", submission=None, cost_basis="reused")
    assert len(results.merged([facts.line("0001"), reused], [reused])) == 3


def test_the_last_word_and_the_picture_that_lies_there() -> None:
    """A failure after a picture: the failure is the last word, the picture is still the one in images/."""
    lines = [facts.line("0001"), facts.failed("0001", submission="s002")]
    assert results.latest(lines)["0001"]["status"] == "error"
    assert results.shown(lines)["0001"]["status"] == "ok"


def test_the_columns_of_usage() -> None:
    """usage.csv has the columns of design.md in their order, tokens split, cost with six digits."""
    rows = list(csv.DictReader(io.StringIO(usage.encode("CH01-001", "visual_image_gen", [facts.line()]).decode())))
    assert ",".join(rows[0]).startswith(
        "run,task,prompt_id,key,attempt,slot,model_key,model_name,provider,lane,job,status"
    )
    assert rows[0]["thinking_tokens"] == "5" and rows[0]["cost_usd"] == "0.016800" and rows[0]["run"] == "CH01-001"


def test_cells_are_harmless_in_a_spreadsheet() -> None:
    """A reason that looks like a formula is quoted; commas, quotes and line breaks survive."""
    nasty = ['=HYPERLINK("x")', "+1", "-1", "@x", 'a,"b"\nc', "静か", "\t=1", "\n=1", "＝1", "＠x", "two\rrows"]
    lines = [facts.failed(str(number), reason=reason) for number, reason in enumerate(nasty)]
    text = usage.encode("CH01-001", "visual_image_gen", lines).decode()
    read = [row["reason"] for row in csv.DictReader(io.StringIO(text, newline=""))]
    assert read == [
        "'" + nasty[0],
        "'+1",
        "'-1",
        "'@x",
        nasty[4],
        "静か",
        *(f"'{each}" for each in nasty[6:10]),
        "two\nrows",
    ]
