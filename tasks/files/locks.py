"""One command works on a run at a time; whoever comes second is told who has it."""

import contextlib
import os
import resource
import sys
from datetime import UTC, datetime
from pathlib import Path

import orjson
from filelock import FileLock, Timeout

from ..errors import Stop
from ..text.sentences import t

MOST_FILES = 8192


def take(path: Path, what: str) -> FileLock:
    """Hold `path` until this process ends, however it ends. Raises Stop, naming the holder, when another holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lock, holder = FileLock(path), path.with_suffix(".holder.json")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise Stop(
            "{what} is being worked on by {who}", "{how}", what=what, who=_who(holder), how=_how(holder)
        ) from None
    command = " ".join(["doit", *sys.argv[1:]])
    about = {"pid": os.getpid(), "since": datetime.now(UTC).isoformat(timespec="seconds"), "command": command[:200]}
    holder.write_bytes(orjson.dumps(about))
    return lock


def _read(holder: Path) -> dict[str, str]:
    try:
        return dict(orjson.loads(holder.read_bytes()))
    except (OSError, ValueError):
        return {}


def _who(holder: Path) -> str:
    about = _read(holder)
    if not about:
        return "another process"
    return f"process {about.get('pid')} ({about.get('command')}, since {about.get('since')})"


def _how(holder: Path) -> str:
    about = _read(holder)
    stop = f", or stop it with: kill {about['pid']}" if "pid" in about else ""
    return t("wait until it is done{stop}; stopping loses nothing", stop=stop)


def allow_many() -> None:
    """A lock keeps a file open; a thousand runs need more than the usual 256 or 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
