"""`compare/<NAME>/index.html`: the same prompts on several slots, side by side. Facts in, HTML out; no clock, no files.

A row per prompt, a column per slot. Served by `doit review`, the page takes verdicts like a gallery.
"""

import math
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ...catalog.model import Lane
from ...catalog.pricing import CostBasis
from ...providers.answer import FailureClass, Status, Tokens
from ...runs.results import Cause
from ...text.sentences import t
from ...text.wording import dollars
from .card_words import CardGroup, CardWords, usual_shape
from .render import render_page


@dataclass(frozen=True)
class Cell(CardWords):
    """What one slot made of one prompt.

    image, preview: paths from the page's folder, None when there is none. seconds: how long the provider took, None
    when not known (batch lane). status, reason, failure, cause, words, exhausted, cost_usd, cost_basis, verdict,
    note: as on a gallery's Card, note being that of the verdict. sha256: of the picture, as hex.
    """

    image: str | None
    status: Status | None
    reason: str = ""
    failure: FailureClass | None = None
    cause: Cause | None = None
    words: str = ""
    exhausted: bool = False
    preview: str | None = None
    sha256: str = ""
    width: int | None = None
    height: int | None = None
    seconds: float | None = None
    cost_usd: float | None = None
    cost_basis: CostBasis = CostBasis.NONE
    tokens: Tokens = field(default_factory=Tokens)
    model_name: str = ""
    seed: int | None = None
    verdict: str = ""
    note: str = ""
    placeholder: bool = False


@dataclass(frozen=True)
class SlotColumn:
    """One slot. cells: in the order of the page's rows.

    spent_usd: all attempts, when the caller knows; else what stands in the cells.
    """

    slot: str
    model_key: str
    model_name: str
    lane: Lane
    cells: tuple[Cell, ...]
    spent_usd: float | None = None

    @property
    def pictures(self) -> int:
        return sum(cell.image is not None for cell in self.cells)

    @property
    def failures(self) -> int:
        return sum(cell.group is CardGroup.FAILED for cell in self.cells)

    @property
    def waiting(self) -> int:
        return sum(cell.group is CardGroup.WAITING for cell in self.cells)

    @property
    def cost_usd(self) -> float:
        return sum(cell.cost_usd or 0.0 for cell in self.cells) if self.spent_usd is None else self.spent_usd

    @property
    def cost_per_picture(self) -> float | None:
        """US dollars, failures included in what was paid; None without a picture."""
        return self.cost_usd / self.pictures if self.pictures else None

    @cached_property
    def times(self) -> list[float]:
        """Seconds of every picture whose time is known, ascending."""
        return sorted(cell.seconds for cell in self.cells if cell.seconds is not None and cell.image)

    @property
    def median_seconds(self) -> float | None:
        return statistics.median(self.times) if self.times else None

    @property
    def p90_seconds(self) -> float | None:
        """The time that nine pictures of ten do not exceed (nearest rank)."""
        return self.times[math.ceil(0.9 * len(self.times)) - 1] if self.times else None

    @cached_property
    def verdicts(self) -> Counter[str]:
        return Counter(cell.verdict for cell in self.cells if cell.verdict)


@dataclass(frozen=True)
class PromptRow:
    """One prompt, as the writer wrote it."""

    prompt_id: str
    prompt: str


@dataclass(frozen=True)
class ComparisonPage:
    """One comparison. made_on: text, shown as it is.

    ValueError when a column has not one cell per row.
    """

    name: str
    rows: tuple[PromptRow, ...]
    columns: tuple[SlotColumn, ...]
    made_on: str
    title: str = ""
    notes: Sequence[str] = field(default=())

    def __post_init__(self) -> None:
        if any(len(column.cells) != len(self.rows) for column in self.columns):
            raise ValueError("every column of a comparison needs one cell per row")

    @property
    def cost_usd(self) -> float:
        return sum(column.cost_usd for column in self.columns)

    @property
    def cells(self) -> list[Cell]:
        return [cell for column in self.columns for cell in column.cells]

    def rows_with(self, what: str) -> int:
        """Rows with at least one cell that is "missing" (no picture), "failed" or judged "NG"."""
        rows = zip(*(column.cells for column in self.columns), strict=True)
        return sum(any(what in _marks(cell) for cell in row) for row in rows)

    @property
    def placeholders(self) -> int:
        return sum(cell.placeholder for cell in self.cells)

    @cached_property
    def shape(self) -> tuple[int, int]:
        return usual_shape((cell.width, cell.height) for cell in self.cells)


def _marks(cell: Cell) -> tuple[str, ...]:
    return (str(cell.group), cell.verdict, "" if cell.image else "missing")


def render(page: ComparisonPage) -> bytes:
    """The page as UTF-8 HTML; the same facts give the same bytes."""
    return render_page("compare.html", page=page, dollars=dollars, duration=duration)


def duration(seconds: float | None) -> str:
    """ "4.2 s", "3 min", "2.5 h"; "–" when not known."""
    if seconds is None:
        return "–"
    if seconds < 100:
        return t("{seconds:.1f} s", seconds=seconds)
    if seconds < 6000:
        return t("{count} min", count=round(seconds / 60))
    return t("{hours:.1f} h", hours=seconds / 3600)
