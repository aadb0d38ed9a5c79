"""The manifest: what is written is read back, and what may still be answered is never forgotten."""

import json

import orjson
import pytest

from tasks.files import schema
from tasks.runs.manifest import Manifest, decode, display_name, drop_unsent, encode
from tests.support import facts
from tests.support.emulator_process import ROOT


def test_written_and_read_back(tmp_path: object) -> None:
    """Every field survives the file, and the file passes its schema."""
    one = facts.submission(
        state="submitted", job="batches/j", counts={"total": 1, "succeeded": 0, "failed": 0, "pending": 1}
    )
    manifest = Manifest("CH01-001", (one,), complete=True)
    data = orjson.loads(encode(manifest))
    assert decode("CH01-001", data) == manifest
    schema.check(data, "manifest", None, 1)  # type: ignore[arg-type]


FLIES = {
    "intent": False,
    "creating": True,
    "sending": True,
    "submitted": True,
    "finished": True,
    "collected": False,
    "dropped": False,
}
"""For each state, whether an answer may still come."""


@pytest.mark.parametrize("state", FLIES)
def test_in_flight(state: str) -> None:
    """From the moment a create may have left until its answers are in, no request of a submission is sent again."""
    manifest = Manifest("CH01-001", (facts.submission(state=state),))
    assert manifest.in_flight() == (frozenset({"0001-aaaa"}) if FLIES[state] else frozenset())
    assert manifest.coming() == (frozenset({"a" * 64}) if FLIES[state] else frozenset())


def test_no_state_is_forgotten() -> None:
    """Each state that a manifest may hold stands in the table."""
    about = json.loads((ROOT / "schemas" / "manifest.schema.json").read_text())
    assert set(about["properties"]["submissions"]["items"]["properties"]["state"]["enum"]) == FLIES.keys()


def test_attempts_count_what_was_really_sent() -> None:
    """Dropped submissions are no attempts; later ones do not change earlier numbers."""
    states = ("collected", "dropped", "collected")
    manifest = Manifest("CH01-001", tuple(facts.submission(n, state=state) for n, state in enumerate(states, 1)))
    assert [manifest.attempt(each.id, "0001-aaaa") for each in manifest.submissions] == [1, 1, 2]


def test_attempts_are_counted_past_a_thousand_submissions() -> None:
    """The order of submissions counts, not that of their names: s1000 comes after s999."""
    manifest = Manifest("CH01-001", tuple(facts.submission(n, state="collected") for n in range(998, 1001)))
    assert [manifest.attempt(each.id, "0001-aaaa") for each in manifest.submissions] == [1, 2, 3]


def test_only_intents_are_dropped() -> None:
    """What a stopped process had only planned is dropped; what may exist stays."""
    manifest = Manifest("CH01-001", (facts.submission(1), facts.submission(2, state="creating")))
    assert [each.state for each in drop_unsent(manifest, "stopped").submissions] == ["dropped", "creating"]


def test_a_change_ends_completeness() -> None:
    """A run with a new or changed submission is not complete until somebody looked again."""
    manifest = Manifest("CH01-001", (facts.submission(1, state="collected"),), complete=True)
    assert not manifest.with_(facts.submission(2)).complete


def test_names_hold_run_number_and_content() -> None:
    """Another run, submission or content gives another name, so that a job can be recognised by it."""
    names = {
        display_name(run, number, sha) for run in ("a", "b") for number in ("s1", "s2") for sha in ("0" * 64, "1" * 64)
    }
    assert len(names) == 8
