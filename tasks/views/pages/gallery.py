"""`gallery.html`: the contact sheet of one run. Facts in, HTML out; no clock, no files, no network.

The page stands alone beside its `images/` folder: styles and script are in it, so it opens from a disk, a stick or a
server. Requests without a picture are cards like any other, with the reason in plain words. Served by `doit review`,
the same page takes verdicts (review.js).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from ...catalog.model import Lane
from ...catalog.pricing import CostBasis
from ...pictures.likeness import Oddity
from ...providers.answer import FailureClass, Status
from ...runs.results import Cause
from ...text.sentences import later, t
from ...text.wording import dollars, short_name
from .card_words import CardGroup, CardWords, usual_shape
from .render import render_page


class CardState(Enum):
    """What became of a prompt, by which a page filters: each card is in exactly one."""

    THERE = "there"
    FAILED = "failed"
    WAITING = "waiting"
    TIDIED = "tidied"
    """Its picture made room, and comes back from the store for nothing."""
    GONE = "gone"
    """Its picture came, and lies there no more."""


@dataclass(frozen=True)
class TakeCard:
    """One of several pictures of a prompt that was made again.

    number: as `PICK=` takes it. image, preview: paths from the page's folder; preview None when there is none.
    date: text, shown as it is. picked: whether it is the one in images/.
    """

    number: int
    image: str
    model_name: str
    slot: str | None
    date: str
    cost_usd: float | None
    picked: bool = False
    preview: str | None = None


@dataclass(frozen=True)
class Card(CardWords):
    """One prompt and what became of it.

    image: path from the page's folder, "images/0001.png", or None. status: None while the prompt waits for its
    first answer. reason: the provider's or ours, "" when ok. words: what
    the provider said beside it, as it may be shown. cost_usd: US dollars, None when not known yet.
    width, height: pixels, of the picture or as asked for. note: the writer's note on the prompt.
    An older picture may stand on a card whose latest request failed: image set, status not OK.
    preview: path of a small picture to show on the card, None to show the full one. sha256: of the picture, hex, ""
    when there is none. verdict: what a person said of this very picture, "OK", "NG" or "", with their verdict_note.
    takes: every picture there is of this prompt, when there are several. yours: a person put the picture there; no
    model made it. back: the command that brings the picture back where it is in the store only, else "". exhausted:
    whether a failed prompt was sent as often as it is by itself. lettered: path of the copy with its texts, "" when
    there is none; preview is of that then. alike: ids of pictures that are nearly the same. oddity: how it is unlike
    the others.
    """

    prompt_id: str
    prompt: str
    image: str | None
    status: Status | None
    reason: str
    model_name: str
    slot: str | None
    lane: Lane
    cost_usd: float | None
    cost_basis: CostBasis
    width: int | None
    height: int | None
    placeholder: bool
    failure: FailureClass | None = None
    cause: Cause | None = None
    words: str = ""
    note: str = ""
    preview: str | None = None
    sha256: str = ""
    verdict: str = ""
    verdict_note: str = ""
    takes: tuple[TakeCard, ...] = ()
    yours: bool = False
    exhausted: bool = False
    lettered: str = ""
    alike: tuple[str, ...] = ()
    oddity: Oddity | None = None
    back: str = ""

    @property
    def state(self) -> CardState:
        """In which one of the filters it is counted."""
        if self.group is not CardGroup.OK:
            return CardState(self.group.value)
        if self.image:
            return CardState.THERE
        return CardState.TIDIED if self.back else CardState.GONE

    @property
    def facts(self) -> list[str]:
        """What it cost, what made it, by which slot and lane, and its size; what nobody knows is left out."""
        size = f"{self.width} × {self.height}" if self.image and self.width and self.height else ""
        if self.yours:
            return list(filter(None, (t("a picture of yours"), size)))
        made = f"{self.slot} · {self.lane}" if self.slot else str(self.lane)
        return list(filter(None, (self.cost, short_name(self.model_name), made, size)))

    @property
    def heading(self) -> str:
        return t("Tidied away") if self.state is CardState.TIDIED else super().heading

    @property
    def explanation(self) -> str:
        if self.state is not CardState.TIDIED:
            return super().explanation
        return t("It made room and is in the store; for $0 it comes back with: {command}", command=self.back)


@dataclass(frozen=True)
class ModelLine:
    """One line of the summary: how many pictures came from where, and what they cost."""

    model_name: str
    slot: str | None
    lane: Lane
    pictures: int
    cost_usd: float


@dataclass(frozen=True)
class Page:
    """One run. channel: code or code and name; made_on: text, shown as it is; spent_usd: all attempts, when known.

    retake: the command that makes pictures of this run again, to which ` IDS=… PICK=…` can be added; "" when there is
    none. index: path from this page to the page over all runs; "" when there is none. prompts: the file of another
    program that says what is wanted; "" when one of ours does.
    """

    title: str
    channel: str
    run: str
    cards: tuple[Card, ...]
    made_on: str
    spent_usd: float | None = None
    retake: str = ""
    index: str = ""
    prompts: str = ""

    @cached_property
    def counts(self) -> Counter[str]:
        """Cards by state, each in one; by verdict ("OK", "NG", "new"); "alike" and "odd"."""
        counts = Counter(card.state.value for card in self.cards)
        counts["alike"] = sum(bool(card.alike) for card in self.cards)
        counts["odd"] = sum(card.oddity is not None for card in self.cards)
        return counts + Counter(card.verdict or "new" for card in self.cards if card.image)

    @cached_property
    def usual(self) -> list[str]:
        """Facts that most cards share, in their order: said once. None of fewer than three pictures."""
        made = [card.facts for card in self.cards if card.image]
        counts = Counter(fact for facts in made for fact in facts)
        return [fact for fact, count in counts.items() if len(made) > 2 and count * 2 > len(made)]

    @cached_property
    def slots(self) -> list[str]:
        """Slots that the cards name, when there are several."""
        found = sorted({card.slot for card in self.cards if card.slot and not card.yours})
        return found if len(found) > 1 else []

    @cached_property
    def reasons(self) -> list[str]:
        """Why cards failed, in plain words, the most frequent first; when there are several."""
        counts = Counter(card.explanation for card in self.cards if card.state is CardState.FAILED)
        return [reason for reason, _ in counts.most_common()] if len(counts) > 1 else []

    @property
    def has_texts(self) -> bool:
        return any(card.lettered for card in self.cards)

    @property
    def cost_usd(self) -> float:
        """What was spent: all attempts when the caller knows, else what stands on the cards."""
        return self.spent_usd if self.spent_usd is not None else _sum(self.cards)

    @property
    def cost(self) -> str:
        guessed = any(card.cost_basis is CostBasis.ESTIMATED and card.cost_usd for card in self.cards)
        return t("about {amount}", amount=dollars(self.cost_usd)) if guessed else dollars(self.cost_usd)

    @property
    def banner(self) -> str:
        """What must not be overlooked; "" when every picture is a real one."""
        fakes, pictures = sum(card.placeholder for card in self.cards), sum(bool(card.image) for card in self.cards)
        if fakes and fakes < pictures:
            said = later(
                "{fakes} of {pictures} pictures are placeholders from the offline emulator: no money went into those."
            )
            return t(said, fakes=fakes, pictures=pictures)
        return t("Placeholder pictures from the offline emulator: nothing was bought.") if fakes else ""

    @property
    def back(self) -> str:
        """The command that brings back pictures that are in the store only; "" without any."""
        return next((card.back for card in self.cards if card.back), "")

    @property
    def tidied(self) -> str:
        """What is said of pictures that are in the store only; "" without any."""
        count = sum(bool(card.back) for card in self.cards)
        said = later(
            "{count:picture was|pictures were} tidied away: in the store only, and back for $0 with this command."
        )
        return t(said, count=count) if count else ""

    @property
    def models(self) -> list[ModelLine]:
        """Most pictures first."""
        groups: dict[tuple[str, str | None, Lane], list[Card]] = {}
        for card in self.cards:
            if (card.image or card.back) and not card.yours:
                groups.setdefault((card.model_name, card.slot, card.lane), []).append(card)
        lines = [ModelLine(*key, len(cards), _sum(cards)) for key, cards in groups.items()]
        return sorted(lines, key=lambda line: (-line.pictures, line.model_name, line.slot or "", str(line.lane)))

    @property
    def rest_usd(self) -> float:
        """What was spent beside the pictures of `models`: attempts without a picture, takes that are not shown."""
        return max(0.0, round(self.cost_usd - sum(line.cost_usd for line in self.models), 4))

    @cached_property
    def shape(self) -> tuple[int, int]:
        return usual_shape((card.width, card.height) for card in self.cards)


def render(page: Page) -> bytes:
    """The page as UTF-8 HTML; the same page gives the same bytes."""
    return render_page("gallery.html", page=page, dollars=dollars)


def _sum(cards: Sequence[Card]) -> float:
    return sum(card.cost_usd or 0.0 for card in cards)
