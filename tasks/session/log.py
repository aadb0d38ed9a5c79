"""What one command has to say: to the person now, at its end, and to the inbox."""

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..inbox import events
from ..inbox.delivery import deliver
from ..inbox.events import Event
from ..inbox.failures import over
from ..inbox.inbox import close
from ..inbox.notices import of_spoiled, of_trouble
from ..project.paths import Paths
from ..runs.run import Run
from ..runs.spoiled import SpoiledManifest
from ..text import clock
from ..text.errors import Stop
from ..text.progress import Progress
from ..text.redaction import visible
from ..text.sentences import t


@dataclass(frozen=True)
class Trouble:
    """Something a person should know at the end: where, what, and what to do. event: how the inbox is told of it."""

    where: str
    what: str
    do: str
    event: Event


class Log:
    """Lines for the person, troubles for the end, and notes for the inbox. progress: what is on the screen now."""

    def __init__(self, paths: Paths) -> None:
        self.paths = paths
        self.troubles: list[Trouble] = []
        self.progress: Progress | None = None
        self._noted: list[Event] = []
        self._told: set[str] = set()
        self._over: set[str] = set()

    def say(self, template: str, /, **fields: object) -> None:
        """One line to the person. template: of text.sentences."""
        text = t(template, **fields)
        if self.progress:
            self.progress.note(text)
        else:
            print(visible(text), flush=True)  # noqa: T201 - the person reads it

    def trouble(self, where: str, what: str, do: str, event: Event | None = None, /, **fields: object) -> None:
        """Note something for the end, and for the inbox; said once. what, do: templates of text.sentences."""
        what, do = t(what, **fields), t(do, **fields)
        trouble = Trouble(where, what, do, event or of_trouble(where, what, do))
        if trouble not in self.troubles:
            self.troubles.append(trouble)
            self.note(trouble.event)

    def leave_out(self, spoiled: SpoiledManifest) -> None:
        """A run that is left out because its manifest cannot be read."""
        self.trouble(spoiled.paths.name, "{what}", "{do}", of_spoiled(spoiled), what=spoiled.what, do=spoiled.do)

    def note(self, event: Event) -> None:
        """Remember something for the inbox; written by `tell_inbox`."""
        self._noted.append(event)
        self._told.add(event.id)

    def close_settled(self, runs: Iterable[Run]) -> None:
        """Let `tell_inbox` close the entries about these runs that their files settle, but none of this command."""
        pending = [entry for entry in events.read(self.paths) if not entry.done]
        for run in runs if pending else ():
            self._over |= over(run, pending, self._told)

    def settle(self, event: Event) -> None:
        """What that event told of is over: `tell_inbox` ticks it."""
        self._over.add(event.id)

    def tell_inbox(self) -> None:
        """Write what was noted, durably, then bring it to whoever reads it. Called however a command ends."""
        events.record(self.paths, self._noted, clock.now())
        self._noted.clear()
        close(self.paths, self._over)
        deliver(self.paths)

    @contextlib.contextmanager
    def heard(self) -> Iterator[None]:
        """A command that stops half way has still seen things; they are not lost with it."""
        try:
            yield
        except BaseException:
            with contextlib.suppress(Stop, OSError):
                self.tell_inbox()
            raise
