"""What the shared store holds, as dataclasses with their JSON. Names and states are those of the manifest.

submissions/<account>/<month>/<id>.json   a submission: who has it, for which run, how far it is
claims/<2>/<digest>.json                  which of them may bring the picture of that digest
books/<account>/<month>.json              what an account has on its way and has spent
pictures/<2>/<digest>.<png|jpg|…>, .json  the provider's bytes, and their record, which is written last
probe/<id>, kamishibai.json               the probe of each project, the mark of the store
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import orjson

from ..runs.manifest import MAY_EXIST, OPEN, State, Submission, record_of, submission_of
from ..runs.results import Result
from ..text import clock
from ..text.sentences import t
from .place import Place

VERSION = 1
MICRO = 1_000_000
"""Money is kept in whole millionths of a US dollar: sums of them are exact, whatever their order."""


def claim_of(digest: str) -> str:
    """The name of the claim on a picture."""
    return f"claims/{digest[:2]}/{digest}.json"


def micro(usd: float) -> int:
    return round(usd * MICRO)


@dataclass(frozen=True)
class OnRecord:
    """A submission, as all machines see it. holder: who works on it; only it writes, or who took it over by a swap.

    folder: of its run, from workspaces/. spent: millionths of a dollar, when it is over. fetching_at: when its holder
    began to fetch, UTC. The submission's id is that of the holder's manifest.
    """

    name: str
    holder: Place
    folder: str
    run: str
    channel: str
    submission: Submission
    spent: int = 0
    fetching_at: str | None = None

    @property
    def state(self) -> State:
        return self.submission.state

    @property
    def account(self) -> str:
        return self.name.split("/")[1]

    @property
    def day(self) -> str:
        return self.submission.intent_at[:10]

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def may_cost(self) -> bool:
        return self.state in MAY_EXIST

    @property
    def coming(self) -> frozenset[str]:
        """Digests of the pictures that it may still bring."""
        return frozenset(item.digest for item in self.submission.owed) if self.is_open else frozenset()

    @property
    def came(self) -> frozenset[str]:
        """Digests of the pictures that it brought."""
        done = self.state in (State.FINISHED, State.COLLECTED)
        owed = self.coming
        items = self.submission.requests if done else ()
        return frozenset(item.digest for item in items if item.failed is None and item.digest not in owed)

    def lost(self, digest: str) -> Result | None:
        """The line of an answer that brought no picture."""
        failed = (item.failed for item in self.submission.requests if item.digest == digest)
        found = next((each for each in failed if each is not None), None)
        return Result.from_json(found) if found else None

    def dropped(self) -> "OnRecord":
        """As one of which nothing was sent, and nothing will be."""
        reason = t("taken over: nothing of it had been sent")
        return replace(self, submission=replace(self.submission, state=State.DROPPED, reason=reason))

    def given_up(self) -> "OnRecord":
        """As one that a person gives up. It may be billed, so it counts as that."""
        dropped = replace(self.submission, state=State.DROPPED, reason=t("given up by RETRY=lost"))
        return replace(self, submission=dropped, spent=micro(self.submission.estimate_usd))

    @property
    def words(self) -> str:
        """Who has it, for a person."""
        since = clock.minute(self.submission.intent_at)
        return t("{run} on machine {host} since {since}", run=self.run, host=self.holder.host, since=since)

    def to_json(self) -> bytes:
        told = {"version": VERSION, "holder": asdict(self.holder), "submission": record_of(self.submission)}
        names = ("folder", "run", "channel", "spent", "fetching_at")
        return _dumped(told | {name: getattr(self, name) for name in names})

    @staticmethod
    def from_json(name: str, data: bytes) -> "OnRecord":
        told = _loaded(data)
        return OnRecord(
            name,
            Place.from_json(told["holder"]),
            _inside(told["folder"]),
            told["run"],
            told["channel"],
            submission_of(told["submission"]),
            told["spent"],
            told["fetching_at"],
        )


def _inside(folder: str) -> str:
    """A path that stays in workspaces/, whatever wrote it. Raises ValueError."""
    parts = folder.split("/")
    if parts[0] not in ("video", "thumbnails", "compare") or any(part in ("", ".", "..") for part in parts):
        raise ValueError(f"{folder!r} is no folder of work")
    return folder


@dataclass(frozen=True)
class Reserved:
    """What one open submission will cost. micro: millionths of a US dollar."""

    channel: str
    day: str
    micro: int


@dataclass(frozen=True)
class Book:
    """One account's month. open: by the name of the submission. spent: by day, then channel; millionths of a dollar."""

    open: Mapping[str, Reserved] = field(default_factory=dict)
    spent: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def with_reserved(self, name: str, reserved: Reserved) -> "Book":
        return Book({**self.open, name: reserved}, self.spent)

    def without(self, name: str) -> "Book":
        return Book({each: entry for each, entry in self.open.items() if each != name}, self.spent)

    def settled(self, name: str, spent: int) -> "Book":
        """With what that submission cost in place of what it had reserved; the same when it is settled already."""
        reserved = self.open.get(name)
        return self.without(name).with_spent(reserved.day, reserved.channel, spent) if reserved else self

    def with_spent(self, day: str, channel: str, spent: int) -> "Book":
        if not spent:
            return self
        channels = self.spent.get(day, {})
        sums = {**channels, channel: channels.get(channel, 0) + spent}
        return Book(self.open, {**self.spent, day: sums})

    def to_json(self) -> bytes:
        return _dumped({"version": VERSION, "open": self.open, "spent": self.spent})

    @staticmethod
    def from_json(data: bytes) -> "Book":
        told = _loaded(data)
        return Book({name: Reserved(**entry) for name, entry in told["open"].items()}, told["spent"])


def _loaded(data: bytes) -> dict[str, Any]:
    """Raises ValueError, KeyError or TypeError for what is damaged, and for what a newer version may mean otherwise."""
    told: dict[str, Any] = orjson.loads(data)
    if told["version"] > VERSION:
        raise ValueError(f"version {told['version']}")
    return told


def _dumped(record: Mapping[str, Any]) -> bytes:
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE | orjson.OPT_SORT_KEYS
    return orjson.dumps(record, option=options)
