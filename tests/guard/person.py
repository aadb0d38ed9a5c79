"""What a person has: a terminal in which commands are typed, and the address of a provider."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO, Any

from tests.support import terminal

from .forking import Forge

LONGEST = 120.0
"""Seconds after which a command is taken to hang; it is killed and its status is 124."""
KEY = "emulator-key"
HIDDEN = ("GEMINI", "GOOGLE", "FIREWORKS", "KAMISHIBAI", "SLACK", "PYTHON", "COVERAGE")


@dataclass(frozen=True)
class Done:
    """How a command ended; negative status: by that signal."""

    status: int
    out: str
    err: str


class Started:
    """A command that runs. shown: when the three streams are one terminal, its end of ours."""

    def __init__(self, forge: Forge, command: Sequence[str], env: Mapping[str, str], shown: int | None = None) -> None:
        nothing, (ours, said) = os.open(os.devnull, os.O_RDWR), socket.socketpair()
        (out, out_theirs), (err, err_theirs) = os.pipe(), os.pipe()
        streams = [nothing, out_theirs, err_theirs] if shown is None else [shown] * 3
        forge.order(command, env, [*streams, said.fileno()])
        for descriptor in (nothing, out_theirs, err_theirs):
            os.close(descriptor)
        said.close()
        self._end = ours
        self.stdout, self._err = (os.fdopen(each, encoding="utf-8", errors="backslashreplace") for each in (out, err))
        self.pid = int.from_bytes(ours.recv(4), "big")

    def interrupt(self) -> None:
        """Ctrl-C."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGINT)

    def done(self, patience: float = LONGEST) -> Done:
        """How it ends; it is killed when it does not."""
        texts: dict[str, str] = {}
        readers = [
            threading.Thread(target=_read, args=(texts, name, stream))
            for name, stream in (("out", self.stdout), ("err", self._err))
        ]
        for reader in readers:
            reader.start()
        status = self._status(patience)
        for reader in readers:
            reader.join()
        self._end.close()
        return Done(status, texts["out"], texts["err"])

    def _status(self, patience: float) -> int:
        self._end.settimeout(patience)
        try:
            return os.waitstatus_to_exitcode(int(self._end.recv(64) or b"9"))
        except TimeoutError:
            os.kill(self.pid, signal.SIGKILL)
            return 124


def _read(texts: dict[str, str], name: str, stream: IO[str]) -> None:
    with stream:
        texts[name] = stream.read()


@dataclass(frozen=True)
class Person:
    """Types commands of the code in `code` about the project in `project`; address: the provider's."""

    code: Path
    project: Path
    address: str
    forge: Forge
    more: Mapping[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        env = {name: value for name, value in os.environ.items() if not name.startswith(HIDDEN)}
        env |= {"COLUMNS": "160", "LC_ALL": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"}
        env |= {"GOOGLE_GEMINI_BASE_URL": self.address, "GEMINI_API_KEY": KEY}
        env |= {"FIREWORKS_BASE_URL": f"{self.address}/inference", "FIREWORKS_API_KEY": KEY}
        return env | dict(self.more)

    def command(self, words: Sequence[str]) -> list[str]:
        return ["-f", str(self.code / "dodo.py"), "-d", str(self.project), *words]

    def start(self, words: Sequence[str]) -> Started:
        return Started(self.forge, self.command(words), self.environment())

    def doit(self, words: Sequence[str]) -> Done:
        """Run `doit words` to its end."""
        return self.start(words).done()

    def plainly(self, words: Sequence[str]) -> Done:
        """The same in an interpreter of its own, as a person's shell would."""
        command = [sys.executable, "-m", "doit", *self.command(words)]
        done = subprocess.run(
            command, env=self.environment(), cwd=self.code, capture_output=True, encoding="utf-8", timeout=LONGEST
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def on_screen(self, words: Sequence[str]) -> Done:
        """Run `doit words` on a terminal of 120 columns; both outputs are one."""
        env = self.environment() | {"TERM": "xterm-256color"}
        started, shown = terminal.shown(partial(Started, self.forge, self.command(words), env))
        return Done(started.done().status, shown.decode("utf-8", "backslashreplace"), "")


def until(there: Path, process: "subprocess.Popen[Any]", patience: float = 60.0) -> None:
    """Wait for a file that `process` writes."""
    deadline = time.monotonic() + patience
    while not there.exists():
        if process.poll() is not None:
            raise RuntimeError(f"it ended with {process.returncode} before it was ready")
        if time.monotonic() > deadline:
            process.kill()
            process.wait()
            raise RuntimeError("it was not ready in time")
        time.sleep(0.01)
