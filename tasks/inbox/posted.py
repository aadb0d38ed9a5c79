"""How far the inbox went to Slack and to other services: the small files that every command looks at."""

from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from ..files import atomic, regular
from ..project.paths import Paths


@dataclass(frozen=True)
class Posted:
    """How far the journal went to a service. through: in bytes; last: key of the last event before that; not_before:
    Unix time until which it asked to be left alone; first: whether nothing was ever posted."""

    through: int = 0
    last: str = ""
    not_before: float = 0.0
    first: bool = False


def folder(paths: Paths) -> Path:
    """What ties our keys to Slack's ids; ignored by git like all of workspaces/inbox."""
    return paths.inbox / ".slack"


def of_slack(paths: Paths) -> Path:
    """Where it stands how far the journal went to Slack."""
    return folder(paths) / "posted.json"


def of_service(paths: Paths, number: int) -> Path:
    """The same for the service at that place, from 1, of KAMISHIBAI_NOTIFY. Its address is a secret: no file has it."""
    return paths.inbox / ".notify" / f"{number}.json"


def read_posted(file: Path) -> Posted:
    """The state of posting; of a file that is missing or spoilt, that nothing was posted."""
    try:
        posted = Posted(**orjson.loads(regular.read(file)))
    except (FileNotFoundError, ValueError, TypeError):
        return Posted(first=True)
    return posted if _is_whole(posted) else Posted(first=True)


def _is_whole(posted: Posted) -> bool:
    """Whether every field is of its kind: what the file said is not checked before."""
    numbers = isinstance(posted.through, int) and posted.through >= 0 and isinstance(posted.not_before, (int, float))
    return numbers and isinstance(posted.last, str) and isinstance(posted.first, bool)


def write_posted(file: Path, posted: Posted) -> None:
    atomic.write(file, orjson.dumps(asdict(posted)))
