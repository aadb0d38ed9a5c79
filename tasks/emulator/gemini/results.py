"""The result file of a job: decided when the job is first seen finished, painted when it is first fetched."""

import itertools
import json
import os
import random
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from ..world.faults import Fault
from ..world.models import MODELS
from ..world.state import identifier
from ..world.wire import rpc_error
from ..world.world import World
from .answers import Answer, Draws, decide, response
from .batch_input import BadInput, Entry, entries, label, reads_as_key
from .files_api import find
from .job import Job, Progress, ended

_PAINTERS = max(1, min(4, os.cpu_count() or 1))


def input_path(world: World, job: Job) -> Path:
    """The job's own copy of its requests: the uploaded file may be deleted as soon as the job exists."""
    return world.state.folder / "jobs" / f"{job.id}.jsonl"


@dataclass(frozen=True)
class Drawn:
    """One request that was worked on: what struck it and how it ended."""

    entry: Entry
    draws: Draws
    answer: Answer


def settle(world: World, job: Job, end: Progress) -> dict[str, Any]:
    """Draw the faults of a finished job, book what it costs, and return what is kept of it in `jobs.settled`."""
    record: dict[str, Any] = {"state": end.state, "ended": end.ended, "output": end.output, "reached": end.reached}
    if end.state == "FAILED" and not end.output:
        return _failure(record, job, rpc_error(int((job.fate or {}).get("value") or 13)))
    try:
        drawn = _draw_lines(world, job, end.reached)
    except BadInput as error:
        return _failure(record, job, rpc_error(3, str(error)))
    _book(world, job, drawn)
    failed = sum(one.answer.error is not None for one in drawn)
    return record | {
        "succeeded": len(drawn) - failed,
        "failed": failed,
        "error": None,
        "draws": {str(one.entry.index): one.draws for one in drawn if one.draws},
        "whole": [fault.fault for fault in world.faults.draw("job", job.subject)],
    }


def _failure(record: dict[str, Any], job: Job, error: dict[str, Any]) -> dict[str, Any]:
    """The record of a job that failed as a whole: no results, nothing booked."""
    nothing = {"state": "FAILED", "output": False, "reached": 0, "succeeded": 0, "draws": {}, "whole": []}
    return record | nothing | {"failed": job.requests, "error": error}


def _draw_lines(world: World, job: Job, reached: int) -> list[Drawn]:
    """How the first `reached` requests end. BadInput when the file cannot be read."""
    if job.requests == 0:
        raise BadInput("The input file holds no requests.")
    drawn = []
    for entry in itertools.islice(_entries(world, job), reached):
        draws = _draws_of(job, world.faults.draw("line", reads_as_key(entry)))
        drawn.append(Drawn(entry, draws, _decide(job, entry, draws)))
    return drawn


def _book(world: World, job: Job, drawn: list[Drawn]) -> None:
    """Answers cost, errors do not; a line that gets lost on its way out was paid for."""
    for one in drawn:
        if one.answer.error is None:
            world.ledger.bill(MODELS[job.model], "batch", one.answer.tokens, one.entry.key, job.id, one.entry.index)


def _draws_of(job: Job, faults: list[Fault]) -> dict[str, Any]:
    draws = {fault.fault: fault.amount for fault in faults}
    if job.fate_name == "every_request_failed":
        draws["request_error"] = (job.fate or {}).get("value") or 13
    return draws


def _entries(world: World, job: Job, order: list[int] | None = None) -> Iterator[Entry]:
    return entries(input_path(world, job), MODELS[job.model], partial(find, world, job.owner), order)


def _decide(job: Job, entry: Entry, draws: Draws) -> Answer:
    if entry.ask is None:
        return Answer(error=entry.error)
    return decide(entry.ask, MODELS[job.model], draws)


def output(world: World, job: Job, patience: float | None = None) -> Path | Iterator[bytes]:
    """The result file of a settled job, painted now if nobody fetched it before.

    patience: seconds to wait for the last picture. After that the file comes in pieces, as it is being painted:
    a client that waits a minute for its first byte gives up, and a large job takes longer.
    """
    if path := world.outputs.find(job.id):
        return path
    made = world.outputs.make(job.id, lambda: ended(job, _lines(world, job)))
    return made.path if made.wait(patience) else made.pieces()


def _lines(world: World, job: Job) -> Iterator[bytes]:
    """Result lines in output order. Two in the making for every painter, so memory does not grow with the job."""
    settled = job.settled or {}
    if "empty_output" in settled["whole"]:
        return
    order = list(range(settled["reached"]))
    if "shuffle" in settled["whole"]:
        random.Random(job.id).shuffle(order)  # noqa: S311 - reproducible disorder is the purpose
    with ThreadPoolExecutor(_PAINTERS) as pool:
        started: list[Future[list[bytes]]] = []
        for entry in _entries(world, job, order):
            started.append(pool.submit(_result_lines, job, entry, settled["draws"].get(str(entry.index), {})))
            if len(started) > 2 * _PAINTERS:
                yield from started.pop(0).result()
        for future in started:
            yield from future.result()


def _result_lines(job: Job, entry: Entry, draws: Draws) -> list[bytes]:
    """No line, one, or two, as the faults want it."""
    record = _record(job, entry, draws)
    line = _written(entry, record, draws)
    if "malformed" in draws:
        line = line[: len(line) // 2]
    lines = [] if "missing" in draws else [line] * (2 if "duplicated" in draws else 1)
    if "unknown_key" in draws:
        lines.append(_written(entry, record, draws, key=f"nobody-sent-this-{entry.index + 1}"))
    return lines


def _record(job: Job, entry: Entry, draws: Draws) -> dict[str, Any]:
    """The line without its key: `response`, `error` or `status`."""
    answer = _decide(job, entry, draws)
    if answer.error is not None:
        return (
            {"response": {"error": answer.error}} if answer.error_at == "response" else {answer.error_at: answer.error}
        )
    assert entry.ask is not None
    named = label(reads_as_key(entry), entry.ask)
    response_id = identifier(f"response {job.id}", entry.index, 22)
    return {"response": response(answer, entry.ask, MODELS[job.model], draws, named, response_id)}


def _written(entry: Entry, record: Mapping[str, Any], draws: Draws, key: str | None = None) -> bytes:
    named = {} if entry.key is None or _keyed_by_metadata(entry) else {"key": key or entry.key}
    line = {**record, **entry.echo, **named} if "key_last" in draws else {**named, **entry.echo, **record}
    text = json.dumps(line, ensure_ascii=False).encode() if "spaced_json" in draws else orjson.dumps(line)
    return text.replace(b"/", b"\\/") if "escaped_slashes" in draws else text


def _keyed_by_metadata(entry: Entry) -> bool:
    metadata = entry.echo.get("metadata")
    return isinstance(metadata, dict) and metadata.get("key") == entry.key
