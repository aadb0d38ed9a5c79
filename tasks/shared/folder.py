"""A folder as a shared store: on this machine, or on a disk that several machines mount.

A create is a hard link, which has one winner, also over NFS; a swap compares and replaces under a lock of the disk.
Such a disk must therefore keep locks between machines (NFS 4, SMB); a folder that a program copies to and fro does not.
"""

import contextlib
import hashlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

from ..files import atomic, locks, regular
from ..text.errors import disk_words
from ..text.sentences import t
from .port import Content, Put, StoreFails, Swap, Version

SECONDS = 30.0
"""So long a swap waits for others to be done with theirs, which take milliseconds."""


class FolderStore:
    """The store in `root`, a folder that is there: one that is missing may be a disk that is not mounted."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.where = str(root)

    def put_new(self, name: str, data: bytes) -> Put:
        """See SharedStore."""
        path = self._path(name)
        with self._telling():
            if path.exists():
                return Put.EXISTS
            atomic.make_folder(path.parent)
            part = path.with_name(f".{uuid.uuid4().hex}{atomic.PART}")
            try:
                _write(part, data)
                return Put.NEW if self._given(part, path) else Put.EXISTS
            finally:
                part.unlink(missing_ok=True)

    def _given(self, part: Path, path: Path) -> bool:
        """Whether the whole file got the name, which nothing had."""
        try:
            os.link(part, path)
        except FileExistsError:
            return False
        except OSError:  # a disk without hard links
            with self._alone(path):
                if path.exists():
                    return False
                part.replace(path)
        atomic.sync_folder(path.parent)
        return True

    def get(self, name: str) -> Content | None:
        """See SharedStore."""
        with self._telling():
            try:
                data = regular.read(self._path(name))
            except regular.NOT_THERE:
                self._need_root()
                return None
            return Content(data, _version(data))

    def list(self, prefix: str) -> list[str]:
        """See SharedStore."""
        self._need_root()
        start, found = self._path(prefix), list[str]()
        for folder, _, names in os.walk(start):
            where = Path(folder).relative_to(self.root).as_posix()
            found += [f"{where}/{name}" for name in names if not name.startswith(".")]
        return sorted(found)

    def swap(self, name: str, version: Version, data: bytes) -> Swap:
        """See SharedStore."""
        path = self._path(name)
        with self._telling(), self._alone(path):
            try:
                now = _version(regular.read(path))
            except regular.NOT_THERE:
                return Swap.CHANGED
            if now != version:
                return Swap.CHANGED
            atomic.write(path, data)
            return Swap.DONE

    def _path(self, name: str) -> Path:
        parts = name.rstrip("/").split("/")
        if any(not part or part.startswith(".") for part in parts):
            raise ValueError(f"{name!r} is no name in a store")
        return self.root.joinpath(*parts)

    @contextlib.contextmanager
    def _alone(self, path: Path) -> Iterator[None]:
        from filelock import Timeout

        digits = hashlib.sha256(path.as_posix().removeprefix(self.root.as_posix()).encode()).hexdigest()[:2]
        try:
            with locks.held(self.root / ".locks" / f"{digits}.lock", SECONDS):
                yield
        except Timeout:
            raise StoreFails(self.where, t("keeps a lock that nobody gives back")) from None

    @contextlib.contextmanager
    def _telling(self) -> Iterator[None]:
        self._need_root()
        try:
            yield
        except OSError as error:
            raise StoreFails(self.where, disk_words(error)[0]) from None

    def _need_root(self) -> None:
        if not self.root.is_dir():
            raise StoreFails(self.where, t("is not there: is its disk mounted? A new one begins as an empty folder"))


def _write(part: Path, data: bytes) -> None:
    with atomic.naming(part), regular.created(part) as stream:
        stream.write(data)
        stream.flush()
        atomic.flush(stream.fileno())


def _version(data: bytes) -> Version:
    return Version(hashlib.sha256(data).hexdigest())
