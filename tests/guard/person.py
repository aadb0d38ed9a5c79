"""What a person has: a terminal in which commands are typed, and the address of a provider."""

import contextlib
import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

LONGEST = 90.0
"""Seconds after which a command is taken to hang; it is killed and its status is 124."""
KEY = "emulator-key"
HIDDEN = ("GEMINI", "GOOGLE", "FIREWORKS", "KAMISHIBAI", "SLACK", "PYTHON", "COVERAGE")


@dataclass(frozen=True)
class Done:
    """How a command ended; negative status: by that signal."""

    status: int
    out: str
    err: str


@dataclass(frozen=True)
class Person:
    """Types commands of the code in `code` about the project in `project`; address: the provider's."""

    code: Path
    project: Path
    address: str
    more: Mapping[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        env = {name: value for name, value in os.environ.items() if not name.startswith(HIDDEN)}
        env |= {"COLUMNS": "120", "LC_ALL": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"}
        env |= {"GOOGLE_GEMINI_BASE_URL": self.address, "GEMINI_API_KEY": KEY}
        env |= {"FIREWORKS_BASE_URL": f"{self.address}/inference", "FIREWORKS_API_KEY": KEY}
        return env | dict(self.more)

    def command(self, words: Sequence[str]) -> list[str]:
        return [sys.executable, "-m", "doit", "-f", str(self.code / "dodo.py"), "-d", str(self.project), *words]

    def start(self, words: Sequence[str]) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            self.command(words),
            env=self.environment(),
            cwd=self.code,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="backslashreplace",
        )

    def doit(self, words: Sequence[str]) -> Done:
        """Run `doit words` to its end."""
        process = self.start(words)
        return ended(process)

    def on_screen(self, words: Sequence[str]) -> Done:
        """Run `doit words` on a terminal of 120 columns; both outputs are one."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        env = self.environment() | {"TERM": "xterm-256color"}
        process = subprocess.Popen(
            self.command(words), env=env, cwd=self.code, stdin=theirs, stdout=theirs, stderr=theirs
        )
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):  # EIO: everybody at the other end has gone
            while piece := os.read(ours, 65536):
                shown += piece
        os.close(ours)
        return Done(process.wait(LONGEST), shown.decode("utf-8", "backslashreplace"), "")


def ended(process: "subprocess.Popen[str]", patience: float = LONGEST) -> Done:
    """How `process` ends; it is killed when it does not."""
    try:
        out, err = process.communicate(timeout=patience)
        return Done(process.returncode, out, err)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        return Done(124, out, f"{err}\n(killed after {patience:g} s)")


def until(there: Path, process: "subprocess.Popen[bytes]", patience: float = 30.0) -> None:
    """Wait for a file that `process` writes."""
    deadline = time.monotonic() + patience
    while not there.exists():
        if process.poll() is not None:
            raise RuntimeError(f"it ended with {process.returncode} before it was ready")
        if time.monotonic() > deadline:
            process.kill()
            process.wait()
            raise RuntimeError("it was not ready in time")
        time.sleep(0.02)
