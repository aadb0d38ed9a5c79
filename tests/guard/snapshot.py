"""The snapshot that every scenario begins with, made once per base commit, builder, stage and few hours."""

import hashlib
import json
import shutil
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from . import history, material, provider
from .history import Past
from .person import Person
from .provider import Provider
from .stage import PROJECT, STATE

HERE = Path(__file__).resolve().parent
FRESH_HOURS = 6.0
"""A snapshot is made anew when it is older: its jobs would be too old for what the scenarios are about."""


@dataclass(frozen=True)
class Snapshot:
    """folder: project/ and provider/. port: the provider's, which manifests name. made: seconds since 1970."""

    folder: Path
    port: int
    made: float


def key(base: str) -> str:
    """Changes with the base commit and with every module that makes the snapshot."""
    makers = (HERE / f"{name}.py" for name in ("material", "history", "snapshot"))
    return hashlib.sha256(base.encode() + b"".join(path.read_bytes() for path in makers)).hexdigest()[:16]


def kept(folder: Path) -> Snapshot | None:
    """The snapshot in `folder` if it is whole, young enough and its port is free."""
    path = folder / "snapshot.json"
    if not path.is_file():
        return None
    data = json.loads(path.read_text())
    found = Snapshot(folder, data["port"], data["made"])
    if time.time() - found.made > FRESH_HOURS * 3600 or not provider.is_free(found.port):
        return None
    return found if time.strftime("%F", time.gmtime(found.made)) == time.strftime("%F", time.gmtime()) else None


def make(code: Path, folder: Path) -> Snapshot:
    """Live the whole history with the code in `code`."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / PROJECT).mkdir(parents=True)
    made = Snapshot(folder, provider.free_port(), time.time())
    log: list[str] = []
    clock = time.strftime("%FT%H:%M:%SZ", time.gmtime(made.made))
    with Provider(code, folder / STATE, made.port, "--job-seconds", "0", "--clock", clock) as running:
        past = Past(Person(code, folder / PROJECT, running.address), running, log)
        history.lived(past)
    _check(folder / PROJECT)
    (folder / "log.txt").write_text("\n".join(log) + "\n", "utf-8")
    data = asdict(made) | {"folder": None, "states": history.states(folder / PROJECT)}
    data["journals"] = history.journals(folder / PROJECT)
    material.write(folder / "snapshot.json", data)
    return made


def _check(project: Path) -> None:
    """RuntimeError when a state is missing: the guard would guard less than it says."""
    if missing := history.STATES - history.states(project).keys():
        raise RuntimeError(f"the snapshot has no submission that is {', '.join(sorted(missing))}")
