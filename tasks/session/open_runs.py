"""The runs that one command has open: read once, locked while there is anything to do, until the process ends."""

from collections.abc import Callable, Collection, Sequence

from filelock import FileLock

from ..catalog.catalog import Catalog
from ..files import locks
from ..project.paths import Paths
from ..project.run_paths import RunPaths
from ..project.settings import Settings
from ..runs import places
from ..runs.run import Run, open_damaged, read_run


class OpenRuns:
    """Runs by their names, and their locks. catalog: reads the configs when a run is read."""

    def __init__(self, paths: Paths, settings: Settings, catalog: Callable[[], Catalog]) -> None:
        self._paths = paths
        self._settings = settings
        self._catalog = catalog
        self._locks: dict[str, FileLock] = {}
        self._runs: dict[str, Run] = {}
        locks.allow_many()

    def open(self, runs: Sequence[RunPaths]) -> list[Run]:
        """The runs, read and checked; those with anything to do are locked. Raises Stop (held by another), BadInput."""
        for paths in runs:
            if paths.name not in self._runs:
                self._runs[paths.name] = self._open(paths)
        return [self._runs[paths.name] for paths in runs]

    def _open(self, paths: RunPaths) -> Run:
        run = self.read(paths)
        if run.idle and paths.name not in self._locks:
            return run
        self.lock(paths)
        return self.read(paths)

    def own(self, runs: Sequence[RunPaths]) -> list[Run]:
        """The runs, locked also where nothing is left to do, for a command that writes their pages and tables."""
        for paths in runs:
            if paths.name not in self._locks:
                self.lock(paths)
                self._runs[paths.name] = self.read(paths)
        return [self._runs[paths.name] for paths in runs]

    def opened(self) -> list[Run]:
        """Every run that is open by now."""
        return list(self._runs.values())

    def read(self, paths: RunPaths, insist: Collection[str] = ()) -> Run:
        """The run as its files are now, without a lock: to look at, not to write. insist: see `reopen`."""
        return read_run(paths, self._paths, self._catalog(), self._settings, insist)

    def lock(self, paths: RunPaths) -> None:
        """Keep every other command away from the run until this process ends. Raises Stop when one has it.

        BadInput when something lies in the way of what is going to be written.
        """
        if paths.name not in self._locks:
            places.check(paths, self._paths)
            self._locks[paths.name] = locks.take(self._paths.lock(paths.name), paths.name)

    def holds(self, run: Run) -> bool:
        """Whether this command has locked the run; of others it only knows what their files said when it looked."""
        return run.paths.name in self._locks

    def reopen(self, paths: RunPaths, insist: Collection[str]) -> Run:
        """The run, read anew after its takes were changed. insist: prompts whose pick is wanted though not sent yet."""
        self._runs[paths.name] = self.read(paths, insist)
        return self._runs[paths.name]

    def open_damaged(self, paths: RunPaths) -> Run:
        """A run whose paid results are to come home, locked; also one whose prompts cannot be read (see Run.blind).

        Raises Stop when another process has it, BadInput when its manifest or results cannot be read.
        """
        if paths.name not in self._runs:
            places.check_records(paths, self._paths)
            lock = locks.take(self._paths.lock(paths.name), paths.name)
            try:
                self._runs[paths.name] = open_damaged(paths, self._paths, self._catalog(), self._settings)
            except BaseException:
                lock.release()
                raise
            self._locks[paths.name] = lock
        return self._runs[paths.name]

    def close(self) -> None:
        """Let go of the runs, for a process that goes on."""
        for lock in self._locks.values():
            lock.release()
        self._locks.clear()
        self._runs.clear()
