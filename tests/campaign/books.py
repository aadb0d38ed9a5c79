"""What the provider says of one project: the emulator's ledger and the very bytes that it sent."""

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.emulator_process import EmulatorProcess

Row = dict[str, Any]


@dataclass(frozen=True)
class Books:
    """billed: one row per answer that costs. jobs: their names. sent: sha256 of every picture that left the provider.

    An emulator that serves many projects one after the other has books for all of them; `since` takes out one.
    """

    billed: list[Row]
    jobs: frozenset[str]
    sent: frozenset[str]

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
    names = (name.removeprefix("batches/") for name in new.jobs | frozenset(older))
    files = (emulator.state_dir / "outputs" / f"{name}.jsonl" for name in names)
    return Books(new.billed, new.jobs, new.sent | frozenset(_pictures(path for path in files if path.exists())))


def _identity(row: Row) -> tuple[Any, ...]:
    return tuple(sorted(row.items(), key=lambda pair: pair[0]))


def _pictures(outputs: Iterable[Path]) -> Iterable[str]:
    """sha256 of every picture in result files; what a fault cut off is passed over."""
    for path in outputs:
        for line in path.read_bytes().split(b"\n"):
            try:
                data = json.loads(line)["response"]["candidates"][0]["content"]["parts"]
            except (ValueError, KeyError, TypeError):
                continue
            for part in data:
                if "inlineData" in part and not part.get("thought"):
                    yield hashlib.sha256(base64.b64decode(part["inlineData"]["data"])).hexdigest()
