"""Lines of results.jsonl that were lost are told again, each once, with what it cost."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from tasks.pictures.store import MACHINE, Store
from tasks.project.run_paths import RunPaths
from tasks.project.settings import Settings
from tasks.providers.answer import Status
from tasks.requests.request import PromptSpec, Request, requests
from tasks.runs import results
from tasks.runs.found_pictures import FoundPictures
from tasks.runs.manifest import Item, Manifest, State
from tasks.runs.results import Result
from tasks.runs.run import Run
from tasks.stages.recall import recall
from tests.support import facts

REQUESTS = requests([PromptSpec(f"000{number}", f"山{number}", facts.choice()) for number in range(1, 6)])
DIGEST = {each.prompt_id: each.digest for each in REQUESTS}


def _line(name: str) -> Result:
    return facts.line(name, DIGEST[name])


def _failed(name: str) -> Result:
    return facts.failed(name, digest=DIGEST[name], key=f"{name}-{DIGEST[name][:16]}", cost_usd=0.01)


def _bought(store: Store, name: str, run: str = "CH01-001", **more: Any) -> None:
    """The record of a picture that came for a prompt, and was taken in by a run."""
    facts.keep(store, facts.origin(f"{name}-{DIGEST[name][:16]}", DIGEST[name]), name.encode(), run=run, **more)


def _run(folder: Path, history: list[Result], manifest: Manifest, wanted: list[Request] | None = None) -> Run:
    paths, store = RunPaths(folder / "CH01-001"), Store(folder / ".store")
    paths.folder.mkdir(parents=True)
    run = Run(paths, None, Settings(), wanted or [], manifest, history, store)  # type: ignore[arg-type]
    run.__dict__["_found"] = FoundPictures(0, tuple)
    return run


def _manifest(*failed: str, state: State = State.COLLECTED) -> Manifest:
    """Of one job for all prompts; failed: what it knows of answers without a picture."""
    items = tuple(
        Item(
            f"{name}-{DIGEST[name][:16]}",
            name,
            DIGEST[name],
            "d" * 64,
            failed=json.loads(_failed(name).to_json()) if name in failed else None,
        )
        for name in DIGEST
    )
    submission = replace(facts.submission(state=state, job="batches/j1"), requests=items)
    return Manifest("CH01-001", (submission,))


def _told(run: Run) -> list[tuple[str, Status, float]]:
    """What stands in results.jsonl: prompt, what became of it, and its cost."""
    lines = results.read(run.paths.results) if run.paths.results.exists() else []
    return [(line.prompt_id, line.status, line.cost_usd) for line in lines]


def test_what_the_store_and_the_manifest_know_is_told_again(tmp_path: Path) -> None:
    """Answers without a picture first, by the manifest; then what this very run bought. Nobody else's, and once."""
    run = _run(tmp_path, [_line("0001")], _manifest("0002"))
    for name in ("0001", "0003"):
        _bought(run.store, name)
    _bought(run.store, "0004", run="CH09-001")
    _bought(run.store, "0005", **{MACHINE: "another"})
    recall(run)
    told = [("0001", Status.OK, 0.0168), ("0002", Status.ERROR, 0.01), ("0003", Status.OK, 0.0168)]
    assert _told(run) == told
    again = run.history[-1]
    assert (again.sent_as, again.tokens, again.image) == (_line("0003").sent_as, _line("0003").tokens, None)
    assert "its line was lost" in str(again.note) and again.failure is None
    recall(run)
    assert _told(run) == told


def test_a_job_whose_answers_are_still_to_come_in_has_lost_nothing(tmp_path: Path) -> None:
    """Its lines are written when it is collected."""
    run = _run(tmp_path, [], _manifest(state=State.FINISHED))
    _bought(run.store, "0003")
    recall(run)
    assert _told(run) == []


def test_with_the_manifest_lost_too_every_record_of_the_run_is_looked_at(tmp_path: Path) -> None:
    """Until the provider was asked for its jobs: then the manifest knows them again."""
    run = _run(tmp_path, [_line("0001")], Manifest("CH01-001", (), look_for_jobs=True))
    _bought(run.store, "0003")
    _bought(run.store, "0004", run="CH09-001")
    recall(run)
    assert _told(run) == [("0001", Status.OK, 0.0168), ("0003", Status.OK, 0.0168)]
    asked = _run(tmp_path / "asked", [], replace(run.manifest, looked_for=("gemini",)))
    _bought(asked.store, "0003")
    recall(asked)
    assert _told(asked) == []


def test_what_comes_back_to_a_prompt_is_left_to_that(tmp_path: Path) -> None:
    """The line of a picture that is wanted says what it cost when the picture lies in images/ again: not twice."""
    run = _run(tmp_path, [], _manifest(), REQUESTS[:2])
    for name in ("0001", "0003"):
        _bought(run.store, name)
    _bought(run.store, "0002", cost_basis="of a later version")  # said when it is to come back
    recall(run)
    assert [name for name, *_ in _told(run)] == ["0003"]
