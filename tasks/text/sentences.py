"""What a person reads: each sentence one literal with named fields, so that a catalogue can say it otherwise."""

import re
from string import Formatter

_INSTALLED = __name__.partition(".")[0] == "kamishibai"
_DOIT = re.compile(r"\bdoit (?=[a-z]+\b)(?!that )")
"""A command to copy. Where the tool is installed, `doit` need not be on the path; `kamishibai` is."""


def t(template: str, /, **fields: object) -> str:
    """`template` with its {fields} filled in; without any it is taken as it stands.

    {count:picture} counts: "1 picture", "2 pictures", "1,000 pictures"; {count:thing needs|things need} where the
    plural is another one. Every other field is as str.format has it; literal braces beside fields are doubled.
    The one place that a catalogue of another language is asked, by the template.
    """
    said = _FORMATTER.vformat(template, (), fields) if fields else template
    return _DOIT.sub("kamishibai ", said) if _INSTALLED else said


def counted(number: int, noun: str, plural: str = "") -> str:
    """ "1 picture", "2 pictures", "1,000 pictures". plural: where it is not the noun with an s."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


class _Sentences(Formatter):
    def format_field(self, value: object, format_spec: str) -> str:
        if isinstance(value, int) and len(format_spec) > 1 and format_spec[-1].isalpha():
            return counted(value, *format_spec.split("|"))
        return str(super().format_field(value, format_spec))


_FORMATTER = _Sentences()
