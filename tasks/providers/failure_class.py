"""What a request without a picture means for the next run: send again, refused for good, or wrong for good.

The classes are those of docs/design.md section 6. Reasons we do not know count as retryable: `max_attempts` bounds
what that can cost, while a wrong "never again" would lose a picture silently.
"""

import re
from collections.abc import Mapping
from typing import Any

from ..text.word import Word
from .answer import FailureClass, Status
from .protojson import integer, items, message, text


class AccountTrouble(Word):
    """What is wrong with an account: no picture is to blame, and none is made until a person has mended it."""

    KEY = "key"
    ACCOUNT = "account"
    QUOTA = "quota of the day"


_ACCOUNT_CODES = frozenset({401, 402, 403, 404, 412})
"""P-29; 404: the model is not there for this key."""
_ACCOUNT_REASONS = frozenset(
    {"BILLING_DISABLED", "SERVICE_DISABLED", "CONSUMER_SUSPENDED", "CONSUMER_INVALID", "ACCOUNT_STATE_INVALID"}
)
"""google.api.ErrorReason, as `reason` of an error's details."""
_ACCOUNT_WORDS = re.compile(
    r"\blocation is not|in your (?:country|region)|free (?:quota )?tier|\bbilling(?! details)|\bprepa(?:id|yment)\b"
    r"|\bcredits? (?:is|are|has|have|balance)\b|\bsuspended\b",
    re.IGNORECASE,
)
"""Of messages that come with 400 as well as with 403 and 429 (P-30)."""

_ACCOUNT_WORDS_AS_CODE = re.compile(r"insufficient_quota|billing_.+|(?:organization|project)_spend_limit_exceeded")
"""Of an error's `code`, whatever its HTTP status: there is no money (O-16)."""

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


def trouble_of(code: int, error: Mapping[str, Any]) -> AccountTrouble | None:
    """What an HTTP status with that error object says about the account; None when it is about the request."""
    if found := _told_trouble(error):
        return found
    if code in _ACCOUNT_CODES and not is_lost_file(text(error.get("message"))):
        return AccountTrouble.KEY if code == 401 else AccountTrouble.ACCOUNT
    return None


def _told_trouble(error: Mapping[str, Any]) -> AccountTrouble | None:
    """The account's trouble by what an error says in details and words, whatever its code (P-30)."""
    details, said = [message(each) for each in items(error.get("details"))], text(error.get("message"))
    reasons = {text(each.get("reason")) for each in details}
    if _ACCOUNT_WORDS_AS_CODE.fullmatch(text(error.get("code"))):
        return AccountTrouble.ACCOUNT
    if "API key" in said or any(reason.startswith("API_KEY_") for reason in reasons):
        return AccountTrouble.KEY
    violations = [message(each) for detail in details for each in items(detail.get("violations"))]
    if any("PerDay" in text(each.get("quotaId")) for each in violations):
        return AccountTrouble.QUOTA
    return AccountTrouble.ACCOUNT if reasons & _ACCOUNT_REASONS or _ACCOUNT_WORDS.search(said) else None


def of_error(error: Mapping[str, Any]) -> tuple[FailureClass, str]:
    """(failure class, reason such as "13 INTERNAL") of an error object; `code` may be a gRPC or an HTTP status."""
    number = integer(error.get("code"))
    status = error.get("status")
    name = status if isinstance(status, str) and status else _GRPC.get(number or 0, "")
    reason = " ".join(part for part in ("" if number is None else str(number), name) if part)
    lasting = _lasting(number, name) and not is_lost_file(text(error.get("message"))) and not _told_trouble(error)
    return (FailureClass.PERMANENT if lasting else FailureClass.RETRYABLE), reason or "error without a code"


def is_lost_file(message: str) -> bool:
    """Whether a file that the request names is gone at the provider; uploaded anew it can work (P-07, O-17)."""
    return "access the File" in message or "No such File object" in message


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
