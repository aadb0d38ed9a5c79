"""The pictures of one run: what lies in images/ and whose it is, what the store has for it, what is moved aside."""

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ..files import atomic, regular
from ..pictures import picture
from ..pictures.picture import Facts
from ..pictures.store import Record, Store, StorePictureDamaged
from ..project.run_paths import RunPaths
from ..project.thumbnail_paths import ThumbnailPaths
from ..requests.request import Request
from ..requests.takes import Takes
from . import found_pictures
from .found_pictures import FoundPictures
from .lines import Lines
from .results import Result


@dataclass(frozen=True)
class Images:
    """The pictures as one state of the run's results has them.

    takes, numbers: as Run has them. files: what was looked into. was_sent: whether anything was ever sent or found for
    a prompt, by its id.
    """

    paths: RunPaths
    store: Store
    lines: Lines
    takes: Mapping[str, Takes]
    numbers: Mapping[str, int]
    files: FoundPictures
    was_sent: Callable[[str], bool]

    def has_picture(self, line: Result) -> bool:
        """Whether images/ holds the picture of that line, or one that a person put in its place."""
        path = self.paths.folder / line.picture
        try:
            if path.stat().st_size == line.image_bytes:
                return True
        except regular.NOT_THERE:
            return False
        return intact(path)

    def is_yours(self, request: Request) -> bool:
        """Whether a person put a whole picture of their own in place of one that did not come, or before any was sent.

        Where a picture of ours was, or another one was ordered since, only a file that came after the failure is.
        """
        if self.found(request):
            return True
        failed = self.lines.last.get(request.digest) or self.lines.last.get(request.key)
        if failed is None or failed.failure is None:
            return False
        path, ours = self.paths.image(request.prompt_id), self.lines.shown.get(request.prompt_id)
        try:
            about = path.stat()
        except OSError:
            return False
        if ours and about.st_size == ours.image_bytes:
            return False
        if (ours or request.prompt_id in self.takes) and not _came_after(about, failed):
            return False
        # What lay there before it was sent did not come in place of it: a placeholder, a picture that is too small.
        size = None if ours or _came_after(about, failed) else request.choice.output_size
        return self.files.is_whole(path, size) and not self._is_stored(path, request)

    def found(self, request: Request) -> Facts | None:
        """What the picture is that lay there before any was sent for its prompt; None when it is not to be kept."""
        if self.was_sent(request.prompt_id):
            return None
        path = self.paths.image(request.prompt_id)
        facts = self.files.own(path, request.choice.output_size)
        return None if facts is None or self._is_stored(path, request) else facts

    def is_yours_there(self, request: Request) -> bool:
        """Whether what lies there is a person's own picture, of whatever kind."""
        line = self.lines.shown.get(request.prompt_id)
        return self.is_yours(request) or (line is not None and line.is_yours and self.has_picture(line))

    def is_pointer(self, request: Request) -> bool:
        """Whether a pointer of Git LFS lies in place of the picture."""
        return found_pictures.is_pointer(self.paths.image(request.prompt_id))

    def finished(self, request: Request) -> Path | None:
        """The thumbnail that another program finished, where it lies there, and none of ours was made or ordered since.

        Nobody looks into it: what is there is that program's.
        """
        if not isinstance(self.paths, ThumbnailPaths) or not self.paths.is_foreign:
            return None
        if request.prompt_id in self.takes or request.prompt_id in self.lines.shown:
            return None
        files = self.paths.finished(request.prompt_id)
        return next((path for path in files if path.is_file() and path.stat().st_size), None)

    def set_aside(self, request: Request) -> None:
        """Move what is not ours out of the way, before our picture takes the name: a person's in place of ours, or
        whatever lay there before we made any."""
        path, ours = self.paths.image(request.prompt_id), self.lines.shown.get(request.prompt_id)
        self._keep_take(request, path, ours)
        bought = ours if ours and not ours.is_yours else None
        if not path.is_file() or (bought and path.stat().st_size == bought.image_bytes):
            return
        if (bought and not intact(path)) or self._is_stored(path, request):
            return
        sha256 = hashlib.sha256(regular.read(path)).hexdigest()
        kept = self.paths.images / "_kept" / f"{request.prompt_id}.{sha256[:8]}.png"
        atomic.make_folder(kept.parent)
        path.replace(kept)
        atomic.sync_folder(kept.parent)

    def _keep_take(self, request: Request, path: Path, ours: Result | None) -> None:
        """Copy our picture of another take to images/_takes/, where it stays beside the one that takes its place."""
        takes = self.takes.get(request.prompt_id)
        if not takes or not ours or ours.digest in request.digests or not path.is_file():
            return
        data = regular.read(path)
        if hashlib.sha256(data).hexdigest() == ours.image_sha256:
            kept = self.take_file(request.prompt_id, self.numbers.get(ours.digest, 1))
            if kept.is_file() and regular.read(kept) != data:
                kept = kept.with_stem(f"{kept.stem}.{ours.image_sha256[:8]}")
            atomic.write_if_new(kept, data)

    def take_file(self, prompt_id: str, number: int) -> Path:
        """Where the picture of a take lies while another one is in its place."""
        return self.paths.images / "_takes" / prompt_id / f"{number}.png"

    def stored(self, request: Request) -> Record | None:
        """The request's paid picture: the one that this prompt had before, when several were bought."""
        found = (self._stored(request.prompt_id, digest) for digest in self._shown_first(request))
        return next((record for record in found if record), None)

    def _stored(self, prompt_id: str, digest: str) -> Record | None:
        return self.store.find(digest, self.lines.sources.get((prompt_id, digest), ""))

    def _shown_first(self, request: Request) -> list[str]:
        """Its digests; that of the picture which this prompt had before comes first."""
        return sorted(request.digests, key=lambda digest: (request.prompt_id, digest) not in self.lines.sources)

    def _is_stored(self, path: Path, request: Request) -> bool:
        """Whether the file is the request's paid picture, put there by a command that was killed before it said so."""
        record = self.stored(request)
        if record is None:
            return False
        try:
            return picture.to_png(self.store.read(record), request.choice.output_size) == regular.read(path)
        except (StorePictureDamaged, picture.BrokenPicture):
            return False


def _came_after(about: os.stat_result, line: Result) -> bool:
    """Whether a file was put there, or changed, after that answer; a moved file keeps the older of its two times."""
    answered = datetime.fromisoformat(line.finished_at or line.submitted_at or "9999-01-01T00:00:00Z")
    return max(about.st_mtime, about.st_ctime) > answered.timestamp()


def intact(path: Path) -> bool:
    """Whether the file is a whole picture."""
    try:
        picture.inspect(regular.read(path))
    except (picture.BrokenPicture, OSError):
        return False
    return True
