"""`doit visual`, and its stages one by one: open the runs, let the stage work, say what came of it.

Heavy modules are imported inside, so that a command with nothing to do stays instant.
"""

import contextlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from ..inbox.delivery import deliver
from ..project.paths import Paths
from ..project.run_paths import RunPaths
from ..project.settings import KEPT, Settings
from ..runs.glimpse import is_tidied
from ..runs.index import Index
from ..runs.summary import Summaries, address, addresses, all_there, deciding, newest, usage_is_behind
from ..text import clock
from ..text.sentences import later, t

if TYPE_CHECKING:
    from ..runs.run import Run
    from ..session.session import Session


class Stages:
    """The stages from prompts to pictures for a selection of runs, as methods that doit calls in order.

    They share one session, which holds the runs' locks until the process ends. kind: what several of the runs are
    called. command: the words that a person types to go on. passed_over: what is said of places that are not worked.
    """

    def __init__(
        self,
        paths: Paths,
        settings: Settings,
        runs: Sequence[RunPaths],
        kind: str = later("{count:run}"),
        command: str = "",
        passed_over: Sequence[str] = (),
    ) -> None:
        self.paths = paths
        self.settings = settings
        self.runs = runs
        self.kind = kind
        self.command = command
        self.began = clock.said(datetime.now(UTC), "milliseconds")
        self.addresses, self.address = addresses(), address()
        self.passed_over = passed_over
        self.index = Index(paths)
        self.summaries = Summaries(runs, self.index)
        self._session: Session | None = None

    @cached_property
    def nothing_new(self) -> bool:
        """Whether the index knows that every stage was done for all as it is: doit need not compare their files then.

        As it was when the command began.
        """
        pages = {self.paths.runs.parent / f"{run.channel}.html" for run in self.runs if run.index}
        is_there = self.settled() and self.usage_is_told() and all(page.exists() for page in pages)
        return is_there and self.summaries.nothing_new(self._decided_at(), self.address)

    @cached_property
    def _brings_back(self) -> bool:
        """Whether the run that RUN= names was tidied away: who names it wants to see it."""
        return self.settings.run is not None and any(map(is_tidied, self.runs))

    def _decided_at(self) -> float:
        return newest([*deciding(self.paths), self.paths.templates])

    def settled(self) -> bool:
        """For doit's up-to-date check: nothing owed, nothing special asked for, and no earlier stage had to run."""
        is_plain = not (self._asks_more or self._brings_back)
        return self._session is None and is_plain and self.summaries.nothing_owed()

    @property
    def _asks_more(self) -> bool:
        """Whether what is done now is more, or less, than the same command does without these variables."""
        asked = self.settings
        return bool(asked.retry or asked.slot or asked.limit or asked.takes)

    def usage_is_told(self) -> bool:
        """For doit's up-to-date check: every usage.csv is the one that was written from the results."""
        return not any(map(usage_is_behind, self.runs))

    def noted(self) -> dict[str, bool]:
        """For doit's notes: whether something could not be read, so that the next command looks again."""
        return {"troubled": bool(self._session and self._session.log.troubles)}

    def troubles(self) -> None:
        """Say what needs a person, after stages that no outcome follows. Raises Stop when anything does."""
        if self._session is not None:
            from ..session.outcome import conclude

            conclude(
                self._session,
                self._session.runs.opened(),
                [],
                t("mend what the lines above name, then the same command again"),
            )

    @contextmanager
    def _at_work(self) -> "Iterator[Session]":
        from ..session.session import Session

        self.summaries.forget()
        if self._session is None:
            self._session = Session(self.paths, self.settings, self.index)
        with self._session.log.heard():
            yield self._session

    def ids(self, _: "list[Run]") -> Collection[str] | None:
        """The prompts that may be sent; None: all. Raises BadInput when what was asked for is not there."""
        return None

    def request(self) -> None:
        """prompts -> batch_request.jsonl."""
        from ..stages.make_way import make_way
        from ..stages.request import write_requests
        from ..stages.tidy import bring_back

        with self._at_work() as session:
            make_way(session, self.runs)
            if self._brings_back:
                bring_back(session, self.runs)
            ids = self.ids(session.runs.open(self.runs))
            if self.settings.takes:
                from ..stages.takes_ordered import order_beside

                order_beside(session, self.runs, self.settings.takes, ids)
            write_requests(session, self.runs, ids)

    def submit(self) -> None:
        """batch_request.jsonl -> jobs, in _gemini_batch/manifest.json; then what is for the immediate lane."""
        from ..stages.send import send
        from ..stages.submit import submit

        with self._at_work() as session:
            runs = session.runs.open(self.runs)
            send(session, runs, submit(session, runs))

    def fetch(self) -> None:
        """jobs -> images/*.png, results.jsonl."""
        from ..stages.bring_home import fetch

        with self._at_work() as session:
            fetch(session, self.runs)

    def usage(self) -> None:
        """results.jsonl -> usage.csv."""
        from ..stages.usage import write_usage

        with self._at_work() as session:
            write_usage(session, self.runs)

    def gallery(self) -> None:
        """results.jsonl -> gallery.html."""
        from ..stages.gallery import write_galleries

        with self._at_work() as session:
            write_galleries(session, self.runs)

    def redraw(self) -> None:
        """results.jsonl -> gallery.html, without anything before it; says where the pages are."""
        self.gallery()
        self.troubles()
        several = sorted({self.paths.runs.parent / f"{run.channel}.html" for run in self.runs})
        for page in [self.runs[0].gallery] if len(self.runs) == 1 else several:
            print(page)  # noqa: T201 - the person opens it
        self.troubles()

    def say_passed_over(self) -> None:
        """Say which places of other programs are not worked; nothing is done."""
        for line in self.passed_over:
            print(line)  # noqa: T201 - the person reads it

    def outcome(self) -> None:
        """Say what there is now and what needs a person."""
        self.say_passed_over()
        if self._session is None and not any(each.failed for each in self.summaries.all()):
            print(all_there(self.summaries.all(), self.kind))  # noqa: T201 - the person reads it
            deliver(self.paths)
            if not self.nothing_new:
                self._remember()
            return
        from ..session.outcome import tell

        with self._at_work() as session:
            runs = session.runs.open(self.runs)
            if not session.log.troubles:
                self._remember()
            tell(session, runs, self.command)

    def _remember(self) -> None:
        """All stages are done: the next command asks the index, which is a cache that no disk has to take."""
        if self._asks_more:
            return  # what was read for these is not what the next command without them wants
        with contextlib.suppress(OSError):
            self.summaries.drawn(self._decided_at(), self.address, self.began)
            if self.index.has_news:
                self.index.save()


def visual(paths: Paths, settings: Settings, runs: Sequence[RunPaths], passed_over: Sequence[str] = ()) -> Stages:
    """The stages of `doit visual`."""
    command = t("doit visual") + settings.as_typed("CH", "RUN", *KEPT)
    return Stages(paths, settings, runs, command=command, passed_over=passed_over)
