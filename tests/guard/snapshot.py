"""The snapshot that every scenario begins with, made once per base commit, builder, stage and few hours."""

import hashlib
import json
import os
import shutil
import time
from pathlib import Path

from . import history, material
from .forking import Forge
from .history import Past
from .person import Person
from .provider import Provider, free_port
from .stage import PROJECT, STATE

FACTS = "snapshot.json"
"""When it was made, which submissions are in which state, what unsettled journals say. Written last."""
HERE = Path(__file__).resolve().parent
FRESH_HOURS = 6.0
"""A snapshot is made anew when it is older, or when the day (UTC) is another one: its jobs would be too old for what
the scenarios are about."""


def key(base: str) -> str:
    """Changes with the base commit and with every module that makes the snapshot."""
    makers = (HERE / f"{name}.py" for name in ("material", "history", "snapshot"))
    return hashlib.sha256(base.encode() + b"".join(path.read_bytes() for path in makers)).hexdigest()[:16]


def is_kept(folder: Path) -> bool:
    """Whether the snapshot in `folder` is whole and young enough."""
    path = folder / FACTS
    if not path.is_file():
        return False
    made = float(json.loads(path.read_text("utf-8"))["made"])
    return time.time() - made < FRESH_HOURS * 3600 and _day(made) == _day(time.time())


def _day(seconds: float) -> str:
    return time.strftime("%F", time.gmtime(seconds))


def make(code: Path, forge: Forge, folder: Path) -> None:
    """Live the whole history with the code in `code`; project/ and provider/ are then in `folder`."""
    kept, folder = folder, folder.with_name(f"{folder.name}.{os.getpid()}")  # another guard may be making it as well
    (folder / PROJECT).mkdir(parents=True)
    made, log = time.time(), list[str]()
    clock = time.strftime("%FT%H:%M:%SZ", time.gmtime(made))
    with Provider(code, folder / STATE, free_port(), "--job-seconds", "0", "--clock", clock) as running:
        history.lived(Past(Person(code, folder / PROJECT, running.address, forge), running, log))
    material.write(folder / "log.txt", "\n".join(log) + "\n")
    states = history.states(folder / PROJECT)
    if missing := history.STATES - states.keys():
        raise RuntimeError(f"the snapshot has no submission that is {', '.join(sorted(missing))}")
    material.write(folder / FACTS, {"made": made, "states": states, "journals": history.journals(folder / PROJECT)})
    shutil.rmtree(kept, ignore_errors=True)
    folder.rename(kept)
