"""OpenAI's lines and batches as we read and write them."""

import base64
from typing import Any

import orjson
import pytest

from tasks.providers.answer import Answer, FailureClass, Status, Tokens, Unreadable
from tasks.providers.failure_class import AccountTrouble
from tasks.providers.failures import Refused, Unavailable, http_error
from tasks.providers.job_status import ProviderState
from tasks.providers.openai.job import as_lines, read_batch, read_listing
from tasks.providers.openai.responses import of_response, open_line

USAGE = {
    "input_tokens": 15,
    "output_tokens": 280,
    "output_tokens_details": {"image_tokens": 280, "text_tokens": 0},
    "total_tokens": 295,
}
PICTURE = b"\xff\xd8\xff\xe0 a picture"
BATCH = {"id": "batch_1", "object": "batch", "status": "completed", "created_at": 1795910400}


def answered(response: Any = None, error: Any = None) -> Answer:
    found = open_line(orjson.dumps({"id": "batch_req_1", "custom_id": "k", "response": response, "error": error}))
    assert found.key == "k"
    return found.answer()


def made(**body: Any) -> Answer:
    return answered({"status_code": 200, "request_id": "r", "body": body})


def failed(status: int, code: str | None, message: str = "no") -> Answer:
    error = {"message": message, "type": "x", "param": None, "code": code}
    return answered({"status_code": status, "request_id": "r", "body": {"error": error}})


def test_a_picture_and_what_it_is_billed_by() -> None:
    """Bytes and usage; without usage the cost is an estimate; an address or nothing in its place is told apart."""
    data = [{"b64_json": base64.b64encode(PICTURE).decode()}]
    answer = made(data=data, usage=USAGE)
    assert (answer.status, answer.picture, answer.tokens) == (Status.OK, PICTURE, Tokens(input=15, image=280))
    assert answer.is_split and not made(data=data).is_split
    assert [made(data=data, usage={"output_tokens": count}).is_split for count in (0, 1)] == [False, True]
    assert made(data=[{"b64_json": ""}], usage=USAGE).reason == "empty picture data"
    assert made(data=[], usage=USAGE).tokens.image == 280
    odd = [answered({"body": {"data": data}}), answered({"status_code": 500, "body": {"data": data}}, {"code": "x"})]
    assert [each.picture for each in odd] == [PICTURE] * 2
    assert made(data=[{"url": "https://example.com/a.png"}]).picture == b"https://example.com/a.png"


@pytest.mark.parametrize(
    ("answer", "status", "failure", "reason"),
    [
        (failed(400, "moderation_blocked"), Status.BLOCKED, FailureClass.REFUSED, "moderation_blocked"),
        (failed(400, "content_policy_violation"), Status.BLOCKED, FailureClass.REFUSED, "content_policy_violation"),
        (failed(400, "invalid_value"), Status.ERROR, FailureClass.PERMANENT, "400 invalid_value"),
        (failed(429, "rate_limit_exceeded"), Status.ERROR, FailureClass.RETRYABLE, "429 rate_limit_exceeded"),
        (failed(429, "insufficient_quota"), Status.ERROR, FailureClass.RETRYABLE, "429 insufficient_quota"),
        (failed(500, None), Status.ERROR, FailureClass.RETRYABLE, "500"),
        (failed(404, "model_not_found"), Status.ERROR, FailureClass.RETRYABLE, "404 model_not_found"),
        (failed(200, None), Status.EMPTY, FailureClass.RETRYABLE, "no picture"),
        (answered(error={"code": "batch_expired"}), Status.ERROR, FailureClass.RETRYABLE, "batch_expired"),
        (answered(), Status.ERROR, FailureClass.RETRYABLE, "no response in the line"),
    ],
)
def test_what_a_failure_means(answer: Answer, status: Status, failure: FailureClass, reason: str) -> None:
    """Refused for good, wrong for good, or to be sent again; nothing of it costs anything."""
    assert (answer.status, answer.failure, answer.reason, answer.tokens) == (status, failure, reason, Tokens())


@pytest.mark.parametrize(("code", "is_unworked"), [("batch_expired", True), ("batch_cancelled", True), ("x", False)])
def test_what_was_never_begun_with(code: str, is_unworked: bool) -> None:
    """Told apart from what failed: a job's counts need not speak of it."""
    assert answered(error={"code": code}).is_unworked is is_unworked


@pytest.mark.parametrize("line", [b"{", b"[]", b"7", b"[" * 3000])
def test_what_is_no_line(line: bytes) -> None:
    """Said, and never taken for an answer."""
    with pytest.raises(Unreadable):
        open_line(line)


def test_an_answer_at_once_is_one_line_too() -> None:
    """What is kept of it is read as any line of a batch; another answer with status 200 is none."""
    body = orjson.dumps({"data": [{"b64_json": base64.b64encode(PICTURE).decode()}], "usage": USAGE})
    reply = of_response(body)
    assert reply.answer() == open_line(reply.line).answer() and reply.answer().picture == PICTURE
    for other in (b"{}", b"<html>", b'{"data": 7}'):
        with pytest.raises(Unreadable):
            of_response(other)


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("validating", ProviderState.PENDING),
        ("in_progress", ProviderState.RUNNING),
        ("finalizing", ProviderState.RUNNING),
        ("cancelling", ProviderState.RUNNING),
        ("completed", ProviderState.SUCCEEDED),
        ("failed", ProviderState.FAILED),
        ("expired", ProviderState.EXPIRED),
        ("cancelled", ProviderState.CANCELLED),
        ("pondering", ProviderState.RUNNING),
    ],
)
def test_states(word: str, state: ProviderState) -> None:
    """A state that nobody knows is one under way, never one that failed."""
    assert read_batch(BATCH | {"status": word}).state is state


def test_a_batch() -> None:
    """Both files, our name from the metadata, counts, times, and the first error with its line."""
    found = read_batch(
        BATCH
        | {
            "output_file_id": "file-o",
            "error_file_id": "file-e",
            "metadata": {"kamishibai": "run"},
            "request_counts": {"total": 5, "completed": 3, "failed": 1},
            "completed_at": 1795914000,
            "errors": {"data": [{"code": "invalid_json_line", "message": "no", "line": 2}, {}]},
        }
    )
    assert (found.outputs, found.display_name) == (("file-o", "file-e"), "run")
    assert (found.counts.total, found.counts.succeeded, found.counts.failed, found.counts.pending) == (5, 3, 1, 1)
    assert (found.created_at, found.ended_at) == ("2026-11-29T00:00:00Z", "2026-11-29T01:00:00Z")
    assert found.error == "invalid_json_line: no (line 2) (and 1 more)"
    assert read_batch(BATCH | {"error_file_id": "file-e"}).outputs == ("file-e",)
    for wrong in ({"id": "batch_../x"}, {"status": None}, {"output_file_id": "../../etc"}):
        with pytest.raises(ValueError, match=r"no name|status"):
            read_batch(BATCH | wrong)


def test_a_page_of_batches() -> None:
    """The next page begins after the last one of this, while there is more."""
    page = {"object": "list", "data": [BATCH, BATCH | {"id": "batch_2"}]}
    assert read_listing(orjson.dumps(page | {"has_more": True}))[1] == "batch_2"
    assert read_listing(orjson.dumps(page | {"has_more": False}))[1] == ""
    for part in ({}, {"data": []}, {"data": [], "has_more": True}, {"data": [BATCH], "has_more": "no"}):
        with pytest.raises(ValueError, match="no list"):
            read_listing(orjson.dumps(part))


def test_lines_are_checked_before_they_leave() -> None:
    """One bad line fails a whole job minutes later: it is found here, with its number."""
    body = {"model": "m", "prompt": "a boat", "size": "1536x864", "quality": "low"}
    good = orjson.dumps({"key": "a", "request": body}) + b"\n"
    (line,) = as_lines(good)
    assert orjson.loads(line) == {"custom_id": "a", "method": "POST", "url": "/v1/images/generations", "body": body}
    for key, wrong in (("a", {}), ("b", {"model": "n"}), ("b", {"prompt": " "}), ("b", {"quality": None}), ("", {})):
        with pytest.raises(Refused, match="line 2"):
            list(as_lines(good + orjson.dumps({"key": key, "request": body | wrong})))


def test_no_money_is_no_reason_to_wait() -> None:
    """429 with a word about money is a matter of the account; about the pace, it passes."""
    words = ["insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "project_spend_limit_exceeded"]
    for word in words:
        error = http_error(
            429, orjson.dumps({"error": {"code": word, "message": "check your plan and billing details"}})
        )
        assert isinstance(error, Refused) and error.trouble is AccountTrouble.ACCOUNT and word in error.reason
    pace = http_error(429, b'{"error": {"code": "rate_limit_exceeded", "message": "slowly"}}', 300)
    assert isinstance(pace, Unavailable) and pace.retry_after == 300
    key = http_error(401, b'{"error": {"code": "invalid_api_key", "message": "Incorrect API key provided"}}')
    assert isinstance(key, Refused) and (key.trouble, key.word) == (AccountTrouble.KEY, "invalid_api_key")
