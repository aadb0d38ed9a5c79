"""`results.jsonl`: our reading of every answer, one line per request and attempt, in the order they were sent.

Lines are appended. A kill may leave the first part of one at the end: that is no line, nobody reads it as one, and the
next writer, who holds the run's lock, writes the file anew without it.
"""

import contextlib
import operator
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import orjson

from ..catalog.model import Lane
from ..catalog.pricing import CostBasis
from ..files import atomic, document, foreign, regular, schema
from ..files.newer import added, known
from ..files.problem import NotADocument, bad_input
from ..pictures.store import OWN, Origin, shared
from ..providers.answer import FailureClass, Status, Tokens
from ..text.errors import BadInput
from ..text.word import OpenWord, Word
from .manifest import Manifest, Submission

if TYPE_CHECKING:
    from ..requests.request import Had

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


@dataclass(frozen=True, slots=True)
class Result(Origin):
    """What came of one request and attempt. Cost in US dollars, times in UTC ISO 8601.

    image: its path from the run's folder; None when there is no picture, or it was not wanted any more. width, height:
    pixels. seconds, seed: on the immediate lane. words: what the provider said of a picture that did not come, beside
    its code. output_max_bytes: how large its file was to be at most. more: keys of newer versions, kept as they are.
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
    output_max_bytes: int | None = None
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


_OPTIONAL = ("seconds", "seed", "cause", "words", "output_max_bytes", *OWN)
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
        lines = _whole(document.read(path)).splitlines()
    except NotADocument as error:
        raise bad_input(error.problems) from None
    return [_result(path, number, encoded) for number, encoded in enumerate(lines, 1)]


def _whole(data: bytes) -> bytes:
    """The lines that are there to their ends. The last one may lack its line feed, where a person edited the file.

    A torn line is the beginning of one of ours, or what some disks put in its place when the power fails; anything else
    is damage, which is not passed over.
    """
    if data.endswith(b"\n") or not data:
        return data
    start = data.rfind(b"\n") + 1
    last = data[start:]
    try:
        orjson.loads(last)
    except ValueError:
        is_torn = last.startswith(b"{") or not last.strip(b"\0")
        return data[:start] if is_torn else data
    return data


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


_AT_ONCE = 256 << 10
"""Bytes of lines that a quick look parses at a time: their objects take four times as much."""


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
    """A quick look at every line, for who must not wait and trusts nothing. Raises glimpse.UNREADABLE, at any line."""
    # Hundreds of lines as one list: a fifth faster than one by one, and JSON has no line feed within a line.
    for block in _blocks(_whole(regular.read(path))):
        yield from map(peeked, orjson.loads(b"[%b]" % block.strip().replace(b"\n", b",")))


def _blocks(data: bytes) -> Iterator[bytes]:
    """Whole lines, _AT_ONCE bytes and a little more at a time."""
    start = 0
    while start < len(data):
        end = data.find(b"\n", start + _AT_ONCE) + 1 or len(data)
        yield data[start:end]
        start = end


def peeked(record: Mapping[str, Any]) -> Peeked:
    """A quick look at one line's JSON object. Raises KeyError."""
    return Peeked(*map(record.__getitem__, Peeked._fields))


def encode(results: Iterable[Result]) -> bytes:
    return b"".join(result.to_json() for result in results)


def save(path: Path, results: Iterable[Result]) -> bool:
    """Durable when it returns; a file that says the same already keeps its time stamp."""
    return atomic.write_if_new(path, encode(results))


def extend(path: Path, before: Sequence[Result], after: Sequence[Result], size: int) -> int:
    """Write `after` where `before` stands in so many bytes; durable when it returns. Gives the new size of the file.

    What was only added to is appended to: a run of 50,000 pictures in fifty jobs would else be written 25 times over. A
    file that is not as this process left it, or that says something else now, is written anew; one that says the same
    keeps its time stamp.
    """
    if _size(path) == size and len(before) <= len(after) and all(map(operator.is_, before, after)):
        more = encode(after[len(before) :])
        if more:
            atomic.append(path, more)
        return size + len(more)
    data = encode(after)
    atomic.write_if_new(path, data)
    return len(data)


def size_of(lines: Iterable[Result]) -> int:
    """Bytes of the file that holds those lines."""
    return sum(len(each.line or each.to_json()[:-1]) + 1 for each in lines)


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except regular.NOT_THERE:
        return None


def merged(history: Sequence[Result], new: Sequence[Result]) -> list[Result]:
    """History with `new` in it; lines of the same submission or job and key are replaced, so that collecting twice is
    harmless, also by a manifest that knows the job under another submission since an earlier one was lost.

    A line that says the same already stays as it is, to the byte.
    """
    fresh = {result.sent_as: result for result in new if result.submission}
    by_job = {(line.job or "", line.key): line.sent_as for line in new if line.submission and line.job}
    names = [old.sent_as if old.sent_as in fresh else by_job.get((old.job or "", old.key)) for old in history]
    kept = [_taken_over(old, fresh[name]) if name else old for old, name in zip(history, names, strict=True)]
    told = set(names)
    more = (result for name, result in fresh.items() if name not in told)
    return [*kept, *(result for result in new if not result.submission), *more]


def _taken_over(old: Result, new: Result) -> Result:
    """The line that takes the place of `old`; a picture that came stays where it lies."""
    if old.sent_as != new.sent_as and old.is_picture:
        return replace(old, submission=new.submission, attempt=new.attempt)
    return old if old == new else new


def kept_by_manifest(submissions: Iterable[Submission], known: Collection[tuple[str | None, str]]) -> Iterator[Result]:
    """The lines of answers without a picture that the manifest tells of and `known` (`sent_as`) does not hold."""
    for submission in submissions:
        for item in submission.requests:
            if item.failed is not None and (submission.id, item.key) not in known:
                with contextlib.suppress(KeyError, TypeError, ValueError):  # a person may have written into it
                    yield Result.from_json(item.failed)


Line = TypeVar("Line", Result, Peeked)


def latest(results: Iterable[Line]) -> dict[str, Line]:
    """The last line of each prompt id: what became of it."""
    return {result.prompt_id: result for result in results}


def shown(results: Iterable[Line]) -> dict[str, Line]:
    """For each prompt id, the line whose picture lies in images/."""
    return {result.prompt_id: result for result in results if result.image}


def asked_before(manifest: Manifest, history: Iterable[Result]) -> "Had":
    """What was asked for under each prompt id and text, by what was sent and what came."""
    had: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for each in manifest.submissions:
        for item in each.requests:
            had[item.prompt_id, item.prompt_sha256].add(item.digest)
    for result in history:
        had[result.prompt_id, result.prompt_sha256].add(result.digest)
    return had
