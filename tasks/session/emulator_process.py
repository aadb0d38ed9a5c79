"""Starts the offline API for the models of provider `emulator`, for as long as this command runs."""

import atexit
import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

from ..text.errors import Stop

CODE = Path(__file__).resolve().parents[2]
PROGRAM = f"{__name__.partition('.')[0]}.emulator"
"""Whatever name this tree has: `tasks` in a clone, `kamishibai` where it is installed."""
START_SECONDS = 20.0
STOP_SECONDS = 5.0


def command(state: Path, port: int) -> list[str]:
    """The command line that runs the emulator over the state in that folder; port 0 takes a free one."""
    return [sys.executable, "-m", PROGRAM, "--state", str(state.resolve()), "--port", str(port)]


def start(state: Path) -> str:
    """Start the emulator on loopback over the state in that folder; returns its address.

    It ends with this process, also when this process is killed: it watches its standard input.
    """
    state.mkdir(parents=True, exist_ok=True)
    port_file = state / f"port-{os.getpid()}"
    port_file.unlink(missing_ok=True)
    log = (state / "log.txt").open("ab")
    options = ["--port-file", str(port_file.resolve()), "--until-stdin-closes", "--job-seconds", "3"]
    process = subprocess.Popen([*command(state, 0), *options], stdin=subprocess.PIPE, stdout=log, stderr=log, cwd=CODE)  # noqa: S603
    atexit.register(_stop, process)
    return f"http://127.0.0.1:{_port(process, port_file, state)}"


def _port(process: "subprocess.Popen[bytes]", port_file: Path, state: Path) -> int:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(FileNotFoundError, ValueError):
            port = int(port_file.read_text())
            port_file.unlink()
            return port
        time.sleep(0.02)
    raise Stop("the offline emulator did not start", "its last words are in {state}", state=state / "log.txt")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
