"""What the provider says of one project: the emulator's ledger and the very bytes that it sent."""

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from tests.support.emulator_process import EmulatorProcess

Row = dict[str, Any]
STRANGER = "nobody-sent-this"
"""How the emulator's fault `unknown_key` begins the key of a line that no request asked for."""


@dataclass(frozen=True)
class Books:
    """billed: one row per answer that costs. jobs: their names. sent: sha256 of every picture that left the provider.

    at_once: those of the immediate lane. made: by sha256, those of jobs that a decoder reads: job and key.

    An emulator that serves many projects one after the other has books for all of them; `since` takes out one.
    """

    billed: list[Row]
    jobs: frozenset[str]
    sent: frozenset[str]
    at_once: frozenset[str] = frozenset()
    made: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def since(self, before: "Books") -> "Books":
        """What was added to these books after `before` was read."""
        old = Counter(map(_identity, before.billed))
        added = []
        for row in self.billed:
            if old[_identity(row)]:
                old[_identity(row)] -= 1
            else:
                added.append(row)
        return Books(added, self.jobs - before.jobs, self.sent - before.sent)


NOTHING = Books([], frozenset(), frozenset())


def mark(emulator: EmulatorProcess) -> Books:
    """The books at this moment, to be subtracted later: what jobs sent is left out. Settles every finished job."""
    billed = emulator.ledger()["billed"]
    jobs = frozenset(job["name"] for job in emulator.jobs())
    return Books(billed, jobs, frozenset(emulator.control("GET", "sent")))


def read(emulator: EmulatorProcess, before: Books = NOTHING, older: Iterable[str] = ()) -> Books:
    """The books since `before`. older: jobs of this project from before that."""
    new = mark(emulator).since(before)
    sent, made = set(new.sent), {}
    for name in new.jobs | frozenset(older):
        stem = name.removeprefix("batches/")
        paths = [emulator.state_dir / "outputs" / f"{each}.jsonl" for each in (stem, f"{stem}-o")]
        for key, picture in (found for path in paths for found in _pictures(path)):
            digest = hashlib.sha256(picture).hexdigest()
            sent.add(digest)
            if not key.startswith(STRANGER) and is_whole(picture):
                made[digest] = (name, key)
    return Books(new.billed, new.jobs, frozenset(sent), new.sent, made)


def is_whole(picture: bytes) -> bool:
    """Whether a decoder reads it to its end."""
    try:
        with Image.open(BytesIO(picture)) as image:
            image.verify()  # checksums, which `load` passes over
        with Image.open(BytesIO(picture)) as image:
            image.load()
    except (OSError, SyntaxError, ValueError):
        return False
    return True


def _identity(row: Row) -> tuple[Any, ...]:
    return tuple(sorted(row.items(), key=lambda pair: pair[0]))


def _pictures(output: Path) -> Iterator[tuple[str, bytes]]:
    """Key and bytes of every picture in a result file; what a fault cut off is passed over.

    A draft in a thought part is none, unless there is no other.
    """
    for line in output.read_bytes().split(b"\n") if output.exists() else ():
        try:
            record = json.loads(line)
            if "custom_id" in record:
                yield record["custom_id"], base64.b64decode(record["response"]["body"]["data"][0]["b64_json"])
                continue
            parts = [part for part in record["response"]["candidates"][0]["content"]["parts"] if "inlineData" in part]
        except (ValueError, KeyError, TypeError):
            continue
        for part in [part for part in parts if not part.get("thought")] or parts:
            yield record.get("key", ""), base64.b64decode(part["inlineData"]["data"])
