"""The page over many runs: one card a run, with its first pictures. Facts in, HTML out; no clock, no files."""

from dataclasses import dataclass

from ...text.wording import dollars
from .render import render_page


@dataclass(frozen=True)
class RunCard:
    """One gallery or comparison. href: its page, seen from this one. strip: (src, alt) of a few small pictures.

    prompts: how many pictures its page wants; None when it does not say. pictures, failed, good, bad: counts; good and
    bad are a person's verdicts on pictures that lie there. tidied: how many are in the store only. on_their_way:
    requests in jobs. cost_usd: all attempts. date: text, "" when nothing came yet.
    """

    name: str
    href: str
    strip: tuple[tuple[str, str], ...] = ()
    prompts: int | None = None
    pictures: int = 0
    failed: int = 0
    on_their_way: int = 0
    good: int = 0
    bad: int = 0
    cost_usd: float = 0.0
    date: str = ""
    tidied: int = 0

    @property
    def to_judge(self) -> int:
        return self.pictures - self.tidied - self.good - self.bad

    @property
    def missing(self) -> int:
        """Prompts without a picture that did not fail: nobody sent them yet, or they are on their way."""
        return max(0, (self.prompts or 0) - self.pictures - self.failed)


@dataclass(frozen=True)
class Shelf:
    """One heading with its cards. name: what people call the channel whose code is the title, else ""."""

    title: str
    cards: tuple[RunCard, ...]
    name: str = ""

    @property
    def pictures(self) -> int:
        return sum(card.pictures for card in self.cards)

    @property
    def missing(self) -> int:
        return sum(card.missing for card in self.cards)

    @property
    def tidied(self) -> int:
        return sum(card.tidied for card in self.cards)

    @property
    def failed(self) -> int:
        return sum(card.failed for card in self.cards)

    @property
    def to_judge(self) -> int:
        return sum(card.to_judge for card in self.cards)

    @property
    def cost_usd(self) -> float:
        return sum(card.cost_usd for card in self.cards)


def render(title: str, shelves: tuple[Shelf, ...], hint: str = "") -> bytes:
    """The page as UTF-8 HTML; the same facts give the same bytes. hint: what to do when there is nothing to see."""
    return render_page("channel.html", title=title, shelves=shelves, hint=hint, dollars=dollars)
