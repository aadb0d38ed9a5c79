"""Figures of the fetch: from a result file on a web server to durable pictures."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tests.bench import material
from tests.bench.measure import ROOT, Rounds, Sample, rounds, way
from tests.bench.table import Figure

GIGABIT = 125_000_000


def fetch(folder: Path, count: int, times: int) -> list[Figure]:
    """PNG results from loopback: against reading alone, the cookbook's way, and what the disk alone takes."""
    file = folder / "png.jsonl"
    size = material.result_file(file, count, "png")
    with _server(file) as url:
        seen = _compare(times, ("raw", "ours", "disk", "cookbook"), url, folder, count)
    what = f"fetch {count} PNG of {size / 1e6:.1f} MB"
    ours, disk = seen.seconds("ours"), seen.seconds("disk")
    return [
        Figure(f"{what} to durable / reading alone", seen.ratio("ours", "raw"), "x", most=4, detail=_seconds(seen)),
        Figure(f"{what}: cookbook / ours", seen.ratio("cookbook", "ours"), "x", least=3),
        Figure(
            f"{what}: peak memory", seen.mib("ours"), "MiB", most=120, detail=f"cookbook {seen.mib('cookbook'):.0f}"
        ),
        Figure(
            f"{what} / writing them durably twice, alone",
            seen.ratio("ours", "disk"),
            "x",
            most=1.3,
            detail=f"{2 * count * size / disk / 1e6:.0f} MB/s alone, {2 * count * size / ours / 1e6:.0f} MB/s ours",
        ),
        Figure("writing them durably twice, alone / reading alone", seen.ratio("disk", "raw"), "x"),
    ]


def twice_as_many(folder: Path, count: int) -> list[Figure]:
    """Memory for twice the results."""
    file = folder / "png.jsonl"
    material.result_file(file, 2 * count, "png")
    with _server(file) as url:
        seen = _compare(1, ("ours",), url, folder, 2 * count)
    return [Figure(f"fetch {2 * count} PNG: peak memory", seen.mib("ours"), "MiB", most=120)]


def limited(folder: Path, count: int, times: int) -> list[Figure]:
    """The same on a link of 1 Gbit/s: decode while downloading, not after."""
    file = folder / "png.jsonl"
    material.result_file(file, count, "png")
    with _server(file, GIGABIT) as url:
        seen = _compare(times, ("raw", "ours"), url, folder, count)
    return [
        Figure("fetch at 1 Gbit/s / reading alone", seen.ratio("ours", "raw"), "x", most=1.1, detail=_seconds(seen))
    ]


def jpeg(folder: Path, count: int, times: int) -> list[Figure]:
    """JPEG results that become PNG, against decoding and encoding alone on all cores."""
    file = folder / "jpeg.jsonl"
    size = material.result_file(file, count, "jpeg")
    with _server(file) as url:
        seen = _compare(times, ("convert", "ours"), url, folder, count)
    pictures = {variant: count / seen.seconds(variant) for variant in ("ours", "convert")}
    return [
        Figure(
            f"fetch {count} JPEG of {size / 1e6:.1f} MB to PNG: pictures/s / conversion alone",
            seen.ratio("convert", "ours"),
            "x",
            least=0.8,
            detail=f"{pictures['ours']:.0f} and {pictures['convert']:.0f} pictures/s",
        )
    ]


def _compare(times: int, ways: Sequence[str], url: str, folder: Path, count: int) -> Rounds:
    outputs = folder / "outputs"

    def run(name: str) -> Callable[[], Sample]:
        def once() -> Sample:
            output = outputs / f"{len(list(outputs.iterdir()))}"
            output.mkdir()
            os.sync()
            try:
                return way(name, url, output, count)
            finally:
                give_back(output)

        return once

    outputs.mkdir()
    try:
        return rounds(times, {name: run(name) for name in ways})
    finally:
        shutil.rmtree(outputs)


def give_back(output: Path) -> None:
    # Truncated, not removed: after a removal ext4 searches long for inodes that were not freed a moment ago, and the
    # next variant would pay for it.
    for path in output.rglob("*"):
        if path.is_file():
            os.truncate(path, 0)


@contextlib.contextmanager
def _server(file: Path, rate: int = 0) -> Iterator[str]:
    command = [sys.executable, "-m", "tests.bench.server", str(file), str(rate)]
    server = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert server.stdin and server.stdout
    try:
        yield f"http://127.0.0.1:{int(server.stdout.readline())}"
    finally:
        server.stdin.close()
        server.wait()
        file.unlink()


def _seconds(seen: Rounds) -> str:
    return ", ".join(f"{name} {seen.seconds(name):.2f} s" for name in seen.samples)
