"""What doit runs: a command or a stage, whose stops and failures become doit's, here and nowhere else."""

import errno
import functools
import importlib
import signal
import sys
from collections.abc import Callable

from ..errors import Stop
from ..project.paths import Paths
from ..project.settings import Settings
from ..text.sentences import t
from .reporter import NeedsPerson

DISK_REFUSES = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO})
STOPPED = 130  # as shells say it for an interrupted command
Action = Callable[[], NeedsPerson | None]


def command(name: str, paths: Paths, settings: Settings) -> Action:
    """tasks/commands/<name>.py, which is imported when it runs: until then nothing heavy is loaded."""

    def work() -> None:
        importlib.import_module(f"..commands.{name}", __package__).run(paths, settings)

    return action(work, paths)


def action(work: Callable[[], None], paths: Paths | None) -> Action:
    """`work` as a doit action: None when done, NeedsPerson when it stopped; a bug keeps its traceback.

    paths: of the project whose configs it reads, when it reads any.
    """

    def run() -> NeedsPerson | None:
        signal.signal(signal.SIGTERM, _interrupt)
        try:
            if paths:
                _say_overrides(paths)
            work()
        except Stop as stop:
            return NeedsPerson(str(stop), stop.exit_code)
        except OSError as error:
            if error.errno not in DISK_REFUSES:
                raise
            return NeedsPerson(
                t("the disk refuses: {error}\n  -> make room there, then run the same command again", error=error), 1
            )
        except KeyboardInterrupt:
            print("\nstopped; nothing is lost: the same command goes on from here", file=sys.stderr)  # noqa: T201
            raise SystemExit(STOPPED) from None
        return None

    return run


@functools.cache
def _say_overrides(paths: Paths) -> None:
    """Once per command; to stderr, so that what a program reads from stdout stays as it is."""
    if names := [path.name for path in paths.local_overrides()]:
        print(f"in force: {', '.join(names)} (in {paths.models.parent})", file=sys.stderr)  # noqa: T201


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
