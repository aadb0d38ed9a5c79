"""Every form a result line can take is read, classified and never loses a picture that was paid for."""

import base64
import contextlib
import copy
import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.providers.answer import Answer, FailureClass, Status, Tokens, Unreadable
from tasks.providers.gemini.responses import open_line

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8
DATA = base64.b64encode(PICTURE).decode()
USAGE = {
    "promptTokenCount": 12,
    "candidatesTokenCount": 1130,
    "thoughtsTokenCount": 7,
    "totalTokenCount": 1149,
    "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 1120}],
}


def _part(data: str = DATA, **more: Any) -> dict[str, Any]:
    return {"inlineData": {"mimeType": "image/png", "data": data}, **more}


def _response(*parts: dict[str, Any], **more: Any) -> dict[str, Any]:
    candidate = {"content": {"parts": list(parts), "role": "model"}, "finishReason": "STOP", "index": 0, **more}
    return {"candidates": [candidate], "usageMetadata": USAGE, "modelVersion": "m-1", "responseId": "r-1"}


def _line(body: Any) -> bytes:
    return json.dumps(body).encode()


def read_answer(line: bytes) -> Answer:
    return open_line(line).answer()


def test_a_picture_is_decoded_with_its_facts() -> None:
    """A good line yields the provider's bytes, model version, response id and split tokens."""
    answer = read_answer(_line({"response": _response(_part()), "key": "k"}))
    assert (answer.key, answer.status, answer.failure, answer.picture) == ("k", Status.OK, None, PICTURE)
    assert (answer.model_version, answer.response_id, answer.is_split) == ("m-1", "r-1", True)
    assert (answer.tokens, answer.note) == (Tokens(input=12, image=1120, text=10, thinking=7), "")


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ({"key": "first", "response": _response(_part())}, "first"),
        ({"response": _response(_part()), "key": "last"}, "last"),
        ({"metadata": {"key": "m"}, "response": _response(_part())}, "m"),
        ({"response": _response(_part()), "metadata": {"id": "CH00-001#0001"}}, "CH00-001#0001"),
        ({"key": "k", "metadata": {"key": "m"}, "response": _response(_part())}, "k"),
        ({"response": _response(_part())}, None),
        ({"key": 7, "response": _response(_part())}, None),
        ({"response": {**_response(_part()), "key": "inside"}}, None),
    ],
)
def test_the_key_stands_at_the_top_or_in_metadata(body: dict[str, Any], key: str | None) -> None:
    """The key is found first, last or in metadata, and nowhere else."""
    answer = read_answer(_line(body))
    assert (answer.key, answer.picture) == (key, PICTURE)


@pytest.mark.parametrize(
    "line",
    [
        json.dumps({"key": "k", "response": _response(_part())}, separators=(",", ":")).encode(),
        json.dumps({"key": "k", "response": _response(_part())}, indent=1).replace("\n", " ").encode(),
        json.dumps({"key": "k", "response": _response(_part())}).replace("/", "\\/").encode(),
        json.dumps({"key": "k", "response": _response(_part())}).replace("=", "\\u003d").encode(),
        json.dumps({"key": "k", "response": _response(_part(DATA.rstrip("=")))}).encode(),
        json.dumps({"key": "k", "response": _response(_part(base64.urlsafe_b64encode(PICTURE).decode()))}).encode(),
        json.dumps({"key": "k", "response": _response(_part())}).replace('"data"', '"data"  ').encode() + b"\r",
    ],
)
def test_every_spelling_of_the_same_json_gives_the_same_picture(line: bytes) -> None:
    """Spaces, escapes, missing padding and the URL alphabet do not change the picture."""
    assert read_answer(line).picture == PICTURE


def test_snake_case_is_read_like_camel_case() -> None:
    """The original field names of the protocol mean the same."""
    usage = {"prompt_token_count": 3, "candidates_token_count": 9, "thoughts_token_count": 1}
    usage_details = {**usage, "candidates_tokens_details": [{"modality": "IMAGE", "token_count": 8}]}
    part = {"inline_data": {"mime_type": "image/jpeg", "data": DATA}}
    response = {"candidates": [{"content": {"parts": [part]}}], "usage_metadata": usage_details, "response_id": "r"}
    answer = read_answer(_line({"key": "k", "response": response}))
    assert (answer.picture, answer.tokens) == (PICTURE, Tokens(3, 8, 1, 1))
    blocked = read_answer(_line({"key": "k", "response": {"prompt_feedback": {"block_reason": "SAFETY"}}}))
    assert (blocked.status, blocked.failure) == (Status.BLOCKED, FailureClass.REFUSED)


def test_drafts_text_and_empty_parts_do_not_hide_the_picture() -> None:
    """The first picture that is no thought is taken, whatever stands before it."""
    draft = _part(base64.b64encode(b"draft").decode(), thought=True)
    audio = {"inlineData": {"mimeType": "audio/wav", "data": base64.b64encode(b"sound").decode()}}
    other = _part(base64.b64encode(b"second").decode())
    parts = ({"text": 'say "data": "AAAA" \u2028 雪'}, draft, audio, _part(""), _part(), other)
    answer = read_answer(_line({"response": _response(*parts), "key": "k"}))
    assert (answer.status, answer.picture) == (Status.OK, PICTURE)
    assert answer.text.startswith('say "data": "AAAA"')


def test_the_last_draft_counts_when_there_is_no_other_picture() -> None:
    """A thought's picture is paid for like any other; of several the last is the best. A refusal stays a refusal."""
    drafts = (_part(base64.b64encode(PICTURE + b"1").decode(), thought=True), _part(thought=True))
    answer = read_answer(_line({"response": _response(*drafts), "key": "k"}))
    assert (answer.status, answer.picture) == (Status.OK, PICTURE)
    refused = read_answer(_line({"response": _response(*drafts, finishReason="IMAGE_SAFETY"), "key": "k"}))
    assert (refused.status, refused.picture) == (Status.BLOCKED, None)


def _labelled(mime: Any) -> dict[str, Any]:
    return {"inlineData": {"data": DATA} if mime is None else {"mimeType": mime, "data": DATA}}


@pytest.mark.parametrize("mime", ["application/octet-stream", "IMAGE/PNG", "text/plain", "", None, 7, "image/webp"])
def test_bytes_decide_and_not_their_label(mime: Any) -> None:
    """A picture is one whatever MIME type stands beside it, or none; an unlikely part before it does not hide it."""
    other = {"inlineData": {"mimeType": "image/png", "data": base64.b64encode(b"no picture").decode()}}
    for parts in ((_labelled(mime),), (other, _labelled(mime)), (_labelled(mime), other)):
        assert read_answer(_line({"response": _response(*parts), "key": "k"})).picture == PICTURE


ADDRESS = "https://generativelanguage.googleapis.com/v1beta/files/abc123"


@pytest.mark.parametrize(
    "part",
    [
        {"fileData": {"mimeType": "image/png", "fileUri": ADDRESS}},
        {"file_data": {"file_uri": ADDRESS}},
        _part(ADDRESS),
    ],
)
def test_an_address_in_place_of_a_picture_is_handed_on(part: dict[str, Any]) -> None:
    """Whoever checks pictures sees the address itself; bytes beside it come first, a draft does not."""
    draft, beside = _part(thought=True), {"response": _response(part, _part()), "key": "k"}
    for parts in ((part,), (draft, part)):
        assert read_answer(_line({"response": _response(*parts), "key": "k"})).picture == ADDRESS.encode()
    assert read_answer(_line(beside)).picture == PICTURE


@pytest.mark.parametrize(
    "written",
    [
        f"data:image/png;base64,{DATA}",
        "\n".join(DATA[at : at + 76] for at in range(0, len(DATA), 76)),
        f" {DATA} ",
        base64.urlsafe_b64encode(PICTURE).decode().rstrip("="),
        f"data:;base64,{DATA.replace('+', '%2B').replace('/', '%2F')}",
    ],
)
def test_every_way_to_write_base64_is_read(written: str) -> None:
    """Line ends, spaces, both alphabets and the head of a data: URL change nothing."""
    assert read_answer(_line({"response": _response(_part(written)), "key": "k"})).picture == PICTURE


def test_what_is_no_base64_is_handed_on_as_it_came() -> None:
    """Quotes, our place marks and other text neither lose the key nor hide a picture; of cut base64 its bytes come."""
    for fake in ("@0", "@1", "@99999999999999999999", 'AA"AA', "***"):
        answer = read_answer(_line({"response": _response(_part(fake)), "key": "k"}))
        assert (answer.key, answer.picture) == ("k", fake.encode())
        assert read_answer(_line({"response": _response(_part(fake), _part()), "key": "k"})).picture == PICTURE
    cut = DATA[: len(DATA) // 4 * 2 + 1]
    found = read_answer(_line({"response": _response(_part(cut)), "key": "k"})).picture
    assert found and PICTURE.startswith(found) and len(found) > 1000


def test_a_picture_counts_whatever_else_the_line_says() -> None:
    """A paid picture beside an error object, a status or a block reason is still taken."""
    for more in ({"error": {"code": 13}}, {"status": {"any": 1}}, {"status": "done"}):
        assert read_answer(_line({"key": "k", "response": _response(_part()), **more})).status is Status.OK
    assert read_answer(_line({"key": "k", "response": _response(_part(), finishReason="SAFETY")})).status is Status.OK


@pytest.mark.parametrize(
    ("response", "status", "failure", "reason"),
    [
        (_response({"text": "sorry"}), Status.EMPTY, FailureClass.RETRYABLE, "text only"),
        (_response(), Status.EMPTY, FailureClass.RETRYABLE, "no picture"),
        (_response(_part("")), Status.EMPTY, FailureClass.RETRYABLE, "empty picture data"),
        (_response(finishReason="NO_IMAGE"), Status.EMPTY, FailureClass.RETRYABLE, "NO_IMAGE"),
        (_response(finishReason="IMAGE_OTHER"), Status.EMPTY, FailureClass.RETRYABLE, "IMAGE_OTHER"),
        (_response(finishReason="MAX_TOKENS"), Status.EMPTY, FailureClass.RETRYABLE, "MAX_TOKENS"),
        (_response(finishReason="NEVER_SEEN_BEFORE"), Status.EMPTY, FailureClass.RETRYABLE, "NEVER_SEEN_BEFORE"),
        (_response(finishReason="SAFETY"), Status.BLOCKED, FailureClass.REFUSED, "SAFETY"),
        (_response(finishReason="IMAGE_SAFETY"), Status.BLOCKED, FailureClass.REFUSED, "IMAGE_SAFETY"),
        (_response(finishReason="IMAGE_RECITATION"), Status.BLOCKED, FailureClass.REFUSED, "IMAGE_RECITATION"),
        (_response(finishReason="PROHIBITED_CONTENT"), Status.BLOCKED, FailureClass.REFUSED, "PROHIBITED_CONTENT"),
        ({"promptFeedback": {"blockReason": "OTHER"}}, Status.BLOCKED, FailureClass.REFUSED, "prompt blocked: OTHER"),
        (
            {"candidates": [{"finishReason": "NO_IMAGE", "content": {"role": "model"}}]},
            Status.EMPTY,
            FailureClass.RETRYABLE,
            "NO_IMAGE",
        ),
        ({"candidates": []}, Status.EMPTY, FailureClass.RETRYABLE, "no picture"),
        ({"candidates": [None], "usageMetadata": []}, Status.EMPTY, FailureClass.RETRYABLE, "no picture"),
        ({}, Status.ERROR, FailureClass.RETRYABLE, "no response in the line"),
        (None, Status.ERROR, FailureClass.RETRYABLE, "no response in the line"),
    ],
)
def test_answers_without_a_picture_are_classified(
    response: Any, status: Status, failure: FailureClass, reason: str
) -> None:
    """Each way to answer without a picture has its status, failure class and reason."""
    answer = read_answer(_line({"key": "k", "response": response}))
    assert (answer.status, answer.failure, answer.reason, answer.picture) == (status, failure, reason, None)


@pytest.mark.parametrize(
    ("error", "failure", "reason"),
    [
        ({"code": 1, "message": "The operation was cancelled."}, FailureClass.RETRYABLE, "1 CANCELLED"),
        ({"code": 3, "message": "bad"}, FailureClass.PERMANENT, "3 INVALID_ARGUMENT"),
        ({"code": 4}, FailureClass.RETRYABLE, "4 DEADLINE_EXCEEDED"),
        ({"code": 5}, FailureClass.PERMANENT, "5 NOT_FOUND"),
        ({"code": 7}, FailureClass.PERMANENT, "7 PERMISSION_DENIED"),
        ({"code": 8}, FailureClass.RETRYABLE, "8 RESOURCE_EXHAUSTED"),
        ({"code": 9}, FailureClass.PERMANENT, "9 FAILED_PRECONDITION"),
        ({"code": 10}, FailureClass.RETRYABLE, "10 ABORTED"),
        ({"code": 13}, FailureClass.RETRYABLE, "13 INTERNAL"),
        ({"code": 14}, FailureClass.RETRYABLE, "14 UNAVAILABLE"),
        ({"code": 400, "status": "INVALID_ARGUMENT"}, FailureClass.PERMANENT, "400 INVALID_ARGUMENT"),
        ({"code": "404", "status": "NOT_FOUND"}, FailureClass.PERMANENT, "404 NOT_FOUND"),
        ({"code": 429, "status": "RESOURCE_EXHAUSTED"}, FailureClass.RETRYABLE, "429 RESOURCE_EXHAUSTED"),
        ({"code": 499}, FailureClass.RETRYABLE, "499"),
        ({"code": 500, "status": "INTERNAL"}, FailureClass.RETRYABLE, "500 INTERNAL"),
        ({"code": 501}, FailureClass.PERMANENT, "501"),
        ({"code": 503, "status": "UNAVAILABLE"}, FailureClass.RETRYABLE, "503 UNAVAILABLE"),
        ({"status": "INVALID_ARGUMENT"}, FailureClass.PERMANENT, "INVALID_ARGUMENT"),
        ({"code": 77, "message": "?"}, FailureClass.RETRYABLE, "77"),
        ({"message": "?"}, FailureClass.RETRYABLE, "error without a code"),
    ],
)
@pytest.mark.parametrize("place", ["error", "status", "response.error"])
def test_errors_are_classified_wherever_they_stand(place: str, error: Any, failure: FailureClass, reason: str) -> None:
    """Error objects are found in `error`, `status` and `response.error`; gRPC and HTTP codes decide the class."""
    body = {"response": {"error": error}} if place == "response.error" else {place: error}
    answer = read_answer(_line({"key": "k", **body}))
    assert (answer.status, answer.failure, answer.reason) == (Status.ERROR, failure, reason)
    assert answer.text == error.get("message", "")


def test_words_are_one_printable_line_without_secrets() -> None:
    """What the provider says goes into files and pages: no line feeds, no key, not endless."""
    said = "Bad key\nAIza" + "x" * 35 + " \x1b[31m" + "long " * 200
    words = read_answer(_line({"key": "k", "error": {"code": 400, "message": said}})).words
    assert words.startswith("Bad key [redacted]") and words.isprintable() and len(words) <= 300


def test_a_status_that_means_ok_is_no_error() -> None:
    """Code 0 is success; what the response says decides."""
    assert read_answer(_line({"status": {"code": 0}, "response": _response({"text": "x"})})).reason == "text only"


def test_tokens_without_a_split_count_as_image_tokens_with_a_note() -> None:
    """A picture without token details is priced as the dearer kind and says that this is an assumption."""
    response = {**_response(_part()), "usageMetadata": {"candidatesTokenCount": "1120"}}
    answer = read_answer(_line({"response": response}))
    assert answer.tokens == Tokens(image=1120)
    assert "image tokens" in answer.note and not answer.is_split
    assert "no output tokens" in read_answer(_line({"response": {**response, "usageMetadata": None}})).note
    text_only = {**_response({"text": "x"}), "usageMetadata": {"candidatesTokenCount": 20}}
    assert read_answer(_line({"response": text_only})).tokens == Tokens(text=20)


@pytest.mark.parametrize(
    ("details", "image", "is_split"),
    [
        ([{"modality": "TEXT", "tokenCount": 10}], 1110, False),
        ([{"modality": "IMAGE"}, {"modality": "TEXT", "tokenCount": 10}], 1110, False),
        ([{"modality": "TEXT", "tokenCount": 5000}], 0, False),
        ([{"modality": "image", "tokenCount": 1000}], 1000, True),
        ([None, {"tokenCount": 3}], 1120, False),
    ],
)
def test_what_a_split_does_not_call_text_is_the_picture(details: Any, image: int, is_split: bool) -> None:
    """Where the split names no image tokens, all that it does not call text are taken for some, and that is said."""
    usage = {"candidatesTokenCount": 1120, "candidatesTokensDetails": details}
    answer = read_answer(_line({"response": {**_response(_part()), "usageMetadata": usage}}))
    assert (answer.tokens.image, answer.tokens.text) == (image, 1120 - image)
    assert (answer.is_split, bool(answer.note)) == (is_split, not is_split)


@pytest.mark.parametrize("line", [b"", b"\xff\xfe", b"[]", b'"x"', b'{"key": "k"', b"<html>", b'{"data": "AAAA'])
def test_lines_that_are_no_object_are_unreadable(line: bytes) -> None:
    """What is not a JSON object has no key; the reader says so instead of guessing."""
    with pytest.raises(Unreadable, match=r"not JSON|not a JSON object"):
        read_answer(line)


def test_a_line_cut_anywhere_is_unreadable() -> None:
    """No prefix of a line passes for a whole one."""
    line = _line({"response": _response(_part(DATA[:40])), "key": "k"})
    for end in range(len(line)):
        with pytest.raises(Unreadable):
            read_answer(line[:end])


@pytest.mark.parametrize("data", [None, 7, 1.5, True, [DATA], {"data": DATA}])
def test_data_that_is_no_text_is_no_picture(data: Any) -> None:
    """A part whose data is no text does not hide the picture behind it, and alone is an answer without one."""
    odd = {"inlineData": {"mimeType": "image/png", "data": data}}
    assert read_answer(_line({"key": "k", "response": _response(odd, _part())})).picture == PICTURE
    answer = read_answer(_line({"key": "k", "response": _response(odd)}))
    assert (answer.status, answer.failure, answer.reason) == (Status.EMPTY, FailureClass.RETRYABLE, "no picture")


@pytest.mark.parametrize("name", ["status", "error"])
@pytest.mark.parametrize("value", [7, True, "", ["x"], [], {}, None])
def test_an_error_that_is_no_object_says_nothing(name: str, value: Any) -> None:
    """An echoed field in the place of an error: what the response says decides."""
    answer = read_answer(_line({"key": "k", "response": _response({"text": "sorry"}), name: value}))
    assert (answer.status, answer.failure, answer.reason) == (Status.EMPTY, FailureClass.RETRYABLE, "text only")


_NAMES = [
    "key",
    "response",
    "candidates",
    "content",
    "parts",
    "inlineData",
    "data",
    "mimeType",
    "error",
    "code",
    "text",
]
_SCALARS = st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["", "x", "image/png", "AAAA", "@0"])
_JSON = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_NAMES), inner, max_size=4),
    max_leaves=12,
)


def _is_classified(answer: Answer) -> bool:
    one_of_four = answer.status in (Status.OK, Status.BLOCKED, Status.EMPTY, Status.ERROR)
    return one_of_four and (answer.picture is not None) == (answer.status is Status.OK) == (answer.failure is None)


@given(st.dictionaries(st.sampled_from(["key", "response", "error", "status", "metadata"]), _JSON))
def test_no_object_makes_the_reader_fail(body: dict[str, Any]) -> None:
    """Any JSON object, however strange, is read and classified."""
    assert _is_classified(read_answer(_line(body)))


FULL: dict[str, Any] = {
    "key": "k",
    "metadata": {"key": "k", "id": "i"},
    "response": _response(_part(thought=False), {"text": "x", "thought": True}, finishMessage="said")
    | {"promptFeedback": {"blockReason": "SAFETY", "blockReasonMessage": "no"}, "error": {"code": 3, "message": "m"}},
    "error": {"code": 13, "status": "INTERNAL", "message": "m"},
    "status": {"code": 0, "message": "m"},
}
"""An answer that says everything an answer can say."""


def _steps(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value inside, at whatever depth."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, each in inside:
        yield (*before, step)
        yield from _steps(each, (*before, step))


def _put(body: Any, steps: tuple[Any, ...], value: Any) -> None:
    """Put `value` there, unless something on the way was replaced already."""
    with contextlib.suppress(LookupError, TypeError):
        for step in steps[:-1]:
            body = body[step]
        body[steps[-1]] = value


PLACES = list(_steps(FULL))


@given(st.lists(st.tuples(st.sampled_from(PLACES), _JSON), min_size=1, max_size=3), st.booleans())
def test_no_value_anywhere_in_an_answer_makes_the_reader_fail(odd: list[tuple[Any, Any]], pictured: bool) -> None:
    """Strange values at every place of a right answer, its picture there or not: it is read and classified."""
    body = copy.deepcopy(FULL)
    if not pictured:
        del body["response"]["candidates"][0]["content"]["parts"][0]["inlineData"]["data"]
    for steps, value in odd:
        _put(body, steps, value)
    assert _is_classified(read_answer(_line(body)))


@pytest.mark.parametrize("steps", PLACES, ids=lambda steps: ".".join(map(str, steps)))
@pytest.mark.parametrize("pictured", [True, False])
def test_each_place_of_an_answer_may_hold_anything(steps: tuple[Any, ...], pictured: bool) -> None:
    """No place is left out: at each one every kind of JSON value is tried, with the picture there and without."""
    for value in (None, True, 7, -1.5, "", "x", "@0", "9" * 30, [], [None], ["x"], [[]], {}, {"x": []}, {"data": 7}):
        body = copy.deepcopy(FULL)
        if not pictured:
            del body["response"]["candidates"][0]["content"]["parts"][0]["inlineData"]["data"]
        _put(body, steps, value)
        assert _is_classified(read_answer(_line(body))), value


@pytest.mark.parametrize(
    "body",
    [
        {"response": {"usageMetadata": {"promptTokenCount": "9" * 5000}}},
        {"response": {"usageMetadata": {"promptTokenCount": "9" * 25, "candidatesTokenCount": 10**18}}},
        {
            "response": {
                "usageMetadata": {"candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": "9" * 19}] * 9}
            }
        },
        {"error": {"code": "9" * 5000}},
        {"error": {"code": "9" * 5000, "status": "A" * 300_000}},
        {"response": {"candidates": [{"finishReason": "A" * 300_000}]}},
        {"response": {"promptFeedback": {"blockReason": "\x1b[2J\u202e" + "A" * 300_000}}},
        {"response": {"candidates": [{"finishReason": "[/b]\x1b[2J\nAIzaSyMARKER-gemini-0123456789"}]}},
        {"response": {"modelVersion": "\x07" * 300_000, "responseId": "A" * 300_000}},
    ],
)
def test_absurd_values_stay_small(body: dict[str, Any]) -> None:
    """Whatever a line says, its numbers fit our files, and its words are one short printable line without keys."""
    answer = read_answer(_line({"key": "k"} | body))
    assert orjson.loads(orjson.dumps(asdict(answer.tokens))) == asdict(answer.tokens)
    assert all(value <= 10**10 for value in asdict(answer.tokens).values())
    for said in (answer.reason, answer.model_version or "", answer.response_id or ""):
        assert said.isprintable() and len(said) <= 300 and "MARKER" not in said
