"""What a report says: its lines of figures, and all of it as data for other programs. Pure."""

from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from ...providers.answer import Status


@dataclass(frozen=True)
class Scope:
    """Which rows count. Days are inclusive; None: every one. run: a run's whole name, CH01-251."""

    channel: str | None = None
    run: str | None = None
    since: date | None = None
    until: date | None = None

    @property
    def narrow(self) -> bool:
        """Whether some rows may not count."""
        return self != Scope()


@dataclass(frozen=True)
class Figures:
    """One line of any table.

    requests: sent, every attempt; pictures: those that came of them; failed: those that did not bring one.
    reused: taken from the store instead of sent. kept: pictures that are there, a retaken one counted once.
    placeholders, tidied: those among the kept that the offline emulator drew, and those that are in the store only.
    unmade: prompts that never got a picture. measured_usd, estimated_usd: cost_usd by its basis; failed_usd: its part
    that brought no picture. saved_usd: what the same tokens cost more at the immediate price. unsaid, unsaid_usd: batch
    requests with a cost, and that cost, for which this cannot be said: no such price in the catalogue, or the price
    changed since.
    """

    requests: int = 0
    pictures: int = 0
    failed: int = 0
    reused: int = 0
    kept: int = 0
    placeholders: int = 0
    unmade: int = 0
    cost_usd: float = 0.0
    measured_usd: float = 0.0
    estimated_usd: float = 0.0
    failed_usd: float = 0.0
    saved_usd: float = 0.0
    unsaid: int = 0
    unsaid_usd: float = 0.0
    tidied: int = 0

    @property
    def each_usd(self) -> float | None:
        """All cost, failed and retaken included, for every picture that is there; None when none was bought."""
        bought = self.kept - self.placeholders
        return self.cost_usd / bought if bought else None

    @property
    def failed_share(self) -> float:
        return self.failed / self.requests if self.requests else 0.0

    @property
    def saved_share(self) -> float:
        """Part of the immediate price that was not paid, over what can be said."""
        whole = self.cost_usd - self.unsaid_usd + self.saved_usd
        return self.saved_usd / whole if whole > 0 else 0.0


@dataclass(frozen=True)
class FigureLine:
    """One group: its name, the lane where groups are split by lane, and what people call it."""

    name: str
    figures: Figures
    lane: str = ""
    label: str = ""


@dataclass(frozen=True)
class Reason:
    """Failures that say the same. models: how many of them by model name, most first."""

    status: Status
    reason: str
    count: int
    cost_usd: float
    models: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Report:
    """Everything the table, the page and the data say. newest: end of the newest job, "2026-11-23 08:15 UTC".

    runs: those of videos with rows; thumbnails: channels' thumbnails; comparisons: those too. known: every channel that
    has rows, also where they do not count. undated: rows without a day, which no period contains. without: places whose
    rows are missing because they cannot be read. Days and months by time; everything else dearest first.
    """

    selection: Scope
    newest: str
    runs: int
    undated: int
    total: Figures
    models: tuple[FigureLine, ...]
    model_lanes: tuple[FigureLine, ...]
    lanes: tuple[FigureLine, ...]
    channels: tuple[FigureLine, ...]
    days: tuple[FigureLine, ...]
    day_lanes: tuple[FigureLine, ...]
    months: tuple[FigureLine, ...]
    bases: tuple[FigureLine, ...]
    reasons: tuple[Reason, ...]
    thumbnails: int = 0
    comparisons: int = 0
    known: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


def as_data(part: Any) -> dict[str, Any]:
    """What FORMAT=json prints of a part of a report: its fields, and of figures also what follows from them."""
    data = {field.name: getattr(part, field.name) for field in fields(part)}
    if isinstance(part, Figures):
        data |= {name: getattr(part, name) for name in ("each_usd", "failed_share", "saved_share")}
    return data
