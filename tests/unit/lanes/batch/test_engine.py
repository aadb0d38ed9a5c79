"""A cluster that is gone ends nothing any more, and whoever waits for it is told."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from tasks.lanes.batch import engine
from tasks.lanes.batch.engine import Cluster
from tasks.lanes.batch.job_part import JobPart, NotDoneElsewhere
from tasks.pictures.ingest import nobody
from tests.support import facts


class NeverEnds(Executor):
    """What is handed to it is never ended, as by a scheduler that died."""

    def submit(self, *_: Any, **__: Any) -> Future[Any]:
        return Future()


@dataclass
class Part:
    """What a cluster looks at of a part."""

    submission: Any = field(default_factory=facts.submission)
    owner: str = "CH01-001"
    wanted: tuple[Path, ...] = (Path("0001.png"),)

    def clear(self) -> None:
        """Nothing lies there."""

    def shared(self, owner: str) -> "Part":
        return Part(owner=owner)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(engine, "GONE_SECONDS", 0.05)


def gone(looks: int = 200) -> Callable[[], bool]:
    """What a cluster without its scheduler says; asked for more often than anybody should, it fails."""
    left = iter([False] * looks)
    return lambda: next(left)


def test_nobody_waits_for_a_cluster_that_is_gone() -> None:
    """Its parts count as ended, and what they brought is nothing: the command says so and does not hang."""
    cluster, part = Cluster(NeverEnds(), "dask://host:1", gone()), cast(JobPart, Part())
    assert cluster.begin(part)
    assert list(cluster.ended()) == [part]
    with pytest.raises(NotDoneElsewhere, match="dask://host:1"):
        cluster.ingest(part, cast(Any, None), nobody)


def test_a_connection_that_comes_back_is_waited_for() -> None:
    """A moment without one ends nothing."""
    looks = iter([True, False, True, False, True, *[False] * 999])
    cluster, part = Cluster(NeverEnds(), "dask://host:1", lambda: next(looks)), cast(JobPart, Part())
    cluster.begin(part)
    assert list(cluster.ended()) == [part]
    assert next(looks) is False and len(list(looks)) < 999 - 4
