"""What a provider says of a job, in words of a type that takes any."""

import copy
import pickle

import orjson
import pytest

from tasks.providers.job_status import DONE, LIVE, Counts, JobStatus, ProviderState

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


def status(state: ProviderState, outputs: tuple[str, ...] = ()) -> JobStatus:
    return JobStatus("batches/1", "kamishibai", state, Counts(), None, None, outputs, (), None)


@pytest.mark.parametrize(
    ("state", "outputs", "has_results"),
    [
        (ProviderState.SUCCEEDED, ("file-1",), True),
        (ProviderState.SUCCEEDED, (), True),
        (ProviderState.EXPIRED, ("file-1",), True),
        (ProviderState.CANCELLED, ("file-1",), True),
        (ProviderState.EXPIRED, (), False),
        (ProviderState.FAILED, (), False),
    ],
)
def test_what_was_done_before_a_jobs_end_can_be_had(
    state: ProviderState, outputs: tuple[str, ...], has_results: bool
) -> None:
    """Some providers keep it when a job expires or is cancelled: it is paid for, so it is asked for."""
    assert status(state, outputs).has_results is has_results


def test_the_word_about_another_job_is_not_believed() -> None:
    """What a cache says of it may be its end, and would end the one that was asked about."""
    told = status(ProviderState.SUCCEEDED)
    assert told.of("batches/1") is told
    with pytest.raises(ValueError, match="asked about batches/2, told about batches/1"):
        told.of("batches/2")
