"""What a provider says of a job, in words of a type that takes any."""

import copy
import pickle

import orjson
import pytest

from tasks.providers.job_status import DONE, LIVE, ProviderState

UNKNOWN = "PAUSED_BY_MOON"


def test_an_unknown_state_is_kept_as_the_provider_says_it() -> None:
    """It is said as it came, equal to itself whenever it is read, and no member that code decides by."""
    first, second = ProviderState(UNKNOWN), ProviderState("".join(list(UNKNOWN)))
    assert (first.value, str(first), first.name) == (UNKNOWN, UNKNOWN, UNKNOWN)
    assert first is second and first == second and hash(first) == hash(second) and {first: 1}[second] == 1
    assert copy.deepcopy(first) is first and pickle.loads(pickle.dumps(first)) is first
    assert orjson.loads(orjson.dumps(first)) == UNKNOWN
    assert first not in list(ProviderState) and all(first != known for known in ProviderState)
    assert first not in LIVE | DONE and ProviderState("PAUSED_BY_SUN") != first
    assert first != UNKNOWN  # type: ignore[comparison-overlap]


@pytest.mark.parametrize("state", ProviderState)
def test_a_known_state_is_its_member(state: ProviderState) -> None:
    """Reading gives the member itself, before and after an unknown one was read."""
    ProviderState(UNKNOWN)
    assert ProviderState(state.value) is state is ProviderState[state.name]


def test_unknown_states_add_no_members() -> None:
    """Whoever goes through all states meets the known ones alone."""
    before = list(ProviderState)
    ProviderState(UNKNOWN)
    assert list(ProviderState) == before and UNKNOWN not in ProviderState.__members__
