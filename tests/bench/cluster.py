"""What handing a job's results to workers costs: processor time of all processes, against this machine alone.

A Dask scheduler and two workers on this machine (ENGINE=dask://…), so that nothing but the handing out differs.
"""

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tests.bench.fetching import give_back
from tests.bench.measure import ROOT, Sample, process, rounds
from tests.bench.table import Figure
from tests.bench.whole import submitted
from tests.support.dask_cluster import DaskCluster
from tests.support.emulator_process import EmulatorProcess
from tests.support.studio import Studio


def workers(folder: Path, count: int, times: int) -> list[Figure]:
    """`collect` of `count` JPEG answers by two workers against the same alone."""
    with EmulatorProcess(folder / "emulator", "--job-seconds", "0") as emulator:
        studio, _ = submitted(folder, emulator, count, "jpeg")
        with DaskCluster(folder / "cluster", studio.environment()) as cluster:
            variants = {"alone": _collect(studio, count), "workers": _collect(studio, count, cluster)}
            seen = rounds(times, variants)
    shutil.rmtree(folder)
    used = f"{seen.cpu('workers'):.1f} and {seen.cpu('alone'):.1f} s of processor time"
    title = f"doit collect of {count} JPEG by two workers / alone"
    return [
        Figure(f"{title}, by processor time", seen.cpu_ratio("workers", "alone"), "x", most=1.15, detail=used),
        Figure(f"{title}, by the clock", seen.ratio("workers", "alone"), "x"),
    ]


def _collect(studio: Studio, count: int, cluster: DaskCluster | None = None) -> Callable[[], Sample]:
    def once() -> Sample:
        project = studio.folder.with_name(f"round-{len(list(studio.folder.parent.iterdir()))}")
        shutil.copytree(studio.folder, project)
        engine = [f"ENGINE={cluster.address}"] if cluster else []
        words = [sys.executable, "-m", "doit", "-f", str(ROOT / "dodo.py"), "-d", str(project), "collect", *engine]
        try:
            before = _used(cluster)
            sample = process(words, studio.emulator.env if studio.emulator else {})
            made = len(list((project / "workspaces" / "video" / "runs" / "CH01-001" / "images").glob("*.png")))
            if made != count:
                raise SystemExit(f"collect made {made} pictures of {count}")
            return replace(sample, cpu=sample.cpu + _used(cluster) - before)
        finally:
            give_back(project)

    return once


def _used(cluster: DaskCluster | None) -> float:
    """Seconds of processor time of the scheduler and its workers so far, from Linux's /proc."""
    processes = [*cluster.workers, cluster.scheduler] if cluster else []
    stats = (Path(f"/proc/{each.pid}/stat").read_text().rpartition(") ")[2].split() for each in processes)
    return sum(int(stat[11]) + int(stat[12]) for stat in stats) / os.sysconf("SC_CLK_TCK")
