"""Runs many `doit` commands quickly: one process has imported everything and forks for each command.

The command itself is the one that a person types: dodo.py is read anew, arguments, folder, environment and exit status
are its own, and it may be killed. Orders come as JSON lines on standard input, one answer line for each.
"""

import gc
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from tests.support import runner

from . import calls
from .trap import Order, Trap

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 120.0
"""Seconds after which a command is taken to hang."""
NO_SYNCFS = "--no-syncfs"


@dataclass(frozen=True)
class Done:
    """How a command ended. status: exit status, negative for a signal. said: both outputs."""

    status: int
    said: str
    seconds: float


class Commands:
    """The forking process. `run` one command at a time. syncfs: whether the system offers it, as only Linux does."""

    def __init__(self, syncfs: bool = True) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.campaign.commands", *([] if syncfs else [NO_SYNCFS])],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, folder: Path, words: Sequence[str], env: Mapping[str, str], order: Order) -> Done:
        """`doit words` in the project `folder`."""
        assert self._process.stdin and self._process.stdout
        job = {"folder": str(folder), "words": list(words), "env": dict(env), "order": asdict(order)}
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        said = Path(order.folder, "said.txt").read_text("utf-8", "replace")
        return Done(answer["status"], said, answer["seconds"])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(timeout=LONGEST + 10)


def main() -> None:
    """Import, then fork for every order until standard input ends. Only a child returns, its command still to run."""
    calls.install()
    sys.path.insert(0, str(ROOT))
    runner.make_ready()
    calls.install_syncfs(NO_SYNCFS not in sys.argv)
    gc.freeze()
    for line in sys.stdin:
        job = json.loads(line)
        began = time.monotonic()
        child = os.fork()
        if child == 0:
            _become(job)
            return
        status = _wait(child)
        print(json.dumps({"status": status, "seconds": round(time.monotonic() - began, 3)}), flush=True)
    os._exit(0)


def _wait(child: int) -> int:
    """Exit status of `child`; one that hangs is killed and counts as 124."""
    deadline = time.monotonic() + LONGEST
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        select.select([], [], [], 0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return 124


def _become(job: dict[str, Any]) -> None:
    """In the child: outputs, environment and arguments of the command, and its trap."""
    folder = Path(job["order"]["folder"])
    out, nothing = os.open(folder / "said.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(out, 1)
    os.dup2(out, 2)
    os.environ.clear()
    os.environ.update(job["env"])
    sys.argv = ["doit", "-f", str(ROOT / "dodo.py"), "-d", job["folder"], *job["words"]]
    global _trap
    _trap = Trap(Path(job["folder"]), Order(**job["order"]))
    calls.watch(job["folder"], _trap)


_trap: Trap | None = None


def command() -> int:
    """What `python -m doit` does, to its exit status."""
    from doit.doit_cmd import DoitMain

    try:
        return int(DoitMain().run(sys.argv[1:]) or 0)
    except SystemExit as stop:
        return int(stop.code or 0)
    except BaseException:
        traceback.print_exc()
        return 1


def end(status: int) -> None:
    """End this child. Its threads are waited for; taking the imported modules down is slow and left out."""
    threading._shutdown()  # type: ignore[attr-defined]
    calls.watch("", None)
    if _trap:
        _trap.save()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    main()
    end(command())
