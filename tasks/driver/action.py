"""What doit runs: a stage whose stops and failures become doit's, here and nowhere else."""

import contextlib
import errno
import functools
import signal
import sys
from collections.abc import Callable, Iterator
from typing import Any

from ..errors import Stop
from ..project.paths import Paths
from ..session.session import Session
from .reporter import NeedsPerson

DISK_REFUSES = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO})


STOPPED = 130  # as shells say it for an interrupted command


def action(stage: Callable[..., None]) -> Callable[..., NeedsPerson | None]:
    """A stage as a doit action: None when done, NeedsPerson when it stopped; a bug keeps its traceback."""

    @functools.wraps(stage)
    def run(*args: Any, **kwargs: Any) -> NeedsPerson | None:
        signal.signal(signal.SIGTERM, _interrupt)
        try:
            if paths := next(filter(None, map(_paths_of, args)), None):
                _say_overrides(paths)
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


def _paths_of(argument: object) -> Paths | None:
    found = argument if isinstance(argument, Paths) else getattr(argument, "paths", None)
    return found if isinstance(found, Paths) else None


@functools.cache
def _say_overrides(paths: Paths) -> None:
    """Once per command; to stderr, so that what a program reads from stdout stays as it is."""
    if names := [path.name for path in paths.local_overrides()]:
        print(f"in force: {', '.join(names)} (in {paths.models.parent})", file=sys.stderr)  # noqa: T201


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
