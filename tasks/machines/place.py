"""Which machine and which project somebody is, and whether the one who claimed something is still at work on it.

Nobody is taken for dead by a clock alone. On this machine a lock tells. Of another machine nobody can know; there the
clock only says when its intent may be taken over, and taking it over is a swap that the other's next step cannot pass:
a wrong guess makes the slower one wait, and costs nothing.
"""

import contextlib
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from ..files import atomic, locks, regular, system
from ..project.all_paths import paths_of
from ..project.paths import Paths
from ..text.errors import Stop

_BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True)
class Place:
    """A project on a machine. id: of its workspaces; host: as the machine is called; boot: which start of its system
    ("": this system does not say); root: where the project lies there."""

    id: str
    host: str
    boot: str
    root: str

    @staticmethod
    def from_json(record: dict[str, Any]) -> "Place":
        return Place(*(str(record[name]) for name in Place.__dataclass_fields__))


@dataclass(frozen=True)
class Identity:
    """workspaces/.machines.json: who this project is, and which stores it met, by address. Never the store's keys."""

    id: str
    stores: dict[str, str]


def identity(paths: Paths) -> Identity:
    """What this project knows of itself; it gets its id when it is asked first."""
    return _known(paths) or _remember(paths, {})


def remember_store(paths: Paths, where: str, mark: str) -> None:
    """That the store at that address bears that mark. Durable when it returns."""
    _remember(paths, {where: mark})


def _known(paths: Paths) -> Identity | None:
    try:
        record = orjson.loads(regular.read(paths.machines))
        return Identity(str(record["id"]), dict(record["stores"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _remember(paths: Paths, stores: Mapping[str, str]) -> Identity:
    """Two commands that begin at once are one project: the second takes the id that the first gave it."""
    with locks.held(paths.lock("machines")):
        known = _known(paths) or Identity(uuid.uuid4().hex, {})
        new = replace(known, stores={**known.stores, **stores})
        atomic.write(paths.machines, orjson.dumps({"version": 1, **asdict(new)}, option=orjson.OPT_APPEND_NEWLINE))
    return new


def here(paths: Paths) -> Place:
    """This project on this machine."""
    boot = ""
    with contextlib.suppress(OSError):
        boot = _BOOT.read_text("ascii").strip()
    return Place(identity(paths).id, system.host(), boot, str(paths.root.resolve()))


def is_reachable(place: Place, ours: Place) -> bool:
    """Whether its locks are those of this machine: the same system, and the same files at that path."""
    if (place.host, place.boot) != (ours.host, ours.boot):
        return False
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        return bool(orjson.loads(regular.read(Paths(Path(place.root)).machines))["id"] == place.id)
    return False


def is_at_work(place: Place, folder: str) -> bool:
    """Whether a command of that reachable place holds the run in `folder`, a path from its workspaces."""
    from filelock import Timeout

    paths = Paths(Path(place.root))
    try:
        with locks.held(paths.lock(paths_of(paths, paths.workspaces / folder).name), 0):
            return False
    except (Timeout, Stop, OSError):
        return True


class OtherStore(Stop):
    """At the store's address lies another store than before."""

    def __init__(self, where: str) -> None:
        super().__init__(
            "the shared store {where} is not the one that was used here before: its mark is missing or another one",
            "mount the right disk, or name the right bucket; only if it was moved or made anew: rm "
            "workspaces/.machines.json",
            where=where,
        )
