"""What every folder of work means to the others: what it has on its way, what it has cost by day, and what a careful
look at it found when nothing was left to do.

Derived from manifests and results, which stay the truth. `workspaces/.index.json` keeps it from command to command; of
a folder it is believed only while inode, size and time stamp of the files are what they were when they were read.
Losing it costs one slow command.
"""

import contextlib
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from ..files import atomic, regular
from ..files.regular import Stamp
from ..project.all_paths import paths_of
from ..project.paths import Paths
from ..providers.answer import FailureClass
from ..text.errors import BadInput, Stop
from . import results
from .asked_again import rule_of
from .glimpse import UNREADABLE
from .index_entry import Entry, Seen, entry_of, mark, peeked_manifest, read_entry, seen_of, sizes
from .manifest import State
from .results import Result

VERSION = 4
WORTH = 20
"""So many folders that were looked at anew make a command that only looks keep the index."""


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
        found = {name: read_entry(folder, before.get(name)) for name, folder in folders}
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
            return {name: entry_of(record) for name, record in self._records().items()}
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
            return seen_of(self._records().get(name, {}).get("seen"))
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
                told = peeked_manifest(folder, entry.manifest)
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
            from ..files import locks  # a command with nothing to do does not keep it

            with locks.held(self._paths.lock("index")):
                atomic.write(self._paths.index, orjson.dumps({"version": VERSION, "folders": entries}))
            self._changed = False


def counts_everywhere(line: Result) -> bool:
    """Whether nobody asks again by himself after that answer, wherever the same picture is wanted."""
    rule = rule_of(line)
    return line.failure is FailureClass.REFUSED or (rule is not None and rule.buys_again)


def _by_held(entries: Mapping[str, Entry]) -> dict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for name, entry in entries.items():
        for digest in entry.held:
            found[digest].append(name)
    return dict(found)


def _load(path: Path) -> dict[str, Any]:
    """What was kept; nothing when it is not there, damaged, or of another version."""
    try:
        data = orjson.loads(regular.read(path))
        return dict(data["folders"]) if data["version"] == VERSION else {}
    except UNREADABLE:
        return {}
