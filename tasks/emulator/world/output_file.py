"""Result files in the making: written once, by one thread, and readable while they grow."""

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

_PIECE = 1 << 20


class OutputFile:
    """One result file. Appears at `path` when it is whole; until then it grows beside it."""

    def __init__(self, path: Path, lines: Callable[[], Iterable[bytes]]) -> None:
        self.path = path
        self._part = path.with_suffix(f".{os.getpid()}.part")
        self._stream = self._part.open("wb", buffering=0)
        self._whole = threading.Event()
        self._error: BaseException | None = None
        threading.Thread(target=self._write, args=(lines,), daemon=True).start()

    def _write(self, lines: Callable[[], Iterable[bytes]]) -> None:
        try:
            with self._stream:
                for line in lines():
                    self._stream.write(line)
            self._part.replace(self.path)
        except BaseException as error:
            self._error = error
            raise
        finally:
            self._whole.set()

    def wait(self, seconds: float | None) -> bool:
        """Whether the file is whole within that time. Raises what went wrong while it was made."""
        whole = self._whole.wait(seconds)
        if self._error is not None:
            raise RuntimeError(f"{self.path} could not be made") from self._error
        return whole

    def pieces(self) -> Iterator[bytes]:
        """The file from its beginning, as it grows, to its end."""
        with (self.path if self._whole.is_set() else self._part).open("rb") as stream:
            whole = False
            while not whole:
                whole = self.wait(0.05)
                while piece := stream.read(_PIECE):
                    yield piece


class OutputFiles:
    """The result files of one state, by job id."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._growing: dict[str, OutputFile] = {}

    def find(self, job_id: str) -> Path | None:
        """The file if it is whole already."""
        path = self._path(job_id)
        return path if path.exists() else None

    def make(self, job_id: str, lines: Callable[[], Iterable[bytes]]) -> OutputFile:
        """Start making the file, or join who has started."""
        with self._lock:
            if job_id not in self._growing:
                self._growing[job_id] = OutputFile(self._path(job_id), lines)
            return self._growing[job_id]

    def forget(self, job_id: str) -> None:
        """Drop the file; the next one who asks for it makes it anew."""
        with self._lock:
            self._growing.pop(job_id, None)
        self._path(job_id).unlink(missing_ok=True)

    def _path(self, job_id: str) -> Path:
        return self._folder / f"{job_id}.jsonl"
