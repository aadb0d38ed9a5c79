"""One line of a result file, or one answer at once -> our reading of it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson

from .. import failure_class
from ..answer import Answer, FailureClass, Reply, Status, Tokens, Unreadable
from ..failures import Refused
from ..picture_kind import bytes_of
from ..protojson import count, integer, items, message, text

REFUSING = frozenset({"moderation_blocked", "content_policy_violation"})
"""Codes of errors that the same prompt will meet again (O-15)."""
UNWORKED = frozenset({"batch_expired", "batch_cancelled"})
"""Codes of what a batch did not come to before it ended (O-07)."""
_LONGEST_TEXT = 2000


@dataclass(frozen=True)
class ResultLine:
    """A parsed line whose picture is not decoded yet."""

    key: str | None
    line: bytes
    found: Mapping[str, Any]

    def answer(self) -> Answer:
        """Decode and classify it: a picture counts whatever else the line says, since it is paid for. Never raises."""
        response = message(self.found.get("response"))
        body, http = message(response.get("body")), integer(response.get("status_code"))
        if items(body.get("data")) or (http is not None and 200 <= http < 300):
            return _made(self.key, body)
        error = message(body.get("error")) or message(self.found.get("error"))
        return _failed(self.key, http, error)


def open_line(line: bytes) -> ResultLine:
    """One line of the output or the error file. Raises Unreadable when it is no JSON object."""
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise Unreadable(f"not JSON: {error.msg}") from None
    if not isinstance(found, dict):
        raise Unreadable(f"not a JSON object but {type(found).__name__}")
    return ResultLine(text(found.get("custom_id")) or None, line, found)


def of_response(body: bytes) -> Reply:
    """The Reply for the body of POST /v1/images/generations. Raises Unreadable when it is no answer of that kind."""
    found = open_line(body).found
    if not isinstance(found.get("data"), list):
        raise Unreadable("no pictures and no word of them")
    line = b'{"custom_id":null,"response":{"status_code":200,"body":' + body + b'},"error":null}'
    return Reply(open_line(line).answer, line)


def of_refusal(refusal: Refused) -> Reply:
    """The Reply for a request that the safety system refused at once."""
    return Reply(lambda: _failed(None, refusal.code, {"code": refusal.word, "message": refusal.reason}))


def _made(key: str | None, body: Mapping[str, Any]) -> Answer:
    """An answer with a picture, or with nothing where one belongs: both are paid for."""
    first = message(next(iter(items(body.get("data"))), None))
    told, usage = text(first.get("b64_json")) or text(first.get("url")), message(body.get("usage"))
    picture, is_split = bytes_of(told), count(usage.get("output_tokens")) > 0
    note = "" if is_split else "the answer reports no output tokens"
    if picture:
        made = Answer(key, Status.OK, None, "", _tokens(usage), picture, note=note, is_split=is_split)
        return replace(made, referred=_referred(usage))
    reason = "empty picture data" if "b64_json" in first else "no picture"
    return Answer(key, Status.EMPTY, FailureClass.RETRYABLE, reason, _tokens(usage), referred=_referred(usage))


def _referred(usage: Mapping[str, Any]) -> int:
    """How many of the input tokens are of pictures: never more than there are."""
    told = count(message(usage.get("input_tokens_details")).get("image_tokens"))
    return min(told, count(usage.get("input_tokens")))


def _tokens(usage: Mapping[str, Any]) -> Tokens:
    """What the answer is billed by. The output is a picture but for what is called text."""
    said = count(message(usage.get("output_tokens_details")).get("text_tokens"))
    return Tokens(
        input=count(usage.get("input_tokens")), image=max(0, count(usage.get("output_tokens")) - said), text=said
    )


def _failed(key: str | None, http: int | None, error: Mapping[str, Any]) -> Answer:
    """An answer without a picture, which costs nothing as far as anybody knows (O-15)."""
    code, said = text(error.get("code")), text(error.get("message"))[:_LONGEST_TEXT]
    if code in REFUSING:
        return Answer(key, Status.BLOCKED, FailureClass.REFUSED, code, text=said)
    if http is None and not error:
        return Answer(key, Status.ERROR, FailureClass.RETRYABLE, "no response in the line")
    failure, reason = failure_class.of_error({"code": http, "status": code, "message": said})
    if failure_class.trouble_of(http or 0, error):
        failure = FailureClass.RETRYABLE
    return Answer(key, Status.ERROR, failure, reason, text=said, is_unworked=code in UNWORKED)
