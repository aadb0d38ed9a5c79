"""ENGINE=: one of two workers is killed in the middle, then the scheduler: all comes as if this machine had done it.

With KAMISHIBAI_LONG=1 it is a thousand pictures at full size.
"""

import hashlib
import os
import shutil
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.support.dask_cluster import DaskCluster
from tests.support.studio import Studio, story
from tests.support.waiting import wait_for

LONG = bool(os.environ.get("KAMISHIBAI_LONG"))
PICTURES, A_JOB = (1000, 50) if LONG else (60, 5)
HISTORY = ("manifest.json", "results.jsonl", "usage.csv", ".index.json")
SECONDS = 1800 if LONG else 120


@pytest.fixture
def done(studio: Studio) -> Studio:
    """A run whose jobs have ended and were not fetched."""
    assert studio.emulator
    studio.limits(max_requests_per_job=A_JOB, request_timeout_seconds=60)
    caps = "caps: { submission: null, day: null, month: null }\n"
    (studio.folder / "configs" / "budget.local.yaml").write_text(caps)
    studio.prompts(story(PICTURES))
    studio.emulator.job_seconds(60)
    studio.visual("WAIT=0")
    studio.emulator.advance(61)
    return studio


@pytest.mark.parametrize("shrunk", [1 if LONG else 4])
def test_a_worker_dies_then_the_scheduler(done: Studio, tmp_path: Path) -> None:
    """Files are those of the local run, byte by byte; none is missing, none recorded twice; then nothing is to do.

    The worker that the scheduler's death leaves goes on with its part while the second command does it again.
    """
    shutil.copytree(done.folder, tmp_path / "alone")
    alone = done.at(tmp_path / "alone")
    collect(alone)
    with DaskCluster(tmp_path / "first", done.environment()) as first:
        command = done.launch("collect", f"ENGINE={first.address}")
        wait_for(lambda: made(done) >= PICTURES // 5, SECONDS, 0.005)
        first.workers[0].kill()
        wait_for(lambda: made(done) >= PICTURES // 2, SECONDS, 0.005)
        first.workers[1].send_signal(signal.SIGSTOP)
        first.scheduler.kill()
        said = "".join(command.communicate(timeout=SECONDS))
        assert command.returncode == 1 and "did not bring it home" in said and "Traceback" not in said, said
        assert made(done) < PICTURES
        with DaskCluster(tmp_path / "second", done.environment()) as second:
            first.workers[1].send_signal(signal.SIGCONT)
            collect(done, f"ENGINE={second.address}")
            first.workers[1].wait(SECONDS)
    collect(done)
    assert done.leftovers() == []
    assert files(done) == files(alone) and len(done.images()) == PICTURES
    assert facts(done.results()) == facts(alone.results()) and facts(done.usage()) == facts(alone.usage())
    assert len(done.results()) == len(done.usage()) == len({line["key"] for line in done.results()}) == PICTURES
    assert (done.billed, done.jobs_created) == (PICTURES, PICTURES // A_JOB)
    nothing_to_do(done)


def collect(studio: Studio, *words: str) -> None:
    command = studio.launch("collect", *words)
    said = "".join(command.communicate(timeout=SECONDS))
    assert command.returncode == 0, said


def nothing_to_do(studio: Studio) -> None:
    """The provider is asked nothing, and no file changes but the index."""
    assert studio.emulator
    studio.visual()
    asked, before = studio.emulator.ledger()["http_total"], studio.snapshot()
    studio.visual()
    assert studio.emulator.ledger()["http_total"] == asked
    assert studio.snapshot() == before


def made(studio: Studio) -> int:
    return len(list((studio.run() / "images").glob("*.png")))


def files(studio: Studio) -> dict[str, str]:
    """sha256 of every file, pictures, previews, store and pages, but for those that tell what happened when."""
    folder = studio.folder / "workspaces"
    paths = (path for path in folder.rglob("*") if path.is_file() and path.name not in HISTORY)
    paths = (path for path in paths if path.relative_to(folder).parts[0] not in (".locks", "inbox"))
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def facts(rows: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
    """What results.jsonl or usage.csv says, but for times, in the order of keys."""
    lines = [{key: value for key, value in row.items() if not key.endswith("_at")} for row in rows]
    return sorted(lines, key=lambda line: str(line["key"]))
