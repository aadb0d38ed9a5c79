"""What is spent and what is reserved, by the index of the workspace, under one lock for all processes.

There is no account of its own that could disagree: a reservation is an open submission in some manifest, its measured
cost are the lines in results.jsonl that take its place. So a killed process leaves nothing to be set right.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..files import locks, overrides
from ..project.names import RunName
from ..project.paths import Paths
from ..runs.index import Index
from ..runs.index_entry import Entry
from ..runs.manifest import Submission
from ..text import clock
from .budget import Budget, Refusal, Spending, budget, of_command, refusal

Account = Callable[[Submission, Budget | None], Refusal | None]


class Reservations:
    """The budget of one command. allowed: US dollars by BUDGET=, in place of the caps; None: the caps hold.

    account: reserves it over all machines too, under these caps (None for no caps), or says why not; None where nothing
    is shared.
    """

    def __init__(self, paths: Paths, allowed: float | None, index: Index, account: Account | None = None) -> None:
        self._places = paths
        self._allowed = allowed
        self._index = index
        self._account = account
        self._reserved = 0.0
        self._uncounted: dict[str, str] = {}
        self._told: set[str] = set()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """While nobody else reserves, in whatever process, and with the index up to date."""
        with locks.held(self._places.lock("budget")):
            self._index.look()
            self._index.save()
            yield

    def reserve(self, channel: str, submission: Submission, write: Callable[[], None]) -> Refusal | None:
        """Call `write`, which puts the submission into its manifest, if its estimate may be spent; else say why not.

        Only while `alone`.
        """
        why = self._why_not(channel, submission.estimate_usd)
        if why is None and self._account:
            why = self._account(submission, None if self._allowed is not None else self.limits())
        if why is None:
            write()
            self._reserved += submission.estimate_usd
        return why

    def newly_uncounted(self) -> list[tuple[str, str]]:
        """Folders of which not all can be read, by their path from workspaces/, and why; each is told once."""
        found = [(name, why) for name, why in self._uncounted.items() if name not in self._told]
        self._told |= self._uncounted.keys()
        return found

    def limits(self) -> Budget:
        """The caps in configs/budget.yaml. Raises BadInput."""
        return budget(overrides.load(self._places.budget, "budget"))

    def _why_not(self, channel: str, amount: float) -> Refusal | None:
        if amount == 0:
            return None
        if self._allowed is not None:
            return of_command(self._allowed, self._reserved, amount)
        today = clock.today().isoformat()
        return refusal(self.limits(), channel, today, amount, self.spent(today))

    def spent(self, today: str) -> list[Spending]:
        """What every channel spent or reserved this month, by day. today: UTC, ISO 8601.

        What an unreadable file said when it could be read last counts still; see `newly_uncounted`.
        """
        found = (each for name, entry in self._index.entries().items() for each in self._of(name, entry))
        return [each for each in found if each.day[:7] == today[:7]]

    def _of(self, name: str, entry: Entry) -> list[Spending]:
        if entry.trouble is not None:
            self._uncounted[name] = entry.trouble
        channel = "comparisons" if name.startswith("compare/") else RunName.of(name.rpartition("/")[2]).channel
        reserved = [Spending(channel, each.day, each.estimate_usd) for each in entry.coming]
        return reserved + [Spending(channel, day, usd) for day, usd in entry.spent.items()]
