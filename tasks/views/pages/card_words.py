"""What a page says of one picture that was asked for, the same on a gallery's card and in a comparison's cell."""

from collections import Counter
from collections.abc import Iterable

from ...catalog.pricing import CostBasis
from ...providers.answer import FailureClass, Status
from ...providers.plain_words import plain_reason, what_next
from ...runs.asked_again import rule_for
from ...runs.results import Cause
from ...text.sentences import later, t
from ...text.word import Word
from ...text.wording import dollars


class CardGroup(Word):
    """What the last request for a prompt came to; pages name their styles by it."""

    OK = "ok"
    WAITING = "waiting"
    FAILED = "failed"


class CardWords:
    """The words for what a card or cell holds; what each field means, its dataclass says."""

    status: Status | None
    reason: str
    failure: FailureClass | None
    cause: Cause | None
    cost_usd: float | None
    cost_basis: CostBasis
    placeholder: bool
    exhausted: bool = False

    @property
    def group(self) -> CardGroup:
        if self.status is None:
            return CardGroup.WAITING
        return CardGroup.OK if self.status is Status.OK else CardGroup.FAILED

    @property
    def heading(self) -> str:
        """What there is in place of a picture."""
        return t(_HEADINGS[self.status])

    @property
    def explanation(self) -> str:
        """Why there is no picture, for a person; "" when there is nothing to explain."""
        return plain_reason(self.status, self.reason)

    @property
    def next_step(self) -> str:
        """Who does what about it; "" when nothing is to be said."""
        rule = rule_for(self.failure, self.cause)
        if rule and rule.buys_again:
            return t("{change}, or RETRY={word} buys it again.", change=t(rule.change).capitalize(), word=rule.release)
        return what_next(self.failure, self.exhausted)

    @property
    def cost(self) -> str:
        """What is said about money."""
        if self.cost_basis is CostBasis.REUSED:
            return t("$0, from the store")
        if self.cost_basis is CostBasis.NONE or self.placeholder:
            return t("no cost")
        if self.cost_usd is None:
            return t("cost not known yet")
        amount = dollars(self.cost_usd)
        return t("about {amount}", amount=amount) if self.cost_basis is CostBasis.ESTIMATED else amount


_HEADINGS = {
    None: later("Waiting"),
    Status.OK: "ok",
    Status.BLOCKED: later("Refused"),
    Status.EMPTY: later("No picture"),
    Status.ERROR: later("Failed"),
}


def usual_shape(sizes: Iterable[tuple[int | None, int | None]]) -> tuple[int, int]:
    """Width and height that most pictures have: the shape of every frame. 16 : 9 when none says."""
    shapes = Counter((width, height) for width, height in sizes if width and height)
    return next(iter(shapes.most_common(1)), ((16, 9), 0))[0]
