"""The offline provider as a process over a state folder, at any free port of this machine."""

import json
import os
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any, Self

from .person import HIDDEN, KEY, until


def free_port() -> int:
    """A port that nobody has now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


class Provider:
    """One emulator of the code in `code` over `state`. options: those of `python -m tasks.emulator`."""

    key = KEY

    def __init__(self, code: Path, state: Path, port: int, *options: str) -> None:
        self._code, self._state, self._port, self._options = code, state, port, options
        self.address = f"http://127.0.0.1:{port}"

    def __enter__(self) -> Self:
        self._state.mkdir(parents=True, exist_ok=True)
        ready = self._state / "ready"
        ready.unlink(missing_ok=True)
        command = [sys.executable, "-m", "tasks.emulator", "--state", str(self._state), "--port", str(self._port)]
        env = {name: value for name, value in os.environ.items() if not name.startswith(HIDDEN)}
        # Its standard input ends with this process, so it never outlives a killed guard.
        self._process = subprocess.Popen(
            [*command, "--port-file", str(ready), "--until-stdin-closes", *self._options],
            env=env | {"PYTHONDONTWRITEBYTECODE": "1"},
            cwd=self._code,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        )
        until(ready, self._process)
        ready.unlink()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(timeout=30)
        assert self._process.stdin
        self._process.stdin.close()

    def ask(self, method: str, name: str, data: object = None) -> Any:
        """One request to /_emulator/, answered with JSON."""
        body = None if data is None else json.dumps(data).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.address}/_emulator/{name}", body, headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as reply:
            return json.load(reply)

    def advance(self, seconds: float) -> None:
        self.ask("POST", "clock", {"advance": seconds})

    def lasting(self, jobs: float, orders: float) -> None:
        """How long jobs and Kontext orders made from now on take."""
        self.ask("POST", "clock", {"job_seconds": jobs, "flux_seconds": orders})

    def fault(self, name: str, **options: Any) -> None:
        self.ask("POST", "faults", [{"fault": name, **options}])

    def no_faults(self) -> None:
        self.ask("DELETE", "faults")
