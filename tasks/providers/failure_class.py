"""What a request without a picture means for the next run: send again, refused for good, or wrong for good.

The classes are those of docs/design.md section 6. Reasons we do not know count as retryable: `max_attempts` bounds
what that can cost, while a wrong "never again" would lose a picture silently.
"""

from collections.abc import Mapping
from typing import Any

from .answer import FailureClass, Status
from .protojson import integer

_REFUSING = frozenset(
    {
        "SAFETY",
        "PROHIBITED_CONTENT",
        "BLOCKLIST",
        "SPII",
        "RECITATION",
        "LANGUAGE",
        "IMAGE_SAFETY",
        "IMAGE_PROHIBITED_CONTENT",
        "IMAGE_RECITATION",
    }
)
"""FinishReason values (google-genai 3.4) that the same prompt will meet again."""

_GRPC = {
    1: "CANCELLED",
    2: "UNKNOWN",
    3: "INVALID_ARGUMENT",
    4: "DEADLINE_EXCEEDED",
    5: "NOT_FOUND",
    6: "ALREADY_EXISTS",
    7: "PERMISSION_DENIED",
    8: "RESOURCE_EXHAUSTED",
    9: "FAILED_PRECONDITION",
    10: "ABORTED",
    11: "OUT_OF_RANGE",
    12: "UNIMPLEMENTED",
    13: "INTERNAL",
    14: "UNAVAILABLE",
    15: "DATA_LOSS",
    16: "UNAUTHENTICATED",
}
"""google/rpc/code.proto. A finished job may hold lines with code 1 that cost nothing and work the next time."""

_LASTING_NAMES = frozenset(_GRPC[code] for code in (3, 5, 6, 7, 9, 11, 12, 16))
_PASSING_HTTP = frozenset({408, 409, 425, 429, 499})


def of_error(error: Mapping[str, Any]) -> tuple[FailureClass, str]:
    """(failure class, reason such as "13 INTERNAL") of an error object; `code` may be a gRPC or an HTTP status."""
    number = integer(error.get("code"))
    status = error.get("status")
    name = status if isinstance(status, str) and status else _GRPC.get(number or 0, "")
    reason = " ".join(part for part in ("" if number is None else str(number), name) if part)
    lasting = _lasting(number, name) and not is_lost_file(str(error.get("message", "")))
    return (FailureClass.PERMANENT if lasting else FailureClass.RETRYABLE), reason or "error without a code"


def is_lost_file(message: str) -> bool:
    """Whether a file that the request names is gone at the provider; uploaded anew it can work (P-07)."""
    return "access the File" in message


def _lasting(number: int | None, name: str) -> bool:
    if number is not None and 400 <= number < 600:
        return number == 501 or (number < 500 and number not in _PASSING_HTTP)
    return name in _LASTING_NAMES


def is_refused(block: str, finish: str) -> bool:
    """Whether the provider refused the content. block, finish: as for `without_picture`."""
    return bool(block) or finish in _REFUSING


def without_picture(block: str, finish: str, has_text: bool, is_empty: bool) -> tuple[Status, FailureClass, str]:
    """(status, failure class, reason) of an answer that holds no picture.

    block: promptFeedback.blockReason or ""; finish: finishReason or ""; is_empty: whether a picture part was
    there with nothing in it.
    """
    if block:
        return Status.BLOCKED, FailureClass.REFUSED, f"prompt blocked: {block}"
    if finish in _REFUSING:
        return Status.BLOCKED, FailureClass.REFUSED, finish
    if is_empty:
        return Status.EMPTY, FailureClass.RETRYABLE, "empty picture data"
    if finish not in ("", "STOP", "FINISH_REASON_UNSPECIFIED"):
        return Status.EMPTY, FailureClass.RETRYABLE, finish
    return Status.EMPTY, FailureClass.RETRYABLE, "text only" if has_text else "no picture"
