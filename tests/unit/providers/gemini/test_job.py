"""The provider's job as raw JSON: every documented shape is read, nothing is taken for an end that is none."""

import pytest

from tasks.providers.gemini.job import read_operation
from tasks.providers.job_status import Counts
from tasks.runs.deadlines import hours_between


def operation(**metadata: object) -> dict[str, object]:
    return {"name": "batches/j", "metadata": {"state": "BATCH_STATE_RUNNING", "displayName": "d"} | metadata}


@pytest.mark.parametrize(
    ("state", "done"),
    [
        ("BATCH_STATE_PENDING", False),
        ("BATCH_STATE_RUNNING", False),
        ("JOB_STATE_RUNNING", False),
        ("BATCH_STATE_SUCCEEDED", True),
        ("JOB_STATE_SUCCEEDED", True),
        ("BATCH_STATE_FAILED", True),
        ("BATCH_STATE_CANCELLED", True),
        ("BATCH_STATE_EXPIRED", True),
        ("BATCH_STATE_PARTIALLY_SUCCEEDED", True),
        ("BATCH_STATE_SOMETHING_NEW", False),
    ],
)
def test_states(state: str, done: bool) -> None:
    """Both prefixes are known; an unknown state is waited for, not believed to be an end."""
    assert read_operation(operation(state=state)).done is done


def test_counts_are_strings_and_zeros_are_absent() -> None:
    """The provider sends counts as strings and leaves zeros out."""
    counts = read_operation(operation(batchStats={"requestCount": "9", "successfulRequestCount": "7"})).counts
    assert counts == Counts(total=9, succeeded=7, failed=0, pending=0)


def test_output_in_metadata_or_in_response() -> None:
    """The result file is named in either place; answers may also come inline, with their key in the metadata."""
    assert read_operation(operation(output={"responsesFile": "files/batch-j"})).outputs == ("files/batch-j",)
    assert read_operation(operation() | {"response": {"responsesFile": "files/batch-j"}}).outputs == ("files/batch-j",)
    inline = {"inlinedResponses": {"inlinedResponses": [{"metadata": {"key": "a"}, "error": {"code": 3}}]}}
    assert read_operation(operation(output=inline)).inline[0]["key"] == "a"


def test_times_and_errors() -> None:
    """Times lose their fraction, a failed job's words are kept."""
    status = read_operation(
        operation(state="BATCH_STATE_FAILED", createTime="2026-08-20T10:00:00.123456789Z")
        | {"error": {"code": 3, "message": "bad"}}
    )
    assert (status.created_at, status.ended_at, status.error) == ("2026-08-20T10:00:00Z", None, "3 bad")


@pytest.mark.parametrize("broken", [{}, {"name": "batches/j"}, {"name": "x", "metadata": {}}])
def test_what_is_no_job(broken: dict[str, object]) -> None:
    """An answer that is no operation raises; the caller asks again later."""
    with pytest.raises(ValueError):
        read_operation(broken)


@pytest.mark.parametrize(
    ("told", "read"),
    [
        ("2026-08-20T10:00:00", "2026-08-20T10:00:00Z"),
        ("2026-08-20T12:00:00.5+02:00", "2026-08-20T10:00:00Z"),
        ("2026-08-20", "2026-08-20T00:00:00Z"),
        ("soon", None),
        ("", None),
        ("0001-01-01T00:00:00+14:00", None),
        (20260820, None),
        (["2026"], None),
    ],
)
def test_a_time_is_a_time_or_nothing(told: object, read: str | None) -> None:
    """Whatever the provider says of times, what is kept can be reckoned with; the job is fetched all the same."""
    status = read_operation(operation(createTime=told, endTime=told))
    assert (status.created_at, status.ended_at) == (read, read)
    assert read is None or hours_between(read, "2026-08-21T00:00:00Z") > 0


@pytest.mark.parametrize("said", ["9" * 5000, "9" * 25, -3, 1e300, None, {}, True])
def test_absurd_counts_are_none(said: object) -> None:
    """Numbers that no job can have are not kept, and the job is read."""
    assert read_operation(operation(batchStats={"requestCount": said})).counts.total == 0


def test_a_job_says_nothing_that_harms() -> None:
    """State and error are one short printable line each, without keys."""
    key = "AIzaSyMARKER-gemini-0123456789abcdefghi"
    error = {"code": 7, "message": f"\x1b[2Japi_key:{key} other-key\u202e" + "A" * 90_000}
    status = read_operation(operation(state="BATCH_STATE_\x1b[2JFAILED" + "A" * 90_000) | {"error": error}, "other-key")
    assert status.error and status.error.isprintable() and len(status.error) <= 300
    assert "MARKER" not in status.error and "other-key" not in status.error
    assert str(status.state).isprintable() and len(str(status.state)) <= 60
