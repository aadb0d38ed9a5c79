"""One command works on a run at a time; whoever comes second is told who has it."""

import contextlib
import errno
import os
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import orjson
from filelock import FileLock, Timeout

from ..text.errors import Stop
from ..text.sentences import t
from . import regular, system

_NO_LOCKS = frozenset({errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL})
"""What flock says on network and FUSE file systems that keep no locks."""


def take(path: Path, what: str) -> FileLock:
    """Hold `path` until this process ends, however it ends. Raises Stop, naming the holder, when another holds it."""
    holder = path.with_suffix(".holder.json")
    try:
        lock = _acquired(path, 0)
    except Timeout:
        about = _read(holder)
        raise Stop("{what} is being worked on by {who}", "{how}", what=what, who=_who(about), how=_how(about)) from None
    command = " ".join(["doit", *sys.argv[1:]]).encode("utf-8", "backslashreplace").decode()  # a path may be no UTF-8
    since = datetime.now(UTC).isoformat(timespec="seconds")
    about = {"pid": os.getpid(), "host": system.host(), "since": since, "command": command[:200]}
    with contextlib.suppress(OSError), regular.created(holder) as stream:  # it only helps who comes second
        stream.write(orjson.dumps(about))
    return lock


@contextlib.contextmanager
def held(path: Path, seconds: float = -1) -> Iterator[None]:
    """Hold `path` meanwhile; waits for whoever has it, at most `seconds` when they are given.

    Raises filelock.Timeout after them, Stop as `take` does.
    """
    lock = _acquired(path, seconds)
    try:
        yield
    finally:
        lock.release()


def _acquired(path: Path, seconds: float) -> FileLock:
    """Raises Stop on a disk without locks: on one, two commands at once could pay for the same picture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if error := regular.unfit(path):
        raise error
    lock = FileLock(path, fallback_to_soft=False)  # a lock that outlives its process would need a person every time
    try:
        lock.acquire(timeout=seconds)
    except Timeout:
        raise
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            error.filename = error.filename or str(path)
            raise
        raise Stop(
            "{path}: this disk has no locks ({strerror}), so two commands could buy the same picture at once",
            "put workspaces/ on a disk that has them, best a local one, then run the same command again",
            path=path,
            strerror=error.strerror,
        ) from None
    return lock


def _read(holder: Path) -> dict[str, object]:
    try:
        return dict(orjson.loads(regular.read(holder)))
    except (OSError, ValueError):
        return {}


def _who(about: Mapping[str, object]) -> str:
    if not about:
        return t("another process")
    told = {name: about.get(name) for name in ("pid", "command", "since")}
    if _is_here(about):
        return t("process {pid} ({command}, since {since})", **told)
    return t("process {pid} on {host} ({command}, since {since})", host=about["host"], **told)


def _how(about: Mapping[str, object]) -> str:
    """What to do. A number of a process means another one on every other machine."""
    if "pid" not in about:
        return t("wait until it is done; stopping it loses nothing")
    if _is_here(about):
        return t("wait until it is done, or stop it with: kill {pid}; stopping loses nothing", pid=about["pid"])
    return t("wait until it is done, or stop it on {host}; stopping loses nothing", host=about["host"])


def _is_here(about: Mapping[str, object]) -> bool:
    """Whether that process is one of this machine; versions before did not say, and worked on their own disks."""
    return about.get("host", system.host()) == system.host()
