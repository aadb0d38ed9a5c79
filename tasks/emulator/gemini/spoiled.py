"""What a download brings in place of the result file, with status 200, and how it travels."""

import gzip
import re
from collections.abc import Mapping
from pathlib import Path

from ..world.faults import Fault
from ..world.wire import Delivery

_PAGE = b"<!doctype html>\n<html><head><title>Sign in</title></head>\n<body>Sign in to this network.</body></html>\n"
_ERROR = b'{"error": {"code": 503, "message": "The service is currently unavailable.", "status": "UNAVAILABLE"}}\n'
_PICTURE = re.compile(rb'"(?:data|b64_json)":\s*"[^"]{100,}"')


def body(path: Path, faults: Mapping[str, Fault]) -> bytes | None:
    """The bytes that are sent for the result file at `path`; None when no fault touches them."""
    if "instead" in faults:
        return _instead(path.read_bytes(), str(faults["instead"].amount))
    if "short" in faults:
        return b"".join(path.read_bytes().splitlines(keepends=True)[: int(faults["short"].number())])
    return _PICTURE.sub(_damaged, path.read_bytes()) if "damaged" in faults else None


def _instead(whole: bytes, kind: str) -> bytes:
    made = {"web_page": _PAGE, "empty": b"", "error": _ERROR, "bom": b"\xef\xbb\xbf" + whole}
    if kind in made:
        return made[kind]
    return gzip.compress(whole) if kind == "gzip" else whole.decode().encode("utf-16")


def _damaged(found: re.Match[bytes]) -> bytes:
    data, middle = bytearray(found[0]), len(found[0]) // 2
    data[middle] = ord("A") if data[middle] != ord("A") else ord("B")
    return bytes(data)


def delivery(faults: Mapping[str, Fault]) -> Delivery:
    """How a result file travels under the faults that struck it."""
    cuts = [int(faults[name].number()) for name in ("cut", "cut_silently") if name in faults]
    return Delivery(
        cut_at=min(cuts, default=None),
        announce_length="cut_silently" not in faults,
        chunked="chunked" in faults,
        rate=faults["rate"].number() if "rate" in faults else None,
    )
