"""Which lines of `tasks/` a test runs, noted where a file for it is named: in this process, and in what it forks.

    notes = Notes(file)                   file: what the environment variable KAMISHIBAI_LINES names
    with notes.of("tests/…::test_…"): …   what runs, and how long
    notes.write()
    read(file)                            what this process and all others have noted

coverage.py traces and keeps the lines; a command that is killed says nothing of its own.
"""

import base64
import contextlib
import json
import os
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TypedDict

ROOT = Path(__file__).resolve().parents[2]


class Note(TypedDict):
    """What one process has to say of a test: which lines of each module it ran; of pytest's own, how long it took."""

    test: str
    lines: dict[str, list[int]]
    seconds: float


class Notes:
    """Lines of one process, by test."""

    def __init__(self, file: Path) -> None:
        """file: many processes append to it, each note in one write."""
        from coverage import Coverage

        self._file = file
        self._coverage = Coverage(
            data_file=None,
            config_file=False,
            include=[str(ROOT / "tasks" / "*")],
            omit=[str(ROOT / "tasks" / "emulator" / "*")],
        )
        self._coverage.set_option("run:disable_warnings", ["no-data-collected"])
        self._seconds: dict[str, float] = {}

    def begin(self, test: str) -> None:
        """What runs from now on belongs to that test; to none, if it has no name."""
        self._coverage.start()
        self._coverage.switch_context(test)

    @contextlib.contextmanager
    def of(self, test: str) -> Iterator[None]:
        """The lines and seconds of one test."""
        began = time.monotonic()
        self.begin(test)
        try:
            yield
        finally:
            self._coverage.switch_context("")
            self._seconds[test] = round(time.monotonic() - began, 2)

    def write(self) -> None:
        """Write all that was noted."""
        self._coverage.stop()
        data = self._coverage.get_data()
        noted = {test: Note(test=test, lines={}, seconds=each) for test, each in self._seconds.items() if test}
        for name in data.measured_files():
            for line, tests in data.contexts_by_lineno(name).items():
                for test in filter(None, tests):
                    note = noted.setdefault(test, Note(test=test, lines={}, seconds=0.0))
                    note["lines"].setdefault(Path(name).relative_to(ROOT).as_posix(), []).append(line)
        packed = [base64.b64encode(zlib.compress(json.dumps(note).encode(), 1)) for note in noted.values()]
        descriptor = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
        with open(descriptor, "wb", buffering=0) as stream:
            stream.write(b"".join(line + b"\n" for line in packed))


def read(file: Path) -> Iterator[Note]:
    """What was noted, in the order in which it was written."""
    with file.open("rb") as stream:
        for line in stream:
            yield json.loads(zlib.decompress(base64.b64decode(line)))
