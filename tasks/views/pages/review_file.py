"""`review.json`: what a person thinks of the pictures of one place: OK, NG or nothing yet, with a note.

{"version": 1, "verdicts": {"0003": {"verdict": "NG", "note": "手が六本", "at": "2026-11-23T08:15:00Z", "sha256": "…"}}}

A verdict is about one picture, named by the sha256 of its bytes: when the picture is made again, nobody has judged the
new one yet.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson
from filelock import Timeout

from ...files import atomic, locks, regular, schema
from ...files.newer import known
from ...text.errors import Stop

NAME = "review.json"
OK, NG = "OK", "NG"
_PATIENCE = 10.0
"""Seconds to wait for another tab's save; one takes a few milliseconds."""


@dataclass(frozen=True)
class Verdict:
    """verdict: "OK", "NG" or, for a note alone, "". at: UTC, ISO 8601. sha256: of the very picture, as hex."""

    verdict: str
    note: str
    at: str
    sha256: str

    def about(self, sha256: str | None) -> bool:
        """Whether the picture of that sha256 is the one that was judged."""
        return self.sha256 == sha256


def read(folder: Path) -> dict[str, Verdict]:
    """Verdicts of a place by prompt id; none when nobody has judged yet. Raises BadInput when the file is damaged."""
    path = folder / NAME
    return decode(schema.load(path, "review")) if regular.there(path) else {}


def decode(data: Mapping[str, Any]) -> dict[str, Verdict]:
    """Verdicts from the data of a valid file."""
    return {name: Verdict(**known(Verdict, each)) for name, each in data["verdicts"].items()}


def encode(verdicts: Mapping[str, Verdict]) -> bytes:
    """The file, ids in order; the same verdicts give the same bytes."""
    data = {"version": 1, "verdicts": {name: asdict(verdicts[name]) for name in sorted(verdicts)}}
    return orjson.dumps(data, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def merged(verdicts: Mapping[str, Verdict], prompt_id: str, verdict: Verdict | None) -> dict[str, Verdict]:
    """`verdicts` with this one in place of what was said before; None takes it back."""
    kept = {name: each for name, each in verdicts.items() if name != prompt_id}
    return kept | ({prompt_id: verdict} if verdict else {})


def save(folder: Path, lock: Path, prompt_id: str, verdict: Verdict | None) -> dict[str, Verdict]:
    """Put one verdict into the file, durably, beside what others saved meanwhile; returns what stands there now.

    lock: the file to lock meanwhile, the same for everyone who saves for this place. Raises Stop when another process
    keeps it, BadInput when the file is damaged, OSError when the disk refuses; then the file is as it was.
    """
    try:
        with locks.held(lock, _PATIENCE):
            verdicts = merged(read(folder), prompt_id, verdict)
            atomic.write_if_new(folder / NAME, encode(verdicts))
            return verdicts
    except Timeout:
        raise Stop(
            "{folder} is being written by another process", "give the verdict once more", folder=folder / NAME
        ) from None
