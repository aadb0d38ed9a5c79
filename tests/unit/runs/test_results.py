"""results.jsonl: one line per request and attempt, whatever happened in between."""

from tasks.runs import results
from tests.support import facts


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
