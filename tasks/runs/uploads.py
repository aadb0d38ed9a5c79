"""Reference pictures at the provider: uploaded once per content and key, used until their end is near.

`workspaces/.store/uploads.json` remembers which content lies where until when. It is a cache: losing it costs one more
upload of each picture, which is free. Files live for a while and belong to the project of the key (P-08).
"""

import base64
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from ..catalog.model import Lane
from ..files import atomic, locks, regular
from ..project.paths import Paths
from ..providers.port import Account, HoldsPictures, Uploaded
from ..requests.references import Reference

HOURS_LEFT = {Lane.BATCH: 36.0, Lane.IMMEDIATE: 1.0}
"""Least life an uploaded picture must have left: a batch job reads it when its turn comes, mostly within 24 h."""
SPARE_HOURS = 1.0  # for clocks that differ

Addresses = Mapping[str, str]
"""What to write in place of each reference's token."""


def addresses(paths: Paths, client: Account, lane: Lane, wanted: Iterable[Reference]) -> Addresses:
    """Where the provider finds each picture; uploads what is not there. Raises Unavailable, Refused, Stop.

    A provider that keeps none takes pictures inside the request, as data: URLs (FLUX).
    """
    pictures = {reference.token: reference for reference in wanted}
    if not isinstance(client, HoldsPictures):
        return {token: _data_url(reference) for token, reference in pictures.items()}
    return _uploaded(paths, client, lane, pictures) if pictures else {}


def filled(data: bytes, addresses: Addresses) -> bytes:
    """`data`, encoded JSON, with every token replaced. A token is a whole JSON string, so no prompt can hold one."""
    for token, address in addresses.items():
        data = data.replace(f'"{token}"'.encode(), orjson.dumps(address))
    return data


def forget(paths: Paths, client: Account) -> None:
    """The provider does not know a picture any more that should be there: upload all of this key's anew."""
    with locks.held(paths.lock("uploads")):
        known = _read(paths)
        known.pop(_account(client), None)
        atomic.write(paths.uploads, orjson.dumps(known, option=orjson.OPT_INDENT_2))


def _uploaded(paths: Paths, client: HoldsPictures, lane: Lane, pictures: Mapping[str, Reference]) -> Addresses:
    """One process looks and uploads at a time, so that no picture is uploaded twice."""
    with locks.held(paths.lock("uploads")):
        known = _read(paths)
        mine = known.setdefault(_account(client), {})
        for token, reference in pictures.items():
            if not _lasts(mine.get(token), client.picture_hours - SPARE_HOURS - HOURS_LEFT[lane]):
                file = client.upload_picture(reference.read(), reference.mime, reference.path.name[:128])
                mine[token] = _entry(file)
                atomic.write(paths.uploads, orjson.dumps(known, option=orjson.OPT_INDENT_2))
    return {token: str(mine[token]["uri"]) for token in pictures}


def _entry(file: Uploaded) -> dict[str, Any]:
    return {"name": file.name, "uri": file.uri, "uploaded_at": datetime.now(UTC).isoformat(timespec="seconds")}


def _lasts(entry: Any, hours: float) -> bool:
    """Whether an upload is younger than that, by this machine's clock for both ends of it.

    What the cache says may be spoilt; then nothing is left.
    """
    try:
        age = datetime.now(UTC) - datetime.fromisoformat(entry["uploaded_at"])
        return isinstance(entry["uri"], str) and timedelta(0) <= age < timedelta(hours=hours)
    except (KeyError, TypeError, ValueError, OverflowError):
        return False


def _account(client: Account) -> str:
    return f"{client.fingerprint} at {client.endpoint}"


def _read(paths: Paths) -> dict[str, Any]:
    try:
        found = orjson.loads(regular.read(paths.uploads))
    except (OSError, ValueError):
        return {}
    return {name: mine for name, mine in found.items() if isinstance(mine, dict)} if isinstance(found, dict) else {}


def _data_url(reference: Reference) -> str:
    return f"data:{reference.mime};base64,{base64.b64encode(reference.read()).decode()}"
