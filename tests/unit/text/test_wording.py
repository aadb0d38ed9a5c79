"""Words for reasons and numbers, whoever shows them."""

import pytest

from tasks.text.wording import counted, plain_reason


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
    assert says in plain_reason("error", reason)


def test_one_thing_is_no_things() -> None:
    """Numbers and nouns agree in every message."""
    assert [counted(number, "picture") for number in (0, 1, 1000)] == ["0 pictures", "1 picture", "1,000 pictures"]
    assert counted(1, "thing needs", "things need") == "1 thing needs"
