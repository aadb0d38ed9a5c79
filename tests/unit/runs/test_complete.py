"""Whether the quick look of the next command may believe that nothing is left to do."""

from pathlib import Path

import pytest

from tasks.project.paths import Paths
from tasks.project.settings import Settings
from tasks.runs import glimpse, manifest
from tasks.runs.complete import mark_complete
from tasks.runs.manifest import Manifest
from tasks.session.session import Session
from tests.support.studio import Studio


@pytest.mark.parametrize("is_damaged", [False, True])
def test_what_nobody_can_tell_is_looked_at_again(tmp_path: Path, is_damaged: bool) -> None:
    """A run is noted as complete when nothing is left of it, and not while a record of the store cannot be read."""
    studio = Studio(tmp_path / "project", None)
    studio.write(
        "workspaces/video/runs/CH01-001/prompts.json",
        {"prompts": [{"id": "0001", "prompt": "雪の山道", "skip": not is_damaged}]},
    )
    paths = Paths(studio.folder).run("CH01", "001")
    paths.manifest.parent.mkdir()
    manifest.save(paths.manifest, Manifest("CH01-001", (), complete=is_damaged))
    with Session(Paths(studio.folder), Settings()) as session:
        [run] = session.runs.own([paths])
        for request in run.wanted:
            run.store.folder(request.digest).mkdir(parents=True)
            (run.store.folder(request.digest) / f"{request.digest}.json").write_bytes(b"{")
        mark_complete(run)
    assert glimpse.peek(paths.manifest).complete is not is_damaged
