"""`results.jsonl`: our reading of every answer, one line per request and attempt, in the order they were sent."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import orjson

from ..errors import BadInput
from ..files import atomic, schema
from ..prompts.request import Had
from .manifest import Manifest

Result = dict[str, Any]


def read(path: Path) -> list[Result]:
    """Every line, checked; none when there is no file. Raises BadInput with the number of the line that is wrong."""
    if not path.is_file():
        return []
    return [_line(path, number, encoded) for number, encoded in enumerate(path.read_bytes().splitlines(), 1)]


def _line(path: Path, number: int, encoded: bytes) -> Result:
    try:
        line = orjson.loads(encoded)
    except ValueError as error:
        what = f"{path}:{number}: not JSON: {error}"
        raise BadInput(what, "restore the file, or remove it: the store has the pictures") from None
    schema.check(line, "results", path, number)
    return dict(line)


def encode(lines: Iterable[Result]) -> bytes:
    return b"".join(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in lines)


def save(path: Path, lines: Iterable[Result]) -> bool:
    """Durable when it returns; a file that says the same already keeps its time stamp."""
    return atomic.write_if_new(path, encode(lines))


def merged(history: Sequence[Result], new: Sequence[Result]) -> list[Result]:
    """History with `new` in it; lines of the same submission and key are replaced, so collecting twice is harmless."""
    fresh = {(line["submission"], line["key"]): line for line in new if line["submission"]}
    kept = [fresh.pop((line["submission"], line["key"]), line) for line in history]
    return kept + [line for line in new if not line["submission"]] + list(fresh.values())


def latest(lines: Iterable[Result]) -> dict[str, Result]:
    """The last line of each prompt id: what became of it."""
    return {line["prompt_id"]: line for line in lines}


def shown(lines: Iterable[Result]) -> dict[str, Result]:
    """For each prompt id, the line whose picture lies in images/."""
    return {line["prompt_id"]: line for line in lines if line["image"]}


def asked_before(manifest: Manifest, history: Iterable[Result]) -> Had:
    """What was asked for under each prompt id and text, by what was sent and what came."""
    had: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for each in manifest.submissions:
        for item in each.requests:
            had[item.prompt_id, item.prompt_sha256].add(item.digest)
    for line in history:
        had[line["prompt_id"], line["prompt_sha256"]].add(line["digest"])
    return had
