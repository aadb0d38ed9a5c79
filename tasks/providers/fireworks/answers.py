"""Answers of Fireworks' FLUX models -> our reading of them. Pure: bytes and headers in, Reply or a picture's place out.

Two forms. flux-1-*-fp8 answer at once, as JSON or as the picture itself (docs.fireworks.ai/api-reference/
generate-a-new-image-from-a-text-prompt; headers Finish-Reason and Seed: older pages of the same). flux-kontext-* answer
get_result with {"id", "status", "result", "progress", "details"} (docs.fireworks.ai/api-reference/
get-generated-image-from-flux-kontex); "result" is documented as "any", clients in the wild find {"sample": "https://…"}.
"""

from collections.abc import Mapping
from enum import Enum
from functools import partial
from typing import Any, NamedTuple

import orjson

from ..answer import Answer, FailureClass, Reply, Status, Unreadable
from ..picture_kind import bytes_of, kind_of
from ..protojson import integer, is_absurd, items, text

FILTERED = "CONTENT_FILTERED"
_FINE = ("", "SUCCESS")
_BYTES = ("image/", "application/octet-stream")
_PLACES = ("sample", "base64", "image", "images", "data", "b64_json", "url")
_LONGEST_TEXT = 2000


class OrderState(Enum):
    """What get_result says of an order, in small letters."""

    PENDING = "pending"
    READY = "ready"
    ERROR = "error"
    REQUEST_MODERATED = "request moderated"
    CONTENT_MODERATED = "content moderated"


_MODERATED = frozenset((OrderState.REQUEST_MODERATED, OrderState.CONTENT_MODERATED))


class PictureAddress(NamedTuple):
    """Where a finished picture is: `data` is an https address, a data: URL or base64."""

    data: str
    id: str | None


def read_image(headers: Mapping[str, str], body: bytes) -> Reply:
    """The answer of text_to_image. headers: names in any letter case. Unreadable when it is neither form."""
    names = {name.lower(): value for name, value in headers.items()}
    mime = names.get("content-type", "").partition(";")[0].strip().lower()
    if kind_of(body) or (mime.startswith(_BYTES) and body.lstrip()[:1] not in (b"{", b"[")):
        seed, finish = _seed(names.get("seed")), names.get("finish-reason", "")
        return _reply(partial(_pictured, body, finish, None), finish, seed, None)
    found = _object(body)
    finish, seed = text(found.get("finishReason")), _seed(found.get("seed"))
    return from_data(_first_text(found), finish, seed, text(found.get("id")) or None)


def from_data(data: str, finish: str = "", seed: int | None = None, id: str | None = None) -> Reply:
    """The reply whose picture is `data`, base64 or a data: URL; "" for none."""
    return _reply(partial(_pictured, bytes_of(data), finish, id), finish, seed, id)


def from_picture(picture: bytes, id: str | None) -> Reply:
    """The reply whose picture was fetched from the address it named."""
    return Reply(partial(_pictured, picture, "", id))


def read_result(body: bytes) -> Reply | PictureAddress | None:
    """The answer of get_result: a Reply without a picture, the Place of one, or None while it is not done.

    Unreadable for no JSON object, an unknown status, or "Task not found", whose meaning the caller decides.
    """
    found = _object(body)
    status, id = text(found.get("status")), text(found.get("id")) or None
    state = _state(status)
    if state is OrderState.PENDING:
        return None
    if state in _MODERATED:
        return _reply(_nothing, status, None, id, refused=True)
    if state is OrderState.ERROR:
        said = orjson.dumps(found.get("details") or found.get("result")).decode()[:_LONGEST_TEXT]
        return Reply(partial(Answer, None, Status.ERROR, FailureClass.RETRYABLE, "Error", text=said, response_id=id))
    return PictureAddress(_first_text(found.get("result")), id)


def _state(status: str) -> OrderState:
    try:
        return OrderState(status.lower())
    except ValueError:
        raise Unreadable(f"status {status[:60]!r}") from None


def request_id(body: bytes) -> str:
    """The id under which the result can be asked for; Unreadable when the answer holds none."""
    found = _object(body)
    if id := text(found.get("request_id")) or text(found.get("id")):
        return id
    raise Unreadable("no request_id in the answer")


def _reply(read: Any, finish: str, seed: int | None, id: str | None, refused: bool = False) -> Reply:
    if refused or finish.upper() == FILTERED:
        # What comes with a filtered answer is a black picture at best, never the one asked for.
        return Reply(partial(Answer, None, Status.BLOCKED, FailureClass.REFUSED, finish, response_id=id), seed=seed)
    return Reply(read, seed=seed)


def _nothing() -> Answer:
    return Answer(None, Status.EMPTY, FailureClass.RETRYABLE, "no picture")


def _pictured(picture: bytes, finish: str, id: str | None) -> Answer:
    if not picture:
        reason = "no picture" if finish.upper() in _FINE else finish[:60]
        return Answer(None, Status.EMPTY, FailureClass.RETRYABLE, reason, response_id=id)
    return Answer(None, Status.OK, None, "", picture=picture, response_id=id)


def _object(body: bytes) -> Mapping[str, Any]:
    if is_absurd(body):
        raise Unreadable("more values than any answer has")
    try:
        found = orjson.loads(body)
    except ValueError as error:
        raise Unreadable(f"neither JSON nor a picture: {error}") from None
    if isinstance(found, list) and found:
        found = found[0]
    if not isinstance(found, dict):
        raise Unreadable(f"not a JSON object but {type(found).__name__}")
    return found


def _first_text(found: Any, depth: int = 4) -> str:
    """`found` if it is a text, else the first with anything in it of a list, or of where an object has pictures."""
    inside = [found[name] for name in _PLACES if name in found] if isinstance(found, dict) else items(found)
    told = (_first_text(each, depth - 1) for each in inside if depth)
    return text(found) or next(filter(None, told), "")


def _seed(found: Any) -> int | None:
    return integer(found.strip() if isinstance(found, str) else found)
