"""Words for reasons, whoever shows them."""

import pytest

from tasks.providers.answer import Status
from tasks.providers.plain_words import plain_reason


@pytest.mark.parametrize(
    ("reason", "says"),
    [
        ("broken picture: the data ends early", "damaged or cut off"),
        ("maybe billed: 503 UNAVAILABLE", "may have been billed"),
        ("503 UNAVAILABLE", "overloaded"),
    ],
)
def test_our_own_reasons_have_words_too(reason: str, says: str) -> None:
    """Every reason that we give ourselves is explained, before the provider's codes inside it."""
    assert says in plain_reason(Status.ERROR, reason)
