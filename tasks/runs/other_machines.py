"""What a run asks of those that share its store: who else has a picture on its way, beyond this project's own index."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Protocol

from .manifest import Submission
from .results import Result

if TYPE_CHECKING:
    from .run import Run


class OtherMachines(Protocol):
    """Answers are those of the last look; only `recorded` may ask the store."""

    def holder(self, digests: Collection[str]) -> str:
        """Who has one of them on its way, for a person; "" for nobody."""
        ...

    def lost(self, digests: Collection[str]) -> tuple[str, Result] | None:
        """The answer of another machine that brought no picture, with where it was sent."""
        ...

    def recorded(self, run: "Run", submission: Submission) -> None:
        """Tell the others the state that is on this disk by now. Never raises for a store that does not answer."""
        ...
