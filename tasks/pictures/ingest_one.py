"""One answer arrives: its picture is checked, converted and written to `.part` files. Runs on any thread."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from ..catalog.output import AS_DELIVERED, Output
from ..catalog.pricing import Cost
from ..files import atomic, faultpoint, regular
from ..providers.answer import Answer
from ..providers.picture_kind import kind_of
from . import bulk_write, preview
from .commit import Committer, Incoming
from .picture import BrokenPicture, Facts, Finished, UnreadablePicture, read
from .store import Origin, Purchase, Store


class KeptAs(NamedTuple):
    """A place for bytes of which no picture becomes. stem: the file, without its extension. name: as files say it."""

    stem: Path
    name: str


@dataclass(frozen=True)
class Destination:
    """Where the answer to one request belongs. origin, run: of the request, for the store record.

    image: its place, or None for the store only. output: what the file there is to be. image_name: as results.jsonl
    says it. unreadable: where what came lies when nothing here reads
    it. previews: the folder of images whose pages show a small one; None for none.
    """

    origin: Origin
    run: str
    image: Path | None
    unreadable: KeptAs
    output: Output = AS_DELIVERED
    image_name: str | None = None
    previews: Path | None = None

    def absolute(self) -> "Destination":
        """The same places, for a process that works in another folder."""
        return replace(
            self,
            image=self.image and self.image.absolute(),
            unreadable=self.unreadable._replace(stem=self.unreadable.stem.absolute()),
            previews=self.previews and self.previews.absolute(),
        )


@dataclass(frozen=True)
class Ingested:
    """An answer whose picture, if it has one, is kept. `answer.picture` is None here: the bytes are in their files.

    cost: of the answer, picture or not.
    image_bytes, image_sha256: the file in images/. source_sha256: the provider's bytes. width, height: pixels of the
    file, or of the provider's picture when no image was wanted.
    """

    destination: Destination
    answer: Answer
    cost: Cost
    image_bytes: int | None = None
    image_sha256: str | None = None
    source_sha256: str | None = None
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True)
class Ingest:
    """What taking an answer in needs. `priced` as in ingest.Plan."""

    store: Store
    staging: Path
    groups: Committer
    priced: Callable[[Answer], Cost]

    def take(self, key: str, answer: Answer, wanted: Destination) -> Ingested:
        """A good picture is on its way to the disk when this returns, durable after Groups.finish."""
        answer = replace(answer, key=key)
        light, cost = replace(answer, picture=None), self.priced(answer)
        if answer.picture is None:
            return Ingested(wanted, light, cost)
        try:
            deposited, image, facts = _finished(Ingested(wanted, light, cost), answer.picture)
        except UnreadablePicture as error:
            name = _keep_unread(answer.picture, wanted.unreadable)
            return Ingested(wanted, light.unreadable(f"kept as {name}: {error}"), cost)
        except BrokenPicture as error:
            return Ingested(wanted, light.broken(str(error)), cost)
        self._keep(deposited, answer.picture, image, facts)
        return deposited

    def _keep(self, deposited: Ingested, source: bytes, image: bytes | None, facts: Facts) -> None:
        wanted, sha256 = deposited.destination, deposited.source_sha256 or ""
        digest = wanted.origin.digest
        part = None if self._is_stored(digest, sha256) else _written(self.staging / f"{digest}{atomic.PART}", source)
        twin = part if image is source else None
        incoming = Incoming(
            source=part,
            image=self._image_part(wanted, image, deposited, twin) if image is not None else None,
            image_place=wanted.image,
            extension=facts.kind.extension,
            purchase=_purchase(deposited, len(source), facts),
            size=len(source) + len(image or b""),
        )
        if incoming.parts:
            self.groups.add(incoming)

    def _image_part(self, wanted: Destination, image: bytes, deposited: Ingested, twin: Path | None) -> Path | None:
        """Write the file beside its place, unless exactly this file is there already. twin: a file with the same bytes.

        Its name is ours alone: a process that was given up may still be writing the same picture.
        """
        assert wanted.image
        if _is_there(wanted.image, deposited):
            return None
        part = wanted.image.with_name(f".{wanted.image.name}.{self.staging.name}{atomic.PART}")
        return bulk_write.write_twin(part, twin, image) if twin else _written(part, image)

    def _is_stored(self, digest: str, sha256: str) -> bool:
        known = self.store.find(digest)
        return known is not None and known.sha256 == sha256 and known.path.exists()


def _finished(arrived: Ingested, source: bytes) -> tuple[Ingested, bytes | None, Facts]:
    """What is known of a picture, the file that people want of it, and its preview kept. Raises BrokenPicture.

    Before anything is written: no pixels are held while the disk is waited for.
    """
    wanted = arrived.destination
    whole = read(source, for_pixels=wanted.previews is not None)
    found = replace(
        arrived,
        source_sha256=hashlib.sha256(source).hexdigest(),
        width=whole.facts.width,
        height=whole.facts.height,
    )
    if not wanted.image:
        return found, None, whole.facts
    image = whole.finished(wanted.output)
    found = _with_image(found, image, source)
    if wanted.previews and found.image_sha256:
        small = preview.path_of(wanted.previews, wanted.image, found.image_sha256)
        preview.keep_if_new(small, whole, image.image)
    return found, image.data, whole.facts


def _purchase(deposited: Ingested, size: int, facts: Facts) -> Purchase:
    answer, wanted = deposited.answer, deposited.destination
    return Purchase(
        origin=wanted.origin,
        run=wanted.run,
        mime=facts.kind.mime,
        sha256=deposited.source_sha256 or "",
        bytes=size,
        width=facts.width,
        height=facts.height,
        tokens=answer.tokens,
        model_version=answer.model_version,
        response_id=answer.response_id,
        cost=deposited.cost,
    )


def _keep_unread(data: bytes, place: KeptAs) -> str:
    """Keep what was paid for, for a person; durable when it returns. Gives its name as files say it."""
    kind = kind_of(data)
    ending = f".{hashlib.sha256(data).hexdigest()[:8]}.{kind.extension if kind else 'bin'}"
    atomic.write_if_new(place.stem.with_name(place.stem.name + ending), data)
    return place.name + ending


def _with_image(deposited: Ingested, image: Finished, source: bytes) -> Ingested:
    sha256 = deposited.source_sha256 if image.data is source else hashlib.sha256(image.data).hexdigest()
    width, height = image.size
    return replace(deposited, image_bytes=len(image.data), image_sha256=sha256, width=width, height=height)


def _is_there(target: Path, deposited: Ingested) -> bool:
    try:
        if target.stat().st_size != deposited.image_bytes:
            return False
        with regular.opened(target) as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() == deposited.image_sha256
    except regular.NOT_THERE:
        return False


def _written(part: Path, data: bytes) -> Path:
    if faultpoint.armed("mid-picture"):
        part.write_bytes(data[: len(data) // 2])
        faultpoint.reached("mid-picture")
    return bulk_write.write(part, data)
