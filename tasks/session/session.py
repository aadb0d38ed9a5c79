"""One command at work: what it was asked, the runs it has open, whom it talks to, and what it has to say."""

from functools import cached_property
from typing import TYPE_CHECKING, Self

from ..catalog.catalog import Catalog, load_catalog
from ..inbox.notices import of_budget
from ..money.reservations import Reservations
from ..project.paths import Paths
from ..project.settings import Settings
from ..runs.index import Index
from ..runs.manifest import Submission
from ..runs.run import Run
from ..runs.spoiled import SpoiledManifest
from ..runs.submissions import Claimed, Part, unclaimed
from ..shared.configured import configured
from ..text.errors import Stop, note_sent
from ..text.sentences import t
from .accounts import Accounts
from .log import Log
from .open_runs import OpenRuns

if TYPE_CHECKING:
    from ..machines.machines import Machines
    from ..providers.port import Account, JobTraits


class Session:
    """Lives as long as the process. Configs are read when they are needed first."""

    def __init__(self, paths: Paths, settings: Settings, index: Index | None = None) -> None:
        self.paths = paths
        self.settings = settings
        self.log = Log(paths)
        self.index = index or Index(paths)
        self.runs = OpenRuns(paths, settings, lambda: self.catalog, self.index, self._tell_left_out)
        self.accounts = Accounts(lambda: self.catalog.providers, paths.emulator, settings.wait)
        self.machines = self.runs.machines = self._machines()
        account = self.machines.reserve if self.machines else None
        self.reservations = Reservations(paths, settings.budget, self.index, account)

    def _machines(self) -> "Machines | None":
        """Those that share a store with this one; None, and nothing imported, where nothing is shared."""
        shared = configured(self.paths)
        if shared is None:
            return None
        from ..machines.machines import Machines

        return Machines(self.paths, shared, self.runs.is_locked, lambda said: self.log.say("{said}", said=said))

    @cached_property
    def catalog(self) -> Catalog:
        return load_catalog(self.paths)

    def _tell_left_out(self, where: str, stop: Stop) -> None:
        if isinstance(stop, SpoiledManifest):
            self.log.leave_out(stop)
            return
        self.log.trouble(where, "left out, the others go on: {what}", "{do}", what=stop.what, do=stop.do)

    def claimed(self, run: Run, part: Part, client: "Account", traits: "JobTraits | None" = None) -> Claimed | None:
        """What of a part is this command's to send; None when nothing is left of it.

        Only while the reservations are `alone`. What the offline provider makes is no other machine's matter.
        """
        free = unclaimed(run, part)
        is_offline = part.requests[0].choice.model.provider == "emulator"
        if free is None or self.machines is None or is_offline:
            return Claimed(free) if free else None
        return self.machines.claim(run, free, client, traits)

    def may_send(self, submission: Submission) -> bool:
        """Whether it may leave now. False when another machine took it over, since nothing had been sent for long."""
        return self.machines is None or self.machines.may_send(submission)

    def afford(self, run: Run, submission: Submission) -> bool:
        """Write the submission down, and with it reserve what it will cost; False when a cap of the budget forbids it.

        Only while the reservations are `alone`: nobody else reserves between the look and the writing.
        """
        why = self.reservations.reserve(run.paths.channel, submission, lambda: run.record(submission))
        if why and self.machines and submission.shared:
            self.machines.drop(submission.shared)
        if why:
            what = t("not sent: {pictures:picture}: {why_what}", pictures=len(submission.requests), why_what=why.what)
            self.log.trouble(run.paths.name, what, why.do, of_budget(run.paths.name, why.cap, what, why.do))
        else:
            note_sent()
        for folder, trouble in self.reservations.newly_uncounted():
            self.log.say(
                "the caps count {folder} as it was when it could be read last: {trouble}",
                folder=folder,
                trouble=trouble,
            )
        return why is None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """However the command ends, what was noted reaches the inbox, and the runs are let go."""
        self.log.tell_inbox()
        self.runs.close()
