"""From the bytes of a download to durable pictures, while they arrive.

reader (the calling thread)     bytes -> lines -> keys; decides which line counts
workers (one more than cores)   base64 -> check -> PNG -> `.part` files
committer                       groups of `.part` files -> durable pictures and store records

Memory depends on the number of cores, not on the size of the download: the reader waits while too many bytes are
under way. Doing it again, after any interruption, ends with the same files and rewrites none that is right.
"""

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Condition
from typing import Protocol

from ..catalog.pricing import Cost
from ..files import atomic, faultpoint, system
from ..providers.answer import Answer, Status, Unreadable
from ..providers.port import OpenedLine
from ..text.errors import Portable
from ..text.sentences import t
from . import lines
from .commit import Committer
from .ingest_one import Destination, Ingest, Ingested
from .store import Store

WAITING = 1
"""Workers beyond one per core: about that many wait for the disk or the reader at any time."""
PIECE = 16 << 20
"""Bytes: the pixels, the line and the file of a usual picture are smaller, those of a 4K picture larger."""


class Came(Protocol):
    """What a download has brought so far: the answers that are worked through, by key. Durable they are at its end."""

    def __call__(self) -> "Mapping[str, Ingested]": ...


Watch = Callable[[int, Came], None]
"""Is told after every line how many there were by now, and whom to ask for their answers. On the reader's thread."""


def nobody(_lines: int, _came: Came) -> None:
    """The Watch of whom nobody waits for."""


def free(_: Answer) -> Cost:
    """What an answer costs of which nobody says a price."""
    return Cost()


@dataclass(frozen=True)
class Plan:
    """What a download should hold. wanted: by key, each with its own digest and image.

    owner: a plain name that no other process uses now, the run that is locked. done: keys that are safe already, whose
    lines are passed over. priced: what an answer cost, for the store record, in US dollars. open_line: reads a line of
    the provider's; raises Unreadable. watch: who shows that it moves. is_part: whether other processes bring in
    pictures of the same run now; then whoever holds the run's lock clears away what killed ones left.
    """

    wanted: Mapping[str, Destination]
    store: Store
    owner: str
    open_line: Callable[[bytes], OpenedLine]
    done: frozenset[str] = frozenset()
    priced: Callable[[Answer], Cost] = free
    watch: Watch = nobody
    is_part: bool = False

    def without(self, done: Collection[str]) -> "Plan":
        """The same plan for a further download, where only what is not `done` is still wanted."""
        return replace(self, done=self.done | frozenset(done))


@dataclass(frozen=True)
class Download:
    """What came. answers: by key. duplicates: the key of each line that came again. unreadable: (byte offset, reason).

    keys: those of the plan that had a line, passed over or not.
    lines counts all but blank ones, bytes what was read; both, like the lists, are those of the last download.
    """

    answers: Mapping[str, Ingested] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    duplicates: list[str] = field(default_factory=list)
    unreadable: list[tuple[int, str]] = field(default_factory=list)
    keys: frozenset[str] = frozenset()
    lines: int = 0
    bytes: int = 0
    passes: int = 0

    def with_(self, later: "Download") -> "Download":
        """This and a later download of the same results."""
        return replace(later, answers={**self.answers, **later.answers}, passes=self.passes + later.passes)


class DownloadCut(Portable):
    """The download broke off. `outcome` holds what is durable all the same; the cause is what the source raised."""

    def __init__(self, reason: str, outcome: Download) -> None:
        super().__init__(reason)
        self.outcome = outcome


def ingest(chunks: Iterable[bytes], plan: Plan, workers: int | None = None) -> Download:
    """Turn result lines into durable pictures and store records as they arrive.

    chunks: the file in pieces of any size. Every answer in the outcome is durable when this returns, and so is every
    one in the outcome of DownloadCut, which is raised when `chunks` raises or ends inside a line. What `chunks` raises
    before its first byte passes through: nothing was cut.
    """
    _check(plan)
    if not plan.is_part:
        sweep({wanted.image.parent for wanted in plan.wanted.values() if wanted.image})
    system.keep_freed_memory(PIECE)
    with plan.store.incoming(plan.owner) as staging, Committer(plan.store, staging) as groups:
        with _Workers(workers or cores() + WAITING) as pool:
            intake = _Intake(plan, Ingest(plan.store, staging, groups, plan.priced), pool)
            cut = intake.read(chunks)
            outcome = intake.outcome()
        groups.finish()
    system.give_memory_back()  # what the pictures took; the pages are drawn in it
    if cut and not outcome.bytes:
        raise cut
    if cut:
        raise DownloadCut(
            t("the download broke off after {bytes} bytes: {cut}", bytes=outcome.bytes, cut=cut), outcome
        ) from cut
    return outcome


class _Intake:
    """The reader: which line belongs to which request. The first good line of a key wins."""

    def __init__(self, plan: Plan, arrival: Ingest, pool: "_Workers") -> None:
        self._plan = plan
        self._arrival = arrival
        self._pool = pool
        self._answers: dict[str, Future[Ingested]] = {}
        self._done: frozenset[str] = frozenset()
        self._seen = Download(passes=1)
        self._lines = 0
        self._bytes = 0

    def read(self, chunks: Iterable[bytes]) -> Exception | None:
        """Take in every line; returns why the download broke off, if it did."""
        try:
            for offset, line in lines.split(self._counted(chunks)):
                faultpoint.reached("mid-download")
                if line.strip():
                    self._take(offset, line)
                    self._plan.watch(self._lines, self._came)
        except _Cut as cut:
            return cut.cause
        return None

    def outcome(self) -> Download:
        """What came, after waiting for every worker. Raises what a worker raised."""
        answers = {key: future.result() for key, future in self._answers.items()}
        keys = self._done.union(answers)
        return replace(self._seen, answers=answers, keys=keys, lines=self._lines, bytes=self._bytes)

    def _came(self) -> Mapping[str, Ingested]:
        done = {key: future for key, future in self._answers.items() if future.done()}
        return {key: future.result() for key, future in done.items() if not future.exception()}

    def _counted(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        try:
            for chunk in chunks:
                self._bytes += len(chunk)
                yield chunk
        except Exception as error:
            raise _Cut(error) from error

    def _take(self, offset: int, line: bytes) -> None:
        self._lines += 1
        try:
            envelope = self._plan.open_line(line)
        except Unreadable as error:
            if offset + len(line) == self._bytes:
                raise _Cut(EOFError("it ends inside a line")) from None
            self._seen.unreadable.append((offset, str(error)))
            return
        wanted = self._plan.wanted.get(envelope.key or "")
        if envelope.key in self._plan.done:
            self._pass_over(envelope.key)
        elif wanted is None or envelope.key is None:
            self._seen.unknown.append(envelope.key or f"(no key, byte {offset})")
        else:
            self._accept(envelope.key, envelope, wanted)

    def _pass_over(self, key: str) -> None:
        if key in self._done:
            self._seen.duplicates.append(key)
        self._done |= {key}

    def _accept(self, key: str, envelope: OpenedLine, wanted: Destination) -> None:
        earlier = self._answers.get(key)
        if earlier:
            self._seen.duplicates.append(key)
            if earlier.result().answer.status is Status.OK:
                return
        opened = [envelope]  # the line is let go of once it is decoded: a worker has a picture in it
        later = self._pool.submit(len(envelope.line), lambda: self._arrival.take(key, opened.pop().answer(), wanted))
        if not earlier or later.result().answer.status is Status.OK:
            self._answers[key] = later


class _Cut(Exception):
    def __init__(self, cause: Exception) -> None:
        super().__init__(str(cause))
        self.cause = cause


class _Workers:
    """Threads, and a bound on the bytes of the lines they have not finished."""

    def __init__(self, count: int) -> None:
        self._pool = ThreadPoolExecutor(count, "picture")
        self._free = self._most = (4 + 2 * count) << 20
        self._changed = Condition()
        self._failure: BaseException | None = None

    def __enter__(self) -> "_Workers":
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def submit(self, size: int, run: Callable[[], Ingested]) -> Future[Ingested]:
        """Run `work` on some thread; waits first until `size` bytes are free. One line of any size is always let in.

        Raises what any earlier work raised, so that a full disk does not wait for the end of the download.
        """
        size = min(size, self._most)
        with self._changed:
            self._changed.wait_for(lambda: self._free >= size)
            self._free -= size
        if self._failure:
            raise self._failure
        future = self._pool.submit(run)
        future.add_done_callback(lambda done: self._release(size, done))
        return future

    def _release(self, size: int, done: Future[Ingested]) -> None:
        with self._changed:
            self._free += size
            self._failure = self._failure or (None if done.cancelled() else done.exception())
            self._changed.notify()


def cores() -> int:
    """Processor cores this process may use: how many workers a deposit has by default."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _check(plan: Plan) -> None:
    wanted = plan.wanted.values()
    places: list[Path] = [each.image for each in wanted if each.image]
    if len({each.origin.digest for each in wanted}) < len(plan.wanted) or len(set(places)) < len(places):
        raise ValueError("two requests of one plan share a digest or an image")


def sweep(folders: Collection[Path]) -> None:
    """Make the folders of a run's images, and remove what a killed process left half-written there."""
    for folder in folders:
        atomic.make_folder(folder)
        for part in folder.glob(f".*{atomic.PART}"):
            part.unlink()
