"""`doit cancel`: the provider's last word counts, and what was made until then is collected."""

import time

import pytest

from tasks.inbox import events
from tasks.project.paths import Paths
from tests.support.studio import Studio, story


def submitted(studio: Studio, count: int = 4) -> str:
    """A run whose job takes a minute; the job's name."""
    assert studio.emulator
    studio.emulator.job_seconds(60)
    studio.prompts(story(count))
    studio.visual("WAIT=0")
    return str(studio.manifest()["submissions"][-1]["job"])


def cancel(studio: Studio, *words: str, expect: int = 0) -> str:
    return studio.ask("cancel", *(words or ("CH=CH01", "RUN=001")), expect=expect)


def requests(studio: Studio, operation: str) -> int:
    assert studio.emulator
    return int(studio.emulator.ledger()["requests"].get(operation, 0))


@pytest.mark.parametrize("by", ["run", "job", "bare id"])
def test_a_cancelled_job_is_believed_after_its_last_word(studio: Studio, by: str) -> None:
    """Asked once to cancel, then for its state; nothing more in flight; visual sends again, once."""
    job = submitted(studio)
    words = {"run": (), "job": (f"JOB={job}",), "bare id": (f"JOB={job.removeprefix('batches/')}",)}[by]
    said = cancel(studio, *words)
    assert "CANCELLED" in said and "doit visual CH=CH01 RUN=001" in said
    assert requests(studio, "cancel") == 1 and requests(studio, "get") >= 1
    assert studio.manifest()["submissions"][0]["state"] == "collected"
    assert not events.read(Paths(studio.folder)) and studio.ask("collect") == ""
    assert studio.emulator
    studio.emulator.job_seconds(0)
    studio.visual()
    assert (studio.jobs_created, len(studio.images())) == (2, 4)


def test_what_a_cancelled_job_made_is_collected(studio: Studio) -> None:
    """Half done when it was cancelled: that half is on disk."""
    assert studio.emulator
    submitted(studio)
    studio.emulator.advance(45)
    studio.emulator.fault("cancel_leaves_output")
    cancel(studio)
    came = len(studio.images())
    assert 0 < came < 4 and studio.billed == came


def test_a_job_that_finishes_first_is_collected_whole(studio: Studio) -> None:
    """Cancel answers well and the job goes on: no last word, exit 1, what to run; then everything is collected."""
    assert studio.emulator
    submitted(studio)
    studio.emulator.fault("cancel_loses_race")
    assert "doit collect" in cancel(studio, "CH=CH01", "RUN=001", "WAIT=0.01", expect=1)
    studio.emulator.advance(61)
    studio.ask("collect")
    assert (len(studio.images()), studio.billed, studio.jobs_created) == (4, 4, 1)


def test_cancel_names_what_it_cancels(studio: Studio) -> None:
    """Without a run or job nothing is stopped; without an open one it says so."""
    submitted(studio)
    cancel(studio, "CH=CH01", expect=3)
    cancel(studio, "CH=ALL", expect=3)
    cancel(studio, "JOB=batches/nobody", expect=1)
    assert requests(studio, "cancel") == 0


def test_cancel_while_another_command_waits(studio: Studio) -> None:
    """The run is locked by a waiting visual: it is cancelled at the provider all the same, the other one collects."""
    submitted(studio)
    other = studio.start()
    holder = studio.folder / "workspaces" / ".locks" / "CH01-001.holder.json"
    deadline = time.monotonic() + 30
    while str(other.pid) not in (holder.read_text() if holder.exists() else "") and time.monotonic() < deadline:
        time.sleep(0.05)
    assert "left to it" in cancel(studio)
    other.communicate(timeout=60)
    assert other.returncode == 1 and studio.manifest()["submissions"][0]["provider_state"] == "CANCELLED"
