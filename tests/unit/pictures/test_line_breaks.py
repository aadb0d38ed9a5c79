"""Where the lines of a thumbnail's text end."""

import pytest

from tasks.pictures.line_breaks import letters, may_break, phrases, wrapped


def texts(pieces) -> list[str]:  # type: ignore[no-untyped-def]
    return [piece.text for piece in pieces]


def lines(text: str, room: float, most: int = 9) -> list[str] | None:
    return wrapped(phrases(text), len, room, most)


def test_japanese_ends_between_phrases() -> None:
    """No word of Japanese is cut where a line may end after a phrase."""
    assert texts(phrases("雪の峠で振り返る老僧、驚いた顔")) == ["雪の", "峠で", "振り返る", "老僧、", "驚いた", "顔"]


def test_numbers_and_words_of_letters_stay_whole() -> None:
    """2026 is not cut, whatever the model of phrases says, nor is a word of Latin letters in Japanese."""
    assert texts(phrases("2026年のOpenAI発表"))[0].startswith("2026年")
    assert "2026" in texts(letters("2026年")) and "NASA" in texts(letters("月のNASAへ"))


@pytest.mark.parametrize("sign", "、。」』）】ーっャ！？…々")
def test_no_line_begins_with_what_belongs_to_the_one_before(sign: str) -> None:
    """Kinsoku at the beginning of a line, between phrases and between letters."""
    assert not may_break("山", sign)
    assert all(not piece.startswith(sign) for piece in texts(letters(f"山{sign}川"))[1:])


@pytest.mark.parametrize("sign", "「『（【￥")
def test_no_line_ends_with_what_opens(sign: str) -> None:
    """Kinsoku at the end of a line."""
    assert not may_break(sign, "山")
    assert texts(letters(f"川{sign}山")) == ["川", f"{sign}山"]


def test_other_languages_end_at_spaces_and_keep_them_inside() -> None:
    """A space stands between two words of one line, and not at its end."""
    assert lines("one two three four", 9) == ["one two", "three", "four"]
    assert lines("one two", 7) == ["one two"]


def test_lines_are_about_as_long_as_each_other() -> None:
    """As few lines as there can be, and no single word left over on the last."""
    assert lines("aa bb cc dd ee", 12) == ["aa bb cc", "dd ee"]


def test_too_many_lines_are_none() -> None:
    """What needs more lines than there may be, or holds a piece wider than all the room, has no lines."""
    assert lines("aa bb cc", 2, most=2) is None
    assert lines("aaaa", 3) is None


def test_a_combining_mark_stays_with_its_letter() -> None:
    """が written as か and a mark is one sign."""
    assert texts(letters("か\u3099く")) == ["か\u3099", "く"]
