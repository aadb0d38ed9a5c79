"""Time and peak memory of processes; medians of rounds in which every variant has its turn.

`python -m tests.bench.measure COMMAND …` runs one command and prints its seconds and MiB: a small process in between,
because Linux counts what the parent of a process held before exec as the child's memory.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Sample:
    seconds: float
    mib: float
    made: int = 0


@dataclass(frozen=True)
class Rounds:
    """Samples by variant, in the order of the rounds."""

    samples: Mapping[str, Sequence[Sample]]

    def seconds(self, variant: str) -> float:
        return median(sample.seconds for sample in self.samples[variant])

    def mib(self, variant: str) -> float:
        return max(sample.mib for sample in self.samples[variant])

    def ratio(self, variant: str, to: str) -> float:
        """Median of the ratios of each round, so that a slow minute of the machine weighs on both sides."""
        pairs = zip(self.samples[variant], self.samples[to], strict=True)
        return median(one.seconds / other.seconds for one, other in pairs)


def rounds(count: int, variants: Mapping[str, Callable[[], Sample]]) -> Rounds:
    """Run every variant once per round, in turn."""
    samples: dict[str, list[Sample]] = {name: [] for name in variants}
    for number in range(count):
        for name, run in variants.items():
            samples[name].append(run())
            print(f"  round {number + 1}, {name}: {samples[name][-1].seconds:.2f} s", file=sys.stderr, flush=True)
    return Rounds(samples)


def way(name: str, url: str, folder: Path, count: int) -> Sample:
    """Run one of tests.bench.ways in a process of its own; its work must make `count` pieces (raw makes none)."""
    command = [sys.executable, "-m", "tests.bench.ways", name, url, str(folder), str(count)]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if answer.returncode:
        raise SystemExit(f"{name} failed:\n{answer.stderr}")
    sample = Sample(**json.loads(answer.stdout))
    if sample.made != (0 if name == "raw" else count):
        raise SystemExit(f"{name} made {sample.made} of {count}")
    return sample


def process(command: Sequence[str]) -> Sample:
    """A whole command from its start to its end."""
    call = [sys.executable, "-m", "tests.bench.measure", *command]
    answer = subprocess.run(call, cwd=ROOT, capture_output=True, text=True)
    if answer.returncode:
        raise SystemExit(f"{command} failed:\n{answer.stdout}{answer.stderr}")
    return Sample(**json.loads(answer.stdout.splitlines()[-1]))


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
    print(json.dumps({"seconds": seconds, "mib": _mib(resource.RUSAGE_CHILDREN)}))


if __name__ == "__main__":
    main()
