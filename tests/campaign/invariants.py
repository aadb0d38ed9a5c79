"""What must be true of a project when a command has ended well, whatever happened to the commands before it.

`violations` gives each broken promise in plain words, so that a test only has to say that there is none. The promises
are those of docs/design.md: nothing paid twice, no paid picture lost, every file says the same, nothing half-made.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson
from filelock import FileLock, Timeout

from tasks.inbox import events, inbox
from tasks.providers.answer import FailureClass
from tasks.runs import asked_again
from tasks.runs.results import Cause

from .books import Books
from .one_place import one_place
from .project import Line, Project, sha256

MAYBE = "maybe billed"
IMMEDIATE = "immediate"
DIGITS = 16
"""Of a digest, at the end of a request's key."""
OUT_OF_REACH = ("made_and_gone", "results_gone", "job_cancelled", "job_ended")
"""Causes of a row whose job's results could not be had any more."""


@dataclass(frozen=True)
class Allowed:
    """What the caller's case makes possible, and no more.

    billed: how many answers the provider may have booked, least and most; None: as many as the rows explain. jobs:
    likewise for jobs made; None: any. doubtful: rows that say "maybe billed" (design.md section 7: a request that left
    and was never answered "is recorded as such and re-sent only under max_attempts"). Each of them may stand for one
    booked answer whose picture never reached us, or for none. released: the words of RETRY= that were played. by_hand:
    pictures (place and path, "CH01-001/images/0001.png") that a person changed or removed. damaged: whether bytes of
    pictures changed on their way to us, which a JPEG does not show. unsaid: answers booked behind a 503 on the
    immediate lane, which by the provider's word is not billed (P-22): asked again at once, without a row.
    """

    billed: tuple[int, int] | None = None
    jobs: tuple[int, int] | None = None
    doubtful: int = 0
    released: Collection[str] = ()
    by_hand: Collection[str] = ()
    damaged: bool = False
    unsaid: int = 0


def violations(
    folder: Path, books: Books, allowed: Allowed, wanted: Mapping[str, Collection[str]] | None = None
) -> list[str]:
    """Every broken promise of the project in `folder`; empty when all is well.

    books: the provider's, of this project only. wanted: by name of place ("CH01-001", "CH01-thumbnails",
    "compare-duel-g-1"), the prompt ids whose pictures must be there.
    """
    project = Project(folder)
    found = [
        *money(project, books, allowed),
        *once_each(project, books, allowed),
        *bought(project, books, allowed),
        *store(project, books, allowed),
        *remains(project),
        *locks_held(project),
        *inbox_agrees(project),
    ]
    for room in project.rooms:
        still = (wanted or {}).get(room.name)
        found += [f"{room.name}: {what}" for what in one_place(project, room, allowed.by_hand, still)]
    for name, ids in (wanted or {}).items():
        found += [f"{name}: {what}" for what in missing(project, name, ids)]
    return found


def money(project: Project, books: Books, allowed: Allowed) -> Iterator[str]:
    """The provider's books against what was allowed: so many answers, and no job that nobody knows."""
    count = len(books.billed)
    if allowed.billed and not allowed.billed[0] <= count <= allowed.billed[1]:
        yield f"{count} requests were billed, allowed were {allowed.billed[0]} to {allowed.billed[1]}"
    if allowed.jobs and not allowed.jobs[0] <= len(books.jobs) <= allowed.jobs[1]:
        yield f"{len(books.jobs)} jobs were made, allowed were {allowed.jobs[0]} to {allowed.jobs[1]}"
    known = {each["job"] for room in project.rooms for each in room.submissions if each["job"]}
    known |= {line["job"] for room, line in project.lines if room.lost_its_manifest}
    for job in sorted(books.jobs - known):
        yield f"the provider has {job}, and no manifest knows it"


def once_each(project: Project, books: Books, allowed: Allowed) -> Iterator[str]:
    """Over the whole workspace each digest is billed once, and once more for each booked answer without a picture that
    the table of design.md section 6 asks again for: by itself, by a word that was played, or, where that costs nothing
    by the table (refused, rejected), once from every place.
    """
    booked = {(_named(row["job"]), row["key"]) for row in books.billed if row["key"]}
    billed = Counter(row["key"][-DIGITS:] for row in books.billed if row["key"])
    again: Counter[str] = Counter()
    for line in _sent(project):
        digest = line["digest"][:DIGITS]
        if line["lane"] == IMMEDIATE:
            billed[digest] += bool(line["cost_usd"])
        if line["cost_usd"] if line["lane"] == IMMEDIATE else (_named(line["job"]), line["key"]) in booked:
            again[digest] += _is_asked_again(line, allowed)
    for digest, times in billed.items():
        if times > 1 + again[digest]:
            yield f"{digest} was billed {times} times, and {again[digest]} of its answers may be asked for again"


def _sent(project: Project) -> Iterator[Line]:
    """Every line of a request that left, of all places, each once."""
    seen = set()
    for room, line in project.lines:
        if (sent := (room.name, line["submission"], line["key"])) not in seen and line["submission"]:
            seen.add(sent)
            yield line


def _is_asked_again(line: Line, allowed: Allowed) -> bool:
    rule = _rule(line)
    if rule is None or rule.by_itself:
        return rule is not None
    return rule.may_cost is asked_again.MayCost.NO or rule.release.value in allowed.released


def _rule(line: Line) -> asked_again.Rule | None:
    failure, cause = line["failure"], line.get("cause")
    return asked_again.rule_for(FailureClass(failure) if failure else None, Cause(cause) if cause else None)


def _named(job: str | None) -> str:
    return f"batches/{job.removeprefix('batches/')}" if job else ""


def bought(project: Project, books: Books, allowed: Allowed) -> Iterator[str]:
    """Every booked answer has its row with the same tokens, and every measured row was booked."""
    lines = [*_sent(project)]
    booked = Counter((row["model"], row["lane"], _tokens(row)) for row in books.billed)
    measured = Counter(
        (line["model_name"], line["lane"], tuple(line["tokens"][name] for name in _KINDS))
        for line in lines
        if line["cost_basis"] == "measured" and line["cost_usd"]
    )
    doubtful = sum(line["reason"].startswith(MAYBE) for line in lines)
    for what, count in (measured - booked).items():
        yield f"{count} rows say that {what} was paid, and the provider did not book it"
    unnamed = sum((booked - measured).values())
    guessed = sum(line["cost_basis"] == "estimated" for line in lines)
    if unnamed > guessed + allowed.unsaid + _unpriced(books, lines):
        yield f"{unnamed} booked answers have no measured row, and only {guessed} rows an estimated one"
    if doubtful > allowed.doubtful:
        yield f"{doubtful} rows say {MAYBE}, allowed were {allowed.doubtful}"
    spent = sum(line["cost_usd"] for line in lines if line["cost_basis"] != "estimated")
    owed = sum(row["usd"] for row in books.billed)
    if not unnamed and abs(spent - owed) > 1e-6 * (1 + len(books.billed)):
        yield f"the rows add up to ${spent:.6f}, the provider's books to ${owed:.6f}"


def _unpriced(books: Books, lines: Sequence[Line]) -> int:
    """Booked answers of which nobody on our side can know that they cost: of jobs that ended without their results."""
    booked = {(_named(row["job"]), row["key"]) for row in books.billed if row["key"]}
    free = [line for line in lines if line["cost_basis"] == "none"]
    return sum((_named(line["job"]), line["key"]) in booked for line in free)


_KINDS = ("input", "image", "text", "thinking")


def _tokens(row: Mapping[str, int]) -> tuple[int, ...]:
    return tuple(row[f"{kind}_tokens"] for kind in _KINDS)


def store(project: Project, books: Books, allowed: Allowed) -> Iterator[str]:
    """Everything in the store is what the provider sent, byte for byte, and everything that it sent is in the store."""
    for record in project.records:
        name, facts = record.path.name, record.facts
        if not record.picture.is_file():
            yield f"the store's record {name} has no picture {facts['file']}"
            continue
        if (sha256(record.picture), record.picture.stat().st_size) != (facts["sha256"], facts["bytes"]):
            yield f"the store's {facts['file']} is not what its record says"
        if facts["sha256"] not in books.sent and not allowed.damaged:
            yield f"the store's {facts['file']} is not what the provider sent"
        if not any(line["source_sha256"] == facts["sha256"] for _, line in project.lines):
            yield f"the store has {name}, and no result line tells of it"
    yield from _lost(project, books, allowed)
    doubtful = sum(line["reason"].startswith(MAYBE) for _, line in project.lines)
    named = {record.picture for record in project.records}
    strays = [path for path in project.places.store.glob("??/*") if path.suffix != ".json" and path not in named]
    if len(strays) > doubtful:
        yield f"pictures in the store without a record: {', '.join(path.name for path in strays)}"


def _lost(project: Project, books: Books, allowed: Allowed) -> Iterator[str]:
    """A whole picture that the provider sent is in the store, or its row says why nobody could have it."""
    lines, stored = [*_sent(project)], project.stored
    rows = {(line["job"], line["key"]): line for line in lines if line["job"]}
    for picture, (job, key) in sorted(books.made.items()):
        line = rows.get((job, key))
        if picture in stored or (line and (allowed.damaged or line.get("cause") in OUT_OF_REACH)):
            continue
        said = line["reason"] if line else "there is no row"
        yield f"{job} made the picture of {key}, and it is not in the store: {said}"
    unanswered = sum(line["lane"] == IMMEDIATE and line["status"] != "ok" for line in lines)
    lost = books.at_once - stored.keys()
    if len(lost) > unanswered:
        yield f"{len(lost)} pictures were sent at once and are not in the store; {unanswered} rows have no picture"


def missing(project: Project, name: str, ids: Collection[str]) -> Iterator[str]:
    """Wanted pictures that are not there."""
    room = next((room for room in project.rooms if room.name == name), None)
    for prompt_id in ids:
        line = room.shown.get(prompt_id) if room else None
        if room is None or line is None or line["status"] != "ok" or not room.image(line).is_file():
            yield f"the picture of {prompt_id} is not there"


def remains(project: Project) -> Iterator[str]:
    """Half-made files and journals of submissions that are over.

    An empty folder that the disk would not remove is none: the run's next command that brings something in removes it.
    """
    for path in sorted(project.places.workspaces.rglob("*")):
        inside = path.relative_to(project.folder)
        is_left = path.suffix in (".part", ".tmp") or path.parent.name in ("_immediate", ".incoming")
        if is_left and not (path.parent.name == ".incoming" and path.is_dir() and not any(path.iterdir())):
            yield f"left behind: {inside}"


def locks_held(project: Project) -> Iterator[str]:
    """Locks that somebody still has; a lock ends with its process."""
    for path in sorted(project.places.lock("x").parent.glob("*.lock")):
        lock = FileLock(path)
        try:
            lock.acquire(timeout=0)
            lock.release()
        except Timeout:
            yield f"the lock {path.name} is still held"


def inbox_agrees(project: Project) -> Iterator[str]:
    """Every event is readable, stands there once, and is in the digest that a person reads."""
    journal, text = events.journal(project.places), inbox.path(project.places)
    if not journal.is_file():
        return
    lines = [orjson.loads(line) for line in journal.read_bytes().split(b"\n")[:-1]]
    ids = [line["id"] for line in lines if "done" not in line and line["kind"] != events.NOTE]
    for key, times in Counter(ids).items():
        if times > 1:
            yield f"the event {key} stands {times} times in the journal"
    told = text.read_text("utf-8") if text.is_file() else ""
    for key in ids:
        if f"key={key}" not in told:
            yield f"the event {key} is not in {text.name}"
