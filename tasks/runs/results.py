"""`results.jsonl`: our reading of every answer, one line per request and attempt, in the order they were sent."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import orjson

from ..catalog.model import Lane
from ..catalog.pricing import CostBasis
from ..errors import BadInput
from ..files import atomic, document, foreign, regular, schema
from ..files.newer import added, known
from ..files.problem import NotADocument, bad_input
from ..pictures.store import OWN, Origin, shared
from ..prompts.request import Had
from ..providers.answer import FailureClass, Status, Tokens
from ..text.word import OpenWord, Word
from .manifest import Manifest

YOURS = "yours"
"""In place of provider and model: a picture that nobody bought, since it lay there already."""


class Cause(OpenWord):
    """Why a request has no answer, where our own code decides by it; a newer version may know more."""

    MISSING = "missing"
    RESULTS_GONE = "results_gone"
    JOB_CANCELLED = "job_cancelled"
    JOB_ENDED = "job_ended"
    MAYBE_BILLED = "maybe_billed"
    MADE_AND_GONE = "made_and_gone"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Result(Origin):
    """What came of one request and attempt. Cost in US dollars, times in UTC ISO 8601.

    image: its path from the run's folder; None when there is no picture, or it was not wanted any more. width, height:
    pixels. seconds, seed: on the immediate lane. words: what the provider said of a picture that did not come, beside
    its code. more: keys of newer versions, kept as they are.
    """

    status: Status
    failure: FailureClass | None
    reason: str
    note: str | None
    tokens: Tokens
    cost_usd: float
    cost_basis: CostBasis
    image: str | None = None
    image_bytes: int | None = None
    image_sha256: str | None = None
    source_sha256: str | None = None
    width: int | None = None
    height: int | None = None
    output_size: str | None = None
    seconds: float | None = None
    seed: int | None = None
    cause: Cause | None = None
    words: str | None = None
    more: Mapping[str, Any] = field(default_factory=dict)
    line: bytes = field(default=b"", init=False, repr=False, compare=False)
    """As it was read: what nobody changes is written back byte for byte."""

    @property
    def is_picture(self) -> bool:
        return self.status is Status.OK

    @property
    def is_yours(self) -> bool:
        """Whether the picture lay there already: a person's, or another program's."""
        return self.provider == YOURS

    @property
    def picture(self) -> str:
        """`image`, of a result whose picture lies there."""
        assert self.image
        return self.image

    @property
    def sent_as(self) -> tuple[str | None, str]:
        """Submission and key: two lines that have them alike are of one request and attempt."""
        return self.submission, self.key

    def to_json(self) -> bytes:
        """Its line, with the line feed."""
        if self.line:
            return self.line + b"\n"
        record = {name: getattr(self, name) for name in _NAMES}
        record |= {name: value for name in _OPTIONAL if (value := getattr(self, name)) is not None}
        return orjson.dumps(record | dict(self.more), option=orjson.OPT_APPEND_NEWLINE)

    @staticmethod
    def from_json(record: Mapping[str, Any], line: bytes = b"") -> "Result":
        """The result of a checked JSON object; line: its bytes as they stand in the file."""
        own = {name: value for name, value in record.items() if name in _KNOWN}
        own |= {name: enum(own[name]) for name, enum in _ENUMS.items() if own.get(name) is not None}
        result = Result(**own | {"tokens": Tokens(**known(Tokens, record["tokens"])), "more": added(record, _KNOWN)})
        object.__setattr__(result, "line", line)
        return result


_OPTIONAL = ("seconds", "seed", "cause", "words", *OWN)
_NAMES = tuple(each.name for each in fields(Result) if each.name not in (*_OPTIONAL, "more", "line"))
_KNOWN = frozenset((*_NAMES, *_OPTIONAL))
_ENUMS: Mapping[str, type[Word]] = {
    "lane": Lane,
    "status": Status,
    "failure": FailureClass,
    "cost_basis": CostBasis,
    "cause": Cause,
}


def unanswered(origin: Origin) -> Result:
    """The result of a request before its answer: nothing came, nothing is billed, it may be sent again."""
    return Result(
        **shared(origin),
        status=Status.ERROR,
        failure=FailureClass.RETRYABLE,
        reason="",
        note=None,
        tokens=Tokens(),
        cost_usd=0.0,
        cost_basis=CostBasis.NONE,
    )


def read(path: Path) -> list[Result]:
    """Every line, checked; none when there is no file. Raises BadInput with the number of the line that is wrong."""
    if not regular.there(path):
        return []
    try:
        lines = document.read(path).splitlines()
    except NotADocument as error:
        raise bad_input(error.problems) from None
    return [_result(path, number, encoded) for number, encoded in enumerate(lines, 1)]


def _result(path: Path, number: int, encoded: bytes) -> Result:
    try:
        record = orjson.loads(encoded)
    except ValueError as error:
        if other := foreign.problem(path, regular.read(path)):
            raise bad_input([other]) from None
        raise BadInput(
            "{path}:{number}: not JSON: {error}",
            "restore the file, or move it aside: the store has the pictures",
            path=path,
            number=number,
            error=error,
        ) from None
    schema.check(record, "results", path, number)
    return Result.from_json(record, encoded)


class Peeked(NamedTuple):
    """What a quick look sees of a result; nothing is checked."""

    prompt_id: str
    status: str
    image: str | None
    image_bytes: int | None
    image_sha256: str | None
    submission: str | None
    job: str | None
    submitted_at: str | None
    finished_at: str | None
    cost_usd: float
    digest: str
    failure: str | None
    provider: str

    @property
    def is_picture(self) -> bool:
        return self.status == Status.OK.value

    @property
    def is_yours(self) -> bool:
        return self.provider == YOURS


def peek(path: Path) -> Iterator[Peeked]:
    """A quick look at every line, for who must not wait and trusts nothing. Raises glimpse.UNREADABLE."""
    # All lines as one list: a fifth faster than one by one, and JSON has no line feed within a line.
    for record in orjson.loads(b"[%b]" % regular.read(path).strip().replace(b"\n", b",")):
        yield Peeked(*map(record.__getitem__, Peeked._fields))


def encode(results: Iterable[Result]) -> bytes:
    return b"".join(result.to_json() for result in results)


def save(path: Path, results: Iterable[Result]) -> bool:
    """Durable when it returns; a file that says the same already keeps its time stamp."""
    return atomic.write_if_new(path, encode(results))


def merged(history: Sequence[Result], new: Sequence[Result]) -> list[Result]:
    """History with `new` in it; lines of the same submission and key are replaced, so collecting twice is harmless.

    A line that says the same already stays as it is, to the byte.
    """
    fresh = {result.sent_as: result for result in new if result.submission}
    again = [fresh.pop(result.sent_as, result) for result in history]
    kept = [old if old == now else now for old, now in zip(history, again, strict=True)]
    return kept + [result for result in new if not result.submission] + list(fresh.values())


Line = TypeVar("Line", Result, Peeked)


def latest(results: Iterable[Line]) -> dict[str, Line]:
    """The last line of each prompt id: what became of it."""
    return {result.prompt_id: result for result in results}


def shown(results: Iterable[Line]) -> dict[str, Line]:
    """For each prompt id, the line whose picture lies in images/."""
    return {result.prompt_id: result for result in results if result.image}


def asked_before(manifest: Manifest, history: Iterable[Result]) -> Had:
    """What was asked for under each prompt id and text, by what was sent and what came."""
    had: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for each in manifest.submissions:
        for item in each.requests:
            had[item.prompt_id, item.prompt_sha256].add(item.digest)
    for result in history:
        had[result.prompt_id, result.prompt_sha256].add(result.digest)
    return had
