"""One run: what its manifest and its results say together."""

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from tasks.pictures.store import Store
from tasks.project.run_paths import RunPaths
from tasks.requests.request import PromptSpec, requests
from tasks.runs.found_pictures import FoundPictures
from tasks.runs.manifest import Manifest, State
from tasks.runs.results import Result
from tasks.runs.run import Run
from tasks.runs.their_job import TheirJob
from tests.support import facts

KEY = f"0001-{'a' * 16}"
NOW = replace(facts.submission(2, (KEY,), state=State.SUBMITTED, job="batches/j2"), submitted_at="2026-11-24T00:00:00Z")


def _attempt(folder: Path, *history: Result, known: tuple[int, ...] = ()) -> int:
    """Which attempt NOW is, beside those answers and further submissions that the manifest knows."""
    before = (facts.submission(number, (KEY,), state=State.COLLECTED, job=f"batches/j{number}") for number in known)
    manifest = Manifest("CH01-001", (*before, NOW))
    run = Run(RunPaths(folder), None, None, [], manifest, list(history), Store(folder))  # type: ignore[arg-type]
    return run.attempt(NOW, KEY)


def _answer(
    submission: str | None, job: str | None, at: str | None = "2026-11-23T00:00:00Z", name: str = "0001"
) -> Result:
    return facts.failed(name, key=f"{name}-{'a' * 16}", submission=submission, job=job, submitted_at=at)


@pytest.mark.parametrize(
    ("history", "known", "attempt"),
    [
        ([], (), 1),
        ([], (1,), 2),
        ([_answer("s001", "batches/j1")], (1,), 2),
        ([_answer("s001", "batches/j1")], (), 2),
        ([_answer("s001", "batches/j1"), _answer("s000", "batches/j0")], (), 3),
        ([_answer("s001", "batches/j1"), _answer("s001", "batches/j1")], (), 2),
        ([_answer("s001", "batches/j1", name="0009")], (), 2),
        ([_answer("s007", "batches/j2")], (), 1),
        ([_answer("s003", "batches/j3", "2026-11-25T00:00:00Z")], (), 1),
        ([_answer(None, None)], (), 1),
    ],
)
def test_attempts_of_a_lost_manifest_count(
    tmp_path: Path, history: list[Result], known: tuple[int, ...], attempt: int
) -> None:
    """Each once, by the results; under whatever prompt id and name of the submission; not those that came later."""
    assert _attempt(tmp_path, *history, known=known) == attempt


def test_a_run_waits_for_another_programs_job_but_not_for_what_lies_there(tmp_path: Path) -> None:
    """That picture is here: nothing is sent for it either way, and it is taken for what it is."""
    wanted = requests([PromptSpec(f"000{number}", f"山{number}", facts.choice()) for number in (1, 2, 3)])
    paths = RunPaths(tmp_path / "CH01-001")
    paths.images.mkdir(parents=True)
    Image.effect_noise((64, 36), 50).save(paths.images / "0001.png")
    names = {f"CH01-001#{each.prompt_id}": each.prompt_id for each in wanted[:2]}
    theirs = TheirJob(None, "batches/theirs", "some-model", names)  # type: ignore[arg-type]
    run = Run(paths, None, None, wanted, Manifest("CH01-001", ()), [], Store(tmp_path / ".store"))  # type: ignore[arg-type]
    run.__dict__["_found"] = FoundPictures(0, tuple)
    assert [run.is_coming(each) for each in wanted] == [False, False, False]
    run.theirs = theirs
    assert [run.is_coming(each) for each in wanted] == [False, True, True]
