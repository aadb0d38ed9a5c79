"""Jobs that fail, expire, are cancelled, stick or vanish: said in plain words; only what is missing is resent."""

import time
from pathlib import Path

import pytest

from tests.support.emulator_process import EmulatorProcess
from tests.support.studio import Studio, story


@pytest.mark.parametrize(
    ("fault", "word"),
    [("failed", "FAILED"), ("expired", "EXPIRED")],
)
def test_a_job_without_results(studio: Studio, fault: str, word: str) -> None:
    """The state is named, nothing is lost, and the next run sends the requests once more."""
    assert studio.emulator
    studio.emulator.fault(fault, times=1)
    studio.emulator.job_seconds(60)
    studio.prompts(story(2))
    studio.visual("WAIT=0")
    studio.emulator.advance(49 * 3600 if fault == "expired" else 120)
    said = studio.visual(expect=1)
    assert word in said and "sends 2 of them again" in said
    assert [row["status"] for row in studio.usage()] == ["error", "error"]
    studio.emulator.job_seconds(0)
    studio.visual()
    assert (studio.jobs_created, len(studio.images())) == (2, 2)


def test_a_cancelled_job_with_results_gives_what_it_has(studio: Studio) -> None:
    """Half of the results of a cancelled job are there: they are kept, only the other half is sent again."""
    assert studio.emulator
    studio.emulator.fault("cancelled_with_output", times=1)
    studio.prompts(story(4))
    said = studio.visual(expect=1)
    assert "2 of 4 pictures" in said
    assert len(studio.images()) == 2
    studio.visual()
    assert len(studio.images()) == 4
    assert [len(each["requests"]) for each in studio.manifest()["submissions"]] == [4, 2]


def test_a_stuck_job_is_waited_for_and_then_sent_again(studio: Studio) -> None:
    """Pending for long: nothing is sent twice; given up by the provider after 48 h, the next run sends it again."""
    assert studio.emulator
    studio.emulator.fault("stuck_pending", times=1)
    studio.prompts(story(1))
    studio.visual("WAIT=0")
    studio.emulator.advance(30 * 3600)
    said = studio.visual("WAIT=0")
    assert "has been pending for 30 h" in said and "48 h" in said
    studio.limits(warn_after_hours=31)
    assert "has been pending" not in studio.visual("WAIT=0")
    assert studio.jobs_created == 1
    studio.emulator.advance(20 * 3600)
    assert "EXPIRED" in studio.visual(expect=1)
    studio.visual()
    assert (studio.jobs_created, len(studio.images())) == (2, 1)


def test_a_job_that_is_not_there_is_believed_only_when_it_is_old_enough(studio: Studio) -> None:
    """404 for a young job means "later"; for an old one it means gone, and its requests are sent again."""
    assert studio.emulator
    studio.limits(believe_404_after_minutes=10)
    studio.emulator.job_seconds(60)
    studio.prompts(story(1))
    studio.visual("WAIT=0")
    studio.emulator.fault("refuse", value=404, on="get")
    assert "asking again later" in studio.visual("WAIT=0")
    assert studio.manifest()["submissions"][0]["state"] == "submitted"
    studio.emulator.advance(11 * 60)
    assert "NOT_FOUND" in studio.visual(expect=1)
    studio.emulator.clear_faults()
    studio.emulator.job_seconds(0)
    studio.visual()
    assert (studio.jobs_created, len(studio.images())) == (2, 1)


def test_a_job_made_just_now_is_young_whatever_our_clock_says(tmp_path: Path) -> None:
    """The provider's clock is two hours ahead of ours: its 404 for a new job means "later", and nothing is sent."""
    ahead = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 7200))
    with EmulatorProcess(tmp_path / "emulator", "--job-seconds", "0", "--clock", ahead) as emulator:
        studio = Studio(tmp_path / "project", emulator)
        studio.limits(believe_404_after_minutes=10)
        studio.prompts(story(2))
        emulator.fault("refuse", value=404, on="get", times=1)
        studio.visual()
        assert (studio.jobs_created, studio.billed, len(studio.images())) == (1, 2, 2)


def test_another_key_is_told_apart(studio: Studio) -> None:
    """With another key the job cannot be seen: said with both fingerprints, nothing marked lost, nothing sent."""
    assert studio.emulator
    studio.emulator.job_seconds(60)
    studio.prompts(story(1))
    studio.visual("WAIT=0")
    said = studio.visual(expect=1, GEMINI_API_KEY="another-key")
    assert "another API key" in said and "GEMINI_API_KEY" in said
    assert "another-key" not in said
    studio.emulator.advance(60)
    studio.visual()
    assert (studio.jobs_created, studio.billed, len(studio.images())) == (1, 1, 1)


@pytest.mark.parametrize("status", [401, 403])
def test_a_forbidden_status_is_said_and_changes_nothing(studio: Studio, status: int) -> None:
    """401 or 403 for a job: the reason and the next command, and the job stays open."""
    assert studio.emulator
    studio.prompts(story(1))
    studio.emulator.fault("refuse", value=status, on="get")
    said = studio.visual(expect=1)
    assert "GEMINI_API_KEY" in said and str(status) in said
    studio.emulator.clear_faults()
    studio.visual()
    assert (studio.jobs_created, len(studio.images())) == (1, 1)


@pytest.mark.parametrize("fault", [("refuse", 503), ("refuse", 429), ("html_502", None), ("reset", None)])
def test_unknown_is_not_failed(studio: Studio, fault: tuple[str, int | None]) -> None:
    """Overload, limits, gateway pages and broken connections while polling mean "later"; the job is collected."""
    assert studio.emulator
    studio.prompts(story(1))
    studio.emulator.fault(fault[0], value=fault[1], on="get", times=3)
    said = studio.visual()
    assert "asking again later" in said
    assert (studio.jobs_created, studio.billed, len(studio.images())) == (1, 1, 1)


def test_a_wait_is_not_longer_than_asked_for(studio: Studio) -> None:
    """429 with Retry-After of an hour for a job's state: WAIT= ends the command all the same, and later it comes."""
    assert studio.emulator
    studio.prompts(story(1))
    studio.emulator.fault("refuse", value=429, on="get", times=1, retry_after=3600)
    said = studio.visual("WAIT=0.05")
    assert "429" in said and "asking again later" in said
    studio.visual()
    assert (studio.jobs_created, len(studio.images())) == (1, 1)


@pytest.mark.parametrize("fault", [("refuse", 400), ("refuse", 500), ("reset", None), ("upload_without_file", None)])
def test_a_failed_upload_creates_no_job(studio: Studio, fault: tuple[str, int | None]) -> None:
    """When the upload fails nothing is created and nothing billed; the next run starts afresh."""
    assert studio.emulator
    where = {} if fault[0] == "upload_without_file" else {"on": "upload_start"}
    studio.emulator.fault(fault[0], value=fault[1], **where)
    studio.prompts(story(1))
    assert "not sent" in studio.visual(expect=1)
    assert (studio.jobs_created, studio.billed) == (0, 0)
    studio.emulator.clear_faults()
    studio.visual()
    assert (studio.jobs_created, studio.billed) == (1, 1)


def test_a_mime_type_that_is_refused_is_replaced(studio: Studio) -> None:
    """The provider has refused application/jsonl before: the next known type is tried, one job comes of it."""
    assert studio.emulator
    studio.emulator.fault("mime_refused", value="application/jsonl")
    studio.prompts(story(1))
    studio.visual()
    assert (studio.jobs_created, studio.billed) == (1, 1)


def test_no_key_stops_before_anything_is_written(studio: Studio) -> None:
    """Without GEMINI_API_KEY the command stops, names the variable and has sent nothing."""
    studio.prompts(story(1))
    said = studio.visual(expect=1, GEMINI_API_KEY="")
    assert "GEMINI_API_KEY is not set" in said
    assert studio.jobs_created == 0


def test_a_job_that_is_done_gives_its_place_free(studio: Studio) -> None:
    """With every place taken, the command that brings a job home sends the next one, not the command after it."""
    assert studio.emulator
    studio.limits(max_requests_per_job=1, max_live_jobs=1)
    studio.prompts(story(2))
    studio.emulator.job_seconds(60)
    assert "pictures wait" in studio.visual("WAIT=0", expect=1)
    assert studio.jobs_created == 1
    studio.emulator.advance(61)
    studio.visual("WAIT=0")
    assert (len(studio.images()), studio.jobs_created) == (1, 2)
