"""Time and peak memory of processes; medians of rounds in which every variant has its turn.

`python -m tests.bench.measure COMMAND …` runs one command and prints its seconds, by the clock and of the processor,
and its MiB: a small process in between, because Linux counts what the parent of a process held before exec as the
child's memory. Commands run in an environment of their own: with PYTHONDONTWRITEBYTECODE set, or before bytecode was
ever written, our share of a start is larger than it is for a user.
"""

import compileall
import functools
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from types import MappingProxyType

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Sample:
    """seconds: by the clock. cpu: seconds of processor time, of all threads and children. mib: peak memory."""

    seconds: float
    mib: float
    made: int = 0
    cpu: float = 0.0


@dataclass(frozen=True)
class Rounds:
    """Samples by variant, in the order of the rounds."""

    samples: Mapping[str, Sequence[Sample]]

    def seconds(self, variant: str) -> float:
        return median(sample.seconds for sample in self.samples[variant])

    def cpu(self, variant: str) -> float:
        return median(sample.cpu for sample in self.samples[variant])

    def mib(self, variant: str) -> float:
        return max(sample.mib for sample in self.samples[variant])

    def ratio(self, variant: str, to: str) -> float:
        """Median of the ratios of each round, so that a slow minute of the machine weighs on both sides."""
        pairs = zip(self.samples[variant], self.samples[to], strict=True)
        return median(one.seconds / other.seconds for one, other in pairs)

    def cpu_ratio(self, variant: str, to: str) -> float:
        """The same by processor time, which other programs on the machine hardly change."""
        pairs = zip(self.samples[variant], self.samples[to], strict=True)
        return median(one.cpu / other.cpu for one, other in pairs)


def rounds(count: int, variants: Mapping[str, Callable[[], Sample]]) -> Rounds:
    """Run every variant once per round, in turn."""
    samples: dict[str, list[Sample]] = {name: [] for name in variants}
    for number in range(count):
        for name, run in variants.items():
            samples[name].append(run())
            took = f"{samples[name][-1].seconds:.2f} s, {samples[name][-1].cpu:.2f} s of processor time"
            print(f"  round {number + 1}, {name}: {took}", file=sys.stderr, flush=True)
    return Rounds(samples)


def way(name: str, url: str, folder: Path, count: int) -> Sample:
    """Run one of tests.bench.ways in a process of its own; its work must make `count` pieces (raw makes none)."""
    command = [sys.executable, "-m", "tests.bench.ways", name, url, str(folder), str(count)]
    answer = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True)
    if answer.returncode:
        raise SystemExit(f"{name} failed:\n{answer.stderr}")
    sample = Sample(**json.loads(answer.stdout))
    if sample.made != (0 if name == "raw" else count):
        raise SystemExit(f"{name} made {sample.made} of {count}")
    return sample


def process(command: Sequence[str], env: Mapping[str, str] = MappingProxyType({})) -> Sample:
    """A whole command from its start to its end. env: beside `environment`."""
    call = [sys.executable, "-m", "tests.bench.measure", *command]
    answer = subprocess.run(call, cwd=ROOT, env=environment() | dict(env), capture_output=True, text=True)
    if answer.returncode:
        raise SystemExit(f"{command} failed:\n{answer.stdout}{answer.stderr}")
    return Sample(**json.loads(answer.stdout.splitlines()[-1]))


def environment() -> dict[str, str]:
    """What a command finds around it: what a shell gives, and nothing that changes how Python or we work."""
    _compiled()
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"KAMISHIBAI_LANG": "en"}


@functools.cache
def _compiled() -> None:
    """Bytecode of all our code, as it lies there after the first command."""
    compileall.compile_dir(ROOT / "tasks", quiet=1)
    compileall.compile_file(ROOT / "dodo.py", quiet=1)


def peak_mib() -> float:
    """Peak resident memory of this process."""
    try:
        status = Path("/proc/self/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) / 1024
    except OSError:
        return _mib(resource.RUSAGE_SELF)


def _mib(who: int) -> float:
    return resource.getrusage(who).ru_maxrss / (1024 if sys.platform == "linux" else 1 << 20)


def main() -> None:
    begin = time.perf_counter()
    done = subprocess.run(sys.argv[1:], capture_output=True, text=True)
    seconds = time.perf_counter() - begin
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = used.ru_utime + used.ru_stime
    print(json.dumps({"seconds": seconds, "mib": _mib(resource.RUSAGE_CHILDREN), "cpu": cpu}))


if __name__ == "__main__":
    main()
