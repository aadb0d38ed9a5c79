"""A sample of the crash campaign, and the order in which every lane makes things durable.

All points: python -m tests.campaign crash --all
"""

import os
import random
from collections.abc import Callable, Iterator

import pytest

from tests.campaign.crash import Theatre
from tests.campaign.durability import out_of_order
from tests.campaign.lanes import LANES
from tests.campaign.points import Points, counted, play, spread

CASES = 40
SEED = int(os.environ.get("CAMPAIGN_SEED", "0"))


@pytest.fixture(scope="module")
def points(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Points]]:
    """Every call of every lane, on a system without syncfs: there each file is flushed by itself."""
    with Theatre(tmp_path_factory.mktemp("theatre"), syncfs=False) as theatre:
        yield counted(theatre, LANES)


def test_durable_in_the_right_order(points: list[Points]) -> None:
    """No name before its contents, nothing sent before it is on record, no result before its picture, in every lane."""
    assert {each.lane.name for each in points} == set(LANES)
    for each in points:
        assert out_of_order(each.calls) == [], each.lane.name


def test_with_syncfs_too(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The same where one call flushes everything."""
    with Theatre(tmp_path_factory.mktemp("theatre")) as theatre:
        for each in counted(theatre, ["immediate", "compare"]):
            assert out_of_order(each.calls) == [], each.lane.name


def test_a_sample_of_all_points(points: list[Points], record_property: Callable[[str, object], None]) -> None:
    """Killed, cut short or refused by the disk at calls all over every lane: every invariant holds afterwards."""
    draw = random.Random(SEED)
    cases = [case for each in points for case in each.cases()]
    tried = spread(cases, CASES, draw) + [case for each in points for case in each.twice(1, draw)]
    tally = play(tried, jobs=2)
    calls = sum(len(each.calls) for each in points)
    record_property("campaign", f"crash: {len(tried)} of {len(cases)} cases at {calls} calls tried (seed {SEED})")
    assert sum(tally.tried.values()) == len(tried)
    assert tally.failed == [], "\n".join(map(str, tally.failed))
