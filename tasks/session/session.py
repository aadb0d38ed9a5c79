"""One command at work: what it was asked, the runs it has open, whom it talks to, and what it has to say."""

from functools import cached_property
from typing import Self

from ..catalog.catalog import Catalog, load_catalog
from ..errors import note_sent
from ..inbox.notices import of_budget
from ..money.reservations import Reservations
from ..project.paths import Paths
from ..project.settings import Settings
from ..runs.manifest import Submission
from ..runs.run import Run
from ..text.sentences import t
from .accounts import Accounts
from .log import Log
from .open_runs import OpenRuns


class Session:
    """Lives as long as the process. Configs are read when they are needed first."""

    def __init__(self, paths: Paths, settings: Settings) -> None:
        self.paths = paths
        self.settings = settings
        self.log = Log(paths)
        self.runs = OpenRuns(paths, settings, lambda: self.catalog)
        self.accounts = Accounts(lambda: self.catalog.providers, paths.emulator)
        self.reservations = Reservations(paths, settings.budget)

    @cached_property
    def catalog(self) -> Catalog:
        return load_catalog(self.paths)

    def afford(self, run: Run, submission: Submission) -> bool:
        """Write the submission down, and with it reserve what it will cost; False when a cap of the budget forbids it.

        Nobody else reserves between the look and the writing, in whatever process.
        """
        why = self.reservations.reserve(run.paths.channel, submission, lambda: run.record(submission))
        if why:
            what = t("not sent: {pictures:picture}: {why_what}", pictures=len(submission.requests), why_what=why.what)
            self.log.trouble(run.paths.name, what, why.do, of_budget(run.paths.name, why.cap, what, why.do))
        else:
            note_sent()
        return why is None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """However the command ends, what was noted reaches the inbox, and the runs are let go."""
        self.log.tell_inbox()
        self.runs.close()
