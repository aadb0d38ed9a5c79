"""One command's view of the project: configs, runs under lock, connections, and what has to be told at the end."""

import contextlib
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Self

from filelock import FileLock

from ..catalog.catalog import Catalog, load_catalog
from ..errors import Stop
from ..files import locks
from ..inbox import events
from ..inbox.events import Event
from ..inbox.notices import of_budget, of_trouble
from ..inbox.slack import deliver
from ..money.reservations import Reservations
from ..project.paths import Paths
from ..project.run_paths import RunPaths
from ..project.settings import Settings
from ..providers.failures import Refused, Unavailable
from ..runs.manifest import Submission
from ..runs.run import Run, open_damaged, read_run
from ..text.progress import Progress
from ..text.redaction import visible
from ..text.wording import counted
from .accounts import Accounts


@dataclass(frozen=True)
class Trouble:
    """Something a person should know at the end: where, what, and what to do. event: how the inbox is told of it."""

    where: str
    what: str
    do: str
    event: Event


class Session:
    """Lives as long as the process. Runs are opened once, locked, and read once; provider clients likewise."""

    def __init__(self, paths: Paths, settings: Settings) -> None:
        self.paths = paths
        self.settings = settings
        self.troubles: list[Trouble] = []
        self._noted: list[Event] = []
        self.progress: Progress | None = None
        self._locks: dict[str, FileLock] = {}
        locks.allow_many()
        self._works: dict[str, Run] = {}

    @cached_property
    def catalog(self) -> Catalog:
        return load_catalog(self.paths)

    @cached_property
    def accounts(self) -> Accounts:
        return Accounts(lambda: self.catalog.providers, self.paths.emulator)

    def open(self, runs: Sequence[RunPaths]) -> list[Run]:
        """The runs, read and checked; those with anything to do are locked. Raises Stop (held by another), BadInput."""
        for paths in runs:
            if paths.name not in self._works:
                self._works[paths.name] = self._open(paths)
        return [self._works[paths.name] for paths in runs]

    def _open(self, paths: RunPaths) -> Run:
        run = self.read(paths)
        if run.idle and paths.name not in self._locks:
            return run
        self.lock(paths)
        return self.read(paths)

    def own(self, runs: Sequence[RunPaths]) -> list[Run]:
        """The runs, locked also where nothing is left to do, for a command that writes their pages and tables."""
        for paths in runs:
            if paths.name not in self._locks:
                self.lock(paths)
                self._works[paths.name] = self.read(paths)
        return [self._works[paths.name] for paths in runs]

    def read(self, paths: RunPaths) -> Run:
        """The run as its files are now, without a lock: to look at, not to write."""
        return read_run(paths, self.paths, self.catalog, self.settings)

    def lock(self, paths: RunPaths) -> None:
        """Keep every other command away from the run until this process ends. Raises Stop when one has it."""
        if paths.name not in self._locks:
            self._locks[paths.name] = locks.take(self.paths.lock(paths.name), paths.name)

    def holds(self, run: Run) -> bool:
        """Whether this command has locked the run; of others it only knows what their files said when it looked."""
        return run.paths.name in self._locks

    def reopen(self, paths: RunPaths, insist: Collection[str]) -> Run:
        """The run, read anew after its takes were changed. insist: prompts whose pick is wanted though not sent yet."""
        self._works[paths.name] = read_run(paths, self.paths, self.catalog, self.settings, insist)
        return self._works[paths.name]

    def open_damaged(self, paths: RunPaths) -> Run:
        """A run whose paid results are to come home, locked; also one whose prompts cannot be read (see run.rescued).

        Raises Stop when another process has it, BadInput when its manifest or results cannot be read.
        """
        if paths.name not in self._works:
            lock = locks.take(self.paths.lock(paths.name), paths.name)
            try:
                self._works[paths.name] = open_damaged(paths, self.paths, self.catalog, self.settings)
            except BaseException:
                lock.release()
                raise
            self._locks[paths.name] = lock
        return self._works[paths.name]

    def afford(self, run: Run, submission: Submission) -> bool:
        """Write the submission down, and with it reserve what it will cost; False when a cap of the budget forbids it.

        Nobody else reserves between the look and the writing, in whatever process.
        """
        why = self.purse.reserve(run.paths.channel, submission, lambda: run.record(submission))
        if why:
            what = f"not sent: {counted(len(submission.requests), 'picture')}: {why.what}"
            self.trouble(run.paths.name, what, why.do, of_budget(run.paths.name, why.cap, what, why.do))
        return why is None

    @cached_property
    def purse(self) -> Reservations:
        return Reservations(self.paths, self.settings.budget)

    def room(self, name: str) -> int:
        """How many jobs may still be made: the limit less the account's live ones, whoever made them."""
        client, limit = self.accounts.batch(name), self.catalog.providers[name].batch.max_live_jobs
        manifests = [run.manifest for run in self._works.values()]
        ours = {each.job or each.id for m in manifests for each in m.submissions if each.live and each.provider == name}
        with contextlib.suppress(Unavailable, Refused):
            ours |= {listed.name for listed in self.accounts.listing(client) if listed.live}
        return limit - len(ours)

    def trouble(self, where: str, what: str, do: str, event: Event | None = None) -> None:
        """Note something for the end, and for the inbox; said once."""
        trouble = Trouble(where, what, do, event or of_trouble(where, what, do))
        if trouble not in self.troubles:
            self.troubles.append(trouble)
            self.note(trouble.event)

    def note(self, event: Event) -> None:
        """Remember something for the inbox; written by `tell_inbox`."""
        self._noted.append(event)

    def tell_inbox(self) -> None:
        """Write what was noted, durably, then bring it to whoever reads it. Called however a command ends."""
        events.record(self.paths, self._noted, self.now())
        self._noted.clear()
        deliver(self.paths)

    @contextlib.contextmanager
    def heard(self) -> Iterator[None]:
        """A command that stops half way has still seen things; they are not lost with it."""
        try:
            yield
        except BaseException:
            with contextlib.suppress(Stop, OSError):
                self.tell_inbox()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """However the command ends, what was noted reaches the inbox, and the runs are let go."""
        self.tell_inbox()
        self.close()

    def close(self) -> None:
        """Let go of the runs, for a process that goes on."""
        for lock in self._locks.values():
            lock.release()
        self._locks.clear()
        self._works.clear()

    def say(self, text: str) -> None:
        """One line to the person."""
        if self.progress:
            self.progress.note(text)
        else:
            print(visible(text), flush=True)  # noqa: T201 - the person reads it

    def now(self) -> str:
        """UTC, ISO 8601, seconds."""
        return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def clock(self, provider: str) -> str:
        """The provider's clock once it told it in this command, else ours. UTC, ISO 8601."""
        return self.accounts.clock(provider) or self.now()

    def today(self) -> date:
        """The day in UTC."""
        return datetime.now(UTC).date()

    def pause(self, seconds: float) -> None:
        time.sleep(seconds)
