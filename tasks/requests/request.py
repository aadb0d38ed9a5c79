"""From prompts to requests: pure, and the same bytes for the same input.

A request's digest covers everything that changes the picture and nothing else: not the channel, the run, the id or
the lane. So an undone edit, a preset rolled back or another lane finds the picture that was already paid for.

It is made from the folded text (see `folding`); what was bought before texts were folded is known by the digest it had.
"""

import hashlib
import itertools
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson

from ..catalog.choice import Choice
from ..providers.registry import api
from .folding import folded
from .own import OwnFacts
from .references import Reference

FORMAT = 1
MOST_TWINS = 32
"""So many prompts of one text are looked through for the one that was asked for before."""
Had = Mapping[tuple[str, str], Collection[str]]
"""Digests that were asked for before, by prompt id and sha256 of the text."""


@dataclass(frozen=True)
class Request:
    """One picture that is wanted. `digest` is 64 hex digits; `key` joins request, result, picture and usage row.

    text: what the model is told. prompt, note: what the writer wrote, for people. digest_before: by which it was known
    before texts were folded; None for a text that needs no folding, and so nearly always. own: what its row itself
    says; None where nobody knows. It has no part in the digest.
    """

    prompt_id: str
    text: str
    choice: Choice
    digest: str
    prompt: str = ""
    note: str = ""
    references: tuple[Reference, ...] = ()
    digest_before: str | None = None
    own: OwnFacts | None = field(default=None, compare=False)

    @property
    def digests(self) -> tuple[str, ...]:
        """All by which its picture may be known; that of today first."""
        return (self.digest, self.digest_before) if self.digest_before else (self.digest,)

    @property
    def keys(self) -> tuple[str, ...]:
        """All by which it may have been sent."""
        return tuple(_key(self.prompt_id, digest) for digest in self.digests)

    @property
    def body(self) -> dict[str, Any]:
        """What the provider is asked, with the tokens of reference pictures in place of their addresses."""
        return body(self.text, self.choice, self.references)

    @property
    def key(self) -> str:
        return _key(self.prompt_id, self.digest)

    @property
    def prompt_sha256(self) -> str:
        return sha256(self.text)


def _key(prompt_id: str, digest: str) -> str:
    return f"{prompt_id}-{digest[:16]}"


class PromptSpec(NamedTuple):
    """What a request is made from. origin: as `address.origin` says it. own: what the row itself says."""

    prompt_id: str
    text: str
    choice: Choice
    prompt: str = ""
    note: str = ""
    origin: str = ""
    references: tuple[Reference, ...] = ()
    own: OwnFacts | None = None


def sha256(text: str) -> str:
    """Of the text as UTF-8, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def requests(wanted: Iterable[PromptSpec], had: Had = MappingProxyType({})) -> list[Request]:
    """Requests in the order of the wishes.

    Two prompts with the same text on the same model are two pictures: the digest counts how many of that content there
    are in the run, so that the second is neither merged with the first nor bought twice later. had: what each prompt's
    text was asked for as before; it keeps that, whichever others of its text come or go.
    """
    written = list(wanted)
    seen = [_folded(wish) for wish in written]
    changed = frozenset(place for place, wish in enumerate(written) if seen[place] is not wish)
    asked = [_asked(*each, had) for each in zip(written, seen, strict=True)]
    # Each recipe looks among what the other one does not explain: 31 digests for every text would be slow.
    once = {place: _digest(written[place], 0) for place in changed}
    now = _digests(seen, [each - {once.get(place, "")} for place, each in enumerate(asked)], changed)
    if changed:
        before = _digests(written, [each - {now[place]} for place, each in enumerate(asked)], frozenset())
    return [
        _request(wish, now[place], before[place] if place in changed else None) for place, wish in enumerate(written)
    ]


def _request(wish: PromptSpec, digest: str, before: str | None) -> Request:
    shown = (wish.prompt_id, wish.text, wish.choice)
    return Request(*shown, digest, wish.prompt, wish.note, wish.references, before, wish.own)


def _folded(wish: PromptSpec) -> PromptSpec:
    text = folded(wish.text)
    return wish if text is wish.text else wish._replace(text=text)


def _asked(written: PromptSpec, seen: PromptSpec, had: Had) -> frozenset[str]:
    """Digests that were asked for under that prompt id and text, as it is written or folded."""
    texts = {written.text, seen.text} if had else ()
    return frozenset(digest for text in texts for digest in had.get((written.prompt_id, sha256(text)), ()))


def _digests(wishes: Sequence[PromptSpec], asked: Sequence[Collection[str]], last: Collection[int]) -> list[str]:
    contents = [_digest(wish, 0) for wish in wishes]
    numbers = _numbers(wishes, contents, asked, last)
    each = zip(wishes, numbers, contents, strict=True)
    return [_digest(wish, number) if number else content for wish, number, content in each]


def _numbers(
    wishes: Sequence[PromptSpec], contents: Sequence[str], asked: Sequence[Collection[str]], last: Collection[int]
) -> list[int]:
    """The place of each wish among those of its content, from 0: that which it had, else the first that is free.

    last: wishes that choose after the others: a folded text takes no place, and no digest, of one that is as written.
    """
    taken: set[tuple[str, int]] = set()
    kept: dict[int, int] = {}
    for index, (wish, content) in enumerate(zip(wishes, contents, strict=True)):
        number = _number_before(wish, content, asked[index])
        if number is not None and (content, number) not in taken:
            kept[index] = number
            taken.add((content, number))
    free: defaultdict[str, Iterator[int]] = defaultdict(itertools.count)
    for index in sorted(set(range(len(wishes))) - kept.keys(), key=lambda each: (each in last, each)):
        content = contents[index]
        kept[index] = next(each for each in free[content] if (content, each) not in taken)
    return [kept[index] for index in range(len(wishes))]


def _number_before(wish: PromptSpec, content: str, digests: Collection[str]) -> int | None:
    """The place it had; None for a text that was not asked for under that id before."""
    if not digests or content in digests:
        return 0 if digests else None
    return next((number for number in range(1, MOST_TWINS) if _digest(wish, number) in digests), None)


def retaken(wish: PromptSpec, number: int, before: int) -> Request:
    """Take `number` (from 2) of a prompt: its content again as a picture of its own.

    before: how many earlier prompts of the place have the same text.
    """
    seen = _folded(wish)
    return _request(wish, _digest(seen, before, number), _digest(wish, before, number) if seen is not wish else None)


def _digest(wish: PromptSpec, occurrence: int, take: int = 1) -> str:
    facts: list[Any] = [FORMAT, wish.choice.model.name, body(wish.text, wish.choice, wish.references), occurrence]
    facts += [wish.origin] if wish.origin else []
    facts += [{"take": take}] if take > 1 else []
    return hashlib.sha256(orjson.dumps(facts, option=orjson.OPT_SORT_KEYS)).hexdigest()


def body(text: str, choice: Choice, references: Sequence[Reference] = ()) -> dict[str, Any]:
    """What the provider is asked for one picture, as JSON; each reference picture as its token."""
    return api(choice.model.api).body(text, choice, references)


_SPLITTERS = {ord(char): f"\\u{ord(char):04x}" for char in "\x85\u2028\u2029"}


def line(request: Request) -> bytes:
    """One line of batch_request.jsonl, readable UTF-8 that ends in a line feed.

    Characters that some readers take for a line end are escaped (they split JSONL in the wild: P-20).
    """
    encoded = orjson.dumps({"key": request.key, "request": request.body})
    if not request.text.isascii():
        encoded = encoded.decode().translate(_SPLITTERS).encode()
    return encoded + b"\n"


def key_of(encoded: bytes) -> str:
    """The key of a line that `line` made."""
    return encoded[8 : encoded.index(b'"', 8)].decode()
