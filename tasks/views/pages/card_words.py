"""What a page says of one picture that was asked for, the same on a gallery's card and in a comparison's cell."""

from collections import Counter
from collections.abc import Iterable

from ...text.wording import dollars, plain_reason, what_next

FAILED = ("blocked", "empty", "error")


class CardWords:
    """The words for what a card or cell holds; what each field means, its dataclass says."""

    status: str
    reason: str
    failure: str | None
    cost_usd: float | None
    cost_basis: str
    placeholder: bool

    @property
    def group(self) -> str:
        """ "ok", "waiting" or "failed"."""
        return "failed" if self.status in FAILED else self.status

    @property
    def explanation(self) -> str:
        """Why there is no picture, for a person; "" when there is nothing to explain."""
        return plain_reason(self.status, self.reason)

    @property
    def next_step(self) -> str:
        """Who does what about it; "" when nothing is to be said."""
        return what_next(self.status, self.failure)

    @property
    def cost(self) -> str:
        """What is said about money."""
        if self.cost_basis == "reused":
            return "$0, from the store"
        if self.cost_basis == "none" or self.placeholder:
            return "no cost"
        if self.cost_usd is None:
            return "cost not known yet"
        return f"{'about ' if self.cost_basis == 'estimated' else ''}{dollars(self.cost_usd)}"


def usual_shape(sizes: Iterable[tuple[int | None, int | None]]) -> tuple[int, int]:
    """Width and height that most pictures have: the shape of every frame. 16 : 9 when none says."""
    shapes = Counter((width, height) for width, height in sizes if width and height)
    return next(iter(shapes.most_common(1)), ((16, 9), 0))[0]
