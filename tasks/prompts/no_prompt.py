"""Text that nobody can mean as a prompt: nothing that can be seen, or the error of a spreadsheet's formula."""

import re
import unicodedata

from ..files.problem import shown
from ..text.sentences import t

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
"""Control characters other than tab and line ends: no provider documents them and nobody can see them."""
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Fillers and the empty braille cell: letters and symbols by their category, and nothing to see."""
_UNSEEN = ("C", "Z", "M")
"""Categories of controls and formats, of blanks, and of marks, which are seen on a letter only."""
_SHEET_ERROR = re.compile(r"#[¡¿]?[A-ZÀ-Þ][A-ZÀ-Þ0-9/_]*[!?]|#N/A|#N/D|#NV|#GETTING_DATA|Err:\d{3}|#{2,}", re.ASCII)


def fault(text: str) -> tuple[str, str] | None:
    """(what is wrong, what to do) with the text of a picture; None when there is something to be drawn."""
    if not text.strip():
        return t("the prompt is empty"), t("write what the picture shows, or remove this entry")
    if is_invisible(text):
        names = ", ".join(f"U+{ord(char):04X}" for char in sorted(set(text))[:4])
        what = t("the prompt holds only characters that nobody can see ({names})", names=names)
        return what, t("write what the picture shows, or remove this entry")
    return sheet_error(text)


def sheet_error(text: str) -> tuple[str, str] | None:
    """(what is wrong, what to do) with a value that is a spreadsheet's #REF!, #N/A and the like as a whole."""
    if not _SHEET_ERROR.fullmatch(text.strip()):
        return None
    what = t("found {text}, the error of a formula in the spreadsheet", text=shown(text.strip()))
    return what, t("mend the formula, or write the text itself, and export the table again")


def is_invisible(text: str) -> bool:
    """Whether nothing of it can be seen. What a newer Unicode has and this Python does not know counts as seen."""
    return all(char in _BLANK or _unseen(unicodedata.category(char)) for char in text)


def _unseen(category: str) -> bool:
    return category.startswith(_UNSEEN) and category not in ("Cn", "Co", "Mc")
