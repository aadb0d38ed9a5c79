"""The pictures of one run: what lies in images/ and whose it is, what the store has for it, what is moved aside."""

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from ..files import atomic, regular
from ..pictures import picture
from ..pictures.picture import Facts
from ..pictures.store import Record, Store, StorePictureDamaged
from ..project.names import Format
from ..project.run_paths import RunPaths
from ..project.thumbnail_paths import ThumbnailPaths
from ..requests.request import Request
from ..requests.takes import Takes
from . import found_pictures
from .found_pictures import FoundPictures, Listing
from .lines import Lines
from .results import Result


@dataclass(frozen=True)
class Images:
    """The pictures as one state of the run's results has them.

    takes, numbers: as Run has them. files: what was looked into. was_sent: whether anything was ever sent or found for
    a prompt, by its id. tidied: as the manifest has them. listed: what one look at the folders saw, for who asks about
    every prompt at once; None: each file is looked for by itself.
    """

    paths: RunPaths
    store: Store
    lines: Lines
    takes: Mapping[str, Takes]
    numbers: Mapping[str, int]
    files: FoundPictures
    was_sent: Callable[[str], bool]
    tidied: Mapping[str, str]
    listed: Listing | None = None

    def at_once(self) -> "Images":
        """The same for questions about every prompt: folders are listed once; what is not there is not asked for."""
        return replace(self, listed=Listing())

    def place(self, request: Request) -> Path:
        """Where its picture belongs."""
        return self.paths.image(request.prompt_id, request.choice.output_format)

    def lying(self, request: Request) -> Path:
        """Where a picture of its name lies: in its place, else in that of the other format, should one be there."""
        place = self.place(request)
        if self.listed and self.listed.lacks(place):
            return place
        other = self.paths.image(request.prompt_id, request.choice.output_format.other)
        return other if other.exists() and not place.exists() else place

    def _is_bare(self, request: Request) -> bool:
        """Whether surely nothing lies under its name, in whatever format."""
        return self.listed is not None and self.listed.lacks(self.place(request))

    def has_picture(self, line: Result) -> bool:
        """Whether images/ holds the picture of that line, or one that a person put in its place."""
        path = self.paths.folder / line.picture
        try:
            if path.stat().st_size == line.image_bytes:
                return True
        except regular.NOT_THERE:
            return self.is_tidied(line)
        return intact(path)

    def is_tidied(self, line: Result) -> bool:
        """Whether `doit tidy` removed its picture, which the store gives back for nothing."""
        noted = self.tidied.get(line.picture)
        return noted is not None and noted == line.image_sha256 and not self.paths.at(line.picture).exists()

    @property
    def away(self) -> frozenset[str]:
        """Prompts whose picture `doit tidy` removed."""
        lines = self.lines.shown.values() if self.tidied else ()
        return frozenset(line.prompt_id for line in lines if self.is_tidied(line))

    def is_yours(self, request: Request) -> bool:
        """Whether a person put a whole picture of their own in place of one that did not come, or before any was sent.

        Where a picture of ours was, or another one was ordered since, only a file that came after the failure is.
        """
        if self.found(request):
            return True
        failed = self.lines.last.get(request.digest) or self.lines.last.get(request.key)
        if failed is None or failed.failure is None:
            return False
        path, ours = self.lying(request), self.lines.shown.get(request.prompt_id)
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
        if self.was_sent(request.prompt_id) or self._is_bare(request):
            return None
        path = self.lying(request)
        facts = self.files.own(path, request.choice.output_size)
        return None if facts is None or self._is_stored(path, request) else facts

    def is_yours_there(self, request: Request) -> bool:
        """Whether what lies there is a person's own picture, of whatever kind."""
        line = self.lines.shown.get(request.prompt_id)
        return self.is_yours(request) or (line is not None and line.is_yours and self.has_picture(line))

    def is_pointer(self, request: Request) -> bool:
        """Whether a pointer of Git LFS lies in place of the picture."""
        return not self._is_bare(request) and found_pictures.is_pointer(self.lying(request))

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
        path, ours = self.place(request), self.lines.shown.get(request.prompt_id)
        self._keep_take(request, ours)
        bought = ours if ours and not ours.is_yours and self.paths.at(ours.picture) == path else None
        if not path.is_file() or (bought and path.stat().st_size == bought.image_bytes):
            return
        if (bought and not intact(path)) or self._is_stored(path, request):
            return
        self._make_room(request.prompt_id, path, hashlib.sha256(regular.read(path)).hexdigest())

    def _make_room(self, prompt_id: str, path: Path, sha256: str) -> None:
        kept = self.paths.images / "_kept" / f"{prompt_id}.{sha256[:8]}{path.suffix}"
        atomic.make_folder(kept.parent)
        path.replace(kept)
        atomic.sync_folder(kept.parent)

    def clear_former(self) -> int:
        """Clear away pictures that lie there in the format their channel asked for before, once the other is there.

        What is ours and comes back from the store for nothing is removed; what a person changed goes to images/_kept/.
        Returns how many of those there were.
        """
        kept = 0
        for line, path in self.former():
            sha256 = hashlib.sha256(regular.read(path)).hexdigest()
            if any(each.image_sha256 == sha256 and self._comes_back(each) for each in self.lines.pictures.values()):
                path.unlink()
            else:
                self._make_room(line.prompt_id, path, sha256)
                kept += 1
        return kept

    def former(self) -> Iterator[tuple[Result, Path]]:
        """Each file in a former format, with a line that tells of it."""
        for line in self.lines.by_image.values():
            shown = self.lines.shown[line.prompt_id]
            if line.image == shown.image:
                continue
            path, now = self.paths.at(line.picture), self.paths.at(shown.picture)
            is_other = path != now and path.with_suffix("") == now.with_suffix("")
            if is_other and path.is_file() and self.has_picture(shown):
                yield line, path

    def _comes_back(self, line: Result) -> bool:
        record = self.store.find(line.digest, line.source_sha256) if line.source_sha256 else None
        return record is not None and record.sha256 == line.source_sha256 and self.store.is_whole(record)

    def _keep_take(self, request: Request, ours: Result | None) -> None:
        """Copy our picture of another take to images/_takes/, where it stays beside the one that takes its place."""
        takes = self.takes.get(request.prompt_id)
        path = self.paths.at(ours.picture) if ours else None
        if not takes or not ours or not path or ours.digest in request.digests or not path.is_file():
            return
        data = regular.read(path)
        if hashlib.sha256(data).hexdigest() == ours.image_sha256:
            kept = self.take_file(request.prompt_id, self.numbers.get(ours.digest, 1), path.suffix)
            if kept.is_file() and regular.read(kept) != data:
                kept = kept.with_stem(f"{kept.stem}.{ours.image_sha256[:8]}")
            atomic.write_if_new(kept, data)

    def take_file(self, prompt_id: str, number: int, suffix: str = "") -> Path:
        """Where the picture of a take lies while another one is in its place. suffix: of the file; "": as it lies."""
        endings = [suffix] if suffix else [f".{each}" for each in Format]
        files = [self.paths.images / "_takes" / prompt_id / f"{number}{each}" for each in endings]
        return next((file for file in files if file.exists()), files[0])

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
            stored = picture.read(self.store.read(record))
            form = Format.JPG if path.suffix == f".{Format.JPG}" else Format.PNG
            return stored.finished(replace(request.choice.output, format=form)).data == regular.read(path)
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
