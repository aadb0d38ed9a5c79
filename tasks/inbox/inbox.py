"""`workspaces/inbox/pm_inbox.md`, the digest that a person reads and ticks, kept up to date with the journal."""

import contextlib
import difflib
from collections.abc import Collection
from pathlib import Path

from ..files import atomic, regular
from ..project.paths import Paths
from ..text.errors import BadInput, Stop
from ..text.sentences import t
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


def close(paths: Paths, keys: Collection[str]) -> None:
    """Tick what is over by itself. A command's own outcome never depends on it: the next one tries again."""
    if keys:
        with contextlib.suppress(Stop, OSError):
            refresh(paths, keys)


def done(paths: Paths, given: Collection[str]) -> list[InboxEntry]:
    """Tick what DONE= names. Gives every entry; raises BadInput for what there is not, and then nothing is ticked."""
    return refresh(paths, meant(paths, given))


def meant(paths: Paths, given: Collection[str]) -> set[str]:
    """Keys of the entries that DONE= names: by their keys, or all that are about a run. Raises BadInput for neither."""
    about: dict[str, set[str]] = {}
    for entry in refresh(paths):
        about.setdefault(entry.event.id, set()).add(entry.event.id)
        if not entry.done and entry.event.subject:
            about.setdefault(entry.event.subject.partition(" ")[0], set()).add(entry.event.id)
    for name in given:
        if name not in about:
            near = difflib.get_close_matches(name, about, n=1)
            raise BadInput(
                "no open inbox entry has the key {name} or is about a run of that name; nothing was ticked",
                "{meant}doit inbox lists keys and runs",
                name=name,
                meant=t("did you mean {near}? ", near=near[0]) if near else "",
            )
    return set().union(*(about[name] for name in given))


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
