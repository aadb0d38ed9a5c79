"""In which order a command made things durable: what a power cut between any two of its calls could take.

Read from the calls of an undisturbed run (Theatre.count). Killing a process does not show a missing flush, because the
system still has what was written; the order does.
"""

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from .trap import SYNCS, Call

CACHES = (".doit.db", "workspaces/.locks")
PREVIEWS = "/_thumbs"
"""May be lost at any time, by design: doit's notes, who holds a lock, previews."""
BEFORE_SENDING = ("_gemini_batch/manifest.json", "/takes.json", "/compare.json", "/_immediate/")
"""What says that money is about to be spent, or who wants it."""
SENDS = frozenset({"send", "sendall"})


class Disk:
    """What a power cut would take now. contents: files with bytes that were not flushed. names: entries likewise.

    files: everything this command made or wrote and did not remove.
    """

    def __init__(self) -> None:
        self.contents: dict[str, Call] = {}
        self.names: dict[str, Call] = {}
        self.files: set[str] = set()

    def make(self, call: Call) -> None:
        """The disk after that call."""
        if call.call in ("write", "truncate", "ftruncate"):
            self.contents[call.where] = call
            self.files.add(call.where)
        elif call.call in ("create", "mkdir"):
            self.names[call.where] = call
            self.files.add(call.where)
        elif call.call == "syncfs":
            self.contents.clear()
            self.names.clear()
        elif call.call in SYNCS:
            self._flush(call.where)
        elif call.call in ("rename", "replace", "link", "symlink"):
            self._named(call)
        elif call.call in ("unlink", "remove", "rmdir"):
            self._gone(call.where)

    def _flush(self, where: str) -> None:
        self.contents.pop(where, None)
        for name in [name for name in self.names if str(PurePosixPath(name).parent) == where]:
            del self.names[name]

    def _named(self, call: Call) -> None:
        pending = self.contents.get(call.other)
        if call.call not in ("link", "symlink"):
            self._gone(call.other)
        if pending:
            self.contents[call.where] = pending
        self.names[call.where] = call
        self.files.add(call.where)

    def _gone(self, where: str) -> None:
        self.contents.pop(where, None)
        self.names.pop(where, None)
        self.files.discard(where)

    def unsafe(self, *parts: str) -> Iterator[tuple[str, Call]]:
        """Files whose path holds one of `parts` that a power cut would take, with the call that has to be flushed."""
        for path in sorted(path for path in self.files if any(part in path for part in parts)):
            if PREVIEWS in path:
                continue
            entries = [path, *map(str, PurePosixPath(path).parents)]
            missing = [self.contents.get(path), *map(self.names.get, entries)]
            if not path.endswith(".part") and "/.incoming" not in path and any(missing):
                yield path, next(call for call in missing if call)


def out_of_order(calls: Iterable[Call]) -> list[str]:
    """Each call that came too early, in words; empty when the order is right.

    A file gets its name only after its contents are flushed. Before anything leaves for the provider, the manifest, an
    order and this thread's journal entry are durable; before a result line is, its picture and store record are; before
    a journal goes, the result lines are. At the end everything but caches is. A file is durable when its contents, its
    name and the names of the folders above it are.
    """
    disk, wrong = Disk(), list[str]()
    for call in calls:
        wrong += [f"call {call.number}, {call}: too early for {what}" for what in _too_early(disk, call)]
        disk.make(call)
    lost = ((path, call) for path, call in disk.unsafe("") if not path.startswith(CACHES))
    return wrong + [f"at the end, {path} is not durable: call {call.number}, {call}" for path, call in lost]


def _too_early(disk: Disk, call: Call) -> Iterator[str]:
    if call.call in ("rename", "replace", "link") and call.other in disk.contents and PREVIEWS not in call.where:
        yield f"the contents of {call.other}"
    for path, made in disk.unsafe(*_first(call)):
        if "/_immediate/" not in path or made.thread == call.thread:
            yield f"{path} ({made})"


def _first(call: Call) -> tuple[str, ...]:
    """What has to be durable before that call, by parts of paths."""
    if call.call in SENDS:
        return BEFORE_SENDING
    if call.where.endswith("/results.jsonl"):
        return ("workspaces/.store/", "/images/0", "/assets/")
    if call.call == "unlink" and "/_immediate/" in call.where:
        return ("/results.jsonl", "/manifest.json")
    return ()
