"""OpenAI's wire: errors, the bearer key, lists with cursors, forms, whole seconds.

Shapes: openai 3.57.0 and its openapi document of 2026-08-21; docs/provider.md, O-02, O-04, O-15, O-16.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from ..world.state import fingerprint
from ..world.wire import MICROS, ApiError, Reply, json_reply
from ..world.world import Request

_MESSAGES = {
    401: "Incorrect API key provided. You can find your API key at https://platform.openai.com/account/api-keys.",
    403: "Your organization must be verified to use this model.",
    404: "The requested resource was not found.",
    429: "Rate limit reached for images per minute. Please try again later.",
    500: "The server had an error while processing your request. Sorry about that!",
    503: "The server is overloaded or not ready yet.",
}
_CODES = {401: "invalid_api_key", 429: "rate_limit_exceeded"}


class OpenAiError(ApiError):
    """An answer in OpenAI's error shape: `{"error": {"message", "type", "param", "code"}}`."""

    def __init__(self, http: int, message: str, code: str | None = None, param: str | None = None) -> None:
        super().__init__(http, message)
        self.code = code
        self.param = param

    @property
    def error(self) -> dict[str, Any]:
        """The error object, as it stands in an answer and in a line of an error file."""
        kind = "server_error" if self.http >= 500 else "invalid_request_error"
        if self.code in ("moderation_blocked", "insufficient_quota"):
            kind = {"moderation_blocked": "image_generation_user_error"}.get(self.code, self.code)
        return {"message": self.message, "type": kind, "param": self.param, "code": self.code}

    def reply(self, headers: Mapping[str, str] | None = None) -> Reply:
        return json_reply({"error": self.error}, status=self.http, headers=headers)


def refusal(status: int, headers: Mapping[str, str]) -> Reply:
    """The answer to a request that is refused by order of a fault."""
    message = _MESSAGES.get(status, "The request was refused.")
    return OpenAiError(status, message, _CODES.get(status)).reply(headers)


def out_of_quota() -> OpenAiError:
    """An account without money: 429, and no time to wait for."""
    return OpenAiError(
        429,
        "You exceeded your current quota, please check your plan and billing details.",
        "insufficient_quota",
    )


def blocked() -> OpenAiError:
    """What the safety system says of a prompt or of its picture."""
    return OpenAiError(
        400,
        "Your request was rejected by the safety system. safety_violations=[violence].",
        "moderation_blocked",
    )


def owner(request: Request) -> str:
    """By whom is asked: the Bearer key at this API, whose files and jobs no other API sees. OpenAiError 401."""
    kind, _, key = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not key.strip() or key.startswith("invalid"):
        raise OpenAiError(401, _MESSAGES[401], "invalid_api_key")
    part = " ".join(request.headers.get(f"openai-{name}", "") for name in ("organization", "project"))
    return fingerprint(f"openai {key} {part}")


def read_body(request: Request) -> dict[str, Any]:
    """The JSON object that was sent; OpenAiError 400 for anything else."""
    try:
        body = orjson.loads(request.body.bytes() or b"{}")
    except orjson.JSONDecodeError as error:
        raise OpenAiError(400, f"We could not parse the JSON body of your request. {error}") from error
    if not isinstance(body, dict):
        raise OpenAiError(400, "We could not parse the JSON body of your request: an object was expected.")
    return body


def seconds(micros: int | None) -> int | None:
    """A time as the provider tells it."""
    return None if micros is None else micros // MICROS


def listed(request: Request, rows: Sequence[dict[str, Any]], most: int = 100, default: int = 20) -> Reply:
    """A page of `rows`, which are in their order: those after the one that `after` names."""
    limit = request.query.get("limit", str(default))
    if not limit.isdecimal() or not 1 <= int(limit) <= most:
        raise OpenAiError(400, f"Invalid 'limit': expected a number from 1 to {most}.", "invalid_value", "limit")
    after, names = request.query.get("after"), [row["id"] for row in rows]
    if after is not None and after not in names:
        raise OpenAiError(404, f"No such object: {after}", param="after")
    start = names.index(after) + 1 if after is not None else 0
    data = rows[start : start + int(limit)]
    ends = {"first_id": data[0]["id"], "last_id": data[-1]["id"]} if data else {"first_id": None, "last_id": None}
    return json_reply({"object": "list", "data": data, **ends, "has_more": start + len(data) < len(rows)})


class Field(NamedTuple):
    """One field of a form. filename: None for a plain value."""

    name: str
    filename: str | None
    data: bytes

    @property
    def text(self) -> str:
        return self.data.decode("utf-8", "replace")


def read_form(request: Request) -> dict[str, Field]:
    """The fields of a multipart/form-data body, by name. OpenAiError 400 when it is none."""
    return {field.name: field for field in read_fields(request)}


def read_fields(request: Request) -> list[Field]:
    """The same in their order, also those of one name."""
    kind = request.headers.get("content-type", "")
    boundary = re.search(r'boundary="?([^";]+)', kind)
    if not kind.startswith("multipart/form-data") or boundary is None:
        raise OpenAiError(400, "Invalid Content-Type: expected multipart/form-data.")
    fields = []
    for part in (b"\r\n" + request.body.bytes()).split(b"\r\n--" + boundary[1].encode())[1:-1]:
        head, _, data = part.partition(b"\r\n\r\n")
        said = head.decode("utf-8", "replace")
        if name := re.search(r'\bname="([^"]*)"', said):
            filename = re.search(r'filename="([^"]*)"', said)
            fields.append(Field(name[1], filename[1] if filename else None, data))
    return fields
