"""Whose money it is: what every folder of work spent, read from its files."""

from dataclasses import replace
from pathlib import Path

import pytest

from tasks.money.budget import Spending
from tasks.money.reservations import Reservations
from tasks.project.paths import Paths
from tasks.runs import manifest, results
from tasks.runs.index import Index
from tasks.runs.manifest import Manifest, State, Submission
from tests.support import facts


def _of(folder: Path, today: str) -> list[Spending]:
    paths = Paths(folder)
    return Reservations(paths, None, Index(paths)).spent(today)


@pytest.mark.parametrize(
    ("folder", "channel"),
    [
        ("video/runs/CH01-251", "CH01"),
        ("thumbnails/CH02", "CH02"),
        ("compare/duel/g-1", "comparisons"),
        ("compare/CH01/g-1", "comparisons"),
    ],
)
def test_every_folder_spends_for_its_channel(tmp_path: Path, folder: str, channel: str) -> None:
    """A run and thumbnails for their channel; a comparison for none, whatever it is called."""
    path = tmp_path / "workspaces" / folder / "_gemini_batch" / "manifest.json"
    path.parent.mkdir(parents=True)
    manifest.save(path, Manifest("any", (facts.submission(state=State.SUBMITTED),)))
    spent = _of(tmp_path, "2026-11-23")
    assert [(each.channel, each.day, each.usd) for each in spent] == [(channel, "2026-11-23", 0.0168)]


def _spent(root: Path, submissions: tuple[Submission, ...] | None, jobs: tuple[str, ...]) -> list[float]:
    """What a run spent, by its manifest (None: lost) and a line of $0.02 for each of these jobs, all of s001."""
    folder = root / "workspaces/video/runs/CH01-251"
    (folder / "_gemini_batch").mkdir(parents=True)
    if submissions is not None:
        manifest.save(folder / "_gemini_batch/manifest.json", Manifest("CH01-251", submissions))
    lines = [facts.line(f"{number:04d}", job=job, cost_usd=0.02) for number, job in enumerate(jobs)]
    results.save(folder / "results.jsonl", lines)
    return sorted(each.usd for each in _of(root, "2026-11-23"))


def test_a_lost_manifest_leaves_what_was_spent(tmp_path: Path) -> None:
    """A folder without a manifest counts by its results, before any command makes one."""
    assert _spent(tmp_path, None, ("batches/j1", "batches/j1")) == [0.04]


def test_lines_of_another_job_with_the_same_id_count(tmp_path: Path) -> None:
    """An older version began again at s001: while that is open, the old lines of s001 are spent all the same."""
    made = facts.submission(state=State.SUBMITTED, job="batches/new")
    assert _spent(tmp_path, (made,), ("batches/old", "batches/new")) == [0.0168, 0.02]


def test_a_submission_whose_lines_were_lost_counts_by_its_estimate(tmp_path: Path) -> None:
    """results.jsonl was removed: until its lines are back, what was collected counts as it was reserved."""
    made = facts.submission(state=State.COLLECTED, job="batches/j1")
    assert _spent(tmp_path, (made,), ()) == [0.0168]


def test_lines_that_were_cut_off_count_by_their_share_of_the_estimate(tmp_path: Path) -> None:
    """One of two lines is left in results.jsonl: a cap does not gain room by a file that a full disk cut."""
    made = facts.submission(keys=("0000-aaaa", "0001-bbbb"), state=State.COLLECTED, job="batches/j1")
    first, second = made.requests
    made = replace(made, requests=(first, replace(second, digest="b" * 64)))
    assert _spent(tmp_path, (made,), ("batches/j1",)) == [pytest.approx(0.02 + 0.0168 / 2)]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": "another"}'])
def test_an_unreadable_manifest_stops_no_other_run(tmp_path: Path, text: str) -> None:
    """What its results say counts; what it had on its way nobody can count, and its own run is stopped elsewhere."""
    path = tmp_path / "workspaces/video/runs/CH01-251/_gemini_batch/manifest.json"
    assert _spent(tmp_path, None, ("batches/j1",)) == [0.02]
    path.write_text(text)
    assert [each.usd for each in _of(tmp_path, "2026-11-23")] == [0.02]
