"""What stands at a manifest's place and is not ours goes aside, once it can bring nothing any more."""

from pathlib import Path

import pytest

from tasks.project.paths import Paths
from tasks.project.settings import Settings
from tasks.runs import manifest
from tasks.runs.manifest import Manifest
from tasks.session.session import Session
from tasks.stages.make_way import make_way
from tests.support.studio import Studio, story

OURS = manifest.encode(Manifest("CH01-001", ()))


@pytest.mark.parametrize(
    ("data", "goes"),
    [
        (b'{"schema": "other.v1", "items": []}', True),
        (b'{"schema": "other.v1", "job": {"name": "batches/abc"}}', False),
        (b'{"schema": "other.v1", "jobs": ["batch_0123456789abcdef0123"]}', False),
        (OURS[: len(OURS) // 2], False),
        (OURS, False),
        (None, False),
    ],
)
def test_only_another_programs_file_without_a_job_goes_aside_unasked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], data: bytes | None, goes: bool
) -> None:
    """Byte for byte, and it is said; a job that nobody can be asked about, or a damaged file of ours, stays."""
    for name in ("GEMINI_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    studio = Studio(tmp_path / "project", None)
    studio.prompts(story(1))
    paths = Paths(studio.folder).run("CH01", "001")
    paths.manifest.parent.mkdir()
    if data is not None:
        paths.manifest.write_bytes(data)
    with Session(Paths(studio.folder), Settings()) as session:
        make_way(session, [paths])
        assert session.runs.is_locked(paths.name) is goes
    left = [(path.name == "manifest.json", path.read_bytes()) for path in paths.manifest.parent.iterdir()]
    assert left == ([] if data is None else [(not goes, data)])
    assert ("was another program's" in capsys.readouterr().out) is goes
