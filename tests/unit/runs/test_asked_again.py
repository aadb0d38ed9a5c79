"""One table says who is asked again: the page and the code hold the same rows."""

import re

from tasks.runs import asked_again
from tasks.runs.asked_again import Rule
from tests.support.emulator_process import ROOT


def _rows() -> dict[str, tuple[bool, str, str]]:
    """Class -> (asked again by itself, word, may cost again), as docs/design.md section 6 has them."""
    page = (ROOT / "docs" / "design.md").read_text("utf-8").partition("| class | examples | asked again")[2]
    rows = [row.strip("|").split("|") for row in page.partition("\n\n")[0].splitlines()[2:]]
    return {
        name.strip(): (by_itself.strip().startswith("yes"), re.findall(r"RETRY=(\w+)", word)[0], cost.strip())
        for name, _, by_itself, word, cost in rows
    }


def test_the_table_of_the_page_is_the_table_of_the_code() -> None:
    """Every row of the page has its rule, with the same word and the same cost, and no rule is missing there."""
    names = {"answer lost": "ANSWER_LOST"}
    rules = {value for value in vars(asked_again).values() if isinstance(value, Rule)}
    rows = _rows()
    assert len(rows) == len(rules)
    for name, row in rows.items():
        rule = getattr(asked_again, names.get(name, name.upper()))
        assert row == (rule.by_itself, rule.release.value, rule.may_cost.value), name
