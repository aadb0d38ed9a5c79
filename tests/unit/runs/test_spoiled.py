"""What stands at a manifest's place and is none of ours, or not as it should be."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from tasks.project.run_paths import RunPaths
from tasks.runs.spoiled import spoiled

OURS: dict[str, Any] = {"version": 1, "run": "CH01-001", "submissions": []}


@pytest.fixture
def paths(tmp_path: Path) -> RunPaths:
    paths = RunPaths(tmp_path / "CH01-001")
    paths.manifest.parent.mkdir(parents=True)
    return paths


@pytest.mark.parametrize(
    ("data", "is_foreign"),
    [
        ({"run": "CH01-001", "submissions": []}, False),
        (OURS | {"schema": "batch/2", "submissions": None}, False),
        ({"version": 1}, False),
        ([], False),
        ({"jobs": []}, True),
        ({"run": "CH01-001", "jobs": []}, True),
        ({"submissions": []}, True),
        ({"version": 1, "schema": "batch/2"}, True),
    ],
)
def test_only_what_was_never_ours_is_another_programs(paths: RunPaths, data: object, is_foreign: bool) -> None:
    """That is set aside by itself later; ours, however damaged, may be the only record of paid work and never is."""
    paths.manifest.write_bytes(orjson.dumps(data))
    found = spoiled(paths)
    assert found and found.is_foreign is is_foreign
    assert ("another program's" in found.what, "from a backup" in found.do) == (is_foreign, not is_foreign)


def test_what_cannot_be_opened_stops_its_run_too(paths: RunPaths, tmp_path: Path) -> None:
    """A folder in its place, or a link that leads nowhere, may stand for paid work; where nothing lies, nothing was."""
    assert spoiled(paths) is None
    paths.manifest.mkdir()
    found = spoiled(paths)
    assert found and "CH01-001 has on its way is not known" in found.what
    paths.manifest.rmdir()
    paths.manifest.symlink_to(tmp_path / "gone")
    found = spoiled(paths)
    assert found and "CH01-001 has on its way is not known" in found.what
