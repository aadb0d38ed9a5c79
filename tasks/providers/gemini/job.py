"""The provider's batch job as raw JSON says it (P-11), and the names that it makes: pure."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ...text import clock
from ...text.redaction import one_line, without
from ..job_status import Counts, JobStatus, ProviderState
from ..protojson import count, message, name_of, read_object, text

NAMES = {kind: re.compile(rf"{kind}/[A-Za-z0-9_-]{{1,200}}", re.ASCII) for kind in ("batches", "files")}


def named(kind: str, found: object) -> str:
    """`found` if it is a name of that kind, "batches" or "files": it goes into paths, addresses and messages.

    Raises ValueError for anything else.
    """
    return name_of(kind, NAMES[kind], found)


def read_listing(body: bytes, secret: str = "") -> tuple[list[JobStatus], str]:
    """(jobs, token of the next page or "") of one page. Raises ValueError, also for one job that cannot be read."""
    answer = read_object(body)
    found, token = answer.get("operations", []), answer.get("nextPageToken") or ""
    if not isinstance(found, list) or not isinstance(token, str):
        raise ValueError("operations are no list")  # noqa: TRY004
    return [read_operation(each, secret) for each in found], token


def read_operation(operation: object, secret: str = "") -> JobStatus:
    """JobStatus from a long-running Operation. Raises ValueError when it is none.

    secret: the key it was asked for with, which must not stand in an error.
    """
    found = _object(operation)
    metadata, error = _object(found.get("metadata")), _object(found.get("error"))
    result = _object(metadata.get("output")) or _object(found.get("response"))
    state, output = metadata.get("state"), result.get("responsesFile")
    if not isinstance(state, str):
        raise ValueError("a job without a state")  # noqa: TRY004
    return JobStatus(
        name=named("batches", found.get("name")),
        display_name=text(metadata.get("displayName")),
        state=ProviderState(one_line(re.sub(r"^(BATCH|JOB)_STATE_", "", state), 60)),
        counts=_counts(_object(metadata.get("batchStats"))),
        created_at=_moment(metadata.get("createTime")),
        ended_at=_moment(metadata.get("endTime")),
        outputs=() if output is None else (named("files", output),),
        inline=_inline(result.get("inlinedResponses")),
        error=one_line(without(secret, f"{error.get('code', '')} {error.get('message', '')}"), 300) or None,
        model=text(metadata.get("model")).removeprefix("models/"),
    )


def _counts(stats: Mapping[str, Any]) -> Counts:
    """The provider leaves out zeros and sends strings."""
    return Counts(
        total=count(stats.get("requestCount")),
        succeeded=count(stats.get("successfulRequestCount")),
        failed=count(stats.get("failedRequestCount")),
        pending=count(stats.get("pendingRequestCount")),
    )


def _object(found: object) -> dict[str, Any]:
    """An object, empty when absent. What is of another kind is not taken for absent: that would lose results."""
    if found is None or isinstance(found, dict):
        return found or {}
    raise ValueError(f"{type(found).__name__} where an object belongs")


def _inline(inlined: object) -> tuple[dict[str, Any], ...]:
    responses = inlined if isinstance(inlined, list) else _object(inlined).get("inlinedResponses") or []
    if not isinstance(responses, list):
        raise ValueError("inlined responses are no list")  # noqa: TRY004
    return tuple({**_object(each), "key": message(message(each).get("metadata")).get("key")} for each in responses)


def _moment(time: Any) -> str | None:
    """ "2026-08-20T10:00:00.123456789Z" -> "2026-08-20T10:00:00Z"; UTC without a zone, None for what is no time."""
    try:
        moment = datetime.fromisoformat(re.sub(r"\.\d+", "", time))
        utc = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (TypeError, ValueError, OverflowError):
        return None
    return clock.said(utc)
