"""Whatever a result file holds: good pictures are saved; the rest is counted, named and classified."""

import pytest

from tasks.pictures import picture
from tests.support.studio import Studio, story

HARMLESS = [
    "shuffle",
    "key_last",
    "duplicated",
    "unknown_key",
    "line_separator",
    "spaced_json",
    "escaped_slashes",
    "draft_thought",
    "as_png",
    "as_jpeg",
    "crlf",
    "no_final_newline",
]

# fault, value -> status, failure class, a word of the reason
BAD = [
    ("request_error", 13, "error", "retryable", "INTERNAL"),
    ("request_error", 3, "error", "permanent", "INVALID_ARGUMENT"),
    ("request_error", 1, "error", "retryable", "CANCELLED"),
    ("request_status", 14, "error", "retryable", "UNAVAILABLE"),
    ("response_error", 13, "error", "retryable", "INTERNAL"),
    ("blocked_prompt", None, "blocked", "refused", "PROHIBITED_CONTENT"),
    ("safety", None, "blocked", "refused", "SAFETY"),
    ("finish", "IMAGE_SAFETY", "blocked", "refused", "IMAGE_SAFETY"),
    ("finish", "IMAGE_OTHER", "empty", "retryable", "IMAGE_OTHER"),
    ("no_image", None, "empty", "retryable", "NO_IMAGE"),
    ("text_only", None, "empty", "retryable", "text only"),
    ("truncated_png", None, "error", "retryable", "broken picture"),
    ("truncated_jpeg", None, "error", "retryable", "broken picture"),
    ("corrupt_png", None, "error", "retryable", "broken picture"),
    ("empty_picture", None, "empty", "retryable", "empty picture"),
]


@pytest.mark.parametrize("fault", HARMLESS)
def test_odd_but_complete_results_lose_nothing(studio: Studio, fault: str) -> None:
    """Order, spacing, duplicates, strangers and formats may vary: every picture is there, for one price."""
    assert studio.emulator
    studio.emulator.fault(fault)
    studio.prompts(story(3))
    said = studio.visual()
    assert len(studio.images()) == 3
    for path in (studio.run() / "images").glob("*.png"):
        assert picture.inspect(path.read_bytes()).format == "PNG"
    assert (studio.jobs_created, studio.billed) == (1, 3)
    if fault in ("duplicated", "unknown_key"):
        assert "result lines with a key" in said


@pytest.mark.parametrize(("count", "rest"), [(3, ""), (4, " and 1 more"), (5, " and 2 more")])
def test_odd_lines_are_counted_and_the_first_named(studio: Studio, count: int, rest: str) -> None:
    """Three say what to look for, and how many more there are: the message stays one line."""
    assert studio.emulator
    studio.emulator.fault("duplicated")
    studio.prompts(story(count))
    [said] = [line for line in studio.visual().splitlines() if "result lines with" in line]
    _, told, named = said.partition(f"{count} result lines with a key that came before: ")
    assert told and (named.count(", "), named.endswith(rest), "more" in named) == (2, True, bool(rest))


@pytest.mark.parametrize(("fault", "value", "status", "failure", "reason"), BAD)
def test_one_bad_answer_is_data(
    studio: Studio, fault: str, value: object, status: str, failure: str, reason: str
) -> None:
    """One answer without a picture: the others are saved, the row says why, exit 1; only the rules resend it."""
    assert studio.emulator
    studio.emulator.fault(fault, value=value, match="0002", times=1)
    studio.prompts(story(3))
    said = studio.visual(expect=1)
    assert sorted(studio.images()) == ["0001.png", "0003.png"]
    row = next(row for row in studio.usage() if row["prompt_id"] == "0002")
    line = next(line for line in studio.results() if line["prompt_id"] == "0002")
    assert (row["status"], line["failure"]) == (status, failure)
    assert reason in row["reason"]
    assert "0002" in said and "doit visual CH=CH01" in said
    assert (studio.jobs_created, len(studio.usage())) == (1, 3)
    sent_again = 1 if failure == "retryable" else 0
    studio.visual(expect=1 - sent_again)
    assert studio.jobs_created == 1 + sent_again
    assert len(studio.images()) == 2 + sent_again


def test_a_job_whose_every_request_failed_is_not_a_success(studio: Studio) -> None:
    """SUCCEEDED says nothing about the lines: each is looked at."""
    assert studio.emulator
    studio.emulator.fault("every_request_failed", times=1)
    studio.prompts(story(2))
    said = studio.visual(expect=1)
    assert "2 pictures did not come" in said
    assert studio.images() == {}


def test_retryable_failures_end_after_max_attempts(studio: Studio) -> None:
    """A prompt that never yields a picture is sent max_attempts times, then held until RETRY=exhausted."""
    assert studio.emulator
    studio.limits(max_attempts=2)
    studio.emulator.fault("no_image")
    studio.prompts(story(1))
    for _ in range(4):
        studio.visual(expect=1)
    assert studio.jobs_created == 2
    studio.emulator.clear_faults()
    assert "RETRY=exhausted" in studio.visual(expect=1)
    studio.visual("RETRY=exhausted")
    assert (studio.jobs_created, len(studio.images())) == (3, 1)
    assert [row["attempt"] for row in studio.usage()] == ["1", "2", "3"]


def test_a_refused_prompt_waits_for_a_change_or_for_retry(studio: Studio) -> None:
    """SAFETY is never sent again by itself; a new wording is, and RETRY=refused sends the old one."""
    assert studio.emulator
    studio.emulator.fault("safety", match="0001", times=2)
    studio.prompts(story(1))
    studio.visual(expect=1)
    studio.visual(expect=1)
    assert studio.jobs_created == 1
    studio.visual("RETRY=refused", expect=1)
    assert studio.jobs_created == 2
    studio.prompts({"0001": "もっと穏やかな絵"})
    studio.visual()
    assert (studio.jobs_created, len(studio.images())) == (3, 1)


def test_answers_to_an_edited_prompt_are_kept_in_the_store(studio: Studio) -> None:
    """A prompt edited while its job runs: the old answer is kept; undoing the edit takes it, for nothing."""
    assert studio.emulator
    studio.emulator.job_seconds(60)
    texts = story(1)
    studio.prompts(texts)
    studio.visual("WAIT=0")
    studio.prompts({"0001": "書き直した場面"})
    studio.visual("WAIT=0")
    studio.emulator.advance(60)
    studio.visual()
    assert studio.billed == 2
    second = studio.images()
    studio.prompts(texts)
    studio.visual()
    assert studio.billed == 2
    assert studio.images() != second
