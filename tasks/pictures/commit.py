"""Finished pictures become durable in groups, because a flush costs the same for one file as for fifty.

A group of `.part` files goes through fixed steps; a power cut between any two of them loses nothing that counts:

1. flush the contents            2. move store pictures to their names
3. flush names and records       4. move the records to their names: now the store has them
5. move images to their names

Images come last, so that a picture in images/ which no result line names can be told from one that a person put there.
Steps 4 and 5 are flushed by the next group or by `finish`, before anybody is told.
"""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import orjson

from ..files import atomic, faultpoint
from .store import Purchase, Store

PICTURES = 50
BYTES = 100_000_000
SECONDS = 2.0


@dataclass(frozen=True)
class Incoming:
    """A picture whose bytes lie in closed `.part` files. None: that file is in its place already."""

    source: Path | None
    image: Path | None
    image_place: Path | None
    extension: str
    purchase: Purchase
    size: int

    @property
    def digest(self) -> str:
        return self.purchase.origin.digest

    @property
    def parts(self) -> list[Path]:
        return [part for part in (self.source, self.image) if part]


class Committer:
    """Collects pictures from any thread and commits them on a thread of its own, at most one group behind."""

    def __init__(self, store: Store, staging: Path) -> None:
        self._store = store
        self._staging = staging
        self._lock = Lock()
        self._group: list[Incoming] = []
        self._began = 0.0
        self._size = 0
        self._committer = ThreadPoolExecutor(1, "commit")
        self._commit: Future[None] | None = None
        self._unsynced: set[Path] = set()
        self._disk = atomic.GroupSync(staging)  # before the first picture is written

    def add(self, incoming: Incoming) -> None:
        """Take one picture in; waits while the disk is behind. Raises what an earlier commit raised."""
        with self._lock:
            if not self._group:
                self._began = time.monotonic()
            self._group.append(incoming)
            self._size += incoming.size
            age = time.monotonic() - self._began
            if len(self._group) >= PICTURES or self._size >= BYTES or age >= SECONDS:
                self._send()

    def finish(self) -> None:
        """Commit what is left; everything is durable when this returns. Raises what a commit raised."""
        with self._lock:
            self._send()
            if self._commit:
                self._commit.result()
            self._disk.sync(sorted(self._unsynced))

    def __enter__(self) -> "Committer":
        return self

    def __exit__(self, *_: object) -> None:
        self._committer.shutdown()
        self._disk.close()

    def _send(self) -> None:
        if self._commit:
            self._commit.result()
        group, self._group, self._size = self._group, [], 0
        self._commit = self._committer.submit(self._make_durable, group)

    def _make_durable(self, pictures: list[Incoming]) -> None:
        self._disk.sync([part for picture in pictures for part in picture.parts])
        faultpoint.reached("group-before-rename")
        new = [(picture, self._keep(picture, picture.source)) for picture in pictures if picture.source]
        faultpoint.reached("group-after-rename")
        folders = {self._store.root} | {self._store.folder(picture.digest) for picture, _ in new}
        self._disk.sync([*(part for _, part in new), *sorted(folders)] if new else [])
        faultpoint.reached("record-before")
        for picture, part in new:
            self._store.keep_record(part, picture.digest, picture.purchase.sha256)
        faultpoint.reached("images-before")
        for picture in pictures:
            if picture.image and picture.image_place:
                picture.image.replace(picture.image_place)
                folders.add(picture.image_place.parent)
        self._unsynced |= folders

    def _keep(self, picture: Incoming, source: Path) -> Path:
        self._store.folder(picture.digest).mkdir(parents=True, exist_ok=True)
        kept = self._store.keep_picture(source, picture.digest, picture.extension, picture.purchase.sha256)
        part = self._staging / f"{picture.digest}.json{atomic.PART}"
        part.write_bytes(
            orjson.dumps(picture.purchase.to_json() | {"file": kept.name}, option=orjson.OPT_APPEND_NEWLINE)
        )
        return part
