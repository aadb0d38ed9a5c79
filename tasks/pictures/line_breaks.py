"""Where a line of a thumbnail's text may end: between the phrases of Japanese, at the spaces of other languages.

budoux finds the phrases (a small model on this machine). Kinsoku holds everywhere: no line begins with 、。」 or a
small kana, none ends with 「, and neither a number nor a word of letters is cut.
"""

import functools
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from budoux import Parser

NOT_FIRST = frozenset(
    "、。，．・：；？！゛゜ヽヾゝゞ々〻ー’”）〕］｝〉》」』】〙〗〟°′″℃％‰,.:;?!)]}»›…‥〜～–—-"
    "ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶ｡､｣･ｰ"
)
"""No line begins with one of these (JIS X 4051 and W3C's requirements for Japanese text layout name their classes)."""
NOT_LAST = frozenset("「『（〔［｛〈《【〘〖〝‘“([{«‹￥＄£$¥#＃｢")
"""No line ends with one of these."""
_JAPANESE = re.compile(r"[\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]")


class Piece(NamedTuple):
    """What stays on one line. gap: what stands before it where it is not the first of its line."""

    gap: str
    text: str


def phrases(text: str) -> list[Piece]:
    """A text without line breaks in pieces that are read together."""
    return [piece for gap, word in _words(text) for piece in _joined(gap, _phrases(word))]


def letters(text: str) -> list[Piece]:
    """The same in the smallest pieces that kinsoku allows: for what is too long in phrases."""
    return [piece for gap, word in _words(text) for piece in _joined(gap, list(word))]


def wrapped(pieces: Sequence[Piece], width_of: Callable[[str], float], room: float, most: int) -> list[str] | None:
    """The pieces as lines of about one length, as few as there can be; None when they need more lines than `most`.

    width_of: how long a text is, in the unit of `room`.
    """
    lines = _filled(pieces, width_of, room)
    if lines is None or len(lines) > most:
        return None
    if len(lines) == 1:
        return lines
    low, high = room / len(lines), room
    while high - low > room / 100:
        middle = (low + high) / 2
        narrower = _filled(pieces, width_of, middle)
        if narrower is not None and len(narrower) == len(lines):
            lines, high = narrower, middle
        else:
            low = middle
    return lines


def _filled(pieces: Sequence[Piece], width_of: Callable[[str], float], room: float) -> list[str] | None:
    lines: list[str] = []
    for piece in pieces:
        longer = f"{lines[-1]}{piece.gap}{piece.text}" if lines else ""
        if lines and width_of(longer) <= room:
            lines[-1] = longer
        elif width_of(piece.text) <= room:
            lines.append(piece.text)
        else:
            return None
    return lines


def _words(text: str) -> Iterator[tuple[str, str]]:
    """(spaces, what follows them) one after the other."""
    for match in re.finditer(r"(\s*)(\S+)", text):
        yield match[1], match[2]


def _phrases(word: str) -> list[str]:
    return _parser().parse(word) if _JAPANESE.search(word) else [word]


@functools.cache
def _parser() -> "Parser":
    import budoux

    return budoux.load_default_japanese_parser()


def _joined(gap: str, parts: Sequence[str]) -> list[Piece]:
    """Parts of a word as pieces; where no line may end, two parts are one piece."""
    pieces: list[str] = []
    for part in parts:
        if pieces and not may_break(pieces[-1], part):
            pieces[-1] += part
        else:
            pieces.append(part)
    return [Piece("" if place else gap, piece) for place, piece in enumerate(pieces)]


def may_break(before: str, after: str) -> bool:
    """Whether a line may end with `before` when the next one begins with `after`."""
    last, first = before[-1], after[0]
    if first in NOT_FIRST or last in NOT_LAST or unicodedata.category(first) in ("Mn", "Me", "Mc", "Cf"):
        return False
    return not (_is_of_a_word(last) and _is_of_a_word(first))


def _is_of_a_word(sign: str) -> bool:
    """A letter or digit that is read with its neighbours, and no kana or kanji."""
    return sign.isalnum() and not _JAPANESE.match(sign)
