"""What one folder of work means to the others, read from its manifest and results: an entry of the index."""

import contextlib
import hashlib
import math
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..catalog.model import Lane
from ..files.regular import Stamp, stamp
from ..project.run_paths import RunPaths
from ..providers.answer import FailureClass
from . import glimpse, results
from .glimpse import UNREADABLE
from .manifest import OPEN, State, Submission
from .results import Peeked
from .their_job import is_theirs

_FINAL = frozenset((FailureClass.PERMANENT.value, FailureClass.REFUSED.value))


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
    plan: what its pictures are made with. tidied: how many of them are in the store only.
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
    tidied: int = 0


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


def mark(folder: Path, files: Iterable[str]) -> str:
    """What inode, size and time stamp of those files and folders amount to; "" while one of them is not there.

    files: paths from `folder`, "" for itself. A folder's time stamp tells of whatever came, went or was renamed in it.
    """
    stamps = [stamp(f"{folder}/{name}") for name in files]
    return hashlib.blake2b(repr(stamps).encode(), digest_size=12).hexdigest() if all(stamps) else ""


def read_entry(folder: Path, before: Entry | None) -> Entry:
    """The folder's entry: the one before while its files are the same, else read anew."""
    stamps = stamp(f"{folder}/_gemini_batch/manifest.json"), stamp(f"{folder}/results.jsonl")
    if before and (before.manifest, before.results) == stamps:
        return before
    entry = before or Entry((), (), "", (), {})
    trouble = None
    try:
        told = peeked_manifest(folder, stamps[0])
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


def peeked_manifest(folder: Path, stamp: Stamp) -> glimpse.Glimpse | None:
    """What the manifest there says, at a quick look; None without one. Raises UNREADABLE."""
    return glimpse.peek(folder / "_gemini_batch" / "manifest.json") if stamp else None


def _coming(told: glimpse.Glimpse | None) -> tuple[OnItsWay, ...]:
    submissions = told.submissions(OPEN) if told else ()
    return tuple(
        OnItsWay(each.state, each.intent_at[:10], each.estimate_usd, tuple(item.digest for item in each.owed))
        for each in submissions
    )


def _spent(submissions: Sequence[Submission], lines: Sequence[Peeked]) -> dict[str, float]:
    """What is not on its way by day: of each submission its lines, and its estimate for what has no line any more."""
    days = {each.id: each.intent_at[:10] for each in submissions}
    settling = {(each.id, each.job) for each in submissions if each.state in OPEN}
    told: defaultdict[tuple[str | None, str | None], set[str]] = defaultdict(set)
    for line in lines:
        told[line.submission, line.job].add(line.digest)
    spent: defaultdict[str, list[float]] = defaultdict(list)
    for each in submissions:
        lost = sum(item.digest not in told[each.id, each.job] for item in each.requests)
        if each.state is State.COLLECTED and lost:
            spent[days[each.id]].append(each.estimate_usd * lost / len(each.requests))
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


def _held(lines: Sequence[Peeked]) -> tuple[str, ...]:
    last = {line.digest: line.failure for line in lines}
    return tuple(digest for digest, failure in last.items() if failure in _FINAL)


def sizes(folder: Path, folders: Iterable[str]) -> str:
    """What the names and sizes of the files in those folders amount to. folders: paths from `folder`."""
    found = []
    for each in folders:
        with contextlib.suppress(OSError), os.scandir(f"{folder}/{each}") as entries:
            found.append(sorted((entry.name, entry.stat().st_size) for entry in entries if not entry.is_dir()))
    return hashlib.blake2b(repr(found).encode("utf-8", "surrogateescape"), digest_size=12).hexdigest()


def seen_of(record: Mapping[str, Any] | None) -> Seen | None:
    """From the index's JSON. Raises UNREADABLE."""
    if record is None:
        return None
    plan = tuple(MadeWith(**each | {"lane": Lane(each["lane"])}) for each in record["plan"])
    more = {"files": tuple(record["files"]), "folders": tuple(record["folders"]), "plan": plan}
    return Seen(**{**record, **more})


def entry_of(record: Mapping[str, Any]) -> Entry:
    """From the index's JSON. Raises UNREADABLE."""
    coming = (
        OnItsWay(State(each["state"]), each["day"], each["estimate_usd"], tuple(each["digests"]))
        for each in record["coming"]
    )
    stamps = tuple(record["manifest"]), tuple(record["results"])
    seen = seen_of(record["seen"])
    return Entry(*stamps, record["run"], tuple(coming), record["spent"], tuple(record["held"]), record["trouble"], seen)
