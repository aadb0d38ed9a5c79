"""The Batch API: create, get, list, cancel, delete, and the download of results."""

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from ..world.faults import Fault
from ..world.models import served
from ..world.state import identifier
from ..world.wire import MICROS, ApiError, Reply, json_reply, page, page_token, read_json
from ..world.world import Request, World
from . import files_api, results, spoiled
from .batch_input import offsets
from .job import Job, Progress, progress, read_job, settled
from .operation import operation, untold

RESULT_RETENTION = 48 * 3600 * MICROS  # counted from the job's end; not documented, users report "a couple of days"
MOST_LIVE_JOBS = 100
PAINTING_PATIENCE = 20.0  # seconds; a download that must be painted first begins after this at the latest
MOST_INLINE_BYTES = 20_000_000
_BATCH_FIELDS = {"name", "model", "displayName", "inputConfig", "priority", "webhookConfig"}


def create(world: World, request: Request) -> Reply:
    """A new job for every call, also for the same call twice: the provider knows no request id."""
    model = served(request.names["model"], request.version, "batchGenerateContent")
    batch = read_json(request.body.bytes()).get("batch")
    if not isinstance(batch, dict):
        raise ApiError(400, "* BatchGenerateContentRequest.batch: batch is not specified")
    if unknown := sorted(set(batch) - _BATCH_FIELDS):
        raise ApiError(
            400, f"Invalid JSON payload received. Unknown name \"{unknown[0]}\" at 'batch': Cannot find field."
        )
    if sum(not progress(job, world.clock.now()).terminal for job in _jobs(world, request.owner)) >= MOST_LIVE_JOBS:
        raise ApiError(429, f"You exceeded your current quota: at most {MOST_LIVE_JOBS} batch jobs at a time.")
    job_id = identifier("job", world.state.next("job"), 36)
    requests, file_name = _take_input(world, request, batch.get("inputConfig") or {}, job_id)
    fate = next(iter(world.faults.draw("create", f"batches/{job_id} {batch.get('displayName') or ''}", "create")), None)
    world.state.run(
        "insert into jobs (id, owner, model, version, display_name, input_file, created, seconds, requests, fate)"
        " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        *(job_id, request.owner, model.name, request.version, batch.get("displayName"), file_name),
        *(world.clock.now(), world.job_seconds, requests, _fate_text(fate)),
    )
    return json_reply(operation(find(world, request.owner, job_id), Progress("PENDING", 0), world.clock.now()))


def _fate_text(fault: Fault | None) -> str | None:
    return None if fault is None else json.dumps({"fault": fault.fault, "value": fault.amount})


def _take_input(world: World, request: Request, config: dict[str, Any], job_id: str) -> tuple[int, str | None]:
    """(number of requests, name of the input file or None when inline), with a copy kept for the job."""
    copy = world.state.folder / "jobs" / f"{job_id}.jsonl"
    if name := config.get("fileName"):
        row = files_api.find(world, request.owner, str(name).removeprefix("files/"))
        _link(files_api.content(world, row["id"]), copy)
        return len(offsets(copy)), f"files/{row['id']}"
    inline = (config.get("requests") or {}).get("requests")
    if not inline:
        raise ApiError(
            400, "* BatchGenerateContentRequest.batch.input_config: either file_name or requests must be set"
        )
    if len(request.body.bytes()) > MOST_INLINE_BYTES:
        raise ApiError(400, f"Request payload size exceeds the limit: {MOST_INLINE_BYTES} bytes.")
    copy.write_bytes(b"".join(orjson.dumps(item) + b"\n" for item in inline))
    return len(inline), None


def _link(source: Path, copy: Path) -> None:
    try:
        os.link(source, copy)
    except OSError:
        shutil.copyfile(source, copy)


def _jobs(world: World, owner: str) -> list[Job]:
    rows = world.state.rows("select * from jobs where owner = ? and deleted is null order by seq desc", owner)
    return [read_job(row) for row in rows]


def find(world: World, owner: str, job_id: str) -> Job:
    """The job of that id; 404 when it is unknown, deleted or another key's."""
    row = world.state.row("select * from jobs where id = ? and owner = ? and deleted is null", job_id, owner)
    if row is None:
        raise ApiError(404, "Requested entity was not found.")
    return read_job(row)


def look(world: World, job: Job) -> tuple[Job, Progress]:
    """`job` now. The first look that finds it finished settles it: faults drawn, answers booked."""
    if job.settled is None:
        found = progress(job, world.clock.now())
        if not found.terminal:
            return job, found
        job = settled(world, job, found, results.settle)
    end = job.settled or {}
    return job, Progress(end["state"], end["reached"], end["ended"], end["output"])


def get(world: World, request: Request) -> Reply:
    job, found = look(world, find(world, request.owner, request.names["job"]))
    inline = _inlined(world, job) if job.inline and found.output else None
    told = operation(job, found, world.clock.now(), with_results=True, inline=inline)
    for fault in world.faults.draw("status", job.subject, "get") if found.terminal else ():
        untold(told, fault)
    return json_reply(told)


def _inlined(world: World, job: Job) -> list[orjson.Fragment]:
    path = results.output(world, job)
    assert isinstance(path, Path)
    return [orjson.Fragment(line) for line in path.read_bytes().split(b"\n") if line.strip()]


def list_jobs(world: World, request: Request) -> Reply:
    """Newest first, paged, without results; `{}` when there are none."""
    size, before = page(request.query, default=50, most=100)
    jobs = [job for job in _jobs(world, request.owner) if before is None or job.seq < before]
    jobs = without_late_ones(world, request, jobs)
    now = world.clock.now()
    answer: dict[str, Any] = {}
    if jobs:
        answer["operations"] = [operation(*look(world, job), now) for job in jobs[:size]]
    if len(jobs) > size:
        answer["nextPageToken"] = page_token(jobs[size - 1].seq)
    return json_reply(answer)


def without_late_ones(world: World, request: Request, jobs: list[Job]) -> list[Job]:
    """`jobs` without those a list_lag fault hides; one listing uses such a fault once, whatever it hides."""
    if not jobs:
        return jobs
    subjects = " ".join(job.subject for job in jobs)
    for fault in world.faults.draw("listing", subjects, request.operation):
        horizon = None if fault.amount is None else world.clock.now() - fault.number() * MICROS
        jobs = [
            job
            for job in jobs
            if (fault.match or "") not in job.subject or (horizon is not None and job.created <= horizon)
        ]
    return jobs


def cancel(world: World, request: Request) -> Reply:
    """Stop working on new requests. What a file job keeps then is not documented: nothing, unless a fault says so."""
    job, found = look(world, find(world, request.owner, request.names["job"]))
    names = {fault.fault for fault in world.faults.draw("cancel", job.subject, request.operation)}
    if not found.terminal and job.cancelled is None and "cancel_loses_race" not in names:
        record = {"at": world.clock.now(), "output": "cancel_leaves_output" in names}
        world.state.run("update jobs set cancelled = ? where seq = ?", json.dumps(record), job.seq)
    return json_reply({})


def delete(world: World, request: Request) -> Reply:
    """Stop the job and forget it; what it worked on until now is booked."""
    job, found = look(world, find(world, request.owner, request.names["job"]))
    if not found.terminal:
        settled(world, job, replace(found, state="CANCELLED", ended=world.clock.now()), results.settle)
    world.state.run("update jobs set deleted = ? where seq = ?", world.clock.now(), job.seq)
    return json_reply({})


def download(world: World, request: Request) -> Reply:
    """The result file of a job. Uploaded files cannot be downloaded, results can for 48 h after the job's end."""
    file_id = request.names["file"]
    if not file_id.startswith("batch-"):
        files_api.find(world, request.owner, file_id)
        raise ApiError(400, "Only generated files can be downloaded, uploaded files can't be downloaded.")
    job = _finished_job(world, request, file_id)
    faults = {
        fault.fault: fault for fault in world.faults.draw("download", f"{request.path} {job.subject}", "download")
    }
    if "output_403" in faults:
        raise _no_file(file_id)
    if "redirect" in faults and "redirected" not in request.query:
        return Reply(302, headers={"Location": f"{request.base_url}{request.path}?alt=media&redirected=1"})
    headers = {"Content-Type": "application/octet-stream"}
    found = results.output(world, job, patience=None if faults else PAINTING_PATIENCE)
    if isinstance(found, Path) and (body := spoiled.body(found, faults)) is not None:
        return Reply(body=body, headers=headers)
    if isinstance(found, Path):
        return Reply(file=found, headers=headers, delivery=spoiled.delivery(faults))
    return Reply(pieces=found, headers=headers)


def _finished_job(world: World, request: Request, file_id: str) -> Job:
    try:
        job, found = look(world, find(world, request.owner, file_id.removeprefix("batch-")))
    except ApiError as error:
        raise _no_file(file_id) from error
    if not found.output or job.inline or (found.ended or 0) + RESULT_RETENTION <= world.clock.now():
        raise _no_file(file_id)
    return job


def _no_file(file_id: str) -> ApiError:
    return ApiError(403, f"You do not have permission to access the File {file_id} or it may not exist.")
