"""The provider's job as raw JSON: every documented shape is read, nothing is taken for an end that is none."""

import pytest

from tasks.job import read_operation


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
    assert counts == {"total": 9, "succeeded": 7, "failed": 0, "pending": 0}


def test_output_in_metadata_or_in_response() -> None:
    """The result file is named in either place; answers may also come inline, with their key in the metadata."""
    assert read_operation(operation(output={"responsesFile": "files/batch-j"})).output == "files/batch-j"
    assert read_operation(operation() | {"response": {"responsesFile": "files/batch-j"}}).output == "files/batch-j"
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
    with pytest.raises((KeyError, TypeError)):
        read_operation(broken)
