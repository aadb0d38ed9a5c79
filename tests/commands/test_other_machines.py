"""What another place has on its way for a run comes home with that run."""

from pathlib import Path

import pytest

from tests.support.emulator_process import EmulatorProcess
from tests.support.studio import Studio, story


@pytest.mark.parametrize("run", ["CH01-001", "CH01-002"])
def test_a_job_of_another_machine_comes_home_whatever_the_run_is_called_here(
    tmp_path: Path, emulator: EmulatorProcess, run: str
) -> None:
    """No command is at work on it and it is done: bought once, fetched once, and each picture has one line."""
    (tmp_path / "store").mkdir()
    a, b = Studio(tmp_path / "a", emulator), Studio(tmp_path / "b", emulator)
    for studio, name in ((a, "studio-a"), (b, "studio-b")):
        studio.env |= {"KAMISHIBAI_STORE": str(tmp_path / "store"), "KAMISHIBAI_MACHINE": name}
    emulator.job_seconds(60)
    a.prompts(story(2))
    a.visual("WAIT=0")
    emulator.advance(60)
    b.prompts(story(1, "別"))
    b.prompts(story(2), run)
    b.visual(f"RUN={run[5:]}", "WAIT=0.2")
    assert (len(b.images(run)), len(b.results(run))) == (2, 2)
    assert (b.jobs_created, b.billed, emulator.ledger()["requests"]["download"]) == (1, 2, 1)
