"""What came of each request of a run, looked up in its lines of results.jsonl: made once, for one state of the file."""

from collections.abc import Sequence
from functools import cached_property

from ..requests.request import Request
from . import results
from .results import Result
from .todo import latest_of


class Lines:
    """history: all lines of the run, oldest first; nobody changes the list."""

    def __init__(self, history: Sequence[Result]) -> None:
        self._history = history

    @cached_property
    def shown(self) -> dict[str, Result]:
        """For each prompt id, the line whose picture lies in images/."""
        return results.shown(self._history)

    @cached_property
    def by_image(self) -> dict[str, Result]:
        """For each file that ever was a picture of ours, or counted as one, its last line."""
        return {line.image: line for line in self._history if line.image}

    @cached_property
    def last(self) -> dict[str, Result]:
        """For each key, and each digest under whatever key, its last line."""
        return {name: result for result in self._history for name in (result.key, result.digest)}

    @cached_property
    def pictures(self) -> dict[tuple[str | None, str], Result]:
        """For each submission and key, the line of the picture that came."""
        return {line.sent_as: line for line in reversed(self._history) if line.is_picture}

    @cached_property
    def answers(self) -> dict[tuple[str | None, str], Result]:
        """For each submission and key, the line of what came."""
        return {line.sent_as: line for line in self._history}

    @cached_property
    def sources(self) -> dict[tuple[str, str], str]:
        """For each prompt id and digest, the sha256 of the stored picture that it shows or showed last."""
        # What lies in images/ comes last: of two pictures for one request it is the one that this prompt shows.
        lines = sorted(self._history, key=lambda line: bool(line.image))
        return {(each.prompt_id, each.digest): each.source_sha256 for each in lines if each.source_sha256}

    def latest(self, request: Request) -> Result | None:
        """What became of a request last, also when it was asked for under another prompt id; None when it never was."""
        return latest_of(self.last, request)

    def sent(self, request: Request) -> Result | None:
        """What became of it last under its own prompt id."""
        return next((line for key in request.keys if (line := self.last.get(key))), None)
