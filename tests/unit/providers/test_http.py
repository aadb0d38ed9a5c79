"""What an HTTP answer means for money, and how long a provider wants to be left alone."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.providers.failures import Ambiguous, Refused, Unavailable, http_error, message, purchase_error
from tasks.providers.http import retry_after

GOOGLE = b'{"error": {"code": 503, "message": "Try later.", "status": "UNAVAILABLE"}}'
PAGE = b"<html><title>502 Server Error</title></html>"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": " 1.5 "}, 1.5),
        ({"Retry-After": "-1"}, None),
        ({"Retry-After": "inf"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "Mon, 23 Nov 2026 00:01:00 GMT", "Date": "Mon, 23 Nov 2026 00:00:00 GMT"}, 60.0),
        ({"Retry-After": "Sun, 22 Nov 2026 00:00:00 GMT", "Date": "Mon, 23 Nov 2026 00:00:00 GMT"}, 0.0),
        ({"Retry-After": "Sun, 22 Nov 1970 00:00:00 GMT"}, 0.0),
    ],
)
def test_retry_after_is_seconds_or_a_date(headers: dict[str, str], seconds: float | None) -> None:
    """Both forms of the header are read; a date counts from the answer's own clock, and nonsense is no wait at all."""
    assert retry_after(headers) == seconds


@given(st.text(), st.text())
def test_any_retry_after_is_read(value: str, date: str) -> None:
    """Whatever stands in the header, the outcome is a wait that is not negative, or none."""
    seconds = retry_after({"Retry-After": value, "Date": date})
    assert seconds is None or 0 <= seconds < float("inf")


@pytest.mark.parametrize(
    ("code", "body", "kind"),
    [
        (400, GOOGLE, Refused),
        (404, PAGE, Refused),
        (429, PAGE, Unavailable),
        (408, PAGE, Ambiguous),
        (499, GOOGLE, Unavailable),
        (500, GOOGLE, Unavailable),
        (503, b'{"error": "busy"}', Unavailable),
        (503, b'{"detail": "busy"}', Unavailable),
        (502, PAGE, Ambiguous),
        (503, b"", Ambiguous),
        (503, b"[]", Ambiguous),
        (302, GOOGLE, Ambiguous),
        (204, b"", Ambiguous),
    ],
)
def test_only_the_provider_itself_can_say_that_nothing_was_billed(code: int, body: bytes, kind: type) -> None:
    """A purchase counts as not billed only after a 4xx, or a 5xx with the provider's own error body."""
    error = purchase_error(code, body, 3.0)
    assert type(error) is kind
    if not isinstance(error, Ambiguous):
        assert (error.code, error.retry_after) == (code, 3.0)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (GOOGLE, "UNAVAILABLE Try later."),
        (b'{"error": {"type": "invalid_request_error", "message": "bad ratio"}}', "invalid_request_error bad ratio"),
        (b'{"error": "unauthorized"}', "unauthorized"),
        (b'{"detail": [{"msg": "field required"}]}', "{'msg': 'field required'}"),
        (b'{"detail": "Not Found"}', "Not Found"),
        (b"  busy\n now ", "busy now"),
        ("混雑".encode(), "混雑"),
        (b"", ""),
    ],
)
def test_error_bodies_are_told_in_one_line(body: bytes, said: str) -> None:
    """Every shape of error body is told by what it says, in one line."""
    assert message(body) == said


@given(st.integers(100, 599), st.binary() | st.recursive(st.none() | st.text(), st.lists).map(repr).map(str.encode))
def test_any_error_body_is_one_of_our_failures(code: int, body: bytes) -> None:
    """No answer makes a traceback of its own."""
    for error in (http_error(code, body), purchase_error(code, body)):
        reason: Any = error.reason
        assert len(reason) < 400 and "\n" not in reason
