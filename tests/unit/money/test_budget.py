"""Caps on spending: the rule, to the cent and to the day."""

import pytest

from tasks.money.budget import Budget, Caps, Spending, left, of_command, refusal, said
from tasks.text.wording import dollars

TODAY = "2026-11-23"


def spent(*entries: tuple[str, str, float]) -> list[Spending]:
    return [Spending(*entry) for entry in entries]


@pytest.mark.parametrize(
    ("limits", "amount", "known", "allowed"),
    [
        (Caps(), 1e6, [], True),
        (Caps(submission=5), 5.0, [], True),
        (Caps(submission=5), 5.01, [], False),
        (Caps(day=20), 1.0, [("CH02", TODAY, 19.0)], True),
        (Caps(day=20), 1.01, [("CH02", TODAY, 19.0)], False),
        (Caps(day=20), 20.0, [("CH02", "2026-11-22", 19.0)], True),
        (Caps(month=20), 2.0, [("CH02", "2026-11-02", 19.0)], False),
        (Caps(month=20), 2.0, [("CH02", "2026-10-31", 19.0)], True),
    ],
)
def test_a_cap_holds_exactly(limits: Caps, amount: float, known: list[tuple[str, str, float]], allowed: bool) -> None:
    """What reaches a cap may go, what passes it may not; days and months are those of the calendar (UTC)."""
    assert (refusal(Budget(limits), "CH01", TODAY, amount, spent(*known)) is None) == allowed


def test_a_channel_has_caps_of_its_own() -> None:
    """A channel's cap counts that channel's spending only."""
    limits = Budget(Caps(day=20), {"CH01": Caps(day=3)})
    known = spent(("CH01", TODAY, 2.5), ("CH02", TODAY, 10.0))
    assert refusal(limits, "CH01", TODAY, 0.6, known) is not None
    assert refusal(limits, "CH02", TODAY, 0.6, known) is None
    assert left(limits, "CH01", TODAY, known) == pytest.approx(0.5)
    assert left(limits, "CH02", TODAY, known) == pytest.approx(7.5)


def test_a_refusal_says_by_how_much_and_who_spent_it() -> None:
    """The message names the cap, the excess, who spent how much, and every way out."""
    why = refusal(Budget(Caps(day=20)), "CH01", TODAY, 2.0, spent(("CH03", TODAY, 15.0), ("CH01", TODAY, 4.0)))
    assert why is not None
    assert "the cap of $20.00 a day by $1.00" in why.what
    assert "$19.00 (CH03 $15.00, CH01 $4.00)" in why.what
    assert "caps.day in configs/budget.yaml" in why.do
    assert "BUDGET=2.00" in why.do


def test_one_command_may_be_given_its_own_cap() -> None:
    """BUDGET= counts what this command reserved, and nothing else."""
    assert of_command(5, 3, 2) is None
    why = of_command(5, 3, 2.5)
    assert why is not None and "BUDGET=5 leaves $2.00: $0.50 too little" in why.what


def test_a_refusal_by_the_command_names_its_own_cap() -> None:
    """The inbox tells the same cap once: that of the command is its BUDGET=."""
    why = of_command(0.5, 0.4, 0.2)
    assert why is not None
    assert why.cap == "BUDGET=0.5"


@pytest.mark.parametrize(("before", "amount"), [(0, 0.0337), (0.1, 0.2), (0.02, 0.010000002), (3, 1e-6), (0, 123.4549)])
def test_what_a_refusal_suggests_is_enough(before: float, amount: float) -> None:
    """BUDGET= of the message, typed as it stands, lets the same submission pass, and is at most a cent too much."""
    for why in (of_command(0, before, amount), refusal(Budget(Caps(day=0)), "CH01", TODAY, before + amount, [])):
        assert why is not None
        allowed = float(why.do.partition("BUDGET=")[2].partition(",")[0])
        assert of_command(allowed, before, amount) is None
        assert allowed - before - amount < 0.01


def test_an_amount_that_is_something_never_looks_like_nothing() -> None:
    """One picture of a tenth of a cent has four digits, less than that is said in words, nothing is $0.00."""
    amounts = (0.0, 0.00001, 0.0014, 0.0337, 0.5, 1234.5)
    assert [dollars(each) for each in amounts] == [
        *("$0.00", "under $0.0001", "$0.0014", "$0.0337", "$0.50", "$1,234.50")
    ]


def test_a_large_budget_is_said_as_it_was_typed() -> None:
    """No 1e+06 in a message that a person copies from."""
    assert (said(1000000), said(0.5), said(12)) == ("BUDGET=1000000", "BUDGET=0.5", "BUDGET=12")
