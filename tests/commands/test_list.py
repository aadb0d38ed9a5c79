"""`doit list`: every task with one line of help."""

import subprocess
import sys

from tests.support.emulator_process import ROOT


def test_the_list_of_commands_fits_80_columns() -> None:
    """`doit list` has one line a command; its variables are in `doit help COMMAND`."""

    def said(*words: str) -> str:
        return subprocess.check_output([sys.executable, "-m", "doit", *words], cwd=ROOT, text=True)

    lines = said("list").splitlines()
    assert len(lines) > 15 and max(map(len, lines)) <= 80
    assert "RETRY=" in said("help", "visual") and "PICK=" in said("help", "retake")
