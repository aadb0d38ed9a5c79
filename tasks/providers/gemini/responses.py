r"""One line of a batch result file -> our reading of it.

A line is about 2 MB of base64 in 1 KB of JSON. `open_line` cuts the base64 out before parsing, so that a key costs no
decoding; `Envelope.answer` decodes the one picture that counts. Whatever looks unusual is read again the plain way.

Facts: wire form of result lines, P-19 to P-21 of docs/provider.md; finish and block reasons, the enums FinishReason and
BlockedReason of google-genai 3.4; what a blocked answer costs, P-25.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson
import pybase64

from .. import failure_class
from ..answer import Answer, FailureClass, Reply, Status, Tokens, Unreadable
from ..protojson import count, field, items, message, text

_DATA = re.compile(rb'"data"\s*:\s*"')
_PLACEHOLDER = re.compile(r"@[0-9]{1,9}", re.ASCII)
_LONGEST_TEXT = 2000


class _NotBase64(Exception):
    pass


@dataclass(frozen=True)
class Envelope:
    """A parsed line whose base64 is not decoded yet."""

    key: str | None
    body: Mapping[str, Any]
    line: bytes
    spans: tuple[tuple[int, int], ...]

    def answer(self) -> Answer:
        """Decode the first picture that is no draft and classify the line. Never raises for a readable line."""
        try:
            return _read(self.key, self.body, self._decode)
        except _NotBase64:
            body = _parse(self.line)
        try:
            return _read(self.key, body, _decode_loosely)
        except _NotBase64 as error:
            return _facts(self.key, message(body.get("response")), pictured=True).broken(str(error))

    def _decode(self, data: str) -> bytes:
        if not _PLACEHOLDER.fullmatch(data) or int(data[1:]) >= len(self.spans):
            raise _NotBase64
        begin, end = self.spans[int(data[1:])]
        try:
            return pybase64.b64decode(memoryview(self.line)[begin:end], validate=True)
        except ValueError:
            raise _NotBase64 from None


def open_line(line: bytes) -> Envelope:
    """Parse everything but the base64 of `line`, one JSON object; Unreadable when it is none."""
    spans: list[tuple[int, int]] = []
    pieces: list[bytes | memoryview] = []
    view, done = memoryview(line), 0
    while found := _DATA.search(line, done):
        end = line.find(b'"', found.end())
        if end < 0:
            break
        pieces.append(view[done : found.end()])
        if end > found.end():
            pieces.append(b"@%d" % len(spans))
            spans.append((found.end(), end))
        done = end
    pieces.append(view[done:])
    try:
        body = _parse(b"".join(pieces))
    except Unreadable:
        # A quote written as \" inside a "data" string ends the span too early: let the parser decide.
        body, spans = _parse(line), []
    return Envelope(_key(body), body, line, tuple(spans))


def _parse(data: bytes) -> Mapping[str, Any]:
    try:
        body = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise Unreadable(f"not JSON: {error.msg}") from None
    if not isinstance(body, dict):
        raise Unreadable(f"not a JSON object but {type(body).__name__}")
    return body


def _key(body: Mapping[str, Any]) -> str | None:
    metadata = message(body.get("metadata"))
    return text(body.get("key")) or text(metadata.get("key")) or text(metadata.get("id")) or None


def _read(key: str | None, body: Mapping[str, Any], decode: Callable[[str], bytes]) -> Answer:
    """A picture counts whatever else the line says: it is paid for."""
    response = message(body.get("response"))
    data, mime = _picture_part(response)
    if data and (picture := decode(data)):
        facts = _facts(key, response, pictured=True)
        note = _token_note(message(field(response, "usageMetadata")))
        return replace(facts, status=Status.OK, failure=None, reason="", mime=mime, picture=picture, note=note)
    facts = _facts(key, response, pictured=False)
    if error := _error(body, response):
        failure, reason = failure_class.of_error(error)
        return replace(facts, failure=failure, reason=reason, text=text(error.get("message"))[:_LONGEST_TEXT])
    if not response:
        return facts
    block, finish = _block_reason(response), _finish_reason(response)
    status, failure, reason = failure_class.without_picture(block, finish, has_text=bool(facts.text), data=data)
    return replace(facts, status=status, failure=failure, reason=reason)


def _facts(key: str | None, response: Mapping[str, Any], pictured: bool) -> Answer:
    return Answer(
        key=key,
        status=Status.ERROR,
        failure=FailureClass.RETRYABLE,
        reason="no response in the line",
        tokens=_tokens(message(field(response, "usageMetadata")), pictured),
        text=_said(response),
        model_version=text(field(response, "modelVersion")) or None,
        response_id=text(field(response, "responseId")) or None,
    )


def _error(body: Mapping[str, Any], response: Mapping[str, Any]) -> Mapping[str, Any]:
    # A google.rpc.Status with code 0 means OK; a status that is no object is an echoed field of the request.
    for found in (body.get("error"), body.get("status"), response.get("error")):
        if isinstance(found, dict) and found and found.get("code", -1) != 0:
            return found
    return {"message": body["error"]} if text(body.get("error")) else {}


def _picture_part(response: Mapping[str, Any]) -> tuple[str | None, str | None]:
    # Parts with thought:true may hold drafts (P-26); an empty part must not hide a good one behind it.
    found: tuple[str | None, str | None] = (None, None)
    for part in _parts(response):
        inline = message(field(part, "inlineData"))
        mime, data = text(field(inline, "mimeType")), inline.get("data")
        if part.get("thought") is True or not isinstance(data, str) or not (mime or "image/").startswith("image/"):
            continue
        found = data, mime or None
        if data:
            break
    return found


def _parts(response: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    contents = [message(message(candidate).get("content")) for candidate in items(response.get("candidates"))]
    return [message(part) for content in contents for part in items(content.get("parts"))]


def _candidate(response: Mapping[str, Any]) -> Mapping[str, Any]:
    return message(next(iter(items(response.get("candidates"))), None))


def _finish_reason(response: Mapping[str, Any]) -> str:
    return text(field(_candidate(response), "finishReason"))


def _block_reason(response: Mapping[str, Any]) -> str:
    return text(field(message(field(response, "promptFeedback")), "blockReason"))


def _said(response: Mapping[str, Any]) -> str:
    said = "".join(text(part.get("text")) for part in _parts(response) if part.get("thought") is not True)
    finish = text(field(_candidate(response), "finishMessage"))
    block = text(field(message(field(response, "promptFeedback")), "blockReasonMessage"))
    return (said or finish or block)[:_LONGEST_TEXT]


def _tokens(usage: Mapping[str, Any], pictured: bool) -> Tokens:
    # thoughtsTokenCount is billed but not contained in candidatesTokenCount (P-23). Without a split by modality the
    # tokens of an answer with a picture count as image tokens, the dearer reading.
    output = count(field(usage, "candidatesTokenCount"))
    image = _image_tokens(usage) or (output if pictured and not _is_split(usage) else 0)
    thinking = count(field(usage, "thoughtsTokenCount"))
    return Tokens(count(field(usage, "promptTokenCount")), image, max(0, output - image), thinking)


def _image_tokens(usage: Mapping[str, Any]) -> int:
    details = [message(detail) for detail in items(field(usage, "candidatesTokensDetails"))]
    return sum(count(field(detail, "tokenCount")) for detail in details if detail.get("modality") == "IMAGE")


def _is_split(usage: Mapping[str, Any]) -> bool:
    return bool(items(field(usage, "candidatesTokensDetails")))


def _token_note(usage: Mapping[str, Any]) -> str:
    if _image_tokens(usage):
        return ""
    if not count(field(usage, "candidatesTokenCount")):
        return "the answer reports no output tokens"
    return "the answer does not report image tokens apart from text tokens"


def _decode_loosely(data: str) -> bytes:
    # proto3 JSON readers must take both base64 alphabets, with or without padding.
    compact = "".join(data.split()).translate(str.maketrans("-_", "+/")).rstrip("=")
    try:
        return pybase64.b64decode(compact + "=" * (-len(compact) % 4), validate=True)
    except ValueError as error:
        raise _NotBase64(f"not base64 ({error})") from None


_BEFORE, _AFTER = b'{"response":', b"}"


def of_response(body: bytes) -> Reply:
    """The Reply for a GenerateContentResponse in JSON; responses.Unreadable when it is no JSON object.

    The batch reader reads it: the same answer means the same on both lanes.
    """
    opened = open_line(body)
    line, shift = _BEFORE + body + _AFTER, len(_BEFORE)
    spans = tuple((begin + shift, end + shift) for begin, end in opened.spans)
    return Reply(Envelope(None, {"response": opened.body}, line, spans).answer, line)
