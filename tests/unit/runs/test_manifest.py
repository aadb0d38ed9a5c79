"""The manifest: what is written is read back, and what may still be answered is never forgotten."""

import json
from dataclasses import fields, replace
from pathlib import Path

import orjson
import pytest

from tasks.files import schema
from tasks.providers.job_status import Counts
from tasks.runs.awaited import Awaited
from tasks.runs.glimpse import UNREADABLE, peek
from tasks.runs.manifest import (
    Item,
    Kept,
    Manifest,
    State,
    Submission,
    decode,
    display_name,
    drop_unsent,
    encode,
    save,
    submission_of,
)
from tests.support import facts
from tests.support.emulator_process import ROOT


def test_written_and_read_back(tmp_path: object) -> None:
    """Every field survives the file, and the file passes its schema."""
    one = facts.submission(
        state=State.SUBMITTED, job="batches/j", counts=Counts(total=1, succeeded=0, failed=0, pending=1)
    )
    manifest = Manifest("CH01-001", (one,), complete=True)
    data = orjson.loads(encode(manifest))
    assert decode("CH01-001", data) == manifest
    schema.check(data, "manifest", None, 1)  # type: ignore[arg-type]


FLIES = {
    State.INTENT: False,
    State.CREATING: True,
    State.SENDING: True,
    State.SUBMITTED: True,
    State.FINISHED: True,
    State.COLLECTED: False,
    State.DROPPED: False,
}
"""For each state, whether an answer may still come."""


@pytest.mark.parametrize("state", FLIES)
def test_in_flight(state: State) -> None:
    """From the moment a create may have left until its answers are in, no request of a submission is sent again."""
    manifest = Manifest("CH01-001", (facts.submission(state=state),))
    assert manifest.in_flight() == (frozenset({"0001-aaaa"}) if FLIES[state] else frozenset())
    assert manifest.coming() == (frozenset({"a" * 64}) if FLIES[state] else frozenset())


def test_no_state_is_forgotten() -> None:
    """Each state that a manifest may hold stands in the table."""
    about = json.loads((ROOT / "schemas" / "manifest.schema.json").read_text())
    names = about["properties"]["submissions"]["items"]["properties"]["state"]["enum"]
    assert set(names) == {state.value for state in State} == {state.value for state in FLIES}


def test_attempts_count_what_was_really_sent() -> None:
    """Dropped submissions are no attempts; later ones do not change earlier numbers."""
    states = (State.COLLECTED, State.DROPPED, State.COLLECTED)
    manifest = Manifest("CH01-001", tuple(facts.submission(n, state=state) for n, state in enumerate(states, 1)))
    assert [manifest.attempt(each.id, "0001-aaaa") for each in manifest.submissions] == [1, 1, 2]


def test_attempts_are_counted_past_a_thousand_submissions() -> None:
    """The order of submissions counts, not that of their names: s1000 comes after s999."""
    manifest = Manifest("CH01-001", tuple(facts.submission(n, state=State.COLLECTED) for n in range(998, 1001)))
    assert [manifest.attempt(each.id, "0001-aaaa") for each in manifest.submissions] == [1, 2, 3]


def test_only_intents_are_dropped() -> None:
    """What a stopped process had only planned is dropped; what may exist stays."""
    manifest = Manifest("CH01-001", (facts.submission(1), facts.submission(2, state=State.CREATING)))
    assert [each.state for each in drop_unsent(manifest, "stopped").submissions] == [State.DROPPED, State.CREATING]


def test_a_change_ends_completeness() -> None:
    """A run with a new or changed submission is not complete until somebody looked again."""
    manifest = Manifest("CH01-001", (facts.submission(1, state=State.COLLECTED),), complete=True)
    assert not manifest.with_(facts.submission(2)).complete


def test_names_hold_run_number_and_content() -> None:
    """Another run, submission or content gives another name, so that a job can be recognised by it."""
    names = {
        display_name(run, number, sha) for run in ("a", "b") for number in ("s1", "s2") for sha in ("0" * 64, "1" * 64)
    }
    assert len(names) == 8


def test_schema_and_fields_are_the_same() -> None:
    """Every key of the schema is a field and the other way round, of the file, a submission, a request and counts."""
    about = json.loads((ROOT / "schemas" / "manifest.schema.json").read_text())
    submission = about["properties"]["submissions"]["items"]
    kinds = (
        (about, Manifest, {"$schema", "version"}),
        (submission, Submission, {"output"}),  # the first of `outputs`
        (submission["properties"]["requests"]["items"], Item, set()),
        (submission["properties"]["counts"], Counts, set()),
        (submission["properties"]["awaited"], Awaited, set()),
    )
    for its, kind, others in kinds:
        assert its["properties"].keys() - others == {each.name for each in fields(kind)} - {"more"}
    optional = {"awaited", "outputs", "life_hours", "kept_hours", "shared"}
    assert set(submission["required"]) == submission["properties"].keys() - optional


def test_one_result_file_is_written_as_ever_and_several_beside_it() -> None:
    """Older versions read `output`; `outputs` and other hours than usual are there only where they are needed."""
    one = replace(facts.submission(), outputs=("files/a",))
    several = replace(one, outputs=("files/a", "files/b"), kept_hours=720.0)
    written = json.loads(encode(Manifest("CH01-001", (one, replace(several, id="s002")))))["submissions"]
    assert [each["output"] for each in written] == ["files/a", "files/a"]
    assert not {"outputs", "life_hours", "kept_hours"} & written[0].keys()
    assert (written[1]["outputs"], written[1]["kept_hours"]) == (["files/a", "files/b"], 720.0)
    assert list(map(submission_of, written)) == [one, replace(several, id="s002")]


def test_keys_of_a_newer_version_survive() -> None:
    """They are read, kept while a submission is changed, and written again."""
    data = json.loads(encode(Manifest("CH01-001", (facts.submission(),))))
    data["later"] = data["submissions"][0]["later"] = data["submissions"][0]["requests"][0]["later"] = [1]
    manifest = decode("CH01-001", data)
    changed = manifest.with_(replace(manifest.submissions[0], state=State.CREATING))
    written = json.loads(encode(changed))
    data["submissions"][0]["state"] = "creating"
    assert written == data and decode("CH01-001", written) == changed


def test_a_quick_look_sees_the_same(tmp_path: Path) -> None:
    """Whoever peeks finds what the checked reading finds, of the states asked for."""
    path = tmp_path / "manifest.json"
    submissions = tuple(facts.submission(number, state=state) for number, state in enumerate(State, 1))
    save(path, Manifest("CH01-001", submissions, complete=True, references={"a": [1, 2]}, read_at="x"))
    told = peek(path)
    assert (told.run, told.complete, told.references, told.read_at) == ("CH01-001", True, {"a": [1, 2]}, "x")
    assert told.submissions() == submissions
    assert told.submissions((State.SENDING, State.DROPPED)) == (submissions[2], submissions[6])


@pytest.mark.parametrize("version", [2, None])
def test_a_quick_look_at_another_version_reads_on(tmp_path: Path, version: int | None) -> None:
    """What it says of money counts all the same; that nothing is left to do, only our own version can say."""
    path = tmp_path / "manifest.json"
    data = json.loads(encode(Manifest("CH01-001", (facts.submission(),)))) | {"version": version}
    path.write_text(json.dumps(data))
    told = peek(path)
    assert not told.is_ours
    assert told.submissions() == (facts.submission(),)


@pytest.mark.parametrize("spoiled", [{"version": ...}, {"submissions": [{"state": "intent"}]}, {"run": ...}])
def test_a_quick_look_trusts_nothing(tmp_path: Path, spoiled: dict[str, object]) -> None:
    """A file of another format or with a gap sends its reader the careful way, which says what is wrong."""
    path = tmp_path / "manifest.json"
    data = json.loads(encode(Manifest("CH01-001", (facts.submission(),)))) | spoiled
    path.write_text(json.dumps({name: value for name, value in data.items() if value is not ...}))
    with pytest.raises(UNREADABLE):
        peek(path).submissions()


def test_what_is_awaited_alone_is_on_its_way() -> None:
    """A finished job that owes one line of two: only that one is on its way; without the key the file is as before."""
    keys = ("0001-aaaa", "0002-bbbb")
    owing = facts.submission(1, keys, state=State.FINISHED, awaited=Awaited(keys[1:], 1, "2026-11-23T01:00:00Z"))
    read = decode("CH01-001", json.loads(encode(Manifest("CH01-001", (owing,)))))
    assert read.submissions == (owing,) and read.in_flight() == {"0002-bbbb"}
    assert b"awaited" not in encode(Manifest("CH01-001", (replace(owing, awaited=None),)))


def test_nothing_that_it_says_is_lost_by_being_read() -> None:
    """A command that changes one thing keeps all others: which lists were read, what was tidied, what waits."""
    manifest = Manifest(
        "CH01-001",
        (facts.submission(),),
        complete=True,
        references={"references/monk.png": [3, 5]},
        read_at="2026-11-23T00:00:00Z",
        look_for_jobs=True,
        looked_for=("gemini",),
        kept=Kept(2, 0.5, 1),
        tidied={"images/0001.png": "b" * 64},
        more={"later": 1},
    )
    plain = Manifest("CH01-001")
    assert all(getattr(manifest, each.name) != getattr(plain, each.name) for each in fields(Manifest)[1:])
    read = decode("CH01-001", orjson.loads(encode(manifest)))
    assert {each.name: getattr(read, each.name) for each in fields(Manifest)} == {
        each.name: getattr(manifest, each.name) for each in fields(Manifest)
    }
