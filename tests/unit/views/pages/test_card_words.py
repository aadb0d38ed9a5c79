"""What a card says of money and failures, and the shape of its frame."""

import pytest

from tasks.catalog.pricing import CostBasis
from tasks.providers.answer import FailureClass, Status
from tasks.runs.results import Cause
from tasks.views.pages.card_words import CardWords, usual_shape


def told(**changes: object) -> CardWords:
    card = CardWords()
    about = {
        "status": Status.OK,
        "reason": "",
        "failure": None,
        "cause": None,
        "cost_usd": 0.02,
        "cost_basis": CostBasis.MEASURED,
    }
    for name, value in (about | {"placeholder": False} | changes).items():
        setattr(card, name, value)
    return card


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, "$0.02"),
        ({"cost_basis": CostBasis.ESTIMATED}, "about $0.02"),
        ({"cost_basis": CostBasis.REUSED}, "$0, from the store"),
        ({"cost_basis": CostBasis.NONE}, "no cost"),
        ({"placeholder": True}, "no cost"),
        ({"cost_usd": None}, "cost not known yet"),
    ],
)
def test_money_on_a_card(changes: dict[str, object], says: str) -> None:
    """Measured, estimated, reused, free and unknown are told apart."""
    assert told(**changes).cost.startswith(says)


def test_failures_are_one_group_with_reason_and_next_step() -> None:
    """Blocked, empty and error cards are "failed"; a card says why, and what happens next."""
    card = told(status=Status.BLOCKED, reason="SAFETY", failure=FailureClass.REFUSED)
    assert str(card.group) == "failed" and card.explanation and card.next_step
    assert (str(told().group), told().explanation, told().next_step) == ("ok", "", "")


def test_what_was_paid_for_and_kept_says_what_its_word_costs() -> None:
    """A card about bytes that nobody reads does not send a person to the prompt."""
    card = told(status=Status.ERROR, reason="unreadable: x", failure=FailureClass.PERMANENT, cause=Cause.UNREADABLE)
    assert card.next_step == "Look at what came, or RETRY=unreadable buys it again."


def test_frames_have_the_usual_shape() -> None:
    """Most pictures decide; without any it is 16 : 9."""
    assert usual_shape([(1, 1), (4, 3), (4, 3), (None, 3)]) == (4, 3)
    assert usual_shape([(None, None)]) == (16, 9)
