"""The Batch API: create, get, list, cancel, and the content of the two result files."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..gemini import spoiled
from ..gemini.files_api import content
from ..gemini.job import Job, Progress, progress, read_job, settled
from ..gemini.jobs_api import PAINTING_PATIENCE, without_late_ones
from ..world.faults import Fault
from ..world.state import identifier
from ..world.wire import MICROS, Reply, json_reply, timestamp
from ..world.world import Request, World
from . import batch_input, files_api, results
from .wire import OpenAiError, listed, owner, read_body, seconds

ENDPOINTS = ("/v1/images/generations", "/v1/images/edits", "/v1/responses", "/v1/chat/completions", "/v1/embeddings")
LIFE = 24 * 3600 * MICROS
CANCELLING_SHARE = 0.1  # of a job's time: the provider takes up to ten minutes
_FIELDS = {"input_file_id", "endpoint", "completion_window", "metadata", "output_expires_after"}
_WORDS = {
    "PENDING": "validating",
    "RUNNING": "in_progress",
    "SUCCEEDED": "completed",
    "FAILED": "failed",
    "EXPIRED": "expired",
    "CANCELLING": "cancelling",
    "CANCELLED": "cancelled",
}


def create(world: World, request: Request) -> Reply:
    """A new batch for every call, also for the same call twice. A file that is not there is told in validation only."""
    who, body = owner(request), read_body(request)
    _check(body)
    number = world.state.next("job")
    job_id = f"batch_{identifier('openai job', number, 32)}"
    count, model, wrong = _taken(world, who, str(body["input_file_id"]), job_id, body["endpoint"])
    named = json.dumps(body.get("metadata") or {}, ensure_ascii=False)
    fate = next(iter(world.faults.draw("create", f"batches/{job_id} {named}", "create")), None)
    world.state.run(
        "insert into jobs (id, owner, model, version, display_name, input_file, created, seconds, requests, fate)"
        " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        *(job_id, who, model, body["endpoint"], named, body["input_file_id"]),
        *(world.clock.now(), world.job_seconds, count, _fate(fate, wrong)),
    )
    return json_reply(_resource(find(world, who, job_id), Progress("PENDING", 0)))


def _check(body: Mapping[str, Any]) -> None:
    for name in ("input_file_id", "endpoint", "completion_window"):
        if not isinstance(body.get(name), str) or not body[name]:
            raise OpenAiError(400, f"Missing required parameter: '{name}'.", "missing_required_parameter", name)
    if unknown := sorted(set(body) - _FIELDS):
        raise OpenAiError(400, f"Unknown parameter: '{unknown[0]}'.", "unknown_parameter", unknown[0])
    if body["endpoint"] not in ENDPOINTS:
        raise OpenAiError(400, f"Invalid endpoint '{body['endpoint']}'.", "invalid_value", "endpoint")
    if body["completion_window"] != "24h":
        raise OpenAiError(400, "Invalid 'completion_window': expected 24h.", "invalid_value", "completion_window")
    metadata = body.get("metadata") or {}
    if not isinstance(metadata, dict) or len(metadata) > 16:
        raise OpenAiError(400, "Invalid 'metadata': at most 16 pairs.", "invalid_value", "metadata")
    for name, value in metadata.items():
        if not isinstance(value, str) or len(name) > 64 or len(value) > 512:
            raise OpenAiError(400, f"Invalid 'metadata.{name}'.", "invalid_value", f"metadata.{name}")
    expiry = body.get("output_expires_after")
    if expiry is not None and set(expiry) != {"anchor", "seconds"}:
        raise OpenAiError(400, "output_expires_after takes anchor and seconds.", "invalid_value")


def _taken(world: World, who: str, name: str, job_id: str, endpoint: str) -> tuple[int, str, list[batch_input.Wrong]]:
    """(requests, model, what validation will find), with a copy of the input kept for the job."""
    try:
        row = files_api.find(world, who, name)
    except OpenAiError as error:
        return 0, "", [{"code": "invalid_input_file", "message": error.message, "line": None, "param": "input_file_id"}]
    if row["mime"] != "batch":
        return 0, "", [{"code": "invalid_file_purpose", "message": "Not a batch file.", "line": None, "param": None}]
    copy = world.state.folder / "jobs" / f"{job_id}.jsonl"
    copy.write_bytes(content(world, row["id"]).read_bytes())
    return batch_input.validated(copy, endpoint, _today(world))


def _fate(fault: Fault | None, wrong: list[batch_input.Wrong]) -> str | None:
    if fault and fault.fault == "token_limit_exceeded":
        message = "Enqueued token limit reached for this model. Please try again once some batches are completed."
        wrong = [{"code": "token_limit_exceeded", "message": message, "line": None, "param": None}]
    if wrong:
        return json.dumps({"fault": "failed", "errors": wrong})
    return None if fault is None else json.dumps({"fault": fault.fault, "value": fault.amount})


def _today(world: World) -> str:
    return timestamp(world.clock.now())[:10]


def find(world: World, who: str, job_id: str) -> Job:
    """The batch of that id; 404 when it is unknown or another key's."""
    row = world.state.row("select * from jobs where id = ? and owner = ?", job_id, who)
    if row is None:
        raise OpenAiError(404, f"No batch found with id '{job_id}'.")
    return read_job(row)


def is_batch(job: Job) -> bool:
    """Whether a job was made here, and not at another API."""
    return job.id.startswith("batch_")


def look(world: World, job: Job) -> tuple[Job, Progress]:
    """`job` now. The first look that finds it finished settles it: faults drawn, answers booked."""
    if job.settled is None:
        found = _until_cancelled(job, progress(job, world.clock.now(), LIFE), world.clock.now())
        if not found.terminal:
            return job, found
        job = settled(world, job, found, results.settle)
    end = job.settled or {}
    return job, Progress(end["state"], end["reached"], end["ended"], end["output"])


def _until_cancelled(job: Job, found: Progress, now: int) -> Progress:
    if found.state != "CANCELLED" or job.cancelled is None:
        return found
    waits = job.cancelled["at"] + job.seconds * CANCELLING_SHARE * MICROS > now
    return Progress("CANCELLING", found.reached) if waits else found


def get(world: World, request: Request) -> Reply:
    job, found = look(world, find(world, owner(request), request.names["job"]))
    told = _resource(job, found)
    for fault in world.faults.draw("status", job.subject, "get") if found.terminal else ():
        if fault.fault == "no_output":
            told |= dict.fromkeys([f"{fault.amount}_file_id"] if fault.amount else ["output_file_id", "error_file_id"])
        else:
            told["request_counts"] |= {"completed": int(fault.number()), "failed": 0}
    return json_reply(told)


def list_batches(world: World, request: Request) -> Reply:
    """Newest first, without a filter."""
    rows = world.state.rows("select * from jobs where owner = ? order by seq desc", owner(request))
    jobs = without_late_ones(world, request, [read_job(row) for row in rows])
    return listed(request, [_resource(*look(world, job)) for job in jobs])


def cancel(world: World, request: Request) -> Reply:
    """Stop working on new requests; what is done stays, and is billed."""
    job, found = look(world, find(world, owner(request), request.names["job"]))
    if found.terminal:
        raise OpenAiError(409, f"Cannot cancel a batch with status '{_WORDS[found.state]}'.")
    names = {fault.fault for fault in world.faults.draw("cancel", job.subject, request.operation)}
    if job.cancelled is None and "cancel_loses_race" not in names:
        record = {"at": world.clock.now(), "output": True}
        world.state.run("update jobs set cancelled = ? where seq = ?", json.dumps(record), job.seq)
    return json_reply(_resource(*look(world, find(world, job.owner, job.id))))


def download(world: World, request: Request) -> Reply:
    """The content of a result file, for 30 days after the job's end, or of an uploaded one."""
    who, name = owner(request), request.names["file"]
    if not re.match(r"file-[oe]", name):
        return Reply(file=content(world, files_api.find(world, who, name)["id"]))
    job = _finished(world, who, name)
    drawn = world.faults.draw("download", f"{request.path} {job.subject}", "download")
    faults = {fault.fault: fault for fault in drawn}
    if "output_403" in faults:
        raise files_api.no_file(name)
    if "redirect" in faults and "redirected" not in request.query:
        return Reply(302, headers={"Location": f"{request.base_url}{request.path}?redirected=1"})
    headers = {"Content-Type": "application/octet-stream"}
    found = results.output(world, job, name, None if faults else PAINTING_PATIENCE)
    if isinstance(found, Path) and (body := spoiled.body(found, faults)) is not None:
        return Reply(body=body, headers=headers)
    if isinstance(found, Path):
        return Reply(file=found, headers=headers, delivery=spoiled.delivery(faults))
    return Reply(pieces=found, headers=headers)


def file_get(world: World, request: Request) -> Reply:
    """A file, uploaded or made here; of one made here the bytes are those that its content has."""
    who, name = owner(request), request.names["file"]
    if not re.match(r"file-[oe]", name):
        return files_api.file_get(world, request)
    job = _finished(world, who, name)
    path = results.output(world, job, name, None)
    assert isinstance(path, Path)
    size, ended = path.stat().st_size, job.settled["ended"] if job.settled else 0
    return json_reply(files_api.resource(name, size, ended, f"{job.id}.jsonl", "batch_output"))


def _finished(world: World, who: str, name: str) -> Job:
    try:
        job, found = look(world, find(world, who, f"batch_{name[6:]}"))
    except OpenAiError as error:
        raise files_api.no_file(name) from error
    is_there = name in results.files(job) and (found.ended or 0) + files_api.RETENTION > world.clock.now()
    if not is_there:
        raise files_api.no_file(name)
    return job


def _resource(job: Job, found: Progress) -> dict[str, Any]:
    """A batch as the provider prints it."""
    settled, state = job.settled or {}, _WORDS[found.state]
    if found.state == "RUNNING" and found.reached >= 0.9 * job.requests:
        state = "finalizing"
    ended, errors = seconds(found.ended), (job.fate or {}).get("errors") if found.state == "FAILED" else None
    output, wrong = results.names(job)
    done = {"completed": settled.get("succeeded", found.reached), "failed": settled.get("failed", 0)}
    total = 0 if found.state in ("PENDING", "FAILED") else job.requests
    ends = {f"{word}_at": None for word in ("completed", "failed", "expired", "cancelled")}
    return {
        "id": job.id,
        "object": "batch",
        "endpoint": job.version,
        "model": job.model or None,
        "errors": {"object": "list", "data": errors} if errors else None,
        "input_file_id": job.input_file,
        "completion_window": "24h",
        "status": state,
        "output_file_id": output,
        "error_file_id": wrong,
        "created_at": seconds(job.created),
        "in_progress_at": None if total == 0 else seconds(job.created),
        "expires_at": seconds(job.created + LIFE),
        "finalizing_at": ended if found.state == "SUCCEEDED" else None,
        **(ends | ({f"{state}_at": ended} if f"{state}_at" in ends else {})),
        "cancelling_at": seconds(job.cancelled["at"]) if job.cancelled else None,
        "request_counts": {"total": total, **(done if total else {"completed": 0, "failed": 0})},
        "metadata": json.loads(job.display_name or "{}") or None,
        "usage": None,
    }
