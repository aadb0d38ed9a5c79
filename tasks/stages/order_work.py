"""Orders of a page at work: `doit retake … ORDER=` in a process of its own, again and again until all came.

Each process sends what is left, fetches what is done and ends (WAIT=0), so that the run is free in between: for a take
to be put back, a further order, another command. Whoever kills the server loses nothing: a process ends what it began,
and the order stays on disk.
"""

import subprocess
import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress

from ..project.paths import Paths
from ..project.run_paths import RunPaths
from ..requests import orders_file, takes_file
from ..runs import glimpse
from ..runs.glimpse import UNREADABLE
from ..runs.manifest import MAY_EXIST
from ..text.sentences import t

FIRST, MOST, SLOWER = 1.0, 60.0, 1.5
"""Seconds between two looks at a job: the first, at most, and how much longer each is."""
_SECONDS_TO_END = 10
_MOST_SAID = 2000


def on_their_way(paths: RunPaths, digests: Collection[str]) -> set[str]:
    """Those of these requests that a job, or a request under way, may still bring."""
    with suppress(*UNREADABLE):
        open_ = glimpse.peek(paths.manifest).submissions(MAY_EXIST)
        return {item.digest for each in open_ for item in each.owed if item.digest in digests}
    return set()


class OrderWork:
    """Threads that start commands. command: what starts doit with these words, in the project's folder."""

    def __init__(self, paths: Paths, command: Callable[[Sequence[str]], list[str]]) -> None:
        self._paths = paths
        self._command = command
        self._alone = defaultdict[str, threading.Lock](threading.Lock)
        self._guard = threading.Lock()
        self._at_work: set[str] = set()
        self._said: dict[str, str] = {}
        self._processes: set[subprocess.Popen[str]] = set()
        self._over = threading.Event()

    def begin(self, paths: RunPaths, identity: str) -> None:
        """Work on an order until all of it came or it needs a person; nothing when that is under way here."""
        with self._guard:
            if identity in self._at_work or self._over.is_set():
                return
            self._at_work.add(identity)
            self._said.pop(identity, None)
        threading.Thread(target=self._until_it_came, args=(paths, identity), daemon=True).start()

    def is_at_work(self, identity: str) -> bool:
        return identity in self._at_work

    def said(self, identity: str) -> str:
        """What the command said when it needed a person; "" else."""
        return self._said.get(identity, "")

    def _until_it_came(self, paths: RunPaths, identity: str) -> None:
        pause = FIRST
        try:
            while not self._over.is_set():
                status, said = self.run(paths, f"ORDER={identity}", "WAIT=0")
                order, takes = orders_file.named(paths.folder, identity), takes_file.read(paths.folder)
                if not order.open(takes):
                    return  # whatever else of the run needs a person
                if status and not on_their_way(paths, order.digests(takes)):
                    self._said[identity] = said
                    return
                self._over.wait(pause)
                pause = min(MOST, pause * SLOWER)
        except Exception as error:  # noqa: BLE001 - a thread has nobody else to tell
            self._said[identity] = str(error)
        finally:
            with self._guard:
                self._at_work.discard(identity)

    def run(self, paths: RunPaths, *words: str) -> tuple[int, str]:
        """One command about pictures of that run to its end: exit status, and what it said last."""
        with self._alone[paths.name]:
            process = self._started(self._command([*paths.retake.split()[1:], *words]))
            if process is None:
                return 130, t("doit review was stopped")
            try:
                return self._heard(process)
            finally:
                self._processes.discard(process)

    def _started(self, command: list[str]) -> "subprocess.Popen[str] | None":
        """None once `close` has begun: it ends all that were started before, each once, and none comes after."""
        with self._guard:
            if self._over.is_set():
                return None
            process = subprocess.Popen(  # noqa: S603 - this very program
                command,
                cwd=self._paths.root,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                encoding="utf-8",
                errors="replace",
            )
            self._processes.add(process)
            return process

    def _heard(self, process: "subprocess.Popen[str]") -> tuple[int, str]:
        """Its lines appear in the server's terminal as well."""
        lines = []
        assert process.stdout
        with process.stdout as stream:
            for line in stream:
                print(line, end="", flush=True)  # noqa: T201 - the person at the terminal reads it
                lines.append(line)
        return process.wait(), "".join(lines)[-_MOST_SAID:].strip()

    def close(self) -> None:
        """End what is at work as Ctrl-C would, and wait for it a little."""
        with self._guard:
            self._over.set()
        for process in list(self._processes):
            process.terminate()
        for process in list(self._processes):
            try:
                process.wait(_SECONDS_TO_END)
            except subprocess.TimeoutExpired:
                continue
