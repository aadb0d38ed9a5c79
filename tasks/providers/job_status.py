"""What a provider says of one batch job."""

from dataclasses import dataclass
from typing import Any

from ..text.word import OpenWord


class ProviderState(OpenWord):
    """What a provider says of its job."""

    UNSPECIFIED = "UNSPECIFIED"
    QUEUED = "QUEUED"
    PENDING = "PENDING"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    PARTIALLY_SUCCEEDED = "PARTIALLY_SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    NOT_FOUND = "NOT_FOUND"


ANSWERED = frozenset({ProviderState.SUCCEEDED, ProviderState.PARTIALLY_SUCCEEDED})
DONE = ANSWERED | {ProviderState.FAILED, ProviderState.CANCELLED, ProviderState.EXPIRED}


LIVE = frozenset(map(ProviderState, ("PENDING", "QUEUED", "RUNNING", "UNSPECIFIED")))


@dataclass(frozen=True)
class Counts:
    """How many requests of a job there are, by what became of them, as the provider counts."""

    total: int = 0
    succeeded: int = 0
    failed: int = 0
    pending: int = 0


@dataclass(frozen=True)
class JobStatus:
    """Times as the provider writes them, cut to seconds.

    outputs: names of the files that hold its results, those of failed requests too. inline: result objects of a job
    that answers inline. error: the provider's words when the whole job failed. model: the provider's string.
    """

    name: str
    display_name: str
    state: ProviderState
    counts: Counts
    created_at: str | None
    ended_at: str | None
    outputs: tuple[str, ...]
    inline: tuple[dict[str, Any], ...]
    error: str | None
    model: str = ""

    def of(self, job: str) -> "JobStatus":
        """This, if it is about that job: what a cache says of another one may be its end. Raises ValueError if not."""
        if self.name != job:
            raise ValueError(f"asked about {job}, told about {self.name}")
        return self

    @property
    def live(self) -> bool:
        """Whether it counts towards the 100 jobs that a project may have (P-15)."""
        return self.state in LIVE

    @property
    def has_results(self) -> bool:
        """Whether some of its requests were answered: some providers keep what was done when a job expires."""
        return self.state in ANSWERED or bool(self.outputs)

    @property
    def done(self) -> bool:
        """Our own terminal set: the client's leaves PARTIALLY_SUCCEEDED out and waits for ever (P-12)."""
        return self.state in DONE
