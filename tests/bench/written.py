"""How many bytes a large run writes to results.jsonl in all: `python -m tests.bench.written`.

50,000 pictures in jobs of 200, as the fetch stage brings them home; no pictures, which are written beside it.
"""

import argparse
import tempfile
import time
from pathlib import Path
from types import TracebackType

from tasks.pictures.store import Store
from tasks.project.run_paths import RunPaths
from tasks.runs.manifest import Manifest
from tasks.runs.run import Run
from tests.support import facts


class Counted:
    """Bytes written to a file between looks: all of it where it was exchanged, else what it grew by."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen = (0, 0, 0)
        self._held = list[object]()  # an inode that is free may be given to the next file
        self.bytes = 0

    def __enter__(self) -> "Counted":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._held.clear()

    def look(self) -> None:
        """To be called after each write."""
        about = self._path.stat()
        inode, size, changed = self._seen
        self._seen = (about.st_ino, about.st_size, about.st_mtime_ns)
        if about.st_ino != inode:
            self._held = [self._path.open("rb")]
            self.bytes += about.st_size
        elif about.st_mtime_ns != changed:
            self.bytes += about.st_size - size if about.st_size > size else about.st_size


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.bench.written", description=__doc__)
    parser.add_argument("--pictures", type=int, default=50_000)
    parser.add_argument("--job", type=int, default=200)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "CH01-001"
        folder.mkdir()
        run = Run(RunPaths(folder), None, None, [], Manifest("CH01-001"), [], Store(folder))  # type: ignore[arg-type]
        began, spent = time.monotonic(), time.process_time()
        with Counted(run.paths.results) as counted:
            for first in range(0, options.pictures, options.job):
                numbers = range(first, min(first + options.job, options.pictures))
                more = {"submission": f"s{first // options.job + 1:03}"}
                run.add([facts.line(f"{number:05}", key=f"{number:05}-k", **more) for number in numbers])
                counted.look()
        size = run.paths.results.stat().st_size
        times, seconds = counted.bytes / size, time.monotonic() - began
        print(f"{options.pictures:,} pictures: {size / 1e6:.1f} MB, written {counted.bytes / 1e6:.1f} MB: {times:.2f}x")
        print(f"{seconds:.1f} s, {time.process_time() - spent:.1f} s of processor time")


if __name__ == "__main__":
    main()
