"""The provider's wire: replies, error bodies, field names, time stamps and page tokens."""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

MICROS = 1_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
JSON_TYPE = "application/json; charset=UTF-8"

STATUS_OF_HTTP = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
# google.rpc.Code numbers, as they stand in result lines and in a failed operation's `error.code`.
RPC_MESSAGE = {
    1: "The operation was cancelled.",
    3: "Request contains an invalid argument.",
    4: "Deadline expired before operation could complete.",
    7: "The caller does not have permission",
    8: "Resource has been exhausted (e.g. check quota).",
    10: "The operation was aborted.",
    13: "Internal error encountered.",
    14: "The service is currently unavailable.",
}


@dataclass(frozen=True)
class Delivery:
    """How a body travels when it does not simply arrive; sizes in bytes, rate in bytes per second."""

    cut_at: int | None = None
    announce_length: bool = True
    chunked: bool = False
    rate: float | None = None


@dataclass(frozen=True)
class Reply:
    """One HTTP answer: a body in memory, a file, pieces still to come, or a connection dropped after `hang` seconds."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    file: Path | None = None
    pieces: Iterator[bytes] | None = None
    delivery: Delivery = Delivery()
    drop: bool = False
    hang: float = 0.0


class ApiError(Exception):
    """An answer in the provider's error shape: `{"error": {"code", "message", "status", "details"}}`."""

    def __init__(self, http: int, message: str, status: str | None = None, details: list[Any] | None = None) -> None:
        super().__init__(message)
        self.http = http
        self.message = message
        self.status = status or STATUS_OF_HTTP.get(http, "UNKNOWN")
        self.details = details

    def reply(self, headers: Mapping[str, str] | None = None) -> Reply:
        error: dict[str, Any] = {"code": self.http, "message": self.message, "status": self.status}
        if self.details:
            error["details"] = self.details
        return json_reply({"error": error}, status=self.http, headers=headers)


def json_reply(data: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """`data` as the provider prints it: indented by two, UTF-8."""
    body = orjson.dumps(data, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    return Reply(status, body, {"Content-Type": JSON_TYPE, **(headers or {})})


def read_json(body: bytes) -> dict[str, Any]:
    """A request body with its field names in camelCase; ApiError 400 when it is not a JSON object."""
    try:
        data = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError as error:
        raise ApiError(400, f"Invalid JSON payload received. {error}") from error
    if not isinstance(data, dict):
        raise ApiError(400, "Invalid JSON payload received. Root element must be a message.")
    camel: dict[str, Any] = camel_case(data)
    return camel


def whole_number(value: object, field: str) -> int:
    """An int64 field, which proto-JSON and headers may write as text; absent is 0. ApiError 400 when it is none."""
    try:
        number = int(str(value or 0))
    except ValueError as error:
        raise ApiError(400, f"Invalid value at '{field}' (TYPE_INT64), \"{value}\"") from error
    if number < 0:
        raise ApiError(400, f"{field} must not be negative.")
    return number


_OPAQUE = {"metadata", "userMetadata"}


def camel_case(value: Any) -> Any:
    """`value` with every field name in camelCase: proto-JSON accepts both spellings. What the caller owns stays."""
    if isinstance(value, dict):
        named = ((_camel(name), inner) for name, inner in value.items())
        return {name: inner if name in _OPAQUE else camel_case(inner) for name, inner in named}
    if isinstance(value, list):
        return [camel_case(inner) for inner in value]
    return value


def _camel(name: str) -> str:
    return re.sub(r"_([a-z0-9])", lambda match: match[1].upper(), name) if "_" in name else name


def rpc_error(code: int, message: str | None = None) -> dict[str, Any]:
    """A google.rpc.Status as it stands in result lines and failed operations."""
    return {"code": code, "message": message or RPC_MESSAGE.get(code, f"Error {code}.")}


def timestamp(micros: int, nanos_tail: int | None = None) -> str:
    """RFC 3339 in UTC with 6 fractional digits, or 9 as the Batch API prints them."""
    text = (EPOCH + timedelta(microseconds=micros)).strftime("%Y-%m-%dT%H:%M:%S.%f")
    return f"{text}{'' if nanos_tail is None else f'{nanos_tail % 1000:03d}'}Z"


def read_time(text: str) -> int:
    """Microseconds since 1970 of an ISO 8601 time; without a zone it is UTC. ValueError when it is none."""
    moment = datetime.fromisoformat(text)
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return (moment - EPOCH) // timedelta(microseconds=1)


def page(query: Mapping[str, str], default: int, most: int) -> tuple[int, int | None]:
    """(items on this page, number of the last item of the page before) from pageSize and pageToken."""
    size, token = whole_number(query.get("pageSize"), "page_size"), query.get("pageToken", "")
    try:
        before = int(base64.urlsafe_b64decode(token)) if token else None
    except (ValueError, binascii.Error) as error:
        raise ApiError(400, "Invalid page token.") from error
    return min(size or default, most), before


def page_token(last: int) -> str:
    """The token of the page that follows item number `last`."""
    return base64.urlsafe_b64encode(str(last).encode()).decode()
