"""A batch job as a function of the clock: nothing runs, its state is computed when somebody looks."""

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..world.wire import MICROS
from ..world.world import World

EXPIRES_AFTER = 48 * 3600 * MICROS  # "pending or running for more than 48 hours", Batch API documentation
PENDING_SHARE = 0.2  # of a job's time it waits in the queue
TERMINAL = ("SUCCEEDED", "FAILED", "CANCELLED", "EXPIRED")


@dataclass(frozen=True)
class Job:
    """One row of the jobs table. Times in microseconds, `seconds` is how long the job takes."""

    seq: int
    id: str
    owner: str
    model: str
    version: str
    display_name: str | None
    input_file: str | None  # None: the requests came inline
    created: int
    seconds: float
    requests: int
    fate: Mapping[str, Any] | None
    cancelled: Mapping[str, Any] | None
    forced: Mapping[str, Any] | None
    settled: Mapping[str, Any] | None
    deleted: int | None

    @property
    def subject(self) -> str:
        """What a fault's `match` is looked for in."""
        return f"batches/{self.id} {self.display_name or ''}"

    @property
    def inline(self) -> bool:
        return self.input_file is None

    @property
    def fate_name(self) -> str:
        return str(self.fate["fault"]) if self.fate else ""


_JSON_COLUMNS = ("fate", "cancelled", "forced", "settled")


def read_job(row: sqlite3.Row) -> Job:
    """A Job from its row."""
    values = dict(row)
    return Job(**{**values, **{name: values[name] and json.loads(values[name]) for name in _JSON_COLUMNS}})


@dataclass(frozen=True)
class Progress:
    """How far a job is. `reached` requests have been worked on; `output`: there are results to fetch."""

    state: str
    reached: int
    ended: int | None = None
    output: bool = False

    @property
    def terminal(self) -> bool:
        return self.state in TERMINAL


def progress(job: Job, now: int, life: int = EXPIRES_AFTER) -> Progress:
    """Where `job` stands at `now`, from its times, its fate and what people did to it. life: microseconds."""
    if job.forced:
        return _forced(job, job.forced)
    cancelled = job.cancelled["at"] if job.cancelled else None
    natural = _natural(job, now if cancelled is None else min(now, cancelled), life)
    if job.cancelled is None or natural.terminal:
        return natural
    return Progress("CANCELLED", natural.reached, cancelled, job.cancelled["output"] and natural.reached > 0)


def _natural(job: Job, now: int, life: int) -> Progress:
    lasts = round(job.seconds * MICROS)
    age = now - job.created
    if job.fate_name == "stuck_pending" or lasts > life:
        return _stuck(job, age, life)
    if age >= lasts:
        return _ended(job, job.created + lasts)
    waits = lasts * PENDING_SHARE
    if age < waits:
        return Progress("PENDING", 0)
    return Progress("RUNNING", int(job.requests * (age - waits) / (lasts - waits)))


def _stuck(job: Job, age: int, life: int) -> Progress:
    return Progress("EXPIRED", 0, job.created + life) if age >= life else Progress("PENDING", 0)


def _ended(job: Job, ended: int) -> Progress:
    half = (job.requests + 1) // 2
    endings = {
        "expired": Progress("EXPIRED", 0, ended),
        "expired_with_output": Progress("EXPIRED", half, ended, output=True),
        "failed": Progress("FAILED", 0, ended),
        "cancelled_with_output": Progress("CANCELLED", half, ended, output=True),
        "cancelled_without_output": Progress("CANCELLED", half, ended),
    }
    return endings.get(job.fate_name, Progress("SUCCEEDED", job.requests, ended, output=True))


def _forced(job: Job, forced: Mapping[str, Any]) -> Progress:
    """An end somebody ordered over /_emulator/jobs. Unless it succeeded, half of the requests were worked on."""
    if forced["state"] not in TERMINAL:
        return Progress(forced["state"], 0)
    whole = forced["state"] == "SUCCEEDED"
    reached = job.requests if whole else (job.requests + 1) // 2 if forced["output"] else 0
    return Progress(forced["state"], reached, forced["at"], output=forced["output"])


def settled(world: World, job: Job, end: Progress, settle: Callable[[World, Job, Progress], Mapping[str, Any]]) -> Job:
    """The job with what came of it, which `settle` says once and for all, whoever asks first."""
    with world.state.transaction():
        row = world.state.row("select * from jobs where seq = ?", job.seq)
        assert row is not None
        if row["settled"] is None:
            text = json.dumps(settle(world, read_job(row), end))
            world.state.run("update jobs set settled = ? where seq = ?", text, job.seq)
            row = world.state.row("select * from jobs where seq = ?", job.seq)
            assert row is not None
    return read_job(row)


def ended(job: Job, lines: Iterator[bytes]) -> Iterator[bytes]:
    """`lines` with their line ends."""
    whole = (job.settled or {})["whole"]
    end = b"\r\n" if "crlf" in whole else b"\n"
    before = b""
    for line in lines:
        yield before + line
        before = end
    if "no_final_newline" not in whole:
        yield before
