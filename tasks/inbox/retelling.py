"""Sentences of the journal in the language of whoever reads them: beside its English words an event keeps how they were
made, the template and its fields, so that they can be made again.
"""

from collections.abc import Mapping
from string import Formatter
from typing import Any

from ..text import languages
from ..text.redaction import one_line, redacted
from ..text.sentences import Sentence, english, t

LONGEST = 1000
"""Characters: longer ones, which are cut anyway, are kept in English alone."""
Made = list[Any]
"""[template, {field: value}], as JSON; a value may be a sentence too."""


def made_of(text: str) -> Made | None:
    """How `text` was made; None for words that somebody wrote, and for those that hold what no file may."""
    plain = english(text)
    fits = isinstance(text, Sentence) and len(plain) <= LONGEST and redacted(plain) == plain
    return _made(text) if fits and isinstance(text, Sentence) else None


def _made(sentence: Sentence) -> Made:
    used = {name for _, name, _, _ in Formatter().parse(sentence.template) if name} if sentence.fields else set()
    return [sentence.template, {name: _value(value) for name, value in sentence.fields.items() if name in used}]


def _value(value: object) -> Any:
    if isinstance(value, Sentence):
        return _made(value)
    return value if isinstance(value, int | float) else str(value)


def retold(text: str, made: object, longest: int) -> str:
    """The sentence in the person's language, redacted, in one line; the English `text` where that cannot be."""
    if languages.catalogue() is None:
        return text
    try:
        return one_line(_said(made), longest) if made else text
    except (LookupError, TypeError, ValueError, AttributeError):  # of another version, or written by hand
        return text


def _said(made: object) -> str:
    match made:
        case [str(template), Mapping() as fields]:
            return t(
                template, **{name: _said(each) if isinstance(each, list) else each for name, each in fields.items()}
            )
    raise TypeError
