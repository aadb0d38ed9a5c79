"""The quick look at a run, by which a command knows that it has nothing to do."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tasks.project.paths import Paths
from tasks.project.run_paths import RunPaths
from tasks.runs import manifest, results
from tasks.runs.manifest import Kept, Manifest, State
from tasks.runs.summary import Summary, deciding, summary, usage_is_behind
from tests.support import facts

MONK, NUN = "references/monk.png", "references/nun.png"


def _stat(path: Path) -> list[int]:
    about = path.stat()
    return [about.st_size, about.st_mtime_ns]


@pytest.fixture
def paths(tmp_path: Path) -> RunPaths:
    """A finished run: two pictures are there, a third was refused, and their prompts refer to two pictures."""
    paths = RunPaths(tmp_path / "CH01-001")
    for name in ("images/0001.png", "images/0002.png", MONK, NUN, "_gemini_batch/any"):
        (paths.folder / name).parent.mkdir(exist_ok=True, parents=True)
        (paths.folder / name).write_bytes(b"png")
    results.save(paths.results, [facts.line("0001"), facts.line("0002"), facts.failed("0003")])
    _keep(paths)
    return paths


def _keep(paths: RunPaths, **changes: object) -> None:
    seen = {name: _stat(paths.folder / name) for name in (MONK, NUN)}
    job = facts.submission(keys=("0001-a", "0002-a", "0003-a"), state=State.COLLECTED, job="batches/j1")
    whole = Manifest("CH01-001", (job,), complete=True, references=seen)
    manifest.save(paths.manifest, replace(whole, **changes))  # type: ignore[arg-type]


def _paint(paths: RunPaths, name: str, data: bytes = b"other") -> None:
    (paths.folder / name).write_bytes(data)


def test_a_finished_run_needs_no_other_look(paths: RunPaths) -> None:
    """Its counts are told, and nothing is owed."""
    found = summary(paths)
    assert found == Summary("CH01-001", False, 2, 1, unsure=False, references=True)


@pytest.mark.parametrize(
    ("change", "unsure"),
    [
        (lambda paths: _paint(paths, MONK), False),
        (lambda paths: [_paint(paths, name) for name in (MONK, NUN)], False),
        (lambda paths: os.utime(paths.folder / NUN, ns=(1, 1)), False),
        (lambda paths: (paths.folder / MONK).unlink(), False),
        (lambda paths: (paths.images / "0001.png").unlink(), False),
        (lambda paths: _paint(paths, "images/0001.png"), True),
        (lambda paths: _keep(paths, complete=False), False),
        (lambda paths: _keep(paths, run="CH01-002"), False),
        (lambda paths: _keep(paths, kept=Kept(pointers=1)), False),
        (lambda paths: paths.manifest.write_bytes(b"{"), False),
        (lambda paths: paths.results.write_bytes(b"\n{\n"), False),
        (lambda paths: paths.results.write_bytes(b""), False),
        (lambda paths: results.save(paths.results, [facts.line("0001"), facts.line("0002")]), False),
    ],
)
def test_what_makes_a_command_look_closer(paths: RunPaths, change: Callable[[RunPaths], object], unsure: bool) -> None:
    """A picture it was made from or that was made is another or gone, something was left, or nobody can tell.

    unsure: whether the pictures have to be looked into.
    """
    change(paths)
    found = summary(paths)
    assert (found.owed, found.unsure) == (True, unsure)


def test_a_picture_in_place_of_one_that_failed_is_looked_into(paths: RunPaths) -> None:
    """A person's own, of whatever format: it may be whole or not."""
    (paths.images / "0003.jpg").write_bytes(b"mine")
    assert summary(paths).unsure


def test_a_retake_that_failed_leaves_nothing_to_look_into(paths: RunPaths) -> None:
    """The picture in its place is the one that came before, as its line says."""
    lines = [facts.line("0001"), facts.line("0002"), facts.failed("0003")]
    results.save(paths.results, [*lines, facts.failed("0001", digest="f" * 64, attempt=2)])
    found = summary(paths)
    assert (found.owed, found.unsure, found.pictures, found.failed) == (False, False, 1, 2)


def test_what_was_tidied_away_is_there(paths: RunPaths) -> None:
    """It is counted, and nothing is owed for it, as long as the record is about that very picture."""
    (paths.images / "0001.png").unlink()
    _keep(paths, tidied={"images/0001.png": "b" * 64})
    found = summary(paths)
    assert (found.owed, found.pictures, found.tidied) == (False, 2, 1)
    _keep(paths, tidied={"images/0001.png": "e" * 64})
    found = summary(paths)
    assert (found.owed, found.tidied) == (True, 0)


def test_caps_decide_about_no_picture(tmp_path: Path) -> None:
    """Whoever raises a cap has no finished run looked at anew; models, presets and their folder do."""
    project = Paths(tmp_path)
    assert {project.models, project.presets, project.models.parent} <= set(deciding(project))
    assert project.budget not in deciding(project)


@pytest.mark.parametrize(
    ("at", "is_behind"),
    [
        ({}, False),
        ({"results": 5}, True),
        ({"results": 5, "usage": 5}, False),
        ({"results": 5, "usage": 4}, True),
        ({"results": 5, "usage": 6}, True),
        ({"results": 5, "usage": 6, "gallery": 7}, False),
        ({"results": 5, "usage": 6, "gallery": 6}, False),
        ({"results": 5, "usage": 6, "gallery": 5}, True),
    ],
)
def test_whether_usage_csv_tells_of_the_results(tmp_path: Path, at: dict[str, int], is_behind: bool) -> None:
    """It has the time of the results it was made of; earlier versions left it newer, and the page newer still."""
    paths = RunPaths(tmp_path / "CH01-001")
    paths.folder.mkdir()
    for name, seconds in at.items():
        path = getattr(paths, name)
        path.touch()
        os.utime(path, (seconds, seconds))
    assert usage_is_behind(paths) is is_behind
