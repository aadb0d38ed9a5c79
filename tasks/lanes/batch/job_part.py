"""One part of bringing a job home: its results become pictures, in this process or on another machine.

Plain data. Whoever does it looks at nothing of the run, and writes pictures and store records only: manifest and
results have one writer, the command that holds the run.
"""

import socket
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ...pictures.ingest import Download, Plan, Watch, ingest, nobody, sweep
from ...pictures.ingest_one import Destination
from ...pictures.store import Store
from ...project.paths import Paths
from ...providers.port import BatchProvider
from ...runs.answers import Pricing
from ...runs.manifest import Submission
from ...text.errors import Stop
from .result_files import pieces


class NotDoneElsewhere(Stop):
    """A machine that was to do a part cannot; the job stays as it is."""


@dataclass(frozen=True)
class JobPart:
    """What of a submission's results is wanted. root: the workspace, at the same path wherever this is done.

    wanted, done, owner: as of a Plan. is_shared: whether others bring in parts of the same run at the same time.
    """

    submission: Submission
    root: Path
    wanted: Mapping[str, Destination]
    store: Store
    owner: str
    pricing: Pricing
    done: frozenset[str] = frozenset()
    is_shared: bool = False

    def without(self, good: Collection[str]) -> "JobPart":
        """The same part for a further download, where only what is not `good` is still wanted."""
        return replace(self, done=self.done | frozenset(good))

    def shared(self, owner: str) -> "JobPart":
        """The same for another process, wherever it works, while others bring in other parts."""
        wanted = {key: each.absolute() for key, each in self.wanted.items()}
        store = Store(self.store.root.absolute())
        return replace(self, root=self.root.absolute(), wanted=wanted, store=store, owner=owner, is_shared=True)

    def clear(self) -> None:
        """Remove what killed processes left half-written. For whoever holds the run's lock, before the first part."""
        self.store.sweep(self.owner)
        sweep({wanted.image.parent for wanted in self.wanted.values() if wanted.image})

    def ingest(self, client: BatchProvider, watch: Watch = nobody) -> Download:
        """Download and keep it. Raises as pictures.ingest does, and Refused or Unavailable before the first byte."""
        plan = Plan(
            self.wanted, self.store, self.owner, client.open_line, self.done, self.pricing, watch, self.is_shared
        )
        return ingest(pieces(client, self.submission.outputs, self._inline(client)), plan)

    def _inline(self, client: BatchProvider) -> Iterator[Mapping[str, Any]]:
        """Answers within the job itself, which is asked for only when they are read."""
        if self.submission.job:
            yield from client.status(self.submission.job).inline


def ingest_part(part: JobPart) -> Download:
    """The same on any machine that has the workspace at the same path, and the key in its environment or in `.env`.

    Raises NotDoneElsewhere or NoKey besides: without the key that made the job.
    """
    from ...catalog.catalog import load_catalog
    from ...files import env_file
    from ...session.accounts import Accounts

    paths, submission = Paths(part.root), part.submission
    env_file.load(paths.root)
    client = Accounts(lambda: load_catalog(paths).providers, paths.emulator).batch(submission.provider)
    if (client.fingerprint, client.endpoint) != (submission.key_fingerprint, submission.endpoint):
        raise NotDoneElsewhere(
            "{host} has another key or address for {provider} than {job} was made with",
            "give the worker there the same key, then:",
            host=socket.gethostname(),
            provider=submission.provider,
            job=submission.job or submission.id,
        )
    return part.ingest(client)
