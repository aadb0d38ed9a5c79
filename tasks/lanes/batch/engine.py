"""Who does the parts of the work: this process, or any executor that a cluster offers (ENGINE=dask://host:port).

The command in front stays the only writer of manifests and results. A part that is done twice, or by a worker that was
given up, ends with the same pictures.
"""

import logging
import secrets
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, wait
from typing import Protocol

from ...pictures.ingest import Download, Watch
from ...project.extras import Extra, missing
from ...providers.port import BatchProvider
from ...text.errors import NoKey, Portable, Stop, is_of_disk
from .job_part import JobPart, NotDoneElsewhere, ingest_part

SCHEME = "dask://"
LOOK_SECONDS = 0.5
_CONNECTED = "running"
"""Dask's word for a client that has its scheduler."""
GONE_SECONDS = 15.0
"""So long without a connection means that nobody there will end anything: Dask's client gives up after 10."""


class Engine(Protocol):
    """begin: a part may be done from now on; whether others do. ingest: what it brings, as JobPart.ingest says.

    ended: the parts that others have ended.
    """

    def begin(self, part: JobPart) -> bool: ...

    def ingest(self, part: JobPart, client: BatchProvider, watch: Watch) -> Download: ...

    def ended(self) -> Iterator[JobPart]: ...


class Here:
    """This process."""

    def begin(self, part: JobPart) -> bool:  # noqa: ARG002 - it is done when it is asked for
        return False

    def ingest(self, part: JobPart, client: BatchProvider, watch: Watch) -> Download:
        return part.ingest(client, watch)

    def ended(self) -> Iterator[JobPart]:
        return iter(())


HERE = Here()


class Cluster:
    """An executor. where: its address, for messages. is_there: whether who hands its parts out is connected now.

    A future alone does not tell: of a scheduler that died some are never ended (distributed's `_cascade_future`).
    """

    def __init__(self, executor: Executor, where: str, is_there: Callable[[], bool]) -> None:
        self._executor = executor
        self._where = where
        self._is_there = is_there
        self._lost_at: float | None = None
        self._begun: dict[str, tuple[JobPart, Future[Download]]] = {}
        self._runs: set[str] = set()

    def begin(self, part: JobPart) -> bool:
        """Hand the part out, unless that was done; before the first one of a run, clear away what killed ones left."""
        if not part.wanted:
            return False
        if part.owner not in self._runs:
            self._runs.add(part.owner)
            part.clear()
        if part.submission.id not in self._begun:
            self._begun[part.submission.id] = part, self._submit(part)
        return True

    def ended(self) -> Iterator[JobPart]:
        """The parts that are done or failed, as they end, until every one that was begun has."""
        left = {future: part for part, future in self._begun.values()}
        while left:
            done = wait(left, LOOK_SECONDS, "FIRST_COMPLETED").done
            for future in done or (set(left) if self._is_gone() else ()):
                yield left.pop(future)

    def ingest(self, part: JobPart, client: BatchProvider, watch: Watch) -> Download:  # noqa: ARG002 - workers have theirs
        """What the part brought that was begun; without one, or asked again, it is done now."""
        begun = self._begun.pop(part.submission.id, None)
        future = begun[1] if begun else self._submit(part)
        while not wait([future], LOOK_SECONDS).done:
            if self._is_gone():
                raise self._gone(ConnectionError())
        try:
            return future.result()
        except NoKey as error:
            raise NotDoneElsewhere("a worker: {what}", "{do}; here again:", what=error.what, do=error.do) from error
        except Portable:
            raise
        except Exception as error:
            if is_of_disk(error):
                raise
            raise self._gone(error) from error

    def _submit(self, part: JobPart) -> "Future[Download]":
        # A name of its own: a worker that was given up may still be writing.
        owner = f"{part.owner}+{secrets.token_hex(8)}"
        try:
            return self._executor.submit(ingest_part, part.shared(owner))
        except Exception as error:
            raise self._gone(error) from error

    def _is_gone(self) -> bool:
        now = time.monotonic()
        self._lost_at = None if self._is_there() else self._lost_at or now
        return self._lost_at is not None and now - self._lost_at > GONE_SECONDS

    def _gone(self, error: Exception) -> NotDoneElsewhere:
        return NotDoneElsewhere(
            "the workers at {where} did not bring it home ({error}); nothing is lost",
            "look after them (their version has to be this one), or leave ENGINE= out:",
            where=self._where,
            error=type(error).__name__,
        )


def connect(address: str) -> Cluster:
    """The cluster at dask://host:port. Raises Stop when nobody answers there, or Dask is not installed."""
    try:
        from distributed import Client
    except ImportError:
        raise missing(Extra.CLUSTER, "ENGINE=") from None
    # What it would print of a lost scheduler is a traceback; the command says it in words.
    logging.getLogger("tornado.application").setLevel(logging.CRITICAL)
    try:
        client = Client("tcp://" + address.removeprefix(SCHEME), timeout="10s", set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise Stop(
            "no Dask scheduler answers at {address} ({error})",
            "start it and its workers (docs/scale.md), or leave ENGINE= out",
            address=address,
            error=type(error).__name__,
        ) from None
    return Cluster(client.get_executor(pure=False), address, lambda: str(client.status) == _CONNECTED)  # type: ignore[no-untyped-call]
