"""The offline Gemini API as a process of its own, for tests: start, steer over HTTP, stop by its id.

with EmulatorProcess(tmp_path / "emulator", "--job-seconds", "0") as emulator:
    emulator.fault("lost_reply", on="create", times=1)
    ...
    assert emulator.ledger()["jobs_created"] == 1
"""

import json
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any, Self

from tests.support import runner

ROOT = Path(__file__).resolve().parents[2]
_JSON = {"Content-Type": "application/json"}


class EmulatorProcess:
    """One emulator over `state_dir`. Options are those of `python -m tasks.emulator`.

    shrunk: how many times smaller than asked for its pictures are, either way: most of the time goes into large ones,
    and few tests are about sizes.
    """

    key = "emulator-key"

    def __init__(self, state_dir: Path, *options: str, shrunk: int = 1) -> None:
        self.state_dir = state_dir
        self._shrunk = shrunk
        self._options = options
        self._process: runner.Process = None
        self.url = ""

    def start(self) -> Self:
        """Start it and wait until it answers. The same state may be started again after `stop` or `kill`."""
        self.state_dir.mkdir(parents=True, exist_ok=True)
        port_file = self.state_dir / f"port-{os.getpid()}-{time.monotonic_ns()}"
        command = [
            sys.executable,
            "-m",
            "tasks.emulator",
            "--state",
            str(self.state_dir),
            "--port-file",
            str(port_file),
        ]
        # Its standard input ends with this process, so an emulator never outlives a killed test run.
        self._process = runner.start(
            [*command, "--until-stdin-closes", *self._options],
            {**os.environ, "KAMISHIBAI_PAINTINGS_SHRUNK": str(self._shrunk)},
            ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        )
        self.url = f"http://127.0.0.1:{self._wait_for(port_file)}"
        return self

    def _wait_for(self, port_file: Path) -> int:
        assert self._process is not None
        for _ in range(1500):
            if port_file.exists():
                port = int(port_file.read_text())
                port_file.unlink()
                return port
            if self._process.poll() is not None:
                raise RuntimeError(f"the emulator ended with {self._process.returncode} before it answered")
            time.sleep(0.02)
        self.kill()
        raise RuntimeError("the emulator did not answer within 30 seconds")

    def stop(self) -> None:
        """Ask it to end and wait."""
        if self._process is not None:
            self._process.terminate()
            self._reap()

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._reap()

    def _reap(self) -> None:
        assert self._process is not None and self._process.stdin is not None
        self._process.wait(timeout=30)
        self._process.stdin.close()
        self._process = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def env(self) -> dict[str, str]:
        """What a client needs in its environment."""
        gemini = {"GOOGLE_GEMINI_BASE_URL": self.url, "GEMINI_API_KEY": self.key}
        openai = {"OPENAI_BASE_URL": f"{self.url}/openai/v1", "OPENAI_API_KEY": self.key}
        own = {"IMAGE_SERVER_URL": f"{self.url}/own/v1", "IMAGE_SERVER_API_KEY": self.key}
        return gemini | openai | own | {"FIREWORKS_BASE_URL": f"{self.url}/inference", "FIREWORKS_API_KEY": self.key}

    def ledger(self) -> dict[str, Any]:
        """requests (by operation), http_total, jobs_created, requests_billed, billed (rows), usd."""
        return self.control("GET", "ledger")

    def jobs(self) -> list[dict[str, Any]]:
        """Every job ever made, oldest first: id, name, display_name, model, state, requests, reached, output, ..."""
        return self.control("GET", "jobs")

    def force(self, job: str, state: str, with_output: bool | None = None) -> dict[str, Any]:
        """Order the state of a job, by id or name: SUCCEEDED, FAILED, CANCELLED, EXPIRED, PENDING, RUNNING."""
        order = {"state": state} if with_output is None else {"state": state, "with_output": with_output}
        return self.control("POST", f"jobs/{job.removeprefix('batches/')}", order)

    def clock(self) -> dict[str, Any]:
        return self.control("GET", "clock")

    def set_clock(self, iso: str) -> None:
        """Let its time stand still at `iso`."""
        self.control("POST", "clock", {"set": iso})

    def advance(self, seconds: float) -> None:
        self.control("POST", "clock", {"advance": seconds})

    def job_seconds(self, seconds: float) -> None:
        """How long jobs made from now on take."""
        self.control("POST", "clock", {"job_seconds": seconds})

    def flux_seconds(self, seconds: float) -> None:
        """How long Kontext orders made from now on take."""
        self.control("POST", "clock", {"flux_seconds": seconds})

    def fault(self, name: str, **options: Any) -> None:
        """Switch a fault on. Options: value, times, match, every, on, retry_after."""
        self.control("POST", "faults", [{"fault": name, **options}])

    def clear_faults(self) -> None:
        self.control("DELETE", "faults")

    def control(self, method: str, name: str, data: object = None) -> Any:
        """One request to /_emulator/, answered with JSON."""
        body = None if data is None else json.dumps(data).encode()
        request = urllib.request.Request(f"{self.url}/_emulator/{name}", body, _JSON, method=method)
        with urllib.request.urlopen(request, timeout=60) as reply:
            return json.load(reply)
