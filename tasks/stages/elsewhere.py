"""Pictures that other places have on their way: brought home under those places' own locks, as `doit collect` does."""

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from ..lanes.batch.create_job import clear_unsent
from ..pictures.store import Store, StorePictureDamaged
from ..project.all_paths import paths_of
from ..runs.manifest import Submission
from ..runs.results import Result
from ..runs.run import Run
from ..session.session import Session
from ..text.errors import Stop
from ..text.sentences import t
from .send import resume, settle_open

if TYPE_CHECKING:
    from ..machines.machines import Machines


class Elsewhere:
    """What the runs of one command wait for that others sent. ids: the prompts it is about; None: all.

    runs: the other places that this command has locked by now. watching: whether another command still holds one; then
    only the store can tell.
    """

    def __init__(self, session: Session, runs: Collection[Run], ids: Collection[str] | None) -> None:
        self._session = session
        self._ours = {run.paths.folder for run in runs}
        self._home = next(iter(runs), None)
        found = [request for run in runs for requests in run.elsewhere(run.worklist).values() for request in requests]
        meant = (request for request in found if ids is None or request.prompt_id in ids)
        self.digests = {digest for request in meant for digest in request.digests}
        self.runs: list[Run] = []
        self.before: dict[str, list[Result]] = {}
        self.watching = False
        self._told: set[str] = set()

    def begin(self) -> None:
        """The first look, before anything is polled: orders that the provider still makes are fetched too."""
        self.look()
        resume(self._session, self.runs)

    def look(self) -> None:
        """Lock and settle every place that is free by now and has one of them on its way."""
        if not self.digests:
            return
        self._session.index.look()
        held = self._ours | {run.paths.folder for run in self.runs}
        taken = [self._take(place) for place in self._places() if place not in held]
        self.watching = not all(taken)
        if self._session.machines:
            self.watching |= self._look_at(self._session.machines)

    def _look_at(self, machines: "Machines") -> bool:
        """Bring home what other machines do not; whether one of them still has any of it."""
        from .other_machines import bring  # who works alone never loads it

        left = [digest for digest in self.digests if not self._is_there(digest)]
        if self._home and machines.watch(self._home, left):
            for record in machines.awaited(left):
                if run := bring(self._session, machines, record):
                    self._add(run)
        theirs = [record for record in machines.awaited(left) if not machines.is_ours(record)]
        for record in theirs:
            if not machines.may_come(record):
                self._session.log.trouble(
                    self._home.paths.name if self._home else record.run,
                    "pictures wait for {words}, which does not go on with them",
                    "go on there: {collect}; only when that machine is gone for good: {command} RETRY=lost",
                    words=record.words,
                    collect=t("doit collect"),
                    command=self._home.paths.command if self._home else t("doit visual"),
                )
        return any(map(machines.may_come, theirs))

    def _add(self, run: Run) -> None:
        if run.paths.folder not in self._ours | {each.paths.folder for each in self.runs}:
            self.before[run.paths.name] = run.history
            self.runs.append(run)

    def concerns(self, submission: Submission) -> bool:
        """Whether it may bring one of them."""
        return any(item.digest in self.digests for item in submission.requests)

    def _places(self) -> list[Path]:
        index, nobody = self._session.index, self._session.paths.workspaces
        left = [digest for digest in self.digests if not self._is_there(digest)]
        return sorted({place for digest in left for place in index.coming(digest, nobody)})

    def _is_there(self, digest: str) -> bool:
        try:
            return Store(self._session.paths.store).has(digest)
        except StorePictureDamaged:
            return True

    def _take(self, place: Path) -> bool:
        """Whether nothing of that place is left to be watched: it is ours now, or it says why it never will be."""
        paths = paths_of(self._session.paths, place)
        try:
            run = self._session.runs.open_damaged(paths)
        except Stop as stop:
            self._tell(paths.name, stop)
            return stop.exit_code != 1
        self.before[paths.name] = run.history
        clear_unsent(run)
        settle_open(self._session, run)
        self.runs.append(run)
        return True

    def _tell(self, name: str, stop: Stop) -> None:
        """Why that place cannot be opened: for the moment (another command has it), or until a person mends it."""
        if stop.exit_code != 1:
            what = t("its results cannot be taken in: {what}", what=stop.what)
            self._session.log.trouble(name, what, stop.do)
        elif name not in self._told:
            self._told.add(name)
            self._session.log.say("{run}: {what}; its pictures are waited for", run=name, what=stop.what)

    def came(self) -> list[Run]:
        """The other places whose results changed."""
        return [run for run in self.runs if run.history is not self.before[run.paths.name]]
