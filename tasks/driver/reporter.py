"""What doit prints: nothing of its own unless something is wrong, and our exit status (design.md section 4)."""

import os
import re
import sys
from typing import Any

from doit.exceptions import BaseFail, TaskFailed, UnmetDependency
from doit.reporter import ConsoleReporter

_SECRET = re.compile(r"_(KEY|TOKEN|SECRET)$|^SLACK_WEBHOOK_URL$")
_LONGEST_LINE = 1000


class NeedsPerson(TaskFailed):  # type: ignore[misc]
    """A task stopped because a person has to act; carries the exit status."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class Reporter(ConsoleReporter):  # type: ignore[misc]
    """Stages speak for themselves; doit adds only failures. Exit status 1 or 3 as the failure says, 2 for our bugs."""

    desc = "what the stages say, and what went wrong"

    def __init__(self, outstream: Any, options: Any) -> None:
        super().__init__(outstream, options)
        self._exit_code: int | None = None

    def execute_task(self, task: Any) -> None:
        pass

    def skip_uptodate(self, task: Any) -> None:
        pass

    def add_failure(self, task: Any, fail: BaseFail) -> None:
        if isinstance(fail, NeedsPerson):
            self._exit_code = max(fail.exit_code, self._exit_code or 0)
            from ..text.redaction import visible

            print(visible(fail.message), file=sys.stderr)  # noqa: T201 - the person reads it
        elif not isinstance(fail, UnmetDependency):
            fail.traceback = [told(each) for each in fail.traceback]
            super().add_failure(task, fail)

    def complete_run(self) -> None:
        super().complete_run()
        sys.stdout.flush()
        if self._exit_code is not None:
            raise SystemExit(self._exit_code)


def told(text: str) -> str:
    """`text`, part of a traceback, without keys: by their shape, and those of the environment by their very letters."""
    from ..text.redaction import redacted, without

    for secret in (value.strip() for name, value in os.environ.items() if _SECRET.search(name)):
        text = without(secret, text) if len(secret) > 7 else text
    return "".join(f"{redacted(line[:_LONGEST_LINE])}\n" for line in text.splitlines())
