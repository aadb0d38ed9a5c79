"""Pictures between this project's store and the shared one: the provider's bytes, then their record."""

import hashlib
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

import orjson

from ..files import atomic
from ..pictures.store import MACHINE, Store
from ..shared.port import SharedStore, StoreFails
from ..text.sentences import t

OWNER = "machines"
"""Whose pictures are on their way into this project's store, before the name of the run that takes them in."""


def _folder(digest: str) -> str:
    return f"pictures/{digest[:2]}/"


def give(shared: SharedStore, store: Store, digest: str, host: str) -> None:
    """Put this project's picture of that digest into the shared store; nothing where it is or was from there.

    Raises StorePictureDamaged for one that is not what was stored.
    """
    record = store.find(digest)
    if record is None or record.purchase is None or record.digest != digest or record.purchase.is_from_elsewhere:
        return
    name = f"{digest}.{record.sha256[:8]}{record.path.suffix}"  # by content: half a gift of another is not in the way
    shared.put_new(_folder(digest) + name, store.read(record))
    facts = record.purchase.to_json() | {"file": name, MACHINE: host}
    shared.put_new(f"{_folder(digest)}{digest}.json", orjson.dumps(facts, option=orjson.OPT_APPEND_NEWLINE))


def take(shared: SharedStore, store: Store, digest: str, run: str) -> bool:
    """Bring the picture of that digest into this project's store, durably; False when the shared one has none.

    run: the caller has its lock.
    """
    kept = shared.get(f"{_folder(digest)}{digest}.json")
    if kept is None:
        return False
    try:
        facts = orjson.loads(kept.data)
        name, sha256 = PurePosixPath(facts["file"]).name, facts["sha256"]
    except (ValueError, KeyError, TypeError):
        raise StoreFails(shared.where, t("has a damaged record of the paid picture {digest}", digest=digest)) from None
    found = shared.get(_folder(digest) + name)
    if found is None or hashlib.sha256(found.data).hexdigest() != sha256:
        raise StoreFails(shared.where, t("has a damaged picture: {name}", name=_folder(digest) + name))
    _keep(store, f"{OWNER}-{run}", digest, found.data, facts, PurePosixPath(name).suffix[1:])
    return True


def _keep(store: Store, owner: str, digest: str, data: bytes, facts: Mapping[str, Any], extension: str) -> None:
    with store.incoming(owner) as staging:
        part = staging / f"{digest}{atomic.PART}"
        atomic.write(part, data)
        atomic.make_folder(store.folder(digest))
        kept = store.keep_picture(part, digest, extension, facts["sha256"])
        atomic.sync_folder(store.folder(digest))
        record = staging / f"{digest}.json{atomic.PART}"
        atomic.write(record, orjson.dumps({**facts, "file": kept.name}, option=orjson.OPT_APPEND_NEWLINE))
        store.keep_record(record, digest, facts["sha256"])
        atomic.sync_folder(store.folder(digest))
