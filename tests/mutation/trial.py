"""One mutant in a copy of the tree: the tests that hold its module run until the first of them fails."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .places import ROOT, Mutant
from .ran import failed

KILLED, SURVIVED, UNDECIDED = "killed", "survived", "undecided"
FAILED = (1, 2)
"""What pytest says when a test failed, and when a test could not import the code."""
UNIMPORTABLE = "while loading conftest", "found no collectors"
"""What it says when conftest.py could not, or the file of a test that was asked for; its status is another one then."""
PATIENCE = 60.0, 5.0
"""Tests are taken to hang after these seconds and so many times what they took while lines were noted."""
Steps = Sequence[tuple[Sequence[str], float]]
"""Tests by their node ids, the first to be run first, with the seconds that they take with the code as it is."""


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant. by: the tests that noticed, or what kept us from knowing."""

    outcome: str
    by: str
    seconds: float


class Stage:
    """A copy of the working tree in `folder`, as git sees it, in which one mutant at a time is tried."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._running: subprocess.Popen[bytes] | None = None
        self._stopped = False
        names = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            check=True,
        ).stdout.decode()
        for name in filter(None, names.split("\0")):
            if (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, folder / name)
        # Compiled code is told by the hash of its source: a mutant of the same second and size is not passed over.
        compiled = [sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "checked-hash", "tasks", "tests"]
        subprocess.run(compiled, cwd=folder, check=True)

    def stop(self) -> None:
        """End the tests that are running, with all that they have started: they say nothing of their mutant."""
        self._stopped = True
        self._end()

    def _end(self) -> None:
        if self._running and self._running.poll() is None:
            os.killpg(self._running.pid, signal.SIGKILL)

    def play(self, mutant: Mutant, steps: Steps) -> Verdict:
        """Change the code, and run these tests until one fails."""
        path = self.folder / mutant.file
        source = path.read_bytes()
        path.write_bytes(mutant.applied(source))
        try:
            return self._tests(steps)
        finally:
            path.write_bytes(source)

    def _tests(self, steps: Steps) -> Verdict:
        began = time.monotonic()
        for tests, usual in steps:
            seconds = PATIENCE[0] + PATIENCE[1] * usual
            status = self._pytest(tests, seconds)
            if there := self._named_otherwise(tests):
                status = self._pytest(there, seconds)
            spent = time.monotonic() - began
            if status in FAILED or self._is_unimportable():
                return Verdict(KILLED, next(iter(failed(self.folder / ".said")), "not even imported"), spent)
            if status != 0:
                return Verdict(UNDECIDED, "hangs" if status is None else f"exit {status}", spent)
        return Verdict(SURVIVED, f"{sum(len(tests) for tests, _ in steps)} tests", time.monotonic() - began)

    def _named_otherwise(self, tests: Sequence[str]) -> list[str]:
        """The tests but those that are named after what was changed, if there are such."""
        gone = [line for line in self._said().splitlines() if line.startswith("ERROR: not found: ")]
        if not gone:
            return []
        return [test for test in tests if not any(line.endswith(test.partition("[")[0]) for line in gone)]

    def _said(self) -> str:
        return (self.folder / ".said").read_text("utf-8", "replace")

    def _is_unimportable(self) -> bool:
        return any(words in self._said() for words in UNIMPORTABLE)

    def _pytest(self, tests: Sequence[str], seconds: float) -> int | None:
        """The exit status; None when it took too long and was ended with all that it had started."""
        # What differs is not looked into: of two pictures that takes minutes, and looks like tests that hang.
        options = ["--assert=plain", "-x", "-q", "-p", "no:cacheprovider", "--hypothesis-seed=0"]
        (self.folder / ".tests").write_text("\n".join(tests), "utf-8")
        with (self.folder / ".said").open("wb") as said:
            self._running = subprocess.Popen(
                [sys.executable, "-m", "pytest", *options, "--basetemp=.tmp", "@.tests"],
                cwd=self.folder,
                env=os.environ | {"CI": "true"},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        try:
            status = self._running.wait(seconds)
        except subprocess.TimeoutExpired:
            self._end()
            self._running.wait()
            return None
        if self._stopped:
            raise InterruptedError
        return status
