"""Changes to prompts: what they take the place of, and when they hold. Pure."""

from pathlib import Path

from tasks.prompts.prompts import Prompt
from tasks.prompts.revisions import decode, encode, fallen, of_row, revised

AT = "2026-11-29T20:14:00Z"
PATH = Path("revisions.json")
ROW = Prompt("0001", "海", Path("prompts.json"), slot="g-1", references=("references/a.png",))


def test_only_what_differs_is_changed() -> None:
    """What the row says itself is no change; a key that was not changed follows the row."""
    assert of_row(ROW, "海", "g-1", ["references/a.png"], AT) is None
    change = of_row(ROW, "夜の海", "g-1", ["references/a.png"], AT)
    assert change and change.keys == ("prompt",)
    later = ROW._replace(slot="g-3")
    (asked,) = revised([later], {"0001": change}, PATH)
    assert (asked.prompt, asked.slot, asked.revised, asked.revisions) == ("夜の海", "g-3", ("prompt",), PATH)
    assert list(fallen([later], {"0001": change}, PATH)) == []


def test_one_value_that_fell_takes_all_of_the_change_with_it() -> None:
    """Text and slot were one thought: when the row's text is another one, its slot is not changed either."""
    change = of_row(ROW, "夜の海", "i-3", [], AT)
    assert change
    later = ROW._replace(prompt="山")
    assert revised([later], {"0001": change}, PATH) == (later,)
    (told,) = fallen([later], {"0001": change}, PATH)
    assert told.warning and told.pointer == "/revisions/0001" and "says something else since" in told.message
    (gone,) = fallen([], {"0001": change}, PATH)
    assert "no such prompt" in gone.message


def test_as_the_file_says_it() -> None:
    """Every change comes back as it was written, also to nothing."""
    for change in (of_row(ROW, "夜", None, [], AT), of_row(ROW, "海", "g-1", ["b.png", "c.png"], AT)):
        assert change and decode(encode(change)) == change
    same = of_row(ROW, "夜", None, [], "2026-11-30T00:00:00Z")
    assert same and same.same(of_row(ROW, "夜", None, [], AT)) and not same.same(None)
