"""Every form a FLUX answer can take is read, classified and never loses a picture; bodies ask for what is meant."""

import base64
import contextlib
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.providers.answer import FailureClass, Reply, Status, Unreadable
from tasks.providers.fireworks.answers import PictureAddress, from_data, read_image, read_result, request_id
from tasks.providers.fireworks.body import body
from tests.support.facts import MODEL

PICTURE = b"\xff\xd8\xff" + bytes(range(200))
DATA = base64.b64encode(PICTURE).decode()


def encoded(**found: Any) -> bytes:
    return json.dumps(found).encode()


@pytest.mark.parametrize(
    ("headers", "answer"),
    [
        ({"Content-Type": "application/json"}, encoded(base64=[DATA], finishReason="SUCCESS", seed=7)),
        ({}, encoded(base64=DATA, finishReason="SUCCESS", seed="7")),
        ({}, encoded(base64=["", f"data:image/jpeg;base64,{DATA}"], seed=7)),
        ({}, b"[" + encoded(base64=DATA.rstrip("="), seed=7) + b"]"),
        ({"CONTENT-TYPE": "image/jpeg", "FINISH-REASON": "SUCCESS", "SEED": "7"}, PICTURE),
        ({"content-type": "application/octet-stream", "seed": "7"}, PICTURE),
        ({"content-type": "application/json", "seed": "7"}, PICTURE),
        ({"content-type": "image/png"}, encoded(base64=[DATA], seed=7)),
    ],
)
def test_a_picture_is_found_in_every_form(headers: dict[str, str], answer: bytes) -> None:
    """JSON and binary answers give the same picture and seed, whatever the letter case of headers."""
    reply = read_image(headers, answer)
    assert (reply.answer().status, reply.answer().picture, reply.seed) == (Status.OK, PICTURE, 7)


@pytest.mark.parametrize(
    ("headers", "answer", "status", "failure", "reason"),
    [
        (
            {},
            encoded(base64=[DATA], finishReason="CONTENT_FILTERED"),
            Status.BLOCKED,
            FailureClass.REFUSED,
            "CONTENT_FILTERED",
        ),
        (
            {"content-type": "image/png", "finish-reason": "CONTENT_FILTERED"},
            PICTURE,
            Status.BLOCKED,
            FailureClass.REFUSED,
            None,
        ),
        ({}, encoded(base64=[""], finishReason="SUCCESS"), Status.EMPTY, FailureClass.RETRYABLE, "no picture"),
        ({}, encoded(finishReason="ERROR"), Status.EMPTY, FailureClass.RETRYABLE, "ERROR"),
        ({"content-type": "image/png"}, b"", Status.EMPTY, FailureClass.RETRYABLE, "no picture"),
    ],
)
def test_an_answer_without_picture_is_classified(
    headers: dict[str, str], answer: bytes, status: Status, failure: FailureClass, reason: str | None
) -> None:
    """A filtered picture is refused, an empty or broken one is asked for again."""
    found = read_image(headers, answer).answer()
    assert (found.status, found.failure, found.picture) == (status, failure, None)
    assert reason is None or found.reason == reason


@pytest.mark.parametrize(
    ("result", "data"),
    [
        ({"sample": "https://cdn.example/a.png"}, "https://cdn.example/a.png"),
        ({"sample": [DATA]}, DATA),
        ({"base64": DATA}, DATA),
        (DATA, DATA),
        (None, ""),
    ],
)
def test_a_ready_result_names_its_picture(result: Any, data: str) -> None:
    """The picture's place is found wherever the documented "any" holds it."""
    assert read_result(encoded(id="r", status="Ready", result=result)) == PictureAddress(data, "r")


@pytest.mark.parametrize(
    ("headers", "answer", "came"),
    [
        ({}, encoded(base64=["https://cdn.example/a.png"]), b"https://cdn.example/a.png"),
        ({}, encoded(url="https://cdn.example/a.png"), b"https://cdn.example/a.png"),
        ({}, encoded(data=[{"url": "https://cdn.example/a.png"}]), b"https://cdn.example/a.png"),
        ({}, encoded(base64=["***"]), b"***"),
        ({"content-type": "application/octet-stream"}, b"\1\2\3", b"\1\2\3"),
    ],
)
def test_what_came_in_place_of_a_picture_is_handed_on(headers: dict[str, str], answer: bytes, came: bytes) -> None:
    """An address, a text or bytes of no known kind were paid for: whoever checks pictures keeps them."""
    assert read_image(headers, answer).answer().picture == came


def test_states_of_an_order() -> None:
    """Pending is None, moderation is refused, an error is tried again, and an unknown state is not guessed at."""
    assert read_result(encoded(status="Pending", result=None)) is None
    for status, outcome in (
        ("Request Moderated", FailureClass.REFUSED),
        ("Content Moderated", FailureClass.REFUSED),
        ("Error", FailureClass.RETRYABLE),
    ):
        reply = read_result(encoded(status=status, details={"x": 1}))
        assert isinstance(reply, Reply)
        assert (reply.answer().failure, reply.answer().reason) == (outcome, status)
    for status in ("Task not found", "Dreaming", {}):
        with pytest.raises(Unreadable):
            read_result(encoded(status=status))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["status", "result", "sample", "base64", "id", "seed", "finishReason"]), inner, max_size=5
        )
    ),
).map(lambda data: json.dumps(data).encode())


@given(st.binary() | JSON, st.sampled_from(["image/png", "application/json", "", "text/html; x"]), st.text())
def test_foreign_bytes_are_an_answer_or_unreadable(data: bytes, mime: str, word: str) -> None:
    """Whatever a server sends, a reader answers or says Unreadable; reading the answer never fails."""
    for read in (lambda: read_image({"Content-Type": mime, "Seed": word}, data), lambda: read_result(data)):
        try:
            found = read()
        except Unreadable:
            continue
        found = from_data(found.data) if isinstance(found, PictureAddress) else found
        assert found is None or found.answer().status in (Status.OK, Status.BLOCKED, Status.EMPTY, Status.ERROR)
    with contextlib.suppress(Unreadable):
        assert request_id(data)


def test_bodies_ask_for_what_is_meant() -> None:
    """Models that answer at once get their steps; Kontext gets a reference, and no seed."""
    schnell = replace(MODEL, delivery="at_once", steps=4)
    assert body("雪", schnell, "16:9") == {
        "prompt": "雪",
        "aspect_ratio": "16:9",
        "guidance_scale": 3.5,
        "num_inference_steps": 4,
        "seed": 0,
    }
    kontext = replace(MODEL, delivery="by_poll", max_references=1)
    assert body("雪", kontext, "1:1") == {"prompt": "雪", "aspect_ratio": "1:1", "output_format": "png"}
    full = body("雪", kontext, "1:1", ["data:image/png;base64,AA=="])
    assert ("seed" in full, full["input_image"]) == (False, "data:image/png;base64,AA==")
    with pytest.raises(ValueError, match="at most 0"):
        body("雪", schnell, "1:1", ["data:,"])


@pytest.mark.parametrize("seed", ["9" * 20, "9" * 5000, "x", "\u0663"])
def test_an_absurd_seed_is_none(seed: str) -> None:
    """A seed that fits no file of ours is left out, and the picture counts."""
    reply = read_image({"Content-Type": "image/jpeg", "Seed": seed}, PICTURE)
    assert (reply.answer().picture, reply.seed) == (PICTURE, None)
