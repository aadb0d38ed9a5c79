"""What a provider says of one batch job."""

from dataclasses import dataclass
from typing import Any

DONE = frozenset({"SUCCEEDED", "FAILED", "CANCELLED", "EXPIRED", "PARTIALLY_SUCCEEDED"})


LIVE = frozenset({"PENDING", "QUEUED", "RUNNING", "UNSPECIFIED"})


@dataclass(frozen=True)
class JobStatus:
    """State without prefix ("RUNNING"); counts as numbers; times as the provider writes them, cut to seconds.

    output: name of the result file, or None. inline: result objects of a job that answers inline. error: the
    provider's words when the whole job failed. model: the provider's string.
    """

    name: str
    display_name: str
    state: str
    counts: dict[str, int]
    created_at: str | None
    ended_at: str | None
    output: str | None
    inline: tuple[dict[str, Any], ...]
    error: str | None
    model: str = ""

    @property
    def live(self) -> bool:
        """Whether it counts towards the 100 jobs that a project may have (P-15)."""
        return self.state in LIVE

    @property
    def has_results(self) -> bool:
        """Whether its requests were answered."""
        return self.state in ("SUCCEEDED", "PARTIALLY_SUCCEEDED")

    @property
    def done(self) -> bool:
        """Our own terminal set: the client's leaves PARTIALLY_SUCCEEDED out and waits for ever (P-12)."""
        return self.state in DONE
