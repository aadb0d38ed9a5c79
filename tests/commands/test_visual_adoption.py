"""A create whose answer is lost: the job is found by its name and taken over; never a second one."""

import pytest

from tests.support.studio import Studio, story


@pytest.mark.parametrize("fault", ["lost_reply", "lost_reply_503", "lost_reply_timeout"])
def test_a_lost_answer_is_looked_for(studio: Studio, fault: str) -> None:
    """Created but not told (reset, 503, timeout): adopted, one job, each request billed once."""
    assert studio.emulator
    studio.emulator.fault(fault, on="create", times=1, **({"value": 8} if fault == "lost_reply_timeout" else {}))
    studio.prompts(story(2))
    said = studio.visual()
    assert "taking it over" in said
    assert (studio.jobs_created, studio.billed, len(studio.images())) == (1, 2, 2)
    assert studio.manifest()["submissions"][0]["adopted"] is True


def test_a_lagging_list_is_not_taken_for_proof(studio: Studio) -> None:
    """While listings do not show the job, nothing is sent again: "a job may exist"; later it is adopted."""
    assert studio.emulator
    studio.emulator.fault("lost_reply", on="create", times=1)
    studio.emulator.fault("list_lag")
    studio.prompts(story(2))
    for _ in range(2):
        assert "a job may exist" in studio.visual(expect=1)
    assert studio.jobs_created == 1
    studio.emulator.clear_faults()
    studio.visual()
    assert (studio.jobs_created, studio.billed, len(studio.images())) == (1, 2, 2)


def test_a_list_that_catches_up_within_the_wait_is_enough(studio: Studio) -> None:
    """Listings that lag for a few looks only: the same command waits and adopts."""
    assert studio.emulator
    studio.limits(adopt_wait_minutes=0.2)
    studio.emulator.fault("lost_reply", on="create", times=1)
    studio.emulator.fault("list_lag", times=3)
    studio.prompts(story(1))
    studio.visual()
    assert (studio.jobs_created, len(studio.images())) == (1, 1)


def test_a_refusal_never_creates_and_never_waits(studio: Studio) -> None:
    """A clear 4xx to the create: said with the provider's words, nothing to adopt, and free to send again."""
    assert studio.emulator
    studio.emulator.fault("refuse", value=400, on="create", times=1)
    studio.prompts(story(1))
    assert "refused the job" in studio.visual(expect=1)
    assert studio.jobs_created == 0
    studio.visual()
    assert (studio.jobs_created, studio.billed) == (1, 1)


def test_too_many_requests_backs_off_and_goes_on(studio: Studio) -> None:
    """429 to the create means not created: asked again after a while, one job comes of it."""
    assert studio.emulator
    studio.emulator.fault("refuse", value=429, on="create", times=1, retry_after=1)
    studio.prompts(story(1))
    studio.visual()
    assert (studio.jobs_created, studio.billed) == (1, 1)


def test_an_outage_of_the_create_is_told_apart_from_a_lost_answer(studio: Studio) -> None:
    """A 503 without a job behind it: nobody can know, so nothing is sent twice until a person says RETRY=lost."""
    assert studio.emulator
    studio.emulator.fault("refuse", value=503, on="create", times=1)
    studio.prompts(story(1))
    said = studio.visual(expect=1)
    assert "a job may exist" in said and "RETRY=lost" in said
    studio.visual(expect=1)
    assert studio.jobs_created == 0
    studio.visual("RETRY=lost")
    assert (studio.jobs_created, studio.billed, len(studio.images())) == (1, 1, 1)


def test_killed_between_the_marker_and_the_create(studio: Studio) -> None:
    """Killed right before the create left: it cannot be told from a lost answer, so it is not sent blindly."""
    studio.prompts(story(1))
    studio.killed("before-create")
    assert "a job may exist" in studio.visual(expect=1)
    assert studio.jobs_created == 0
    studio.visual("RETRY=lost")
    assert (studio.jobs_created, studio.billed) == (1, 1)


def test_the_others_go_on_while_one_submission_is_unclear(studio: Studio) -> None:
    """Two runs, one lost answer that cannot be found: the other run's pictures come all the same."""
    assert studio.emulator
    studio.emulator.fault("lost_reply", on="create", times=1)
    studio.emulator.fault("list_lag")
    studio.prompts(story(1), run="CH01-001")
    studio.prompts({"0001": "別の話"}, run="CH01-002")
    studio.visual(expect=1)
    assert len(studio.images("CH01-002")) == 1
    assert studio.jobs_created == 2


@pytest.fixture
def lost(studio: Studio) -> Studio:
    """The answer to a create was lost, and no listing showed the job so far."""
    assert studio.emulator
    studio.prompts(story(2))
    studio.emulator.fault("lost_reply", on="create", times=1)
    studio.emulator.fault("list_lag", times=3)
    studio.visual("WAIT=0", expect=1)
    studio.emulator.clear_faults()
    assert studio.manifest()["submissions"][0]["state"] == "creating"
    return studio


def test_lost_is_not_given_up_with_another_key(lost: Studio) -> None:
    """RETRY=lost with a key that cannot see the job: it is named, nothing is sent; with its own key it is found."""
    assert "made with another API key" in lost.visual("RETRY=lost", expect=1, GEMINI_API_KEY="another-key")
    lost.visual("RETRY=lost")
    assert (lost.jobs_created, lost.billed) == (1, 2)


def test_lost_is_not_given_up_while_nothing_is_listed(lost: Studio) -> None:
    """RETRY=lost and 503 for the list: said, with the same command for later, and nothing is given up."""
    assert lost.emulator
    lost.emulator.fault("refuse", value=503, on="list")
    assert "nothing was given up" in lost.visual("WAIT=0", "RETRY=lost", expect=1)
    lost.emulator.clear_faults()
    lost.visual("RETRY=lost")
    assert (lost.jobs_created, lost.billed) == (1, 2)


def test_a_lost_manifest_finds_its_second_job(studio: Studio) -> None:
    """The job of s002 is on its way when the manifest is lost: visual knows it by its requests, whatever the number."""
    assert studio.emulator
    studio.prompts(story(1))
    studio.visual()
    studio.emulator.job_seconds(3600)
    studio.prompts(story(3))
    studio.visual("WAIT=0")
    (studio.run() / "_gemini_batch" / "manifest.json").unlink()
    assert "took in" in studio.visual("WAIT=0")
    studio.emulator.advance(3600)
    studio.visual()
    assert (studio.jobs_created, studio.billed, len(studio.images())) == (2, 3, 3)


def test_a_job_without_results_is_no_twin(studio: Studio) -> None:
    """Manifest lost, and the only job with these requests failed: nothing is expected of it, they are sent."""
    assert studio.emulator
    studio.emulator.fault("failed", times=1)
    studio.prompts(story(2))
    studio.visual(expect=1)
    (studio.run() / "_gemini_batch" / "manifest.json").unlink()
    studio.visual()
    assert (studio.jobs_created, studio.billed, len(studio.images())) == (2, 2, 2)


def test_a_provider_that_wants_a_day_is_not_waited_for(studio: Studio) -> None:
    """Retry-After of a day on a create: not sent, exit 1, the same command later; nothing was made meanwhile."""
    assert studio.emulator
    studio.prompts(story(1))
    studio.emulator.fault("refuse", value=429, on="create", times=1, retry_after=86400)
    assert "the provider takes no job now" in studio.visual("WAIT=0", expect=1)
    studio.visual()
    assert (studio.jobs_created, studio.billed) == (1, 1)


@pytest.mark.parametrize("times", [2, None])
def test_a_listing_that_fails_keeps_no_job_from_being_made(studio: Studio, times: int | None) -> None:
    """The look for an earlier job before a create is answered with 503: the pictures are made, by one job."""
    assert studio.emulator
    studio.emulator.fault("refuse", value=503, on="list", **({"times": times} if times else {}))
    studio.prompts(story(2))
    studio.visual()
    assert (studio.jobs_created, studio.billed, len(studio.images())) == (1, 2, 2)


def _second_of_two(studio: Studio) -> list[str]:
    """Two jobs with the same requests are on their way; their names, the older first."""
    assert studio.emulator
    studio.emulator.job_seconds(3600)
    studio.prompts(story(2))
    studio.visual("WAIT=0")
    (studio.run() / "_gemini_batch" / "manifest.json").unlink()
    studio.emulator.fault("list_lag")
    studio.emulator.fault("lost_reply", on="create", times=1)
    studio.visual("WAIT=0", expect=1)
    studio.emulator.clear_faults()
    jobs = studio.emulator.jobs()
    assert [each["display_name"] for each in jobs] == [jobs[0]["display_name"]] * 2
    return [each["name"] for each in jobs]


def test_of_two_jobs_the_older_is_taken_over(studio: Studio) -> None:
    """Two jobs with the same requests are listed: the one whose results go first is fetched, and adopt the other."""
    assert studio.emulator
    older, newer = _second_of_two(studio)
    assert f"found {older} by its name" in studio.visual("WAIT=0")
    assert [each["job"] for each in studio.manifest()["submissions"]] == [older]
    studio.emulator.advance(3600)
    studio.visual()
    images = studio.images()
    assert f"took in {newer}" in studio.ask("adopt")
    assert len(images) == 2 and studio.images() == images
    assert len(studio.usage()) == studio.billed == 4 and studio.jobs_created == 2
