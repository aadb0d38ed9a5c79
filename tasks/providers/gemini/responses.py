r"""One line of a batch result file -> our reading of it.

A line is about 2 MB of base64 in 1 KB of JSON. `open_line` cuts the base64 out before parsing, so that a key costs no
decoding; `Envelope.answer` decodes the one picture that counts. Whatever looks unusual is read again the plain way.

Facts: wire form of result lines, P-19 to P-21 of docs/provider.md; finish and block reasons, the enums FinishReason and
BlockedReason of google-genai 3.4; what a blocked answer costs, P-25.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol

import orjson
import pybase64

from .. import failure_class
from ..answer import Answer, FailureClass, Reply, Status, Tokens, Unreadable
from ..picture_kind import ADDRESS, PEEK, bytes_of, kind_of
from ..protojson import count, field, items, message, text

_DATA = re.compile(rb'"data"\s*:\s*"')
_PLACEHOLDER = re.compile(r"@[0-9]{1,9}", re.ASCII)
_LONGEST_TEXT = 2000


class _NotPlain(Exception):
    """The line is not written in the usual way."""


class _Decode(Protocol):
    def __call__(self, data: str, most: int | None = None) -> bytes:
        """The bytes of a part's "data", or those of its first `most` characters."""


@dataclass(frozen=True)
class Envelope:
    """A parsed line whose base64 is not decoded yet."""

    key: str | None
    body: Mapping[str, Any]
    line: bytes
    spans: tuple[tuple[int, int], ...]

    def answer(self) -> Answer:
        """Decode the one picture that counts and classify the line. Never raises for a readable line."""
        try:
            return _read(self.key, self.body, self._decode)
        except _NotPlain:
            return _read(self.key, _parse(self.line), _decode_loosely)

    def _decode(self, data: str, most: int | None = None) -> bytes:
        if not _PLACEHOLDER.fullmatch(data) or int(data[1:]) >= len(self.spans):
            raise _NotPlain
        begin, end = self.spans[int(data[1:])]
        try:
            return pybase64.b64decode(memoryview(self.line)[begin : min(end, begin + (most or end))], validate=True)
        except ValueError:
            raise _NotPlain from None


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


def _read(key: str | None, body: Mapping[str, Any], decode: _Decode) -> Answer:
    """A picture counts whatever else the line says: it is paid for."""
    response = message(body.get("response"))
    block, finish = _block_reason(response), _finish_reason(response)
    found = _came(response, decode, refused=failure_class.is_refused(block, finish))
    if found and (picture := _bytes(found, decode)):
        facts = _facts(key, response, pictured=True)
        note = _token_note(message(field(response, "usageMetadata")))
        facts = replace(facts, is_split=not note, note=note)
        return replace(facts, status=Status.OK, failure=None, reason="", picture=picture)
    facts = _facts(key, response, pictured=False)
    if error := _error(body, response):
        failure, reason = failure_class.of_error(error)
        return replace(facts, failure=failure, reason=reason, text=text(error.get("message"))[:_LONGEST_TEXT])
    if not response:
        return facts
    status, failure, reason = failure_class.without_picture(
        block, finish, has_text=bool(facts.text), is_empty=_has_empty_data(response)
    )
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


class _Found(NamedTuple):
    """A part that holds a picture, or says where one is. data: base64, or the address."""

    data: str
    is_thought: bool
    is_address: bool


def _came(response: Mapping[str, Any], decode: _Decode, refused: bool) -> _Found | None:
    """The part that counts, by its bytes and not by its label (P-40); None when there is none.

    Parts with thought:true may hold drafts (P-26): the last of them counts when there is no other picture and the
    answer is no refusal. An address counts like a picture; what is neither counts when there is nothing else.
    """
    found = [each for part in _parts(response) for each in _held_by(part)]
    thoughts = [] if refused else [each for each in reversed(found) if each.is_thought]
    found = [each for each in found if not each.is_thought] + thoughts
    if len(found) < 2:
        return found[0] if found else None
    return min(found, key=lambda each: _rank(each, decode))


def _rank(found: _Found, decode: _Decode) -> tuple[bool, bool, bool]:
    kind = ADDRESS if found.is_address else kind_of(decode(found.data, PEEK))
    return kind is None, found.is_thought, kind is ADDRESS


def _held_by(part: Mapping[str, Any]) -> list[_Found]:
    is_thought = part.get("thought") is True
    inline, file = message(field(part, "inlineData")), message(field(part, "fileData"))
    data, uri = text(inline.get("data")), text(field(file, "fileUri"))
    told = [_Found(data, is_thought, is_address=False)] if data else []
    return told + ([_Found(uri, is_thought, is_address=True)] if uri else [])


def _bytes(found: _Found, decode: _Decode) -> bytes:
    return found.data.encode("utf-8", "replace") if found.is_address else decode(found.data)


def _has_empty_data(response: Mapping[str, Any]) -> bool:
    return any(message(field(part, "inlineData")).get("data") == "" for part in _parts(response))


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
    # thoughtsTokenCount is billed but not contained in candidatesTokenCount (P-23). Of an answer with a picture, what
    # the split by modality does not call text counts as image tokens when it names none (P-41).
    output = count(field(usage, "candidatesTokenCount"))
    image, said = _told(usage, "IMAGE"), _told(usage, "TEXT")
    if pictured and not image:
        image = max(0, output - said)
    thinking = count(field(usage, "thoughtsTokenCount"))
    return Tokens(count(field(usage, "promptTokenCount")), image, max(0, output - image), thinking)


def _told(usage: Mapping[str, Any], modality: str) -> int:
    details = [message(detail) for detail in items(field(usage, "candidatesTokensDetails"))]
    named = (detail for detail in details if text(detail.get("modality")).upper() == modality)
    return sum(count(field(detail, "tokenCount")) for detail in named)


def _token_note(usage: Mapping[str, Any]) -> str:
    if _told(usage, "IMAGE"):
        return ""
    if not count(field(usage, "candidatesTokenCount")):
        return "the answer reports no output tokens"
    return "the answer does not report image tokens apart from text tokens"


def _decode_loosely(data: str, most: int | None = None) -> bytes:
    return bytes_of(data[:most])


_BEFORE, _AFTER = b'{"response":', b"}"


def of_response(body: bytes) -> Reply:
    """The Reply for a GenerateContentResponse in JSON; responses.Unreadable when it is no JSON object.

    The batch reader reads it: the same answer means the same on both lanes.
    """
    opened = open_line(body)
    line, shift = _BEFORE + body + _AFTER, len(_BEFORE)
    spans = tuple((begin + shift, end + shift) for begin, end in opened.spans)
    return Reply(Envelope(None, {"response": opened.body}, line, spans).answer, line)
