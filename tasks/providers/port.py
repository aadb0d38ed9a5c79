"""What the lanes ask of a provider, whoever it is; each folder beside this has a client that can do some of it."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Protocol, runtime_checkable

from .answer import Reply
from .job_status import JobStatus


class Account(Protocol):
    """By whom and where something is asked. fingerprint: of the key; endpoint: the host."""

    fingerprint: str
    endpoint: str

    @property
    def date(self) -> str | None:
        """The provider's clock at its last answer, UTC ISO 8601; None before the first."""


class Uploaded(NamedTuple):
    """A file at the provider: its name, and the address that a request refers to; kept for 48 h (P-08)."""

    name: str
    uri: str


@runtime_checkable
class HoldsPictures(Account, Protocol):
    """A provider that keeps reference pictures for a while; others get them inside each request."""

    def upload_picture(self, data: bytes, mime: str, display_name: str) -> Uploaded: ...


class BatchProvider(HoldsPictures, Protocol):
    """A provider with jobs. Every call raises Refused or Unavailable; create also Ambiguous, and is never repeated."""

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
