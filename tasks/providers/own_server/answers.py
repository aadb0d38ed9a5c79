"""What a picture server answered -> our reading of it. Pure. Servers differ in all but the name of the field (S-02)."""

import io
import struct
from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from .. import failure_class
from ..answer import Answer, FailureClass, Status, Unreadable
from ..picture_kind import bytes_of, kind_of
from ..protojson import integer, is_absurd, items, message, text

_LONGEST_TEXT = 2000


class Told(NamedTuple):
    """What an answer with status 200 holds: a picture's bytes, the address of one, or an error object."""

    picture: bytes = b""
    address: str = ""
    error: Mapping[str, Any] | None = None


def read(body: bytes) -> Told:
    """The first picture of an answer, or its error. Raises Unreadable when it is neither JSON nor a picture."""
    if kind_of(body):
        return Told(body)
    if is_absurd(body):
        raise Unreadable("more values than any answer has")
    try:
        found = orjson.loads(body)
    except ValueError:
        raise Unreadable("neither JSON nor a picture") from None
    if not isinstance(found, dict):
        raise Unreadable(f"not a JSON object but {type(found).__name__}")
    first = message(next(iter(items(found.get("data"))), None))
    told, address = text(first.get("b64_json")), text(first.get("url"))
    if told or address.startswith("data:"):
        return Told(bytes_of(told or address))
    if address:
        return Told(address=address)
    return Told(error=_error(found)) if isinstance(found.get("data"), list) or _error(found) else _nothing()


def _nothing() -> Told:
    raise Unreadable("no pictures and no word of them")


def _error(found: Mapping[str, Any]) -> Mapping[str, Any] | None:
    told = found.get("error") or found.get("detail")
    if isinstance(told, str):
        return {"message": told}
    return message(told) or None


def made(told: Told, asked: tuple[int, int] | None, seconds: float) -> Answer:
    """The answer that it is. asked: the size in pixels; seconds: how long it took."""
    if told.error:
        return failed(told.error)
    if not told.picture:
        return Answer(None, Status.EMPTY, FailureClass.RETRYABLE, "no picture")
    came = _size(told.picture)
    if asked and came and came != asked:
        reason = "another size: {}x{} came, {}x{} was asked for".format(*came, *asked)
        return Answer(None, Status.ERROR, FailureClass.PERMANENT, reason)
    return Answer(None, Status.OK, None, "", picture=told.picture, seconds=seconds)


def failed(error: Mapping[str, Any]) -> Answer:
    """An answer that is an error, in any of the shapes that servers give it."""
    said = text(error.get("message"))[:_LONGEST_TEXT]
    code = integer(error.get("code"))
    failure, reason = failure_class.of_error({"code": code, "status": text(error.get("type")), "message": said})
    return Answer(None, Status.ERROR, failure, reason if code is not None else f"error: {said}", text=said)


def _size(picture: bytes) -> tuple[int, int] | None:
    """Width and height as its head says them; None where nobody can tell: whoever stores it looks at all of it."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(picture)) as image:
            return image.size
    except (OSError, SyntaxError, ValueError, ArithmeticError, LookupError, TypeError, struct.error):
        return None
