"""The shared store as one project has it: what it is told later, and who is at work."""

import contextlib
from dataclasses import replace
from pathlib import Path

import pytest

from tasks.files import locks
from tasks.machines.place import here
from tasks.machines.records import OnRecord
from tasks.machines.shared_state import SharedState
from tasks.pictures.store import Store
from tasks.project.paths import Paths
from tasks.runs import manifest, results
from tasks.runs.manifest import Item, Manifest, State
from tasks.shared.configured import Shared
from tests.support import facts

DIGEST = "ab" + "1" * 62
KEY = f"0001-{DIGEST[:16]}"
RUN = "CH01-001"
FOLDER = f"video/runs/{RUN}"


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths(tmp_path / "project")


def state(paths: Paths, is_held: bool = True) -> SharedState:
    """As a command of that project has it."""
    (paths.root.parent / "shared").mkdir(exist_ok=True)
    return SharedState(paths, Shared(str(paths.root.parent / "shared")), lambda _: is_held)


def record(paths: Paths) -> OnRecord:
    """A job of that project for one picture, as it was put on record when it was made."""
    name = "submissions/acc/2026-11/a.json"
    items = (Item(KEY, "0001", DIGEST, "d" * 64),)
    made = replace(facts.submission(), requests=items, state=State.SUBMITTED, job="batches/j1", shared=name)
    return OnRecord(name, here(paths), FOLDER, RUN, "CH01", made)


def on_record(paths: Paths) -> OnRecord:
    """The same, in claims and books."""
    made, told = record(paths), state(paths)
    told.claims.begin(made)
    told.claims.take(made)
    told.books.reserve(made, None)
    return made


def collected(paths: Paths, made: OnRecord) -> None:
    """Its picture came, and only this project's own files say so."""
    facts.keep(Store(paths.store), facts.origin(KEY, DIGEST), b"picture")
    done = replace(made.submission, state=State.COLLECTED)
    manifest.save(paths.workspaces / FOLDER / "_gemini_batch" / "manifest.json", Manifest(RUN, (done,)))
    results.save(paths.workspaces / FOLDER / "results.jsonl", [facts.line("0001", DIGEST, cost_usd=0.0123)])


def test_what_the_store_was_not_told_it_is_told_by_the_next_command(paths: Paths) -> None:
    """A command that could not reach the store kept the picture; the next one gives it, and says what it cost."""
    made = on_record(paths)
    collected(paths, made)
    told = state(paths)
    assert [each.name for each in told.open()] == [made.name]
    told.catch_up()
    assert told.open() == [] and told.claims.read(made.name).came == {DIGEST}
    assert [each.usd for each in told.books.spent("acc", "2026-11")] == [0.0123]
    assert (paths.root.parent / "shared" / "pictures" / "ab" / f"{DIGEST}.json").is_file()


def test_without_a_word_in_the_manifest_a_job_stays_on_its_way(paths: Paths) -> None:
    """A folder that is gone or never had that job says nothing of it: it may cost, so it stays open and reserved."""
    made = on_record(paths)
    told = state(paths)
    told.catch_up()
    assert [each.name for each in told.open()] == [made.name]
    assert [each.usd for each in told.books.spent("acc", "2026-11")] == [0.0168]


@pytest.mark.parametrize(
    ("whose", "is_locked", "by_this_command", "is_at_work"),
    [
        ("ours", True, False, True),
        ("ours", True, True, False),
        ("ours", False, False, False),
        ("a neighbour's", True, False, True),
        ("a neighbour's", True, True, True),
        ("a neighbour's", False, True, False),
        ("another machine's", True, False, False),
    ],
)
def test_at_work_is_another_command_that_has_the_run(
    paths: Paths, tmp_path: Path, whose: str, is_locked: bool, by_this_command: bool, is_at_work: bool
) -> None:
    """Of one's own project a command beside this one; of a project on the same machine whoever has its run, also where
    this command has one of that name; of another machine nobody can say."""
    theirs = paths if whose == "ours" else Paths(tmp_path / "neighbour")
    made = record(theirs)
    if whose == "another machine's":
        made = replace(made, holder=replace(made.holder, host="far away"))
    with locks.held(theirs.lock(RUN)) if is_locked else contextlib.nullcontext():
        assert state(paths, by_this_command).is_at_work(made) is is_at_work
