"""What doit runs, one short function per stage: open the runs, let the stage work, say what came of it.

Heavy modules are imported inside, so that a command with nothing to do stays instant. Our errors become doit's here
and nowhere else.
"""

import contextlib
import errno
import functools
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from tasks.doit_reporter import NeedsPerson
from tasks.errors import Stop
from tasks.glance import Glances, all_there
from tasks.places import Places, RunPlace
from tasks.settings import Settings
from tasks.slack import deliver

if TYPE_CHECKING:
    from tasks.run import RunWork
    from tasks.session import Session

DISK_REFUSES = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO})
STOPPED = 130  # as shells say it for an interrupted command


def action(stage: Callable[..., None]) -> Callable[..., NeedsPerson | None]:
    """A stage as a doit action: None when done, NeedsPerson when it stopped; a bug keeps its traceback."""

    @functools.wraps(stage)
    def run(*args: Any, **kwargs: Any) -> NeedsPerson | None:
        signal.signal(signal.SIGTERM, _interrupt)
        try:
            if places := next(filter(None, map(_places_of, args)), None):
                _say_overrides(places)
            try:
                stage(*args, **kwargs)
            except BaseException:
                _tell_inbox(args)
                raise
        except Stop as stop:
            return NeedsPerson(str(stop), stop.exit_code)
        except OSError as error:
            if error.errno not in DISK_REFUSES:
                raise
            return NeedsPerson(f"the disk refuses: {error}\n  -> make room there, then run the same command again", 1)
        except KeyboardInterrupt:
            print("\nstopped; nothing is lost: the same command goes on from here", file=sys.stderr)  # noqa: T201
            raise SystemExit(STOPPED) from None
        return None

    return run


def _tell_inbox(args: tuple[Any, ...]) -> None:
    if session := next(filter(None, (getattr(each, "_session", None) for each in args)), None):
        _tell(session)


def _tell(session: "Session") -> None:
    with contextlib.suppress(Stop, OSError):
        session.tell_inbox()


@contextlib.contextmanager
def heard(session: "Session") -> Iterator[None]:
    """A command that stops half way has still seen things; they are not lost with it."""
    try:
        yield
    except BaseException:
        _tell(session)
        raise


def _places_of(argument: object) -> Places | None:
    found = argument if isinstance(argument, Places) else getattr(argument, "places", None)
    return found if isinstance(found, Places) else None


@functools.cache
def _say_overrides(places: Places) -> None:
    """Once per command; to stderr, so that what a program reads from stdout stays as it is."""
    if names := [path.name for path in places.local_overrides()]:
        print(f"in force: {', '.join(names)} (in {places.models.parent})", file=sys.stderr)  # noqa: T201


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


class Stages:
    """The stages from prompts to pictures for a selection of places, as methods that doit calls in order.

    kind: what several of the places are called. command: the words that a person types to go on. asked: of a
    prompt id, whether its picture may be sent.
    """

    def __init__(
        self,
        places: Places,
        settings: Settings,
        runs: Sequence[RunPlace],
        kind: str = "runs",
        command: str = "",
        asked: Callable[[str], bool] = lambda _: True,
    ) -> None:
        self.places = places
        self.settings = settings
        self.runs = runs
        self.kind = kind
        self.command = command
        self.asked = asked
        self.glances = Glances(runs)
        self._session: Session | None = None

    def settled(self) -> bool:
        """For doit's up-to-date check: nothing owed, nothing special asked for, and no earlier stage had to run."""
        asked = self.settings.retry or self.settings.slot or self.settings.limit
        return self._session is None and not asked and self.glances.nothing_owed()

    @property
    def session(self) -> "Session":
        from tasks.session import Session

        self.glances.forget()
        if self._session is None:
            self._session = Session(self.places, self.settings, self.asked)
        return self._session

    def check(self, works: "list[RunWork]") -> None:
        """Raise BadInput when what was asked for is not there. Whatever runs are named here was looked at before."""

    @action
    def request(self) -> None:
        """prompts -> batch_request.jsonl."""
        from tasks.stages import write_requests

        self.check(self.session.open(self.runs))
        write_requests(self.session, self.runs)

    @action
    def submit(self) -> None:
        """batch_request.jsonl -> jobs, in _gemini_batch/manifest.json."""
        from tasks.submit import submit

        submit(self.session, self.session.open(self.runs))

    @action
    def collect(self) -> None:
        """jobs -> images/*.png, results.jsonl."""
        from tasks.stages import collect

        collect(self.session, self.runs)

    @action
    def usage(self) -> None:
        """results.jsonl -> usage.csv."""
        from tasks.stages import write_usage

        write_usage(self.session, self.runs)

    @action
    def gallery(self) -> None:
        """results.jsonl -> gallery.html."""
        from tasks.stages import write_galleries

        write_galleries(self.session, self.runs)

    @action
    def redraw(self) -> None:
        """results.jsonl -> gallery.html, without anything before it; says where the pages are."""
        from tasks.stages import write_galleries

        write_galleries(self.session, self.runs)
        several = sorted({self.places.runs.parent / f"{run.channel}.html" for run in self.runs})
        for page in [self.runs[0].gallery] if len(self.runs) == 1 else several:
            print(page)  # noqa: T201 - the person opens it

    @action
    def outcome(self) -> None:
        """Say what there is now and what needs a person."""
        if self._session is None and not any(each.failed for each in self.glances.all()):
            print(all_there(self.glances.all(), self.kind))  # noqa: T201 - the person reads it
            deliver(self.places)
            return
        from tasks.outcome import tell

        tell(self.session, self.session.open(self.runs), self.command)


def visual(places: Places, settings: Settings, runs: Sequence[RunPlace]) -> Stages:
    """The stages of `doit visual`."""
    run = f" RUN={settings.run}" if settings.run else ""
    return Stages(places, settings, runs, command=f"doit visual CH={settings.channel}{run}")


@action
def name_a_channel(command: str) -> None:
    """A command that is about a channel's runs was given without CH=."""
    from tasks.errors import BadInput

    raise BadInput(
        f"doit {command} is about the runs of a channel, and none is named",
        f"doit {command} CH=CH01 (CH=ALL for every channel)",
    )


@action
def validate(places: Places) -> None:
    """Check every config and prompts file; says all mistakes at once."""
    from tasks.validate import tell

    tell(places)


@action
def emulator(places: Places, settings: Settings) -> None:
    """Run the offline API until it is stopped."""
    import subprocess

    from tasks import local_emulator

    command = local_emulator.command(places.emulator, 8765 if settings.port is None else settings.port)
    subprocess.run(command, check=False, cwd=local_emulator.CODE)  # noqa: S603 - our own program
