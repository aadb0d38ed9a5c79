"""What doit runs, one short function per stage: open the runs, let the stage work, say what came of it.

Heavy modules are imported inside, so that a command with nothing to do stays instant. Our errors become doit's here
and nowhere else.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ..driver.action import action
from ..inbox.slack import deliver
from ..project.paths import Paths
from ..project.run_paths import RunPaths
from ..project.settings import Settings
from ..runs.summary import Summaries, all_there

if TYPE_CHECKING:
    from ..runs.run import Run
    from ..session.session import Session


class Stages:
    """The stages from prompts to pictures for a selection of places, as methods that doit calls in order.

    kind: what several of the places are called. command: the words that a person types to go on. asked: of a
    prompt id, whether its picture may be sent.
    """

    def __init__(
        self,
        paths: Paths,
        settings: Settings,
        runs: Sequence[RunPaths],
        kind: str = "runs",
        command: str = "",
        asked: Callable[[str], bool] = lambda _: True,
    ) -> None:
        self.paths = paths
        self.settings = settings
        self.runs = runs
        self.kind = kind
        self.command = command
        self.asked = asked
        self.glances = Summaries(runs)
        self._session: Session | None = None

    def settled(self) -> bool:
        """For doit's up-to-date check: nothing owed, nothing special asked for, and no earlier stage had to run."""
        asked = self.settings.retry or self.settings.slot or self.settings.limit
        return self._session is None and not asked and self.glances.nothing_owed()

    @property
    def session(self) -> "Session":
        from ..session.session import Session

        self.glances.forget()
        if self._session is None:
            self._session = Session(self.paths, self.settings, self.asked)
        return self._session

    def check(self, runs: "list[Run]") -> None:
        """Raise BadInput when what was asked for is not there. Whatever runs are named here was looked at before."""

    @action
    def request(self) -> None:
        """prompts -> batch_request.jsonl."""
        from ..stages.request import write_requests

        self.check(self.session.open(self.runs))
        write_requests(self.session, self.runs)

    @action
    def submit(self) -> None:
        """batch_request.jsonl -> jobs, in _gemini_batch/manifest.json."""
        from ..stages.submit import submit

        submit(self.session, self.session.open(self.runs))

    @action
    def collect(self) -> None:
        """jobs -> images/*.png, results.jsonl."""
        from ..stages.fetch import fetch

        fetch(self.session, self.runs)

    @action
    def usage(self) -> None:
        """results.jsonl -> usage.csv."""
        from ..stages.usage import write_usage

        write_usage(self.session, self.runs)

    @action
    def gallery(self) -> None:
        """results.jsonl -> gallery.html."""
        from ..stages.gallery import write_galleries

        write_galleries(self.session, self.runs)

    @action
    def redraw(self) -> None:
        """results.jsonl -> gallery.html, without anything before it; says where the pages are."""
        from ..stages.gallery import write_galleries

        write_galleries(self.session, self.runs)
        several = sorted({self.paths.runs.parent / f"{run.channel}.html" for run in self.runs})
        for page in [self.runs[0].gallery] if len(self.runs) == 1 else several:
            print(page)  # noqa: T201 - the person opens it

    @action
    def outcome(self) -> None:
        """Say what there is now and what needs a person."""
        if self._session is None and not any(each.failed for each in self.glances.all()):
            print(all_there(self.glances.all(), self.kind))  # noqa: T201 - the person reads it
            deliver(self.paths)
            return
        from ..session.outcome import tell

        tell(self.session, self.session.open(self.runs), self.command)


def visual(paths: Paths, settings: Settings, runs: Sequence[RunPaths]) -> Stages:
    """The stages of `doit visual`."""
    run = f" RUN={settings.run}" if settings.run else ""
    return Stages(paths, settings, runs, command=f"doit visual CH={settings.channel}{run}")


@action
def name_a_channel(command: str) -> None:
    """A command that is about a channel's runs was given without CH=."""
    from ..errors import BadInput

    raise BadInput(
        f"doit {command} is about the runs of a channel, and none is named",
        f"doit {command} CH=CH01 (CH=ALL for every channel)",
    )


@action
def validate(paths: Paths) -> None:
    """Check every config and prompts file; says all mistakes at once."""
    from .validate import tell

    tell(paths)


@action
def emulator(paths: Paths, settings: Settings) -> None:
    """Run the offline API until it is stopped."""
    import subprocess

    from ..session import emulator_process

    command = emulator_process.command(paths.emulator, 8765 if settings.port is None else settings.port)
    subprocess.run(command, check=False, cwd=emulator_process.CODE)  # noqa: S603 - our own program
