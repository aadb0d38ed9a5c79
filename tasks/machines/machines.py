"""The other machines, as one command sees them: who has what on its way, what may be sent, what is brought home."""

import time
import uuid
from collections.abc import Callable, Collection
from dataclasses import replace

from ..catalog.model import Lane
from ..files import faultpoint
from ..money.budget import Budget, Refusal
from ..project.paths import Paths
from ..providers.port import Account, JobTraits
from ..runs.manifest import State, Submission
from ..runs.results import Result
from ..runs.run import Run
from ..runs.submissions import Claimed, Part, intent
from ..shared.configured import Shared
from ..text import clock
from ..text.errors import Stop
from ..text.sentences import t
from .pictures import take
from .records import OnRecord
from .shared_state import SharedState

FETCH_MINUTES = 5.0
"""So long ago another machine must have begun to fetch a job before it is fetched here too, which costs nothing."""
IMMEDIATE_HOURS = 1.0
MOST_SECONDS = 20.0
"""Between two looks at what others have on its way, after a long wait."""


class Machines(SharedState):
    """One command's view of the others."""

    def __init__(self, paths: Paths, shared: Shared, holds: Callable[[str], bool], warn: Callable[[str], None]) -> None:
        super().__init__(paths, shared, holds)
        self._warn = warn
        self._coming: dict[str, OnRecord] = {}
        self._lost: dict[str, OnRecord] = {}
        self.looked: set[str] = set()
        self._watched = 0.0
        self._since = time.monotonic()

    # What runs ask.

    def holder(self, digests: Collection[str]) -> str:
        """See OtherMachines."""
        return next((self._coming[digest].words for digest in digests if digest in self._coming), "")

    def lost(self, digests: Collection[str]) -> tuple[str, Result] | None:
        """See OtherMachines."""
        pairs = [(self._lost[digest], digest) for digest in digests if digest in self._lost]
        found = [(record.words, line) for record, digest in pairs if (line := record.lost(digest))]
        return max(found, key=lambda each: each[1].submitted_at or "", default=None)

    def look(self, run: Run, digests: Collection[str]) -> None:
        """Learn who has these pictures, and take in those that are done. The run is locked by this command."""
        self.catch_up()
        self.looked |= set(digests)
        self._note(run, self.claims.on(digests))

    def watch(self, run: Run, digests: Collection[str]) -> bool:
        """The same for what is known to be on its way, now and then; whether it was looked at just now."""
        now = time.monotonic()
        if now - self._watched < min(MOST_SECONDS, (now - self._since) / 20):
            return False
        self._watched = now
        self._note(run, {digest: self._coming[digest].name for digest in digests if digest in self._coming})
        return True

    def awaited(self, digests: Collection[str]) -> list[OnRecord]:
        """Who has them on its way, by the last look."""
        found = {record.name: record for digest in digests if (record := self._coming.get(digest))}
        return [found[name] for name in sorted(found)]

    def _note(self, run: Run, claimed: dict[str, str]) -> None:
        records = {record.name: record for record in self.read(set(claimed.values()))}
        over = {name for name, record in records.items() if self.claims.given_up(record)}
        for digest, name in claimed.items():
            self._learn(run, digest, None if name in over else records[name])

    def _learn(self, run: Run, digest: str, record: OnRecord | None) -> None:
        self._coming.pop(digest, None)
        self._lost.pop(digest, None)
        if record is None:
            return
        if digest in record.came:
            if not run.in_store(digest) and not take(self._store, run.store, digest, run.paths.name):
                self._coming[digest] = record  # its holder puts it there with its next command
        elif digest in record.coming:
            self._coming[digest] = record
        elif not self.is_ours(record):
            self._lost[digest] = record

    # What is sent.

    def claim(self, run: Run, part: Part, client: Account, traits: JobTraits | None) -> Claimed | None:
        """What of the part is this command's to send; None when all of it is another's by now."""
        self.catch_up()
        wanted = intent(run, part, client, clock.now(), traits)
        account = self._shared.account or wanted.key_fingerprint
        name = f"submissions/{account}/{wanted.intent_at[:7]}/{uuid.uuid4().hex}.json"
        folder = run.paths.folder.relative_to(self._paths.workspaces).as_posix()
        record = OnRecord(name, self.place, folder, run.paths.name, run.paths.channel, replace(wanted, shared=name))
        self._begun[name] = record
        self.claims.begin(record)
        faultpoint.reached("claim-begun")
        ours, theirs = self.claims.take(record)
        faultpoint.reached("claimed")
        self._note(run, {digest: other.name for digest, other in theirs.items()})
        free = part.only({each.key for each in part.requests if each.digest in ours}) if ours else None
        if free is None:
            self.drop(name)
            return None
        return Claimed(free, name)

    def reserve(self, submission: Submission, limits: Budget | None) -> Refusal | None:
        """Enter what it will cost into its account's book, if the caps over all machines allow it."""
        if not submission.shared:
            return None
        self._begun[submission.shared] = record = replace(self._begun[submission.shared], submission=submission)
        return self.books.reserve(record, limits)

    def drop(self, name: str) -> None:
        """Nothing is sent of what was claimed."""
        dropped = self.claims.change(name, lambda now: now.dropped() if now.state is State.INTENT else None)
        if dropped:
            self.books.settle(dropped)

    def may_send(self, submission: Submission) -> bool:
        """Whether it may leave: from here on it counts as sent. False when another machine took it over meanwhile."""
        if not submission.shared:
            return True
        faultpoint.reached("before-fence")

        def sent(now: OnRecord) -> OnRecord | None:
            return replace(now, submission=submission) if now.state is State.INTENT and self.is_ours(now) else None

        is_ours = self.claims.change(submission.shared, sent) is not None
        faultpoint.reached("after-fence")
        return is_ours

    def recorded(self, run: Run, submission: Submission) -> None:
        """See OtherMachines. Whatever is wrong with the store: what is on this disk counts, and is told later."""
        if not submission.shared or submission.state in (State.INTENT, State.CREATING):
            return
        try:
            self.tell(run.store, submission, run.history)
        except Stop as stop:
            told = {"run": run.paths.name, "what": stop.what}
            self._warn(t("{run}: the other machines are told later: {what}; nothing is lost", **told))

    # What comes home.

    def may_come(self, record: OnRecord) -> bool:
        """Whether it is worth waiting for: what leaves one by one, while its command is at work; a job, while it lasts.

        Only how long is waited depends on it, so clocks may decide.
        """
        hours = abs(clock.seconds_between(record.submission.intent_at, clock.now())) / 3600
        if record.submission.lane is Lane.BATCH:
            return hours < record.submission.life_hours + record.submission.kept_hours
        return self.is_at_work(record) if self.is_reachable(record) else hours < IMMEDIATE_HOURS

    def give_up(self, record: OnRecord) -> None:
        """A person says that its pictures will not come: from now on they may be bought. It counts as billed."""
        after = self.claims.change(record.name, lambda now: now.given_up() if now.may_cost else None)
        if after:
            self.books.settle(after)
            for digest in record.coming:
                self._coming.pop(digest, None)

    def may_fetch(self, submission: Submission) -> OnRecord | None:
        """Its record when another machine fetches it or has; None when it is this command's to fetch."""
        if not submission.shared:
            return None

        def fetched(now: OnRecord) -> OnRecord | None:
            return self._taken_over(now) if now.is_open and (self.is_ours(now) or self._has_stopped(now)) else None

        try:
            if self.claims.change(submission.shared, fetched):
                return None
            theirs = self.claims.read(submission.shared)
        except Stop:
            return None  # paid bytes come first: a picture that two fetch is the same picture
        is_done = theirs.state is State.COLLECTED and not self.is_ours(theirs)
        return theirs if theirs.is_open or is_done else None

    def _has_stopped(self, record: OnRecord) -> bool:
        return self._has_left(record, record.fetching_at, FETCH_MINUTES)

    def take_over(self, record: OnRecord) -> bool:
        """Whether that submission is this project's to bring home now; its former holder sees that it is not."""

        def taken(now: OnRecord) -> OnRecord | None:
            return self._taken_over(now) if now.is_open and self.is_free(now) else None

        return self.claims.change(record.name, taken) is not None

    def is_free(self, record: OnRecord) -> bool:
        """Whether nobody else is fetching it, as far as anybody can know."""
        return self.is_ours(record) or record.fetching_at is None or self._has_stopped(record)

    def _taken_over(self, now: OnRecord) -> OnRecord:
        return replace(now, holder=self.place, fetching_at=clock.now())
