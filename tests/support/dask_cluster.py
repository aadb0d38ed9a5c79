"""A Dask scheduler and workers as processes of their own, on loopback, for tests. Each is stopped by its id."""

import subprocess
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Self

import orjson

from tests.support.emulator_process import ROOT
from tests.support.waiting import wait_for

_QUIET = "--no-dashboard"
SPARING = {"DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False", "DASK_DISTRIBUTED__ADMIN__TICK__INTERVAL": "1s"}
"""What docs/scale.md tells to set: else each process takes 2 % of a core, working or not."""


class DaskCluster:
    """`workers` started in `env`, which has to hold the key that the jobs were made with."""

    def __init__(self, folder: Path, env: Mapping[str, str], workers: int = 2) -> None:
        self._folder = folder
        self._env = {**env, **SPARING, "DASK_DISTRIBUTED__COMM__RETRY__COUNT": "0"}
        self._count = workers
        self.workers: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        file = self._folder / "scheduler.json"
        self.scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(file))
        try:
            wait_for(lambda: file.exists() and file.read_bytes().rstrip().endswith(b"}"))  # it is written in pieces
            self.address = orjson.loads(file.read_bytes())["address"].replace("tcp://", "dask://")
            for _ in range(self._count):
                self._begin_worker()
            self._wait_for_workers()
        except BaseException:
            self.__exit__()
            raise
        return self

    def add_worker(self, **env: str) -> None:
        """One more worker, which does one part at a time."""
        self._begin_worker(**env)
        self._wait_for_workers()

    def _begin_worker(self, **env: str) -> None:
        address = self.address.replace("dask://", "tcp://")
        alone = ("--nthreads", "1", "--no-nanny", "--local-directory", str(self._folder))
        self.workers.append(self._start("worker", address, *alone, log=self._log(len(self.workers)), **env))

    def _wait_for_workers(self) -> None:
        for number in range(len(self.workers)):
            wait_for(partial(self._is_there, number))

    def _is_there(self, number: int) -> bool:
        return b"Registered to" in self._log(number).read_bytes()

    def _log(self, number: int) -> Path:
        return self._folder / f"worker-{number}.log"

    def _start(self, what: str, *words: str, log: Path | None = None, **env: str) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", *words, _QUIET]
        with (log or self._folder / f"{what}.log").open("wb") as out:
            return subprocess.Popen(command, env=self._env | env, cwd=ROOT, stdout=out, stderr=out)

    def __exit__(self, *_: object) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()
