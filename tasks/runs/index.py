"""What every folder of work means to the others: what it has on its way, what it has cost by day, and what a careful
look at it found when nothing was left to do.

Derived from manifests and results, which stay the truth. `workspaces/.index.json` keeps it from command to command; of
a folder it is believed only while inode, size and time stamp of the files are what they were when they were read.
Losing it costs one slow command.
"""

import contextlib
import hashlib
import math
import os
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from ..catalog.model import Lane
from ..errors import BadInput, Stop
from ..files import atomic, regular
from ..project.all_paths import paths_of
from ..project.paths import Paths
from ..project.run_paths import RunPaths
from ..providers.answer import FailureClass
from . import glimpse, results
from .asked_again import rule_of
from .glimpse import UNREADABLE
from .manifest import OPEN, State, Submission
from .results import Peeked, Result
from .their_job import is_theirs

VERSION = 4
WORTH = 20
"""So many folders that were looked at anew make a command that only looks keep the index."""
_FINAL = frozenset((FailureClass.PERMANENT.value, FailureClass.REFUSED.value))
Stamp = tuple[int, ...]
"""Inode, size and time stamp (ns) of a file; empty when there is none."""


@dataclass(frozen=True)
class OnItsWay:
    """An open submission. day: of its intent, UTC. estimate_usd: what it will cost. digests: what it may bring."""

    state: State
    day: str
    estimate_usd: float
    digests: tuple[str, ...]


@dataclass(frozen=True)
class Seen:
    """A folder with nothing left to do. mark, sizes: what `mark` and `sizes` made of its files and the folders of its
    pictures, by which it is believed.

    pictures, failed: prompts by what became of them last. read_at: when what decides about its pictures was read, UTC.
    drawn_for: the providers' addresses (summary.address) with which all stages of it were done, pages and
    all; None while they are not.
    plan: what its pictures are made with.
    """

    mark: str
    sizes: str
    files: tuple[str, ...]
    folders: tuple[str, ...]
    pictures: int
    failed: int
    read_at: str
    drawn_for: str | None = None
    plan: tuple["MadeWith", ...] = ()


@dataclass(frozen=True)
class MadeWith:
    """The pictures of a folder that are made in one way: how many are there, and how many failed and are held back."""

    slot: str | None
    model_key: str
    lane: Lane
    form: str
    present: int
    held: int


@dataclass(frozen=True)
class Entry:
    """One folder. run: whose the manifest says it is; "" without one.

    spent: US dollars by day, of what is not on its way any more. held: digests of what did not come and is not sent
    again by itself. trouble: why it cannot be counted. seen: when nothing was left to do there.
    """

    manifest: Stamp
    results: Stamp
    run: str
    coming: tuple[OnItsWay, ...]
    spent: Mapping[str, float]
    held: tuple[str, ...] = ()
    trouble: str | None = None
    seen: Seen | None = None


class Index:
    """The index of one workspace. `look` brings it up to date; everything else says what was true then."""

    def __init__(self, paths: Paths) -> None:
        self._paths = paths
        self._entries: dict[str, Entry] | None = None
        self._changed = False
        self._kept: Mapping[str, Any] | None = None
        self._noted: dict[str, Seen] = {}
        self._coming: dict[str, list[tuple[str, State]]] = {}
        self._held: dict[str, list[str]] = {}
        self._read: dict[tuple[str, Stamp, Stamp], list[Result]] = {}

    def look(self) -> None:
        """Read again whatever changed since the last look, by whatever process."""
        before = self._decoded() if self._entries is None else self._entries
        root = len(self._paths.workspaces.as_posix()) + 1
        folders = ((folder.as_posix()[root:], folder) for folder in self._paths.work_folders())
        found = {name: _entry(folder, before.get(name)) for name, folder in folders}
        now = {name: entry for name, entry in found.items() if entry.manifest or entry.results}
        self._changed |= now.keys() != before.keys() or any(now[name] is not before[name] for name in now)
        self._entries = now
        self._coming = self._by_digest(now)
        self._held = _by_held(now)

    def _records(self) -> Mapping[str, Any]:
        """What the last command kept, as it stands there."""
        if self._kept is None:
            self._kept = _load(self._paths.index)
        return self._kept

    def _decoded(self) -> dict[str, Entry]:
        try:
            return {name: _entry_of(record) for name, record in self._records().items()}
        except UNREADABLE:
            return {}

    def seen(self, folder: Path, each_picture: bool) -> Seen | None:
        """What was found there when nothing was left to do, if all its files are still what they were.

        each_picture: whether the size of every picture is compared; else one that is edited in place is not noticed.
        """
        name = self._name(folder)
        found = self._noted.get(name) or self._seen_before(name)
        if found is None or mark(folder, (*found.files, *found.folders)) != found.mark:
            return None
        return None if each_picture and sizes(folder, found.folders) != found.sizes else found

    def _seen_before(self, name: str) -> Seen | None:
        if self._entries is not None:
            entry = self._entries.get(name)
            return entry.seen if entry else None
        try:
            return _seen_of(self._records().get(name, {}).get("seen"))
        except UNREADABLE:
            return None

    def note(self, folder: Path, seen: Seen) -> None:
        """Remember it, for the commands to come when the index is kept."""
        self._noted[self._name(folder)] = seen

    @property
    def has_news(self) -> bool:
        """Whether anything was noted that no earlier command knew."""
        return bool(self._noted)

    def keep_if_worth(self) -> None:
        """For commands that only look: keep the index when much was looked at anew. It is a cache: no disk has to."""
        if len(self._noted) >= WORTH:
            with contextlib.suppress(OSError):
                self.look()
                self.save()

    def _name(self, folder: Path) -> str:
        return folder.as_posix()[len(self._paths.workspaces.as_posix()) + 1 :]

    def entries(self) -> Mapping[str, Entry]:
        """Every folder's, by its path from workspaces/."""
        if self._entries is None:
            self.look()
        return self._entries or {}

    def is_settled(self, folder: Path) -> bool:
        """Whether that folder's manifest can be read and has nothing on its way."""
        entry = self.entries().get(self._name(folder))
        return entry is not None and entry.trouble is None and not entry.coming

    def coming(self, digest: str, besides: Path) -> list[Path]:
        """The folders, other than `besides`, whose submissions may still bring the picture of that digest."""
        self.entries()
        if digest not in self._coming:
            return []
        own = self._name(besides)
        found = [(name, state) for name, state in self._coming[digest] if name != own]
        return [self._paths.workspaces / name for name, state in found if self._is_meant(name, state)]

    def lost(self, digests: Collection[str], besides: Path) -> tuple[str, Result] | None:
        """The last answer of all places but `besides`, with its folder, after which nobody asks again by himself.

        That is what was paid for and cannot be had or read, and what was refused for its content.
        """
        self.entries()
        if self._held.keys().isdisjoint(digests):
            return None
        own = self._name(besides)
        names = {name for digest in digests for name in self._held.get(digest, ()) if name != own}
        found = [
            (line.submitted_at or "", name, line)
            for name in names
            for line in self._lines(name)
            if line.digest in digests and counts_everywhere(line)
        ]
        return max(found, key=lambda each: each[:2])[1:] if found else None

    def _lines(self, name: str) -> list[Result]:
        """The last line of each digest in that folder, as far as it can be read."""
        entry = self.entries()[name]
        key = (name, entry.manifest, entry.results)
        if key not in self._read:
            folder, lines = self._paths.workspaces / name, list[Result]()
            with contextlib.suppress(BadInput):
                lines = results.read(folder / "results.jsonl")
            with contextlib.suppress(*UNREADABLE):
                told = _told(folder, entry.manifest)
                known = {line.sent_as for line in lines}
                lines += results.kept_by_manifest(told.submissions() if told else (), known)
            self._read[key] = list({line.digest: line for line in lines}.values())
        return self._read[key]

    def _by_digest(self, entries: Mapping[str, Entry]) -> dict[str, list[tuple[str, State]]]:
        """Where each digest is on its way. What a copied folder says is left to the folder that it is a copy of."""
        runs = {entry.run for entry in entries.values() if entry.coming}
        theirs = {name: entry for name, entry in entries.items() if entry.run in runs}
        names = {name: paths_of(self._paths, self._paths.workspaces / name).name for name in theirs}
        owners = {entry.run for name, entry in theirs.items() if entry.run == names[name]}
        found: defaultdict[str, list[tuple[str, State]]] = defaultdict(list)
        for name, entry in theirs.items():
            for each in entry.coming if entry.run == names[name] or entry.run not in owners else ():
                for digest in each.digests:
                    found[digest].append((name, each.state))
        return dict(found)

    def _is_meant(self, name: str, state: State) -> bool:
        """An intent counts while the command that wrote it is at work: nothing of it was sent, and nothing will be."""
        if state is not State.INTENT:
            return True
        from filelock import Timeout  # a command with nothing to do needs neither

        from ..files import locks

        path = self._paths.lock(paths_of(self._paths, self._paths.workspaces / name).name)
        try:
            with locks.held(path, 0):
                return False
        except (Timeout, Stop, OSError):
            return True

    def save(self) -> None:
        """Keep it for the next command, if anything changed."""
        entries = dict(self.entries())
        for name, seen in self._noted.items():
            if name in entries and entries[name].seen != seen:
                entries[name], self._changed = replace(entries[name], seen=seen), True
        self._entries, self._noted = entries, {}
        if self._changed:
            atomic.write(self._paths.index, orjson.dumps({"version": VERSION, "folders": entries}))
            self._changed = False


def mark(folder: Path, files: Iterable[str]) -> str:
    """What inode, size and time stamp of those files and folders amount to; "" while one of them is not there.

    files: paths from `folder`, "" for itself. A folder's time stamp tells of whatever came, went or was renamed in it.
    """
    stamps = [_stamp(f"{folder}/{name}") for name in files]
    return hashlib.blake2b(repr(stamps).encode(), digest_size=12).hexdigest() if all(stamps) else ""


def _stamp(path: str) -> Stamp:
    try:
        about = os.stat(path)  # noqa: PTH116 - a path object costs more
    except OSError:
        return ()
    return about.st_ino, about.st_size, about.st_mtime_ns


def _entry(folder: Path, before: Entry | None) -> Entry:
    """The folder's entry: the one before while its files are the same, else read anew."""
    stamps = _stamp(f"{folder}/_gemini_batch/manifest.json"), _stamp(f"{folder}/results.jsonl")
    if before and (before.manifest, before.results) == stamps:
        return before
    entry = before or Entry((), (), "", (), {})
    trouble = None
    try:
        told = _told(folder, stamps[0])
        entry = replace(entry, run=told.run if told else "", coming=_coming(told))
    except UNREADABLE as error:
        # What it had on its way when it could be read last is the best that anybody knows.
        told, trouble = None, str(error) or type(error).__name__
        if not entry.run and is_theirs(RunPaths(folder)):
            trouble = None  # another program's, in a run of its own: nothing of ours was ever on its way there
    submissions = told.submissions() if told else ()
    try:
        lines = list(results.peek(folder / "results.jsonl")) if stamps[1] else []
        held = _held([*lines, *_kept(submissions, lines)])
        entry = replace(entry, spent=_spent(submissions, lines), held=held)
    except UNREADABLE as error:
        held = _held([*_kept(submissions, ())])
        entry = replace(entry, held=tuple(dict.fromkeys((*entry.held, *held))))
        trouble = str(error) or type(error).__name__
    return replace(entry, manifest=stamps[0], results=stamps[1], trouble=trouble, seen=None)


def _told(folder: Path, stamp: Stamp) -> glimpse.Glimpse | None:
    """Raises UNREADABLE."""
    return glimpse.peek(folder / "_gemini_batch" / "manifest.json") if stamp else None


def _coming(told: glimpse.Glimpse | None) -> tuple[OnItsWay, ...]:
    submissions = told.submissions(OPEN) if told else ()
    return tuple(
        OnItsWay(each.state, each.intent_at[:10], each.estimate_usd, tuple(item.digest for item in each.owed))
        for each in submissions
    )


def _spent(submissions: Sequence[Submission], lines: Sequence[Peeked]) -> dict[str, float]:
    """What is not on its way by day: of each submission its lines; its estimate when its lines were lost."""
    days = {each.id: each.intent_at[:10] for each in submissions}
    settling = {(each.id, each.job) for each in submissions if each.state in OPEN}
    told = {(line.submission, line.job) for line in lines}
    spent: defaultdict[str, list[float]] = defaultdict(list)
    for each in submissions:
        if each.state is State.COLLECTED and (each.id, each.job) not in told:
            spent[days[each.id]].append(each.estimate_usd)
    for line in lines:
        if line.cost_usd and (line.submission, line.job) not in settling:
            # By the clock of this machine, like the reservation it takes the place of; the provider's may differ.
            spent[days.get(line.submission or "") or (line.submitted_at or "")[:10]].append(line.cost_usd)
    return {day: math.fsum(usd) for day, usd in spent.items()}


def _kept(submissions: Sequence[Submission], lines: Sequence[Peeked]) -> Iterator[Peeked]:
    """What the manifest tells of answers whose lines were lost."""
    known = {(line.submission, line.digest) for line in lines}
    for submission in submissions:
        for item in submission.requests:
            if item.failed is not None and (submission.id, item.digest) not in known:
                with contextlib.suppress(KeyError, TypeError):  # a person may have written into it
                    yield results.peeked(item.failed)


def counts_everywhere(line: Result) -> bool:
    """Whether nobody asks again by himself after that answer, wherever the same picture is wanted."""
    rule = rule_of(line)
    return line.failure is FailureClass.REFUSED or (rule is not None and rule.buys_again)


def _held(lines: Sequence[Peeked]) -> tuple[str, ...]:
    last = {line.digest: line.failure for line in lines}
    return tuple(digest for digest, failure in last.items() if failure in _FINAL)


def _by_held(entries: Mapping[str, Entry]) -> dict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for name, entry in entries.items():
        for digest in entry.held:
            found[digest].append(name)
    return dict(found)


def sizes(folder: Path, folders: Iterable[str]) -> str:
    """What the names and sizes of the files in those folders amount to. folders: paths from `folder`."""
    found = []
    for each in folders:
        with contextlib.suppress(OSError), os.scandir(f"{folder}/{each}") as entries:
            found.append(sorted((entry.name, entry.stat().st_size) for entry in entries if not entry.is_dir()))
    return hashlib.blake2b(repr(found).encode("utf-8", "surrogateescape"), digest_size=12).hexdigest()


def _load(path: Path) -> dict[str, Any]:
    """What was kept; nothing when it is not there, damaged, or of another version."""
    try:
        data = orjson.loads(regular.read(path))
        return dict(data["folders"]) if data["version"] == VERSION else {}
    except UNREADABLE:
        return {}


def _seen_of(record: Mapping[str, Any] | None) -> Seen | None:
    if record is None:
        return None
    plan = tuple(MadeWith(**each | {"lane": Lane(each["lane"])}) for each in record["plan"])
    more = {"files": tuple(record["files"]), "folders": tuple(record["folders"]), "plan": plan}
    return Seen(**{**record, **more})


def _entry_of(record: Mapping[str, Any]) -> Entry:
    coming = (
        OnItsWay(State(each["state"]), each["day"], each["estimate_usd"], tuple(each["digests"]))
        for each in record["coming"]
    )
    stamps = tuple(record["manifest"]), tuple(record["results"])
    seen = _seen_of(record["seen"])
    return Entry(*stamps, record["run"], tuple(coming), record["spent"], tuple(record["held"]), record["trouble"], seen)
