"""What doit prints: nothing of its own unless something is wrong, and our exit status (design.md section 4)."""

import errno
import os
import re
import sys
import traceback
from typing import Any

from doit.exceptions import BaseFail, DependencyError, TaskFailed, UnmetDependency
from doit.reporter import ConsoleReporter

from ..text.errors import DiskRefuses, Stop, exit_status, is_of_disk
from ..text.sentences import t
from . import streams

_SECRET = re.compile(r"_(KEY|TOKEN|SECRET)$|^SLACK_WEBHOOK_URL$")
_GONE = re.compile(r"Dependent file '(.+)' does not exist")
"""How doit says that a file of a task was removed meanwhile."""
_LONGEST_LINE = 1000
STOPPED = 130  # as shells say it for an interrupted command
OUR_BUG = 2


class NeedsPerson(TaskFailed):  # type: ignore[misc]
    """A task stopped because a person has to act; carries the exit status."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def as_stop(error: BaseException | None) -> Stop | None:
    """What a person has to act upon; None for a bug of ours."""
    if isinstance(error, Stop):
        return error
    return DiskRefuses(error) if isinstance(error, OSError) and is_of_disk(error) else None


def needs_person(stop: Stop) -> NeedsPerson:
    """The stop as a failure of a task. "Nothing was sent" is never said after something was."""
    status = exit_status(stop)
    kept = t("; what was sent before is on record, and the same command goes on with it")
    return NeedsPerson(f"{stop}{kept if status != stop.exit_code else ''}", status)


def say_stopped() -> None:
    """After Ctrl-C or SIGTERM."""
    print(t("\nstopped; nothing is lost: the same command goes on from here"), file=sys.stderr)  # noqa: T201


class Reporter(ConsoleReporter):  # type: ignore[misc]
    """Stages speak for themselves; doit adds only failures. Exit status 1 or 3 as the failure says, 2 for our bugs."""

    desc = "what the stages say, and what went wrong"

    def __init__(self, outstream: Any, options: Any) -> None:
        super().__init__(sys.stdout if outstream is sys.__stdout__ else outstream, options)
        self._exit_code: int | None = None

    def execute_task(self, task: Any) -> None:
        pass

    def skip_uptodate(self, task: Any) -> None:
        pass

    def add_failure(self, task: Any, fail: BaseFail) -> None:
        if isinstance(fail, NeedsPerson):
            self._say(fail)
        elif isinstance(fail, DependencyError) and (gone := _GONE.search(fail.message)):
            self._say(needs_person(DiskRefuses(FileNotFoundError(errno.ENOENT, "", gone[1]))))
        elif not isinstance(fail, UnmetDependency):
            fail.traceback = [told(each) for each in fail.traceback]
            super().add_failure(task, fail)

    def complete_run(self) -> None:
        """The last word, also where doit itself failed between two tasks, for which it would exit with 3."""
        super().complete_run()
        error = sys.exception()
        if isinstance(error, KeyboardInterrupt):
            say_stopped()
            self._exit_code = STOPPED
        elif stop := as_stop(error):
            self._say(needs_person(stop))
        elif isinstance(error, Exception):
            print(told("".join(traceback.format_exception(error))), file=sys.stderr)  # noqa: T201 - our bug
            self._exit_code = OUR_BUG
        if lost := streams.unheard():
            self._say(needs_person(_unwritten(lost)))
        if self._exit_code is not None:
            raise SystemExit(self._exit_code)

    def _say(self, fail: NeedsPerson) -> None:
        from ..text.redaction import visible

        self._exit_code = max(fail.exit_code, self._exit_code or 0)
        print(visible(fail.message), file=sys.stderr)  # noqa: T201 - the person reads it


def _unwritten(lost: OSError) -> Stop:
    return Stop(
        "what was said here could not be written: {why}; the work itself went on",
        "make room there, then ask again: doit status",
        why=lost.strerror,
    )


def told(text: str) -> str:
    """`text`, part of a traceback, without keys: by their shape, and those of the environment by their very letters."""
    from ..text.redaction import redacted, without

    for secret in (value.strip() for name, value in os.environ.items() if _SECRET.search(name)):
        text = without(secret, text) if len(secret) > 7 else text
    return "".join(f"{redacted(line[:_LONGEST_LINE])}\n" for line in text.splitlines())
