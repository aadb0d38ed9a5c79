"""OpenAI's batch as its JSON says it, the names that it makes, and the lines that it takes: pure."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from ...text import clock
from ...text.redaction import one_line, without
from ..failures import Refused
from ..job_status import Counts, JobStatus, ProviderState
from ..protojson import count, integer, items, message, name_of, read_object, text

GENERATIONS = "/v1/images/generations"
EDITS = "/v1/images/edits"
MARK = "kamishibai"
"""The key in a batch's metadata whose value is our display name (O-04)."""
NAMES = {
    "batch": re.compile(r"batch_[A-Za-z0-9_-]{1,200}", re.ASCII),
    "file": re.compile(r"file-[\w-]{1,200}", re.ASCII),
}
_STATES = {
    "validating": ProviderState.PENDING,
    "in_progress": ProviderState.RUNNING,
    "finalizing": ProviderState.RUNNING,
    "cancelling": ProviderState.RUNNING,
    "completed": ProviderState.SUCCEEDED,
    "failed": ProviderState.FAILED,
    "expired": ProviderState.EXPIRED,
    "cancelled": ProviderState.CANCELLED,
}
_ENDS = ("completed_at", "failed_at", "expired_at", "cancelled_at")


def named(kind: str, found: object) -> str:
    """`found` if it is a name of that kind, "batch" or "file": it goes into paths, addresses and messages.

    Raises ValueError for anything else.
    """
    return name_of(f"a {kind}", NAMES[kind], found)


def read_listing(body: bytes, secret: str = "") -> tuple[list[JobStatus], str]:
    """(batches, the id after which the next page begins or "") of one page.

    Raises ValueError, also where nothing says that it is the last one: what is not listed would be taken for not there.
    """
    answer = read_object(body)
    found, has_more = answer.get("data"), answer.get("has_more")
    if not isinstance(found, list) or not isinstance(has_more, bool) or (has_more and not found):
        raise ValueError("no list of batches, or of a part that nobody knows")
    jobs = [read_batch(each, secret) for each in found]
    return jobs, jobs[-1].name if has_more else ""


def read_batch(batch: object, secret: str = "") -> JobStatus:
    """JobStatus from a Batch. Raises ValueError when it is none.

    A state that nobody knows yet is taken for one under way: a job that is believed to be over is not asked again.
    secret: the key it was asked for with, which must not stand in an error.
    """
    found = message(batch)
    if not isinstance(found.get("status"), str):
        raise ValueError("a batch without a status")  # noqa: TRY004
    outputs = [found.get("output_file_id"), found.get("error_file_id")]
    counts = message(found.get("request_counts"))
    return JobStatus(
        name=named("batch", found.get("id")),
        display_name=text(message(found.get("metadata")).get(MARK)),
        state=_STATES.get(found["status"], ProviderState.RUNNING),
        counts=_counts(counts),
        created_at=moment(found.get("created_at")),
        ended_at=next(filter(None, (moment(found.get(name)) for name in _ENDS)), None),
        outputs=tuple(named("file", each) for each in outputs if each is not None),
        inline=(),
        error=one_line(without(secret, _words(found)), 300) or None,
        model=text(found.get("model")),
    )


def _counts(told: Mapping[str, Any]) -> Counts:
    total, done, failed = (count(told.get(name)) for name in ("total", "completed", "failed"))
    return Counts(total=total, succeeded=done, failed=failed, pending=max(0, total - done - failed))


def _words(found: Mapping[str, Any]) -> str:
    """What is wrong with a batch that failed: the first of its errors, with its line (O-05)."""
    errors = [message(each) for each in items(message(found.get("errors")).get("data"))]
    if not errors:
        return ""
    first, more = errors[0], f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    number = integer(first.get("line"))
    where = "" if number is None else f" (line {number})"
    return f"{text(first.get('code'))}: {text(first.get('message'))}{where}{more}"


def moment(told: Any) -> str | None:
    """UTC ISO 8601 of whole seconds since 1970; None for what is none."""
    number = integer(told)
    if number is None or not 0 < number < 1 << 33:
        return None
    return clock.said(datetime.fromtimestamp(number, UTC))


def endpoint_of(body: Mapping[str, Any]) -> str:
    """Where a picture is asked for: with reference pictures at an address of its own."""
    return EDITS if body.get("images") else GENERATIONS


def as_lines(data: bytes) -> Iterator[bytes]:
    """The provider's lines for those of batch_request.jsonl, all for one endpoint. Raises Refused, before anything
    leaves.

    One bad line fails the whole job, minutes later (O-05): so each is looked at here.
    """
    keys, models, endpoints = set[str](), set[str](), set[str]()
    for number, line in enumerate(data.splitlines(), 1):
        found = message(orjson.loads(line))
        key, body = text(found.get("key")), message(found.get("request"))
        keys.add(key)
        models.add(text(body.get("model")))
        endpoints.add(endpoint_of(body))
        if not (key and text(body.get("prompt")).strip() and body.get("size") and body.get("quality")):
            raise Refused(400, f"line {number} ({key}) has no prompt, size or quality")
        if len(keys) < number or len(models) > 1 or len(endpoints) > 1:
            raise Refused(400, f"line {number} ({key}) has the key of another one, another model or endpoint")
        asked = {"custom_id": key, "method": "POST", "url": endpoint_of(body), "body": body}
        yield orjson.dumps(asked) + b"\n"
