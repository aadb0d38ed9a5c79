"""What is spent and what is reserved, read from the files that say so anyway, under one lock for all processes.

There is no account of its own that could disagree: a reservation is an open submission in some manifest, its measured
cost are the lines in results.jsonl that take its place. So a killed process leaves nothing to be set right.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from ..errors import BadInput
from ..files import locks, overrides, regular, schema
from ..project.names import RunName
from ..project.paths import Paths
from ..runs import manifest, results
from ..runs.manifest import OPEN, Submission
from ..text import clock
from .budget import Budget, Refusal, Spending, budget, of_command, refusal


class Reservations:
    """The budget of one command. allowed: US dollars by BUDGET=, in place of the caps; None: the caps hold."""

    def __init__(self, paths: Paths, allowed: float | None) -> None:
        self._places = paths
        self._allowed = allowed
        self._reserved = 0.0
        self._known: dict[Path, tuple[tuple[float, float], list[Spending]]] = {}

    def reserve(self, channel: str, submission: Submission, write: Callable[[], None]) -> Refusal | None:
        """Call `write`, which puts the submission into its manifest, if its estimate may be spent; else say why not."""
        with locks.held(self._places.lock("budget")):
            why = self._why_not(channel, submission.estimate_usd)
            if why is None:
                write()
                self._reserved += submission.estimate_usd
        return why

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
        """What every channel spent or reserved this month, by day. today: UTC, ISO 8601."""
        month = datetime.fromisoformat(today).replace(day=1, tzinfo=UTC).timestamp()
        return [each for folder in self._places.with_manifest() for each in self._of(folder, month)]

    def _of(self, folder: Path, month: float) -> list[Spending]:
        """One folder's spending, read again only when its files changed."""
        stamps = (_changed(folder / "_gemini_batch" / "manifest.json"), _changed(folder / "results.jsonl"))
        if max(stamps) < month:
            return []
        if folder not in self._known or self._known[folder][0] != stamps:
            self._known[folder] = (stamps, _spending(folder, _channel(self._places, folder)))
        return self._known[folder][1]


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except regular.NOT_THERE:
        return 0.0


def _channel(paths: Paths, folder: Path) -> str:
    is_comparison = folder.is_relative_to(paths.workspaces / "compare")
    return "comparisons" if is_comparison else RunName.of(folder.name).channel


def _spending(folder: Path, channel: str) -> list[Spending]:
    """Estimates of what is open, and the cost of what is not. Raises BadInput when a file cannot be counted."""
    try:
        return _counted(folder, channel)
    except manifest.UNREADABLE as error:
        _explain(folder)
        raise BadInput(
            "what {folder} has cost cannot be counted: {error}", "restore its files", folder=folder, error=error
        ) from None


def _explain(folder: Path) -> None:
    """Raise BadInput that names what is wrong in a place's manifest or results, and where."""
    schema.load(folder / "_gemini_batch" / "manifest.json", "manifest")
    results.read(folder / "results.jsonl")


def _counted(folder: Path, channel: str) -> list[Spending]:
    submissions = manifest.peek(folder / "_gemini_batch" / "manifest.json").submissions()
    waiting = {each.id: each for each in submissions if each.state in OPEN}
    days = {each.id: each.intent_at[:10] for each in submissions}
    spent = [Spending(channel, days[name], each.estimate_usd) for name, each in waiting.items()]
    path = folder / "results.jsonl"
    for line in results.peek(path) if regular.there(path) else ():
        if line.cost_usd and line.submission not in waiting:
            # By the clock of this machine, like the reservation it takes the place of; the provider's may differ.
            day = days.get(line.submission or "") or (line.submitted_at or "")[:10]
            spent.append(Spending(channel, day, line.cost_usd))
    return spent
