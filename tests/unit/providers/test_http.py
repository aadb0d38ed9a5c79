"""What an HTTP answer means for money, and how long a provider wants to be left alone."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.providers.answer import FailureClass
from tasks.providers.bounds import Patience
from tasks.providers.failure_class import AccountTrouble, of_error
from tasks.providers.failures import (
    Ambiguous,
    OutOfPatience,
    Refused,
    Unavailable,
    http_error,
    message,
    purchase_error,
)
from tasks.providers.http import Http, retry_after
from tests.support.answers_once import answers_once

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
        (400, PAGE, Refused),
        (404, PAGE, Refused),
        (429, PAGE, Unavailable),
        (408, PAGE, Ambiguous),
        (499, GOOGLE, Unavailable),
        (499, PAGE, Ambiguous),
        (500, GOOGLE, Unavailable),
        (500, PAGE, Ambiguous),
        (503, b'{"error": "busy"}', Unavailable),
        (503, b'{"detail": "busy"}', Unavailable),
        (502, PAGE, Ambiguous),
        (504, b'{"message": "Endpoint request timed out"}', Ambiguous),
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


def error_of(code: int, message: str, **more: Any) -> bytes:
    return orjson.dumps({"error": {"code": code, "message": message, **more}})


QUOTA = {"@type": "type.googleapis.com/google.rpc.QuotaFailure"}
RETRY = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "33.5s"}
PLAN = "You exceeded your current quota, please check your plan and billing details."


@pytest.mark.parametrize(
    ("code", "message", "details", "trouble"),
    [
        (400, "API key not valid. Please pass a valid API key.", [], AccountTrouble.KEY),
        (400, "Bad.", [{"reason": "API_KEY_INVALID"}], AccountTrouble.KEY),
        (403, "Your API key was reported as leaked.", [], AccountTrouble.KEY),
        (401, "Request had invalid authentication credentials.", [], AccountTrouble.KEY),
        (400, "User location is not supported for the API use.", [], AccountTrouble.ACCOUNT),
        (400, "Gemini API free tier is not available in your country.", [], AccountTrouble.ACCOUNT),
        (403, "x", [{"reason": "BILLING_DISABLED"}], AccountTrouble.ACCOUNT),
        (429, "Your prepayment credits are depleted.", [], AccountTrouble.ACCOUNT),
        (429, PLAN, [QUOTA | {"violations": [{"quotaId": "RequestsPerDayPerProject"}]}], AccountTrouble.QUOTA),
        (429, PLAN, [QUOTA | {"violations": [{"quotaId": "RequestsPerMinutePerProject"}]}], None),
        (429, PLAN, [], None),
        (400, "Aspect ratio 7:5 is not supported.", [], None),
        (403, "You do not have permission to access the File x or it may not exist.", [], None),
        (409, "Conflict", [], None),
        (503, "billing is being mended", [], None),
        (400, "x", ["no object", {"violations": 7, "reason": []}, {"violations": [7]}], None),
    ],
)
def test_trouble_with_the_account_is_told_apart(
    code: int, message: str, details: list[Any], trouble: AccountTrouble | None
) -> None:
    """Key, place, bill and quota of the day are no picture's fault, whatever the status they come with."""
    failure = http_error(code, error_of(code, message, details=details))
    assert getattr(failure, "trouble", None) is trouble
    assert isinstance(failure, Refused) or trouble is None


@pytest.mark.parametrize(
    ("header", "delay", "seconds"),
    [(None, "33.5s", 33.5), (7.0, "33.5s", 7.0), (None, "33s", 33.0), (None, "soon", None), (None, 33, None)],
)
def test_the_delay_stands_in_header_or_body(header: float | None, delay: object, seconds: float | None) -> None:
    """RetryInfo counts where there is no Retry-After, and nonsense is no wait at all."""
    body = error_of(429, PLAN, details=[{"links": []}, RETRY | {"retryDelay": delay}])
    assert http_error(429, body, header).retry_after == seconds


def test_a_line_with_trouble_of_the_account_is_not_the_pictures_fault() -> None:
    """The same words in a batch result line: sent again, not held."""
    for said in ("API key not valid.", "User location is not supported for the API use."):
        assert of_error({"code": 400, "message": said, "status": "INVALID_ARGUMENT"})[0] is FailureClass.RETRYABLE
    assert of_error({"code": 400, "message": "bad ratio"})[0] is FailureClass.PERMANENT


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"code": 599}, FailureClass.RETRYABLE),
        ({"code": 400}, FailureClass.PERMANENT),
        ({"code": 399, "status": "INVALID_ARGUMENT"}, FailureClass.PERMANENT),
        ({"code": 600, "status": "INVALID_ARGUMENT"}, FailureClass.PERMANENT),
        ({"code": 599, "status": "INVALID_ARGUMENT"}, FailureClass.RETRYABLE),
        ({"code": 501}, FailureClass.PERMANENT),
        ({"code": 429}, FailureClass.RETRYABLE),
        ({"code": 3}, FailureClass.PERMANENT),
        ({"code": 14}, FailureClass.RETRYABLE),
    ],
)
def test_which_failures_last(error: dict[str, object], kind: FailureClass) -> None:
    """An HTTP status speaks for itself; any other number is one of gRPC, or the name beside it counts."""
    assert of_error(error)[0] is kind


FINE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def test_all_clients_of_a_command_lose_their_patience_together() -> None:
    """When WAIT= is over and one provider was too slow, none is asked again; without a WAIT= nobody is given up."""
    patience = Patience(0)
    patience.late()
    with answers_once(FINE) as server:
        for _ in range(2):
            with pytest.raises(OutOfPatience, match=r"127\.0\.0\.1 is too slow, and the time of WAIT= is over"):
                Http(server.url, {}, 5, patience).ask("GET", server.url)
        assert server.requests == []
        assert Http(server.url, {}, 5).ask("GET", server.url).body == b"ok"


@pytest.mark.parametrize(
    ("location", "where"),
    [("http://other.example/login?next=x", "other.example"), ("/login", "elsewhere"), ("", "elsewhere")],
)
def test_a_redirect_that_is_not_followed_says_whereto(location: str, where: str) -> None:
    """By the host alone, and with its status: the rest of an address may hold what nobody should read."""
    told = f"Location: {location}\r\n" if location else ""
    with (
        answers_once(f"HTTP/1.1 302 Found\r\n{told}Content-Length: 0\r\n\r\n".encode()) as server,
        pytest.raises(Unavailable) as caught,
    ):
        Http(server.url, {}, 5).ask("GET", server.url)
    assert caught.value.reason == f"302: a redirect to {where}, which is not followed" and caught.value.code == 302
