"""A batch job as the provider prints it: a long-running Operation with counts as text and zero counts absent."""

from typing import Any

from ..world.faults import Fault
from ..world.wire import rpc_error, timestamp
from .job import Job, Progress

# Type names as captured from the provider on 2026-08-20.
_BATCH_TYPE = "type.googleapis.com/google.ai.generativelanguage.v1main.GenerateContentBatch"
_OUTPUT_TYPE = "type.googleapis.com/google.ai.generativelanguage.v1main.GenerateContentBatchOutput"


def operation(
    job: Job, found: Progress, now: int, with_results: bool = False, inline: list[Any] | None = None
) -> dict[str, Any]:
    """The Operation of `job` at `found`. Results (`metadata.output`, `response`) stand in a get, not in a listing."""
    results = _output(job, inline) if with_results and found.output else None
    answer: dict[str, Any] = {"name": f"batches/{job.id}", "metadata": _metadata(job, found, now, results)}
    if found.terminal:
        answer["done"] = True
    if found.state in ("FAILED", "CANCELLED"):
        answer["error"] = (job.settled or {}).get("error") or rpc_error(1 if found.state == "CANCELLED" else 13)
    elif results:
        answer["response"] = {"@type": _OUTPUT_TYPE, **results}
    return answer


def untold(told: dict[str, Any], fault: Fault) -> None:
    """Leave out of an operation, or change, what a fault says."""
    if fault.fault == "no_output":
        told["metadata"].pop("output", None)
        told.pop("response", None)
    elif fault.amount is None:
        told["metadata"].pop("batchStats", None)
    else:
        total, done = told["metadata"]["batchStats"]["requestCount"], int(fault.number())
        told["metadata"]["batchStats"] = {"requestCount": total} | (
            {"successfulRequestCount": str(done)} if done else {}
        )


def _metadata(job: Job, found: Progress, now: int, results: dict[str, Any] | None) -> dict[str, Any]:
    ended = None if found.ended is None else timestamp(found.ended, job.seq * 137)
    seen = job.created if found.state == "PENDING" else now
    fields = {
        "@type": _BATCH_TYPE,
        "model": f"models/{job.model}",
        "displayName": job.display_name,
        "inputConfig": None if job.inline else {"fileName": job.input_file},
        "output": results,
        "createTime": timestamp(job.created, job.seq * 137),
        "endTime": ended,
        "updateTime": ended or timestamp(seen, job.seq * 137),
        "batchStats": _stats(job, found),
        "state": f"BATCH_STATE_{found.state}",
        "name": f"batches/{job.id}",
    }
    return {name: value for name, value in fields.items() if value is not None}


def _stats(job: Job, found: Progress) -> dict[str, str]:
    settled = job.settled or {"succeeded": found.reached, "failed": 0}
    counts = {
        "requestCount": job.requests,
        "successfulRequestCount": settled["succeeded"],
        "failedRequestCount": settled["failed"],
        "pendingRequestCount": job.requests - settled["succeeded"] - settled["failed"],
    }
    return {name: str(count) for name, count in counts.items() if count}


def _output(job: Job, inline: list[Any] | None) -> dict[str, Any]:
    if inline is not None:
        return {"inlinedResponses": {"inlinedResponses": inline}}
    return {"responsesFile": f"files/batch-{job.id}"}
