"""The runs that one command has open: read once, locked while there is anything to do, until the process ends.

One that cannot be read is left out, and said to be, for the rest of the command; the others go on.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from filelock import FileLock

from ..catalog.catalog import Catalog
from ..files import locks, system
from ..project.paths import Paths
from ..project.run_paths import RunPaths
from ..project.settings import Settings
from ..runs import places
from ..runs.complete import is_idle
from ..runs.index import Index
from ..runs.left_out import LeftOut, Made
from ..runs.other_machines import OtherMachines
from ..runs.read_run import open_damaged, read_run
from ..runs.run import Run
from ..runs.spoiled import SpoiledManifest
from ..text.errors import Stop


class OpenRuns:
    """Runs by their names, and their locks. catalog: reads the configs when a run is read. index: of all places.

    tell: is given the name of each place that is left out, and why.
    """

    def __init__(
        self,
        paths: Paths,
        settings: Settings,
        catalog: Callable[[], Catalog],
        index: Index,
        tell: Callable[[str, Stop], None],
    ) -> None:
        self._paths = paths
        self._settings = settings
        self._catalog = catalog
        self._index = index
        self._tell = tell
        self._worked_on: set[str] = set()
        self._locks: dict[str, FileLock] = {}
        self._runs: dict[str, Run] = {}
        self.machines: OtherMachines | None = None
        self.left_out = LeftOut()
        system.allow_many_files()

    def open(self, runs: Sequence[RunPaths]) -> list[Run]:
        """The runs that can be read, read and checked; those with anything to do are locked.

        Raises Stop (held by another), BadInput when none is left, or a config that concerns all is wrong.
        """
        return self.each(runs, self._opened)

    def _opened(self, paths: RunPaths) -> Run:
        if paths.name not in self._runs:
            self._runs[paths.name] = self._open(paths)
        return self._runs[paths.name]

    def one(self, paths: RunPaths) -> Run:
        """The same for a command about a single run. Raises what is wrong with it, after that was told."""
        for run in self.open([paths]):
            return run
        return self.read(paths)

    def _open(self, paths: RunPaths) -> Run:
        run = self.read(paths)
        if is_idle(run) and paths.name not in self._locks:
            return run
        return self._locked(paths)

    def _locked(self, paths: RunPaths) -> Run:
        self.lock(paths)
        return self._as_left(self.read(paths))

    def _as_left(self, run: Run) -> Run:
        """The run, which is to look for the jobs of its manifest when that was lost."""
        if run.paths.name in self._worked_on and not run.paths.manifest.exists():
            run.manifest = replace(run.manifest, look_for_jobs=True)
        return run

    def own(self, runs: Sequence[RunPaths]) -> list[Run]:
        """The same, locked also where nothing is left to do, for a command that writes their pages and tables."""
        return self.each(runs, self._owned)

    def _owned(self, paths: RunPaths) -> Run:
        if paths.name not in self._locks:
            self._runs[paths.name] = self._locked(paths)
        return self._runs[paths.name]

    def each(self, runs: Sequence[RunPaths], work: Callable[[RunPaths], Made]) -> list[Made]:
        """What `work` makes of each run. One for which it cannot be done is left out from now on, and told.

        Raises BadInput when none is left. That is before anything is sent: what was sent for cannot become unreadable
        any more, since it is read once.
        """
        _ = self._catalog()
        before = len(self.left_out.why)
        made = list(self.left_out.each(runs, work))
        for name in self.left_out.why:
            self._runs.pop(name, None)
        if len(self.left_out.why) > before:
            for where, stop in self.left_out.told(before):
                if self._runs or isinstance(stop, SpoiledManifest):
                    self._tell(where, stop)
            if not self._runs:
                raise self.left_out.refusal()
        return made

    def opened(self) -> list[Run]:
        """Every run that is open by now."""
        return list(self._runs.values())

    def read(self, paths: RunPaths, insist: Collection[str] = ()) -> Run:
        """The run as its files are now, without a lock: to look at, not to write. insist: see `reopen`."""
        run = read_run(paths, self._paths, self._catalog(), self._settings, insist, self._index)
        run.machines = self.machines
        return run

    def lock(self, paths: RunPaths) -> None:
        """Keep every other command away from the run until this process ends. Raises Stop when one has it.

        BadInput when something lies in the way of what is going to be written.
        """
        if paths.name not in self._locks:
            places.check(paths, self._paths)
            self._locks[paths.name] = self._take(paths)

    def _take(self, paths: RunPaths) -> FileLock:
        """The lock of a run; a lock file that lies there tells that a command was at work on it before."""
        path = self._paths.lock(paths.name)
        if path.exists() or paths.has_traces:
            self._worked_on.add(paths.name)
        return locks.take(path, paths.name)

    def holds(self, run: Run) -> bool:
        """Whether this command has locked the run; of others it only knows what their files said when it looked."""
        return self.is_locked(run.paths.name)

    def is_locked(self, name: str) -> bool:
        """The same for the run of that name."""
        return name in self._locks

    def reopen(self, paths: RunPaths, insist: Collection[str]) -> Run:
        """The run, read anew after its takes were changed. insist: prompts whose pick is wanted though not sent yet."""
        self._runs[paths.name] = self._as_left(self.read(paths, insist))
        return self._runs[paths.name]

    def open_damaged(self, paths: RunPaths) -> Run:
        """A run whose paid results are to come home, locked; also one whose prompts cannot be read (see Run.blind).

        Raises Stop when another process has it, SpoiledManifest or BadInput when manifest or results cannot be read.
        """
        if paths.name not in self._runs:
            places.check_records(paths, self._paths)
            lock = self._locks.get(paths.name) or self._take(paths)
            try:
                run = open_damaged(paths, self._paths, self._catalog(), self._settings)
                run.machines = self.machines
                self._runs[paths.name] = self._as_left(run)
            except BaseException:
                lock.release()
                self._locks.pop(paths.name, None)
                raise
            self._locks[paths.name] = lock
        return self._runs[paths.name]

    def close(self) -> None:
        """Let go of the runs, for a process that goes on."""
        for lock in self._locks.values():
            lock.release()
        self._locks.clear()
        self._runs.clear()
