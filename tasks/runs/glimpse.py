"""A quick look at `_gemini_batch/manifest.json`: nothing is checked, and only what is asked for is read."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from ..files import regular
from ..project.run_paths import RunPaths
from .manifest import VERSION, Kept, State, Submission, kept_of, submission_of


@dataclass(frozen=True)
class Glimpse:
    """A manifest that was not checked. run, complete, read_at, references, kept, tidied: as in Manifest.

    is_ours: of this version of the format; what can be read of another one counts all the same, for it is about money.
    """

    run: str
    complete: bool
    read_at: str | None
    references: dict[str, list[int]]
    kept: Kept
    tidied: Mapping[str, str]
    is_ours: bool
    _submissions: Sequence[Mapping[str, Any]]

    def submissions(self, states: Collection[State] = tuple(State)) -> tuple[Submission, ...]:
        """Those in one of `states`; the others are not even looked into."""
        words = {state.value for state in states}
        return tuple(submission_of(record) for record in self._submissions if record["state"] in words)

    @property
    def answered(self) -> set[tuple[str, str]]:
        """Prompt and digest of the requests that are answered for good: results.jsonl has a line of each."""
        done = (each for each in self._submissions if each["state"] == State.COLLECTED.value)
        return {(request["prompt_id"], request["digest"]) for each in done for request in each["requests"]}


UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError)
"""What a quick look at a file may raise that nobody checked."""


def peek(path: Path) -> Glimpse:
    """A quick look, for who must not wait and trusts nothing. Raises UNREADABLE for whatever is wrong with the file."""
    data = orjson.loads(regular.read(path))
    told = (data["run"], data["complete"], data.get("read_at"), data.get("references", {}))
    held = (kept_of(data), data.get("tidied", {}))
    return Glimpse(*told, *held, data["version"] == VERSION, data["submissions"])


def away(paths: RunPaths) -> frozenset[str]:
    """Pictures that `doit tidy` removed there and nobody put back since, by their paths; none where nobody can tell."""
    try:
        data = regular.read(paths.manifest)
        noted = orjson.loads(data).get("tidied", {}) if b'"tidied"' in data else {}
        return frozenset(image for image in noted if not paths.at(image).exists())
    except UNREADABLE:
        return frozenset()


def is_tidied(paths: RunPaths) -> bool:
    """Whether `doit tidy` removed pictures there that were not brought back since."""
    try:
        return bool(peek(paths.manifest).tidied)
    except UNREADABLE:
        return False
