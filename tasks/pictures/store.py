"""The store of paid pictures: every picture ever bought, as the provider delivered it, by the digest of its request.

`<digest[:2]>/<digest>.<png|jpg|…>`      the provider's bytes, untouched
`<digest[:2]>/<digest>.json`             what they are, where they come from; written last: what has none is not there
`<digest[:2]>/<digest>.<sha256[:8]>.*`   a further picture for the same request, kept because it was paid for too
`.incoming/<owner>/`                     pictures on their way in, of one run or other owner that holds its own lock
`.incoming/<owner>+<part>/`              the same of one part of that, where several processes bring it in

Nothing here is ever overwritten. A picture in images/ is a copy, never a link: people edit those files in place.
"""

import contextlib
import glob
import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import orjson

from ..catalog.model import Lane
from ..catalog.pricing import Cost, CostBasis
from ..files import atomic, regular
from ..files.newer import added, known
from ..files.problem import short
from ..providers.answer import Tokens
from ..text.errors import Stop, disk_words
from ..text.sentences import t


class StorePictureDamaged(Stop):
    """A paid picture in the store is missing or is not what its record says. Never bought again without a person."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What store records and result lines share. Times are UTC ISO 8601; attempt counts from 1, 0: from the store.

    own_sha256, own_values: what the row itself said (`requests.own`), in result lines only; None in older ones.
    """

    key: str
    prompt_id: str
    digest: str
    attempt: int
    submission: str | None
    job: str | None
    slot: str | None
    model_key: str
    model_name: str
    provider: str
    lane: Lane
    submitted_at: str | None
    finished_at: str | None
    prompt_sha256: str
    own_sha256: str | None = field(default=None, kw_only=True)
    own_values: Mapping[str, str] | None = field(default=None, kw_only=True)


MACHINE = "machine"
"""In a record that came from a store shared with other machines: which of them bought the picture."""
OWN = ("own_sha256", "own_values")
ORIGIN = tuple(each.name for each in fields(Origin) if each.name not in OWN)


def shared(origin: Origin) -> dict[str, Any]:
    """The fields of an origin, or those of whatever has them beside its own, by name."""
    return {name: getattr(origin, name) for name in (*ORIGIN, *OWN)}


def origin_of(record: dict[str, Any]) -> Origin:
    """The origin in a JSON object that holds its fields beside others."""
    return Origin(**{name: record[name] for name in ORIGIN} | {"lane": Lane(record["lane"])})


@dataclass(frozen=True)
class Purchase:
    """What is on record of a stored picture: where it comes from, what it is and cost. width, height: in pixels.

    more: keys of newer versions, kept as they are.
    """

    origin: Origin
    run: str
    mime: str
    sha256: str
    bytes: int
    width: int
    height: int
    tokens: Tokens
    model_version: str | None
    response_id: str | None
    cost: Cost
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_from_elsewhere(self) -> bool:
        """Whether another machine bought it: the run of that name here did not pay for it."""
        return MACHINE in self.more

    def to_json(self) -> dict[str, Any]:
        """The record, but for the name of the picture's file."""
        own = {name: getattr(self, name) for name in _OWN}
        origin = {name: getattr(self.origin, name) for name in ORIGIN}
        return origin | own | {"cost_usd": self.cost.usd, "cost_basis": self.cost.basis} | dict(self.more)

    @staticmethod
    def from_json(record: dict[str, Any]) -> "Purchase | None":
        """None for a record of somebody else, or of which something is missing."""
        try:
            own = {name: record[name] for name in _OWN} | {"tokens": Tokens(**known(Tokens, record["tokens"]))}
            cost = Cost(record["cost_usd"], CostBasis(record["cost_basis"]))
            more = added(record, _KNOWN)
            return Purchase(origin_of(record), **own, cost=cost, more=more)
        except (KeyError, TypeError, ValueError):
            return None


_OWN = tuple(each.name for each in fields(Purchase) if each.name not in ("origin", "cost", "more"))
_KNOWN = frozenset((*ORIGIN, *_OWN, "cost_usd", "cost_basis", "file"))


@dataclass(frozen=True)
class Record:
    """One stored picture. path: the picture. file: its record. purchase: what stands there, when all of it does."""

    file: Path
    path: Path
    digest: str
    sha256: str
    bytes: int
    purchase: Purchase | None


def stand_in(digits: str) -> str:
    """The digest for a picture of whose request only the first 16 digits of the digest are known."""
    return digits[:16] + "0" * 48


class Store:
    """The store under one folder, which need not exist yet. Several processes may use it at once."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def folder(self, digest: str) -> Path:
        return self.root / digest[:2]

    def find(self, digest: str, sha256: str = "") -> Record | None:
        """The first picture bought for `digest`; a missing, cut or foreign record means: not there.

        sha256: that of the picture that is looked for, when several were bought and one was shown already.
        Found too is one that `doit adopt` kept under a stand-in, when no more than the 16 digits of its key were known.
        """
        further = self._record(digest, f".{sha256[:8]}") if sha256 else None
        if further and further.sha256 == sha256:
            return further
        return self._record(digest) or self._record(stand_in(digest))

    def has(self, digest: str) -> bool:
        """Whether a picture was bought for `digest`. Raises StorePictureDamaged for a record that nobody can read.

        Our records are whole or not there: a spoiled one tells of a picture that is paid for.
        """
        records = [self.folder(digest) / f"{each}.json" for each in (digest, stand_in(digest))]
        there = list(filter(regular.there, records))
        if not there or self.find(digest):
            return bool(there)
        raise StorePictureDamaged(
            t("the record {record} of a paid picture is damaged", record=short(there[0])),
            t("restore it from a backup; only to buy the picture again: rm {record}", record=short(there[0])),
        )

    def records(self, digest: str) -> list[Record]:
        """All pictures bought for `digest`, the first one first."""
        first = self.find(digest)
        paths = sorted(self.folder(digest).glob(f"{digest}.*.json"))
        further = (self._record_at(digest, path) for path in paths)
        return [each for each in (first, *further) if each]

    def bought_for(self, run: str) -> Iterator[Purchase]:
        """What is on record as bought for that run; looks at every record there is."""
        for path in sorted(self.root.glob("??/*.json")):
            record = self._record_at(path.name.partition(".")[0], path)
            bought = record.purchase if record else None
            if bought and bought.run == run and not bought.is_from_elsewhere:
                yield bought

    def _record(self, digest: str, further: str = "") -> Record | None:
        return self._record_at(digest, self.folder(digest) / f"{digest}{further}.json")

    def _record_at(self, digest: str, path: Path) -> Record | None:
        try:
            facts = orjson.loads(regular.read(path))
            name, sha256, size = facts["file"], facts["sha256"], facts["bytes"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        right = facts.get("digest") == digest and isinstance(sha256, str) and isinstance(size, int)
        if not right or not isinstance(name, str) or not name.startswith(digest) or "/" in name:
            return None
        return Record(path, path.with_name(name), digest, sha256, size, Purchase.from_json(facts))

    def read(self, record: Record) -> bytes:
        """The provider's bytes, compared with the recorded sha256; StorePictureDamaged when they differ or are gone."""
        try:
            data = regular.read(record.path)
        except FileNotFoundError:
            raise damaged(record, t("is missing")) from None
        except OSError as error:
            raise damaged(record, disk_words(error)[0]) from None
        if hashlib.sha256(data).hexdigest() != record.sha256:
            raise damaged(record, t("is not what was stored (its sha256 differs)"))
        return data

    def is_whole(self, record: Record) -> bool:
        """Whether its picture is there and is what was stored, by its sha256."""
        try:
            return len(self.read(record)) == record.bytes
        except StorePictureDamaged:
            return False

    @contextlib.contextmanager
    def incoming(self, owner: str) -> Iterator[Path]:
        """An empty folder on the store's file system for pictures that `owner`, a run this process locked, brings in.

        What a killed process left there is removed, and so is the folder in the end.
        """
        folder = self.staging(owner)
        self.sweep(owner)
        atomic.make_folder(folder)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def sweep(self, owner: str) -> None:
        """Remove what killed processes left in the incoming folders of `owner`, who brings nothing in any more."""
        folder = self.staging(owner)
        for each in (folder, *folder.parent.glob(f"{glob.escape(owner)}+*")):
            shutil.rmtree(each, ignore_errors=True)

    def staging(self, owner: str) -> Path:
        """The incoming folder of `owner`, whether it is there or not. Raises ValueError for what is no plain name."""
        if Path(owner).name != owner or owner in ("", ".."):
            raise ValueError(f"{owner!r} is no plain name")
        return self.root / ".incoming" / owner

    def unrecorded(self, digest: str) -> list[Path]:
        """Pictures that lie at the places for `digest`, for a caller who knows that no record tells of them."""
        return [path for path in sorted(self.folder(digest).glob(f"{digest}.*")) if path.suffix != ".json"]

    def keep_picture(self, part: Path, digest: str, extension: str, sha256: str) -> Path:
        """Give the durable file `part`, from this store's incoming, its place for good and return it; `part` is gone.

        Another picture that has the place stays; the same picture there already is not replaced.
        """
        first = self.folder(digest) / f"{digest}.{extension}"
        further = first.with_name(f"{digest}.{sha256[:8]}.{extension}")
        for target in (first, further):
            if _take(part, target):
                return target
            if _sha256(target) == sha256:
                part.unlink()
                return target
        # The first eight digits agree and the rest does not: somebody changed that file in place.
        kept = first.with_name(f"{digest}.{sha256}.{extension}")
        _take(part, kept)
        part.unlink(missing_ok=True)
        return kept

    def keep_record(self, part: Path, digest: str, sha256: str) -> None:
        """Give the durable record `part` its place; from now on the picture counts as stored. `part` is gone."""
        first = self.folder(digest) / f"{digest}.json"
        if _take(part, first):
            return
        known = self.find(digest)
        if known is None:
            part.replace(first)
        elif known.sha256 == sha256 or not _take(part, first.with_name(f"{digest}.{sha256[:8]}.json")):
            part.unlink()


def _take(part: Path, target: Path) -> bool:
    """Move `part` to `target` unless something is there; no other process can slip in between."""
    try:
        os.link(part, target)
    except FileExistsError:
        return False
    except OSError:  # a file system without hard links
        if target.exists():
            return False
        part.replace(target)
        return True
    part.unlink()
    return True


def _sha256(path: Path) -> str:
    with regular.opened(path) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def damaged(record: Record, how: str) -> StorePictureDamaged:
    """The error for a stored picture that cannot be used; how: what is wrong, as the message says it."""
    return StorePictureDamaged(
        t("the paid picture {path} {how}", path=record.path, how=how),
        t("restore it from a backup; only to buy it again, rm {file}", file=record.file),
    )
