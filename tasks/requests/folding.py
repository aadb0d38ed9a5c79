"""The text by which a request is known: what a person sees of it, whatever wrote the file.

Only the digest is made from it; what is sent stays as written. One text in several spellings is one picture:

CRLF, CR -> LF: spreadsheets and JSON writers differ in the line ends within a cell.

NFD -> NFC: macOS parts a letter from its mark. CJK compatibility ideographs stay as they are, as on Apple's own disks:
NFC would make another character of them, which looks different.

U+00AD, U+200B, U+2060, U+FEFF -> nothing: hints where a line may break, which copying from pages and documents brings.

Not folded, since it shows or may show: U+200C and U+200D (they join emoji and shape Persian and Indic letters),
variation selectors, marks of direction, blanks within and at the end of lines (a text's own ends are stripped when it
is made), and all that only NFKC would fold: full-width letters, half-width kana.
"""

import re
import unicodedata

_UNSEEN = re.compile("[\u00ad\u200b\u2060\ufeff]")
_LINE_END = re.compile(r"\r\n?")
_COMPOSING = re.compile("[^\uf900-\ufaff\U0002f800-\U0002fa1f]+")


def folded(text: str) -> str:
    """`text` itself when there is nothing to fold."""
    if text.isascii() and "\r" not in text:
        return text
    plain = _LINE_END.sub("\n", _UNSEEN.sub("", text))
    if not unicodedata.is_normalized("NFC", plain):
        plain = _COMPOSING.sub(lambda part: unicodedata.normalize("NFC", part[0]), plain)
    return text if plain == text else plain
