"""People and providers do what they like, in any order: nothing is lost or paid twice, each command says what next.

A long campaign: python -m tests.campaign faults --minutes 30
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.campaign import faults
from tests.campaign.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path / "world") as made:
        yield made


@pytest.mark.parametrize("seed", range(4))
def test_any_order_of_faults_and_actions_comes_right(seed: int) -> None:
    """Two sequences of a dozen actions, the same ones each time; in clear weather every promise holds."""
    assert faults.once(seed, examples=2, steps=12) is None


def test_a_job_for_prompts_that_changed_is_still_collected(world: World) -> None:
    """What is on its way when the slot changes is paid for: the run is not done before it is in the store."""
    world.jobs_take(2)
    world.play("visual")
    world.preset("CH01", "f-1")
    world.play("visual")
    assert not world.judged()


def test_a_lost_reply_is_told_to_somebody_who_never_waits_long(world: World) -> None:
    """Commands that wait a moment each say "a job may exist" when together they have looked long enough."""
    world.fault("refuse", value=500, on="create", times=1)
    assert [world.play("visual CH01") for _ in range(6)][-1] == 1
    assert "a job may exist" in world.said[-1] and "RETRY=lost" in world.said[-1]
    assert not world.judged()
