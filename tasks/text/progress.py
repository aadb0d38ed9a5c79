"""What a person sees while jobs are waited for: a live table on a terminal, plain lines everywhere else.

A display must never stop a job that is paid for: characters the stream cannot show are replaced, a closed pipe is
ignored, and any terminal size will do.
"""

import contextlib
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from . import clock
from .redaction import visible
from .sentences import later, t

if TYPE_CHECKING:
    from rich.console import Group
    from rich.live import Live

_UNKNOWN_LEFT = later(
    "usually minutes, at most 24 h"
)  # ai.google.dev/gemini-api/docs/batch-api: target turnaround 24 h
_NARROW = 90  # columns; below it the table leaves out what the line can do without
_LINES_AROUND = 6  # table head, rules and the "more jobs" line


class Stream(Protocol):
    def write(self, text: str, /) -> object: ...
    def flush(self) -> object: ...


@dataclass(frozen=True)
class JobRow:
    """One open job. done, failed, total: requests. age_seconds: since it was made.
    estimate_seconds: time left when the caller knows better than the display, else None."""

    run: str
    job: str
    state: str
    done: int
    failed: int
    total: int
    age_seconds: float
    estimate_seconds: float | None


class Progress:
    """`with Progress() as progress:` then `update` after each look at the jobs and `note` for a line that stays.

    stream: where to write, sys.stdout by default. repeat_seconds: without a terminal, a job that does not change
    is written again after so long.
    """

    def __init__(self, stream: Stream | None = None, repeat_seconds: float = 600) -> None:
        self._stream = _Forgiving(stream or sys.stdout)
        self._repeat = repeat_seconds
        self._live: Live | None = None
        self._said: dict[tuple[str, str], tuple[tuple[str | int, ...], float]] = {}
        self._rows: Sequence[JobRow] = ()

    def __enter__(self) -> Self:
        if self._stream.isatty() and os.environ.get("TERM") not in (None, "", "dumb"):
            self._live = _live(self._stream)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the table away; what is still open then stays as plain lines."""
        if self._live:
            self._live.stop()
            self._live = None
            self._say(self._rows)

    @property
    def pace(self) -> float:
        """Seconds between updates that a person likes: often in a table, seldom in a log."""
        return 0.5 if self._live else 15.0

    def update(self, rows: Sequence[JobRow], now: str) -> None:
        """Show the jobs that are open now. now: UTC, ISO 8601."""
        self._rows = rows
        if self._live:
            size = self._live.console.size
            self._live.update(_table(rows, now, size.width, size.height), refresh=True)
        else:
            self._say([row for row in rows if self._is_news(row)])

    def note(self, text: str) -> None:
        """Write one line above the table, or just write it. What would move the cursor is shown as "?"."""
        text = visible(text)
        if self._live:
            self._live.console.print(text, markup=False, highlight=False, emoji=False, soft_wrap=True)
        else:
            self._stream.write(f"{text}\n")
            self._stream.flush()

    def _say(self, rows: Iterable[JobRow]) -> None:
        for row in rows:
            self.note(plain_line(row))

    def _is_news(self, row: JobRow) -> bool:
        """Whether a row differs from what was last written about its job, or that was long ago."""
        facts, job = (row.state, row.done, row.failed, row.total), (row.run, row.job)
        before, age = self._said.get(job, ((), 0.0))
        if facts == before and row.age_seconds - age < self._repeat:
            return False
        self._said[job] = (facts, row.age_seconds)
        return True


def duration(seconds: float) -> str:
    """A time as a person says it: "45 s", "3 min", "1 h 20 min", "2 d 3 h". Rounded down; never negative."""
    whole = max(0, int(seconds))
    if whole < 60:
        return t("{count} s", count=whole)
    minutes, hours, days = whole // 60 % 60, whole // 3600 % 24, whole // 86400
    said = {"d": t("{count} d", count=days), "h": t("{count} h", count=hours), "min": t("{count} min", count=minutes)}
    if whole < 3600:
        return said["min"]
    parts = ((days, "d"), (hours, "h")) if days else ((hours, "h"), (minutes, "min"))
    return " ".join(said[unit] for count, unit in parts if count)


def left(row: JobRow, brief: bool = False) -> str:
    """How long it will take still: the caller's figure, else at the pace so far, else what is usual; "" when done.

    brief: beside words that say what is left.
    """
    answered, seconds = row.done + row.failed, row.estimate_seconds
    if row.total and answered >= row.total:
        return ""
    if seconds is None and answered > 0 and row.age_seconds > 0:
        seconds = row.age_seconds / answered * (row.total - answered)
    if seconds is None:
        return t(_UNKNOWN_LEFT)
    return t("about {time}", time=duration(seconds)) if brief else t("about {time} left", time=duration(seconds))


def plain_line(row: JobRow) -> str:
    """One job as a line without escape codes."""
    failed = t(", {failed} failed", failed=row.failed) if row.failed else ""
    rest = t(", {left}", left=text) if (text := left(row)) else ""
    return t(
        "{run}: {state}, {done} of {total:picture}{failed}, {age} old{rest} ({job})",
        run=row.run,
        state=_state(row),
        done=row.done,
        total=row.total,
        failed=failed,
        age=duration(row.age_seconds),
        rest=rest,
        job=row.job,
    )


def _state(row: JobRow) -> str:
    """The provider's state without its prefix: JOB_STATE_RUNNING and BATCH_STATE_RUNNING are "running"."""
    return state_words(row.state.removeprefix("JOB_STATE_").removeprefix("BATCH_STATE_"))


def state_words(state: str) -> str:
    """What a provider calls the state of a job, in words for a person; one that nobody here knows stays as it is."""
    return t(state.lower().replace("_", " "))


STATES = (
    *(later("pending"), later("running"), later("succeeded"), later("failed"), later("cancelled"), later("expired")),
    *(later("submitted"), later("creating"), later("fetching"), later("awaited"), later("finished"), later("sending")),
    *(later("validating"), later("in progress"), later("finalizing"), later("completed"), later("cancelling")),
)
"""Those that are known, ours and the providers', for the catalogues."""


def _live(stream: "_Forgiving") -> "Live":
    """A started live display that draws only when told to, and leaves the cursor visible if the process is killed."""
    from rich.console import Console
    from rich.live import Live

    console = Console(file=stream, force_terminal=True)  # type: ignore[arg-type]
    live = Live(console=console, auto_refresh=False, transient=True, redirect_stdout=False, redirect_stderr=False)
    live.start()
    console.show_cursor(True)
    return live


def _table(rows: Sequence[JobRow], now: str, width: int, height: int) -> "Group":
    """The jobs as a table that fits the terminal; what does not fit is counted. Below it a line of its own."""
    from rich.console import Group
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    wide, room = width >= _NARROW, max(1, height - _LINES_AROUND)
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name, side in (
        (t("run"), "left"),
        (t("state"), "left"),
        (t("pictures"), "right"),
        (t("failed"), "right"),
        (t("age"), "right"),
    ):
        table.add_column(name, no_wrap=True, justify=side)  # type: ignore[arg-type]
    if wide:
        table.add_column("")
    table.add_column(t("time left"), overflow="fold")
    for row in rows[:room]:
        bar = ProgressBar(total=max(1, row.total), completed=row.done + row.failed, width=20)
        failed = Text(str(row.failed) if row.failed else "", style="red")
        cells = (
            Text(row.run),
            Text(visible(_state(row))),
            f"{row.done} / {row.total}",
            failed,
            duration(row.age_seconds),
        )
        table.add_row(*cells, *([bar] if wide else []), left(row, brief=True))
    hidden = t("and {count:more job}; ", count=len(rows) - room) if len(rows) > room else ""
    # Not a caption, which wraps at the width of the table: that changes with every number, and the frame would jump.
    words = t(
        "{hidden}looked at {time}; Ctrl-C is safe, the same command goes on", hidden=hidden, time=clock.of_day(now)
    )
    return Group(table, Text(words, style="dim", no_wrap=True, overflow="ellipsis"))


class _Forgiving:
    """A text stream that shows "?" for what its encoding lacks, and does not mind being closed at the other end."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        # doit puts a stream of its own, which has no encoding, in front of the terminal's.
        original = getattr(stream, "orig_stream", None) or stream
        self.encoding: str = getattr(original, "encoding", None) or "utf-8"

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError, ValueError):  # ValueError: written to after it was closed
            self._stream.write(text.encode(self.encoding, "replace").decode(self.encoding))
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._stream.flush()

    def isatty(self) -> bool:
        return bool(getattr(self._stream, "isatty", lambda: False)())

    def fileno(self) -> int:
        return int(getattr(self._stream, "fileno")())  # noqa: B009 - not every stream has one
