"""`workspaces/inbox/pm_inbox.md`, the digest that a person reads and ticks, kept up to date with the journal."""

import contextlib
import difflib
from collections.abc import Collection
from pathlib import Path

from ..errors import BadInput, Stop
from ..files import atomic, regular
from ..project.paths import Paths
from . import events, markdown
from .events import InboxEntry

TRIES = 20


def path(paths: Paths) -> Path:
    return paths.inbox / "pm_inbox.md"


def stamp(paths: Paths) -> Path:
    """How long the journal was when the digest was last brought up to date; only to save looking again."""
    return paths.inbox / ".digest"


def refresh(paths: Paths, tick: Collection[str] = ()) -> list[InboxEntry]:
    """Bring the digest up to date, tick the entries of `tick`, and remember what a person ticked. Gives every entry.

    A person may be saving the file at the same moment: then theirs is read and merged again. Raises Stop when that
    does not end, OSError when the disk refuses.
    """
    from ..files import locks

    target = path(paths)
    target.parent.mkdir(parents=True, exist_ok=True)
    with locks.held(paths.lock("digest"), events.LOCK_SECONDS):
        for _ in range(TRIES):
            length, entries, before = _length(paths), events.read(paths), _bytes(target)
            if not entries and before is None:
                return []
            merged = markdown.merge(_decoded(before or b""), entries, tick)
            if not _put(target, _encoded(merged.text), before):
                continue
            if not merged.marks:
                atomic.write_if_new(stamp(paths), str(length).encode())
                return entries
            events.mark(paths, merged.marks)
    raise Stop(
        "{target} keeps changing while it is written",
        "close the program that saves it, then: doit inbox",
        target=target,
    )


def done(paths: Paths, keys: Collection[str]) -> list[InboxEntry]:
    """Tick the entries of these keys. Raises BadInput for a key that no entry has; then nothing is ticked."""
    known = {entry.event.id for entry in refresh(paths)}
    for key in keys:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            meant = f"did you mean {near[0]}? " if near else ""
            raise BadInput(
                "no inbox entry has the key {key}; nothing was ticked",
                "{meant}doit inbox lists the keys",
                key=key,
                meant=meant,
            )
    return refresh(paths, keys)


def _length(paths: Paths) -> int:
    with contextlib.suppress(*regular.NOT_THERE):
        return events.journal(paths).stat().st_size
    return 0


def _bytes(file: Path) -> bytes | None:
    with contextlib.suppress(*regular.NOT_THERE):
        return regular.read(file)
    return None


# Bytes that are not UTF-8 (an editor saved in another encoding) pass through unchanged.
def _decoded(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _put(target: Path, data: bytes, before: bytes | None) -> bool:
    """Write `data` unless the file is no longer what it was `before`; whether it now holds `data`."""
    if data == before:
        return True
    part = target.with_name(f".{target.name}{atomic.PART}")
    with regular.created(part) as stream:
        stream.write(data)
        stream.flush()
        atomic.flush(stream.fileno())
    if _bytes(target) != before:
        part.unlink()
        return False
    part.replace(target)
    atomic.sync_folder(target.parent)
    return True
