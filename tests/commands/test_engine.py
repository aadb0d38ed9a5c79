"""ENGINE=: a Dask cluster makes the pictures, the command in front stays the only writer of what tells of them."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.dask_cluster import DaskCluster
from tests.support.studio import Studio, story

PICTURES = 12


@pytest.fixture
def done(studio: Studio) -> Studio:
    """A run whose three jobs have ended and were not fetched."""
    assert studio.emulator
    studio.limits(max_requests_per_job=PICTURES // 3)
    studio.prompts(story(PICTURES))
    studio.emulator.job_seconds(60)
    studio.visual("WAIT=0")
    studio.emulator.advance(61)
    return studio


@pytest.fixture
def cluster(done: Studio, tmp_path: Path) -> Iterator[DaskCluster]:
    with DaskCluster(tmp_path / "cluster", done.environment()) as running:
        yield running


def facts(studio: Studio) -> list[dict[str, object]]:
    """What results.jsonl says, but for times, in the order of keys."""
    lines = [{key: value for key, value in line.items() if not key.endswith("_at")} for line in studio.results()]
    return sorted(lines, key=lambda line: str(line["key"]))


def test_the_files_are_those_of_one_machine(done: Studio, cluster: DaskCluster, tmp_path: Path) -> None:
    """Two workers end with the same pictures, results and costs as this machine alone, and then nothing is to do."""
    shutil.copytree(done.folder, tmp_path / "alone")
    alone = done.at(tmp_path / "alone")
    alone.ask("collect")
    said = done.ask("collect", f"ENGINE={cluster.address}")
    assert said.count("4 of 4 pictures") == 3
    assert done.images() == alone.images() and len(done.images()) == PICTURES
    assert facts(done) == facts(alone) and done.leftovers() == []
    assert done.ask("collect", f"ENGINE={cluster.address}") == ""
    assert (done.billed, done.jobs_created) == (PICTURES, 3)


def test_a_worker_that_dies_is_replaced(done: Studio, cluster: DaskCluster) -> None:
    """A worker killed in the middle of its part costs nothing: another one does the part."""
    cluster.add_worker(KAMISHIBAI_KILL_AT="group-after-rename")
    cluster.workers[0].kill()
    done.ask("collect", f"ENGINE={cluster.address}")
    assert cluster.workers[2].wait(10) != 0
    assert len(done.images()) == len(facts(done)) == PICTURES and done.leftovers() == []
    assert (done.billed, done.jobs_created) == (PICTURES, 3)


def test_a_cluster_that_is_gone(done: Studio, cluster: DaskCluster) -> None:
    """Without a scheduler, or when it dies, one sentence says so; the same command without ENGINE= brings all home."""
    cluster.workers[0].kill()
    cluster.workers[1].kill()
    process = done.start("collect", f"ENGINE={cluster.address}")
    with pytest.raises(Exception, match="timed out"):
        process.wait(3)  # nobody is there to do it, and one may come
    cluster.scheduler.kill()
    said, trouble = process.communicate(timeout=60)
    assert process.returncode == 1 and "did not bring it home" in said + trouble and "Traceback" not in said + trouble
    refused = done.doit("collect", f"ENGINE={cluster.address}")
    assert refused.returncode == 1 and "no Dask scheduler answers" in refused.stderr
    done.ask("collect")
    assert len(done.images()) == PICTURES and done.leftovers() == []


def test_a_worker_with_another_key(done: Studio, tmp_path: Path) -> None:
    """A worker without the key that made the job says so, and nothing is taken for lost."""
    with DaskCluster(tmp_path / "cluster", done.environment(GEMINI_API_KEY="another-key-of-somebody")) as cluster:
        other = done.doit("collect", f"ENGINE={cluster.address}")
    assert other.returncode == 1 and "has another key" in other.stdout + other.stderr, other.stderr
    assert done.images() == {}
    done.ask("collect")
    assert len(done.images()) == PICTURES
