"""Words for numbers, whoever shows them."""

from tasks.text.wording import counted


def test_one_thing_is_no_things() -> None:
    """Numbers and nouns agree in every message."""
    assert [counted(number, "picture") for number in (0, 1, 1000)] == ["0 pictures", "1 picture", "1,000 pictures"]
    assert counted(1, "thing needs", "things need") == "1 thing needs"
