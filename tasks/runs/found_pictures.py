"""Pictures that lay in images/ before any was bought for their prompt: a person's, or another program's. They end it.

What only looks finished does not: an empty file, a placeholder (told by its size in bytes, where the channel says
`image_min_bytes`), a picture smaller than it is wanted, a pointer of Git LFS in place of the file.
"""

import functools
import hashlib
import os
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from ..files import foreign, regular
from ..pictures import picture
from ..pictures.picture import BrokenPicture, Facts
from ..pictures.store import Origin
from ..providers.answer import Status
from ..requests.request import Request
from ..text.sentences import t
from . import results
from .glimpse import UNREADABLE
from .manifest import asked
from .results import YOURS, Result, unanswered

USUAL_BYTES = 60_000
"""What smaller pictures are placeholders in runs of another program whose channel does not say."""


class Found(NamedTuple):
    """A whole picture, and the sha256 of its file."""

    facts: Facts
    sha256: str


class Listing:
    """Folders, each looked into once: which files are surely not there, without a question for every one of them."""

    def __init__(self) -> None:
        self._stems: dict[Path, frozenset[str] | None] = {}

    def lacks(self, path: Path) -> bool:
        """Whether nothing had that name when its folder was looked into, in any letter case, composed or not, and with
        any ending."""
        if path.parent not in self._stems:
            self._stems[path.parent] = _stems(path.parent)
        stems = self._stems[path.parent]
        return stems is not None and _same(path.stem) not in stems


def _same(stem: str) -> str:
    """What names have alike that some file system takes for one: letter case, and how が is put together."""
    return stem.casefold() if stem.isascii() else unicodedata.normalize("NFC", stem).casefold()


def _stems(folder: Path) -> frozenset[str] | None:
    """Names there without their endings; None for a folder that nobody may look into."""
    try:
        return frozenset(_same(os.path.splitext(name)[0]) for name in os.listdir(folder))  # noqa: PTH122, PTH208
    except regular.NOT_THERE:
        return frozenset()
    except OSError:
        return None


class FoundPictures:
    """The files of one run, each looked into once until it changes.

    least_bytes: what smaller ones are placeholders. records: gives the results.jsonl of every place, asked once a whole
    picture was found. What was bought for another prompt, and copied with its folder, is nobody's own picture.
    """

    def __init__(self, least_bytes: int, records: Callable[[], Iterable[Path]]) -> None:
        self._least_bytes = least_bytes
        self._records = records
        self._seen: dict[tuple[Path, int, int], Found | None] = {}

    def own(self, path: Path, size: tuple[int, int] | None) -> Facts | None:
        """What the whole picture at `path` is that nobody bought here; None when it is none, or smaller than `size`."""
        found = self._whole(path, size)
        return None if found is None or found.sha256 in self._bought else found.facts

    def is_whole(self, path: Path, size: tuple[int, int] | None) -> bool:
        """Whether a whole picture of at least `size` (width, height) lies there, wherever it comes from."""
        return self._whole(path, size) is not None

    def _whole(self, path: Path, size: tuple[int, int] | None) -> Found | None:
        try:
            about = path.stat()
        except OSError:
            return None
        key = (path, about.st_size, about.st_mtime_ns)
        if key not in self._seen:
            self._seen[key] = _look(path) if about.st_size >= max(self._least_bytes, 1) else None
        found = self._seen[key]
        is_small = found and size and (found.facts.width < size[0] or found.facts.height < size[1])
        return None if is_small else found

    @cached_property
    def _bought(self) -> frozenset[str]:
        return frozenset[str]().union(*(_bought(path, *regular.stamp(path)) for path in self._records()))


def _look(path: Path) -> Found | None:
    try:
        data = regular.read(path)
        return Found(picture.inspect(data), hashlib.sha256(data).hexdigest())
    except (BrokenPicture, OSError):
        return None


@functools.lru_cache(maxsize=4096)
def _bought(path: Path, *_: int) -> frozenset[str]:
    """sha256 of the pictures that results.jsonl says were bought; none where it cannot be read."""
    try:
        return frozenset(line.image_sha256 for line in results.peek(path) if line.image_sha256 and not line.is_yours)
    except UNREADABLE:
        return frozenset()


def is_pointer(path: Path) -> bool:
    """Whether a pointer of Git LFS lies there in place of the file."""
    try:
        return path.stat().st_size <= foreign.LONGEST_POINTER and foreign.is_pointer(regular.read(path))
    except OSError:
        return False


def result_of(request: Request, path: Path, image: str, facts: Facts, output_size: str | None, now: str) -> Result:
    """The line of such a picture: nothing was sent and nothing is billed. image: its path from the run's folder.

    output_size: as results.jsonl says it. now: UTC ISO 8601.
    """
    data = regular.read(path)
    return replace(
        unanswered(_origin(request, now)),
        status=Status.OK,
        failure=None,
        note=t("it lay there before any was bought"),
        image=image,
        image_bytes=len(data),
        image_sha256=hashlib.sha256(data).hexdigest(),
        width=facts.width,
        height=facts.height,
        output_size=output_size,
    )


def _origin(request: Request, now: str) -> Origin:
    return Origin(
        **asked(request) | {"own_sha256": request.own and request.own.sha256},
        attempt=0,
        submission=None,
        job=None,
        slot=None,
        model_key=YOURS,
        model_name=YOURS,
        provider=YOURS,
        lane=request.choice.lane,
        submitted_at=None,
        finished_at=now,
    )
