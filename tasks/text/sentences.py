"""What a person reads: each sentence one literal with named fields, so that a catalogue can say it otherwise."""

import re
from collections.abc import Callable, Mapping
from string import Formatter
from typing import TYPE_CHECKING, Any

from . import languages

if TYPE_CHECKING:
    from gettext import GNUTranslations

_INSTALLED = __name__.partition(".")[0] == "kamishibai"
_DOIT = re.compile(r"\bdoit (?=[a-z]+\b)(?!that )")
"""A command to copy. Where the tool is installed, `doit` need not be on the path; `kamishibai` is."""


class Sentence(str):
    """Words in the language of the person who reads them. A file that others read too keeps `english` of them, or the
    template with its fields."""

    template: str
    fields: Mapping[str, object]

    def __deepcopy__(self, _: object) -> "Sentence":
        return self


def t(template: str, /, **fields: object) -> str:
    """`template` with its {fields} filled in; without any it is taken as it stands.

    {count:picture} counts: "1 picture", "2 pictures", "1,000 pictures"; {count:thing needs|things need} where the
    plural is another one. Every other field is as str.format has it; literal braces beside fields are doubled.
    The one place that a catalogue of another language is asked, by the template. What it gave already stays.
    """
    if isinstance(template, Sentence):
        return template
    sentence = Sentence(_said(template, fields, languages.catalogue()))
    sentence.template, sentence.fields = template, fields
    return sentence


def later(template: str) -> str:
    """Marks a constant as a sentence: `t` says it where it is used, for a module is read before the language is."""
    return template


def english(text: str) -> str:
    """A sentence as files have it and keys are made of it, whatever language is spoken. Other text stays."""
    if not isinstance(text, Sentence) or languages.catalogue() is None:
        return text
    fields = {name: english(value) if isinstance(value, str) else value for name, value in text.fields.items()}
    return _said(text.template, fields, None)


def in_english(data: Any) -> Any:
    """The same object, as other programs read it: every sentence within it in English."""
    if languages.catalogue() is None:
        return data
    if isinstance(data, dict):
        return {key: in_english(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [in_english(value) for value in data]
    return english(data) if isinstance(data, str) else data


def counted(number: int, noun: str, plural: str = "") -> str:
    """ "1 picture", "2 pictures", "1,000 pictures". plural: where it is not the noun with an s."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def _said(template: str, fields: Mapping[str, object], catalogue: "GNUTranslations | None") -> str:
    formatter = _ENGLISH
    if catalogue and template:  # the header of a catalogue is filed under ""
        template, formatter = catalogue.gettext(template), _Sentences(_counted_by(catalogue))
    said = formatter.vformat(template, (), fields) if fields else template
    return _DOIT.sub("kamishibai ", said) if _INSTALLED else said


class _Sentences(Formatter):
    """counted: a number with its noun, of as many forms as the language has, parted by "|"."""

    def __init__(self, counted: Callable[..., str]) -> None:
        self._counted = counted

    def format_field(self, value: object, format_spec: str) -> str:
        if isinstance(value, int) and _is_noun(format_spec):
            return self._counted(value, *format_spec.split("|"))
        return str(super().format_field(value, format_spec))


def _is_noun(format_spec: str) -> bool:
    """Whether a field counts: "picture", "枚"; "d" and ".0f" are formats."""
    return format_spec[:1].isalpha() and (len(format_spec) > 1 or not format_spec.isascii())


def _counted_by(catalogue: "GNUTranslations") -> Callable[..., str]:
    def counted(number: int, *forms: str) -> str:
        form = catalogue.plural(abs(number))  # type: ignore[attr-defined]
        return f"{number:,} {forms[min(form, len(forms) - 1)]}"

    return counted


_ENGLISH = _Sentences(counted)
