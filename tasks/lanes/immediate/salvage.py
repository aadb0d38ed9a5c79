"""Pictures that a killed command had received and not yet put on record: they are paid for, so they are kept."""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import orjson

from ...files import atomic, regular
from ...pictures import bulk_write
from ...pictures.commit import Committer, Incoming
from ...pictures.picture import BrokenPicture, Facts, inspect
from ...pictures.store import Purchase
from ...providers.answer import Tokens
from ...runs.answers import Pricing, origin
from ...runs.manifest import Item, Submission
from ...runs.run import Run


def owner(run: Run, submission: Submission) -> str:
    """Whose the pictures of an immediate submission are while they come in (Store.incoming)."""
    return f"{run.paths.name}.{submission.id}"


def salvage(run: Run, submission: Submission, unanswered: Iterable[Item]) -> None:
    """Give every whole picture of `unanswered` that lies half-way its place in the store; durable when it returns.

    It may lie in the incoming folder, or at its place without a record. Where the record was not written either, the
    tokens are not known, and the picture's cost is an estimate.
    """
    staging = run.store.staging(owner(run, submission))
    found = [(item, data) for item in unanswered if (data := _left(run, staging, item))]
    if not found:
        return
    atomic.make_folder(staging)
    with Committer(run.store, staging) as groups:
        for item, data in found:
            groups.add(_incoming(run, submission, item, staging, data))
        groups.finish()


def _left(run: Run, staging: Path, item: Item) -> bytes | None:
    """The picture of that request as it lies half-way; None when there is none, or it is on record already.

    Another run may have bought one for the same digest: then only what is known to be ours counts.
    """
    known = {record.sha256 for record in run.store.records(item.digest)}
    part = staging / f"{item.digest}{atomic.PART}"
    for path in (part, *run.store.unrecorded(item.digest)):
        data = regular.read(path) if path.is_file() else b""
        sha256 = hashlib.sha256(data).hexdigest()
        is_ours = path == part or not known or _purchase(staging, item, sha256)
        if data and sha256 not in known and is_ours and _is_whole(data):
            return data
    return None


def _is_whole(data: bytes) -> bool:
    """Whether nothing is missing and nothing hangs on: a write that was cut short may have filled up its last block."""
    try:
        inspect(data)
    except BrokenPicture:
        return False
    return not data.endswith(b"\0")


def _incoming(run: Run, submission: Submission, item: Item, staging: Path, data: bytes) -> Incoming:
    facts, sha256 = inspect(data), hashlib.sha256(data).hexdigest()
    purchase = _purchase(staging, item, sha256) or _estimated(run, submission, item, facts)
    return Incoming(
        source=bulk_write.write(staging / f"{item.digest}{atomic.PART}", data),
        image=None,
        image_place=None,
        extension=facts.kind.extension,
        purchase=replace(purchase, sha256=sha256, bytes=len(data)),
        size=len(data),
    )


def _purchase(staging: Path, item: Item, sha256: str) -> Purchase | None:
    """The record as the killed command wrote it; None when it did not, or only in part."""
    try:
        record = orjson.loads(regular.read(staging / f"{item.digest}.json{atomic.PART}"))
    except (OSError, ValueError):
        return None
    purchase = Purchase.from_json(record)
    return purchase if purchase and purchase.sha256 == sha256 else None


def _estimated(run: Run, submission: Submission, item: Item, facts: Facts) -> Purchase:
    return Purchase(
        origin=origin(run, submission, item),
        run=run.paths.name,
        mime=facts.kind.mime,
        sha256="",
        bytes=0,
        width=facts.width,
        height=facts.height,
        tokens=Tokens(),
        model_version=None,
        response_id=None,
        cost=Pricing.of(run, submission).unread(item.key),
    )
