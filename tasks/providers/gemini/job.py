"""The provider's batch job as raw JSON says it (P-11): pure."""

import re
from datetime import UTC, datetime
from typing import Any

from ...text import clock
from ...text.redaction import one_line, without
from ..job_status import Counts, JobStatus, ProviderState
from ..protojson import count


def read_operation(operation: dict[str, Any], secret: str = "") -> JobStatus:
    """JobStatus from a long-running Operation. Raises KeyError, TypeError or ValueError when it is none.

    secret: the key it was asked for with, which must not stand in an error.
    """
    metadata = operation.get("metadata") or {}
    result = metadata.get("output") or operation.get("response") or {}
    error = operation.get("error") or {}
    return JobStatus(
        name=operation["name"],
        display_name=metadata.get("displayName", ""),
        state=ProviderState(one_line(re.sub(r"^(BATCH|JOB)_STATE_", "", metadata["state"]), 60)),
        counts=_counts(metadata.get("batchStats") or {}),
        created_at=_moment(metadata.get("createTime")),
        ended_at=_moment(metadata.get("endTime")),
        output=result.get("responsesFile"),
        inline=_inline(result),
        error=one_line(without(secret, f"{error.get('code', '')} {error.get('message', '')}"), 300) or None,
        model=(metadata.get("model") or "").removeprefix("models/"),
    )


def _counts(stats: dict[str, Any]) -> Counts:
    """The provider leaves out zeros and sends strings."""
    return Counts(
        total=count(stats.get("requestCount")),
        succeeded=count(stats.get("successfulRequestCount")),
        failed=count(stats.get("failedRequestCount")),
        pending=count(stats.get("pendingRequestCount")),
    )


def _inline(result: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    inlined = result.get("inlinedResponses") or {}
    responses = inlined.get("inlinedResponses", []) if isinstance(inlined, dict) else inlined
    return tuple({**each, "key": (each.get("metadata") or {}).get("key")} for each in responses)


def _moment(time: Any) -> str | None:
    """ "2026-08-20T10:00:00.123456789Z" -> "2026-08-20T10:00:00Z"; UTC without a zone, None for what is no time."""
    try:
        moment = datetime.fromisoformat(re.sub(r"\.\d+", "", time))
        utc = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (TypeError, ValueError, OverflowError):
        return None
    return clock.said(utc)
