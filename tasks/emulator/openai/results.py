"""The two result files of a batch: successes in one, failures in the other (O-06, O-07); painted when first fetched."""

import base64
import itertools
import json
import os
import random
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from ..gemini.files_api import content
from ..gemini.job import Job, Progress, ended
from ..gemini.results import input_path
from ..world.state import identifier
from ..world.wire import MICROS, timestamp
from ..world.world import World
from . import files_api
from .asks import Ask, Draws, failure, read_ask, read_edit, response
from .batch_input import Entry, entries
from .wire import OpenAiError

EDITS = "/v1/images/edits"
_PAINTERS = max(1, min(4, os.cpu_count() or 1))
_EXPIRED = {
    "code": "batch_expired",
    "message": "This request could not be executed before the completion window expired.",
}


@dataclass(frozen=True)
class Done:
    """One request that was worked on."""

    entry: Entry
    draws: Draws
    ask: Ask | None
    error: OpenAiError | None


def settle(world: World, job: Job, end: Progress) -> dict[str, Any]:
    """Draw the faults of a finished job, book what it costs, and return what is kept of it in `jobs.settled`."""
    record: dict[str, Any] = {"state": end.state, "ended": end.ended, "output": end.output, "reached": end.reached}
    if end.state == "FAILED":
        nothing = {"output": False, "reached": 0, "succeeded": 0, "failed": 0, "draws": {}, "whole": []}
        return record | nothing
    done = [_drawn(world, job, entry) for entry in itertools.islice(entries(input_path(world, job)), end.reached)]
    for each in done:
        if each.ask and each.error is None:
            world.ledger.bill(each.ask.model, "batch", each.ask.tokens, each.entry.key, job.id, each.entry.index)
    failed = sum(each.error is not None for each in done)
    return record | {
        "succeeded": len(done) - failed,
        "failed": failed,
        "draws": {str(each.entry.index): each.draws for each in done if each.draws},
        "whole": [fault.fault for fault in world.faults.draw("job", job.subject)],
    }


def _drawn(world: World, job: Job, entry: Entry) -> Done:
    struck = {fault.fault: fault.amount for fault in world.faults.draw("line", entry.key)}
    if job.fate_name == "every_request_failed":
        struck["answer_status"] = 500
    return _done(world, job, entry, struck)


def _done(world: World, job: Job, entry: Entry, draws: Draws) -> Done:
    today = timestamp(job.created)[:10]
    try:
        pictures = _pictures(world, job, entry.body)
        ask = read_ask(entry.body, today) if pictures is None else read_edit(entry.body, pictures, today)
    except OpenAiError as error:
        return Done(entry, draws, None, error)
    return Done(entry, draws, ask, failure(draws))


def _pictures(world: World, job: Job, body: Mapping[str, Any]) -> list[bytes] | None:
    """The reference pictures that a line names, by file id or data URL (O-17); None at the other endpoint."""
    if job.version != EDITS:
        return None
    found = []
    for each in body.get("images") or []:
        if address := str(each.get("image_url") or ""):
            found.append(base64.b64decode(address.partition(";base64,")[2]))
        else:
            row = files_api.find(world, job.owner, str(each.get("file_id")))
            found.append(content(world, row["id"]).read_bytes())
    return found


def names(job: Job) -> tuple[str | None, str | None]:
    """(output file, error file) of a batch: null where there is nothing to say."""
    end = job.settled
    if not end or end["state"] == "FAILED":
        return None, None
    tail = job.id.removeprefix("batch_")
    is_kept = end["output"] and "empty_output" not in end["whole"]
    unworked = end["state"] == "EXPIRED" and job.requests > end["reached"]
    output = f"file-o{tail}" if is_kept and end["succeeded"] else None
    failed = end["failed"] or any("failed_before" in draws for draws in end["draws"].values())
    return output, f"file-e{tail}" if (is_kept and failed) or unworked else None


def files(job: Job) -> list[str]:
    """The result files that there are."""
    return [name for name in names(job) if name]


def output(world: World, job: Job, name: str, patience: float | None) -> Path | Iterator[bytes]:
    """The file of that name of a settled batch, painted now if nobody fetched it before.

    patience: seconds to wait for the last picture; after that the file comes in pieces, as it is being painted.
    """
    made_id = f"{job.id}-{name[5]}"
    if path := world.outputs.find(made_id):
        return path
    lines = _errors if name.startswith("file-e") else _successes
    made = world.outputs.make(made_id, lambda: ended(job, lines(world, job)))
    return made.path if made.wait(patience) else made.pieces()


def _order(job: Job) -> list[int]:
    """The order of the result lines: not that of the requests."""
    order = list(range((job.settled or {})["reached"]))
    random.Random(job.id).shuffle(order)  # noqa: S311 - reproducible disorder is the purpose
    return order


def _all(world: World, job: Job) -> Iterator[Done]:
    draws = (job.settled or {})["draws"]
    for entry in entries(input_path(world, job), _order(job)):
        yield _done(world, job, entry, draws.get(str(entry.index), {}))


def _successes(world: World, job: Job) -> Iterator[bytes]:
    """Two in the making for every painter, so memory does not grow with the job."""
    with ThreadPoolExecutor(_PAINTERS) as pool:
        started: list[Future[list[bytes]]] = []
        for done in _all(world, job):
            if done.error is None:
                started.append(pool.submit(_painted, job, done))
            if len(started) > 2 * _PAINTERS:
                yield from started.pop(0).result()
        for future in started:
            yield from future.result()


def _errors(world: World, job: Job) -> Iterator[bytes]:
    end = job.settled or {}
    for done in _all(world, job) if end["output"] else ():
        error = done.error or _before(done.draws)
        if error is not None:
            answer = {"status_code": error.http, "request_id": _id(job, done.entry, "req_")}
            line = _line(job, done.entry, answer | {"body": {"error": error.error}}, None)
            yield from _spoilt(done, line)
    if end["state"] == "EXPIRED":
        for entry in entries(input_path(world, job), list(range(end["reached"], job.requests))):
            yield orjson.dumps(_line(job, entry, None, _EXPIRED))


def _before(draws: Draws) -> OpenAiError | None:
    """How a request failed that was then tried once more."""
    return failure({"answer_status": draws["failed_before"]}) if "failed_before" in draws else None


def _painted(job: Job, done: Done) -> list[bytes]:
    assert done.ask
    label = f"{done.entry.key[:40]} · {done.ask.quality} · {done.ask.size}"
    made = response(done.ask, done.draws, label, job.created // MICROS)
    told = {} if "no_status" in done.draws else {"status_code": 200}
    answer = told | {"request_id": _id(job, done.entry, "req_"), "body": made}
    return _spoilt(done, _line(job, done.entry, answer, None))


def _line(job: Job, entry: Entry, answer: Any, error: Any) -> dict[str, Any]:
    return {"id": _id(job, entry, "batch_req_"), "custom_id": entry.key, "response": answer, "error": error}


def _spoilt(done: Done, line: dict[str, Any]) -> list[bytes]:
    """No line, one, or two, as the faults want it."""
    draws = done.draws
    if "key_last" in draws:
        line["custom_id"] = line.pop("custom_id")
    text = json.dumps(line, ensure_ascii=False).encode() if "spaced_json" in draws else orjson.dumps(line)
    text = text.replace(b"/", b"\\/") if "escaped_slashes" in draws else text
    text = text[: len(text) // 2] if "malformed" in draws else text
    lines = [] if "missing" in draws else [text] * (2 if "duplicated" in draws else 1)
    if "unknown_key" in draws:
        lines.append(orjson.dumps(line | {"custom_id": f"nobody-sent-this-{done.entry.index + 1}"}))
    return lines


def _id(job: Job, entry: Entry, kind: str) -> str:
    return kind + identifier(f"{kind} {job.id}", entry.index, 24)
