"""The open submission is the claim: who may send which picture, over all machines, accounts and suppliers.

A submission is put on record before it claims anything, with all that it wants. It claims its digests in their order
until it has one, and leaves to whoever was first all that both want; then it claims the rest at once. So of two that
want the same one gets all, and what was left to another is left to one that does claim it: never each to the other.
Whoever takes a submission over changes its record by a swap, which the former holder's next swap cannot pass: before a
request leaves, the record goes from "intent" to "creating", and who finds it changed sends nothing.
"""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from random import random

import orjson

from ..runs.manifest import State
from ..shared.port import Put, SharedStore, Swap
from ..text.errors import Stop
from .records import OnRecord, claim_of

AT_ONCE = 16
"""Questions under way at once while many claims are looked at."""
PAUSE = 0.05
Change = Callable[[OnRecord], OnRecord | None]
"""What a record becomes; None leaves it as it is."""


class Claims:
    """Claims and submissions in one shared store. is_over: whether that intent's holder surely sends nothing more."""

    def __init__(self, store: SharedStore, is_over: Callable[[OnRecord], bool]) -> None:
        self._store = store
        self._is_over = is_over

    def begin(self, record: OnRecord) -> None:
        """Put a new submission on record."""
        self._store.put_new(record.name, record.to_json())

    def read(self, name: str) -> OnRecord:
        """Raises Stop for one that is not there or cannot be read: then nobody knows what it has on its way."""
        kept = self._store.get(name)
        if kept is None:
            raise Stop(
                "the shared store {where} has no {name}, which a claim names: nothing was sent for its pictures",
                "put it back from a copy of the store; doit adopt finds jobs of ours that no file knows",
                where=self._store.where,
                name=name,
            )
        return _decoded(self._store.where, name, kept.data)

    def change(self, name: str, change: Change) -> OnRecord | None:
        """The record as `change` made it, by a swap; None when it left it as it is. Tried again when too late."""
        while True:
            kept = self._store.get(name)
            before = _decoded(self._store.where, name, kept.data) if kept else None
            after = change(before) if before else None
            if kept is None or after is None:
                return None
            if after == before or self._store.swap(name, kept.version, after.to_json()) is Swap.DONE:
                return after
            time.sleep(PAUSE * random())  # noqa: S311 - no secret

    def take(self, record: OnRecord) -> tuple[set[str], dict[str, OnRecord]]:
        """(digests that are this submission's now, those that others have, with whose)."""
        theirs = dict[str, OnRecord]()
        left = sorted(item.digest for item in record.submission.requests)
        while left and (other := self._take(left[0], record.name)):
            theirs |= {each: other for each in left if each in other.coming | {left[0]}}
            left = [each for each in left if each not in theirs]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            others = pool.map(lambda digest: self._take(digest, record.name), left[1:])
            theirs |= {digest: other for digest, other in zip(left[1:], others, strict=True) if other}
        return {each for each in left if each not in theirs}, theirs

    def _take(self, digest: str, name: str) -> OnRecord | None:
        """Claim one picture for the submission of that name; who has it when another does."""
        place, data = claim_of(digest), orjson.dumps({"submission": name})
        while True:
            if self._store.put_new(place, data) is Put.NEW:
                return None
            kept = self._store.get(place)
            if kept is None:
                continue
            owner = orjson.loads(kept.data)["submission"]
            if owner == name:
                return None
            other = self.read(owner)
            if digest in other.coming | other.came and not self.given_up(other):
                return other
            if self._store.swap(place, kept.version, data) is Swap.DONE:
                return None

    def given_up(self, record: OnRecord) -> bool:
        """Whether that intent is dropped now, because its holder sends nothing more."""
        if record.state is not State.INTENT or not self._is_over(record):
            return False
        return self.change(record.name, lambda now: now.dropped() if now.state is State.INTENT else None) is not None

    def on(self, digests: Iterable[str]) -> dict[str, str]:
        """The name of the submission that has each claim, of those that are claimed."""
        names = list(digests)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            found = pool.map(lambda digest: self._store.get(claim_of(digest)), names)
            pairs = zip(names, found, strict=True)
            return {digest: orjson.loads(kept.data)["submission"] for digest, kept in pairs if kept}


def _decoded(where: str, name: str, data: bytes) -> OnRecord:
    try:
        return OnRecord.from_json(name, data)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Stop(
            "the shared store {where} has a record that cannot be read, {name}: damaged, or of a newer version",
            "update this Kamishibai, or put the file back from a copy of the store; nothing was sent for its pictures",
            name=name,
            where=where,
        ) from None
