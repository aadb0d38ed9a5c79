"""What the lanes ask of a provider, whoever it is, and what differs between providers as data.

Each folder beside this holds one provider: an `api.py` with its `Api`, which `registry` knows by name, and the clients
that the `Api` makes when something is asked.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, runtime_checkable

from ..catalog.choice import Choice
from ..catalog.model import Provider
from .answer import Answer, Reply
from .bounds import Patience
from .job_status import JobStatus


@dataclass(frozen=True)
class JobTraits:
    """How the jobs of a provider live.

    life_hours: after so long without an end a job is EXPIRED. kept_hours: so long after a job's end its results can be
    had.
    """

    life_hours: float
    kept_hours: float


class Account(Protocol):
    """By whom and where something is asked. fingerprint: of the key; endpoint: the host."""

    fingerprint: str
    endpoint: str

    @property
    def date(self) -> str | None:
        """The provider's clock at its last answer, UTC ISO 8601; None before the first."""


class Uploaded(NamedTuple):
    """A file at the provider: its name, and the address that a request refers to."""

    name: str
    uri: str


@runtime_checkable
class HoldsPictures(Account, Protocol):
    """A provider that keeps reference pictures for a while; others get them inside each request.

    picture_hours: how long.
    """

    picture_hours: float

    def upload_picture(self, data: bytes, mime: str, display_name: str) -> Uploaded: ...


class OpenedLine(Protocol):
    """A line of a result file whose picture is not decoded yet. key: of its request; line: its bytes."""

    @property
    def key(self) -> str | None: ...

    @property
    def line(self) -> bytes: ...

    def answer(self) -> Answer:
        """Decode and classify it. Never raises."""


@runtime_checkable
class TellsEnds(Account, Protocol):
    """A provider that tells the last day of a model, YYYY-MM-DD, if one is announced. Raises Refused, Unavailable."""

    def ends_on(self, model: str) -> str | None: ...


class BatchProvider(Account, Protocol):
    """A provider with jobs. Every call raises Refused or Unavailable; create also Ambiguous, and is never repeated.

    upload takes the lines of batch_request.jsonl and sends them in the provider's own form. Results may lie in several
    files (`JobStatus.outputs`), whose lines `open_line` reads; it raises Unreadable for what is no line.
    """

    traits: JobTraits

    def open_line(self, line: bytes) -> OpenedLine: ...

    def upload(self, data: bytes, display_name: str) -> str: ...

    def create(self, model: str, input_file: str, display_name: str) -> str: ...

    def listing(self) -> list[JobStatus]: ...

    def status(self, job: str) -> JobStatus: ...

    def download(self, name: str) -> Iterator[bytes]: ...

    def cancel(self, job: str) -> None: ...

    def delete_file(self, name: str) -> None: ...


class ImmediateProvider(Account, Protocol):
    """A provider that answers one request at once. Raises Refused, Unavailable or Ambiguous."""

    def reach(self) -> None: ...

    def generate(self, model: str, body: Mapping[str, Any], /) -> Reply: ...


@runtime_checkable
class TakesOrders(ImmediateProvider, Protocol):
    """A provider that gives a number for a picture which it makes later."""

    def submit(self, model: str, body: Mapping[str, Any], /) -> str: ...

    def result(self, model: str, number: str, /) -> Reply | None: ...


@runtime_checkable
class TakesSeeds(ImmediateProvider, Protocol):
    """A provider of which each picture is asked with a number that makes the same one again."""

    def seeded(self, body: Mapping[str, Any], key: str, /) -> dict[str, Any]:
        """The request's body with the number that belongs to its key, always the same."""


class Picture(Protocol):
    """A reference picture. token: stands for its address until that is known; mime: "image/png" and the like."""

    @property
    def token(self) -> str: ...

    @property
    def mime(self) -> str: ...


@dataclass(frozen=True)
class Api:
    """One provider's interface. keys_page: where a person finds the account's keys; "" where that person makes them.

    body: what is asked for one picture, as JSON: pure, the same for the same input, for it is part of the digest.
    parts_references: whether pictures with and without reference pictures cannot be in one job.
    most_jobs: how many jobs the provider allows, in words.
    traits: how its jobs live, if it has any. is_job: whether a name is one that it gives to them.
    orders: what in a text it would take for an order instead of drawing it, "" for nothing; None where no text is one.
    batch, immediate: make the client of a lane from the provider's record, its address, key, the seconds of one call,
    and how long this command has; None where there is no such lane.
    """

    keys_page: str
    body: Callable[[str, Choice, Sequence[Picture]], dict[str, Any]]
    batch: Callable[[Provider, str, str, float, Patience], BatchProvider] | None = None
    immediate: Callable[[Provider, str, str, float, Patience], ImmediateProvider] | None = None
    traits: JobTraits | None = None
    most_jobs: str = ""
    parts_references: bool = False
    is_job: Callable[[str], bool] = lambda _: False
    orders: Callable[[str], str] | None = None
