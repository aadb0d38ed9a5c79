"""What a row itself says of its picture, told apart from what its channel says: whose change a changed request is.

What is said for a whole channel (model, style, suffix, template, defaults) is in no row. The `OwnFacts` of a row are
the same before and after such a change, and others when the row was edited.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import orjson

from ..catalog.presets import Preset
from ..prompts import revisions, variables
from ..prompts.prompts import Prompt
from ..prompts.revisions import Revision
from ..prompts.templates import Template
from ..prompts.thumbnail_subjects import Subject
from .folding import folded
from .references import Reference

_DIGITS = 16


class OwnFacts(NamedTuple):
    """sha256: of all that the row itself says. values: by name, a short hash of each text that fills a {{name}}.

    slot: which the row or its run names. kin: rows of one kin have all texts of the channel in common. typed: SLOT= of
    the command line. origin: as `address.origin` says it. is_asked: a person asks for this very picture, as one
    more take.
    """

    sha256: str
    values: tuple[tuple[str, str], ...] = ()
    slot: str | None = None
    kin: str = ""
    typed: str = ""
    origin: str = ""
    is_asked: bool = False

    @property
    def as_sent(self) -> str:
        """What goes on record with a request: SLOT= is as good as a word of the row, and so is where it is sent."""
        if not self.typed and not self.origin:
            return self.sha256
        return _sha256({"row": self.sha256, "typed": self.typed, "origin": self.origin})


def of_prompt(
    prompt: Prompt,
    run_slot: str | None,
    preset: Preset,
    references: Sequence[Reference],
    origin: str,
    typed: str | None = None,
) -> OwnFacts:
    """What a row of a run says. references: those of the row. origin: as `address.origin` says it."""
    slot, avoid = prompt.slot or run_slot, prompt.negative_prompt
    said = {
        "text": folded(prompt.prompt.strip()),
        "slot": slot,
        "aspect_ratio": prompt.aspect_ratio,
        "image_size": prompt.image_size,
        "negative_prompt": None if avoid is None else folded(avoid.strip()),
        "characters": list(prompt.characters),
        "references": [reference.sha256 for reference in references],
    }
    shared = (preset.style, preset.prompt_suffix, preset.negative_prompt if avoid is None else avoid)
    values = _values((prompt.prompt, *shared), prompt.values or {})
    return OwnFacts(_sha256(said), values, slot, "" if avoid is None else "negative_prompt", typed or "", origin)


def of_subject(
    subject: Subject, template: Template, revision: Revision | None, origin: str, typed: str | None = None
) -> OwnFacts:
    """What a row of thumbnails says. The template is the channel's; which one, the picture's id says.

    revision: what a person changed of it, also when that does not hold any more: a template that was changed since is
    a change of the channel all the same.
    """
    said = {
        "text": folded(subject.thumbnail_prompt.strip()),
        "template": subject.template_id,
        "revision": revisions.encode(replace(revision, at="")) if revision else None,
    }
    texts = (template.prompt_template, template.negative_prompt or "", subject.thumbnail_prompt)
    return OwnFacts(_sha256(said), _values(texts, subject.own), kin=template.id, typed=typed or "", origin=origin)


def asked() -> OwnFacts:
    """Of a picture that a person asks for, and no row."""
    return OwnFacts("", is_asked=True)


def _sha256(said: Mapping[str, object]) -> str:
    """What is not said has no part in it: a newer version may know of more."""
    told = {name: value for name, value in said.items() if value not in (None, "", [])}
    return hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _values(texts: Iterable[str], own: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Of what the row fills in, also by way of another value of its own."""
    whole = "\n".join(texts)
    if variables.OPEN not in whole:
        return ()
    named = variables.names(whole)
    named += [inner for name in named for inner in variables.names(own.get(name, ""))]
    told = {name: text for name in named if (text := own.get(name, "").strip())}
    return tuple((name, hashlib.sha256(folded(text).encode()).hexdigest()[:_DIGITS]) for name, text in told.items())
