"""The shared store as one command has it: opened and tried, who is who there, and what it is told.

Nothing is asked before something is to be sent or brought home; then the store is tried first (`probe`), and what this
project could not tell it before is told.
"""

import uuid
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cached_property

import orjson

from ..files import faultpoint
from ..pictures.store import Store
from ..project.all_paths import paths_of
from ..project.paths import Paths
from ..runs import glimpse, results
from ..runs.glimpse import UNREADABLE
from ..runs.manifest import State, Submission
from ..runs.results import Result
from ..shared.configured import Shared, opened
from ..shared.port import SharedStore, probe
from ..text import clock
from .books import Books
from .claims import AT_ONCE, Claims
from .pictures import give
from .place import OtherStore, Place, here, identity, is_at_work, is_reachable, remember_store
from .records import OnRecord, micro

INTENT_MINUTES = 15.0
"""So old an intent of a machine that cannot be looked into may be taken over; the swap decides, not the clock."""
MARK = "kamishibai.json"


class SharedState:
    """holds: whether this command has the run of that name locked."""

    def __init__(self, paths: Paths, shared: Shared, holds: Callable[[str], bool]) -> None:
        self._paths = paths
        self._shared = shared
        self._holds = holds
        self._begun: dict[str, OnRecord] = {}
        self._is_caught_up = False

    @cached_property
    def _store(self) -> SharedStore:
        """Raises Stop for a store that cannot be asked, does not keep its word, or is another one than before."""
        store = opened(self._shared)
        probe(store, f"probe/{self.place.id}")
        self._recognize(store)
        return store

    def _recognize(self, store: SharedStore) -> None:
        """An empty folder where a disk was mounted before is no new store."""
        ours = identity(self._paths)
        before = ours.stores.get(store.where)
        if before is None:
            store.put_new(MARK, orjson.dumps({"version": 1, "id": uuid.uuid4().hex}))
        mark = store.get(MARK)
        found = str(orjson.loads(mark.data)["id"]) if mark else None
        if found is None or before not in (None, found):
            raise OtherStore(store.where)
        if before is None:
            remember_store(self._paths, store.where, found)

    @cached_property
    def place(self) -> Place:
        return here(self._paths)

    @cached_property
    def claims(self) -> Claims:
        return Claims(self._store, self._is_over)

    @cached_property
    def books(self) -> Books:
        return Books(self._store, self.claims)

    def _is_over(self, record: OnRecord) -> bool:
        """Whether the holder of an intent surely sends nothing more; see `place`."""
        if record.name in self._begun:
            return False
        if record.holder.id == self.place.id and self._holds(record.run):
            return True
        return self._has_left(record, record.submission.intent_at, INTENT_MINUTES)

    def _has_left(self, record: OnRecord, since: str | None, minutes: float) -> bool:
        """Whether its holder is not at it any more: by its locks where they can be asked, else by the time `since`."""
        if is_reachable(record.holder, self.place):
            return not is_at_work(record.holder, record.folder)
        return since is None or abs(clock.seconds_between(since, clock.now())) > minutes * 60

    def is_ours(self, record: OnRecord) -> bool:
        return record.holder.id == self.place.id

    def is_reachable(self, record: OnRecord) -> bool:
        """Whether the locks of its holder can be asked from here."""
        return is_reachable(record.holder, self.place)

    def is_at_work(self, record: OnRecord) -> bool:
        """Whether its holder is surely at work on that run now: a command other than this one has its lock."""
        if self.is_ours(record) and self._holds(record.run):
            return False
        return self.is_reachable(record) and is_at_work(record.holder, record.folder)

    def read(self, names: Collection[str]) -> list[OnRecord]:
        """These submissions, as they are now."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(self.claims.read, sorted(names)))

    def catch_up(self) -> None:
        """Once a command: tell the store what this project could not tell it before."""
        if not self._is_caught_up:
            self._is_caught_up = True
            for record in self.open():
                if self.is_ours(record):
                    self._catch_up(record)

    def open(self) -> list[OnRecord]:
        """Every open submission. What is over is settled, and intents of the dead are dropped."""
        found = self.read(self.books.open())
        for record in found:
            if not record.is_open:
                self.books.settle(record)
            elif self.claims.given_up(record):
                self.books.settle(record.dropped())
        return [each for each in found if each.is_open and not (each.state is State.INTENT and self._is_over(each))]

    def _catch_up(self, record: OnRecord) -> None:
        submission = self.in_manifest(record)
        if submission is None or submission == record.submission or submission.state in (State.INTENT, State.CREATING):
            return
        folder = self._paths.workspaces / record.folder
        self.tell(Store(self._paths.store), submission, results.read(folder / "results.jsonl"))

    def in_manifest(self, record: OnRecord) -> Submission | None:
        """That submission as this project's manifest has it; None when it does not."""
        return next((each for each in self._told(record.folder) if each.shared == record.name), None)

    def _told(self, folder: str) -> Iterator[Submission]:
        try:
            paths = paths_of(self._paths, self._paths.workspaces / folder)
            yield from glimpse.peek(paths.manifest).submissions()
        except UNREADABLE:
            return

    def tell(self, store: Store, submission: Submission, lines: Collection[Result]) -> None:
        """The pictures first, then the state, then the money."""
        spent = micro(sum(line.cost_usd or 0 for line in lines if line.submission == submission.id))

        def told(now: OnRecord) -> OnRecord | None:
            is_leaving = now.state is State.INTENT and submission.state is State.SENDING  # said by `may_send` alone
            if not self.is_ours(now) or not now.is_open or is_leaving:
                return None
            return replace(now, submission=submission, spent=0 if as_now.is_open else spent)

        name = submission.shared
        as_now = OnRecord(name, self.place, "", "", "", submission)
        for digest in sorted(as_now.came):
            give(self._store, store, digest, self.place.host)
        faultpoint.reached("given")
        after = self.claims.change(name, told)
        if after and not after.is_open:
            self.books.settle(after)
        elif after and after.state is State.SENDING:
            self.books.reserve(after, None)  # for those that the provider still makes
