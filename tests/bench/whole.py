"""Figures of whole commands as a user runs them: from a job that is done to pictures, usage and pages.

`doit submit` makes the job at the offline API, which is a process of its own; its result file is then one of ours, so
that the pictures are those of the other figures. Every round brings it home into a copy of the same project.
"""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from tests.bench import material
from tests.bench.fetching import give_back
from tests.bench.measure import ROOT, Rounds, Sample, process, rounds, way
from tests.bench.table import Figure
from tests.support.emulator_process import EmulatorProcess
from tests.support.studio import Studio, story

MEMORY = 150
LIMITS = {"jpeg": ("convert", 0.55, "conversion alone"), "painted png": ("decode", 0.6, "decoding them once, alone")}
COMMANDS = {"collect": ("collect",), "visual": ("visual", "CH=CH01")}


def commands(folder: Path, count: int, times: int) -> list[Figure]:
    """`collect` and `visual`, with galleries, of JPEG answers and of PNG answers, against the work on pixels alone."""
    return [figure for kind in LIMITS for figure in _of(folder / kind.replace(" ", "-"), count, times, kind)]


def many(folder: Path, count: int) -> list[Figure]:
    """Memory of `collect` for that many answers."""
    with EmulatorProcess(folder / "emulator", "--job-seconds", "0") as emulator:
        studio, _ = submitted(folder, emulator, count, "jpeg")
        seen = rounds(1, {"collect": _command(studio, "collect", count)})
    shutil.rmtree(folder)
    return [Figure(f"doit collect of {count} JPEG: peak memory", seen.mib("collect"), "MiB", most=MEMORY)]


def _of(folder: Path, count: int, times: int, kind: str) -> list[Figure]:
    alone, least, words = LIMITS[kind]
    with EmulatorProcess(folder / "emulator", "--job-seconds", "0") as emulator:
        studio, size = submitted(folder, emulator, count, kind)
        variants: dict[str, Callable[[], Sample]] = {alone: lambda: way(alone, "", folder, count)}
        seen = rounds(times, variants | {name: _command(studio, name, count) for name in COMMANDS})
    shutil.rmtree(folder)
    what = f"{count} {kind.rpartition(' ')[2].upper()} of {size / 1e6:.1f} MB"
    return [figure for name in COMMANDS for figure in _figures(seen, name, what, alone, least, words)]


def _figures(seen: Rounds, name: str, what: str, alone: str, least: float, words: str) -> list[Figure]:
    clock = f"{seen.seconds(name):.1f} and {seen.seconds(alone):.1f} s"
    used = f"{seen.cpu(name):.1f} and {seen.cpu(alone):.1f} s of processor time"
    title = f"doit {name}, pages and all, {what}"
    wanted = least if name == "collect" else None
    return [
        Figure(f"{title}: pictures/s / {words}", seen.ratio(alone, name), "x", least=wanted, detail=clock),
        Figure(f"{title}: by processor time", seen.cpu_ratio(alone, name), "x", least=wanted, detail=used),
        Figure(f"{title}: peak memory", seen.mib(name), "MiB", most=MEMORY),
    ]


def submitted(folder: Path, emulator: EmulatorProcess, count: int, kind: str) -> tuple[Studio, int]:
    """A project whose `count` pictures are done at the provider; and the bytes of one of them, about."""
    studio = Studio(folder / "project", emulator)
    studio.limits(request_timeout_seconds=60)  # a busy machine is no reason to break off
    studio.presets("g-1")
    (studio.folder / "configs" / "budget.local.yaml").write_text("caps: { submission: null, day: null, month: null }\n")
    studio.prompts(story(count))
    done = studio.doit("submit", "CH=CH01")
    if done.returncode:
        raise SystemExit(f"submit ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    size = 0
    for job in emulator.jobs():
        lines = (emulator.state_dir / "jobs" / f"{job['id']}.jsonl").read_bytes().splitlines()
        keys = [json.loads(line)["key"] for line in lines]
        size = material.answer_file(emulator.state_dir / "outputs" / f"{job['id']}.jsonl", keys, kind)
    return studio, size


def _command(studio: Studio, name: str, count: int) -> Callable[[], Sample]:
    def once() -> Sample:
        project = studio.folder.with_name(f"round-{len(list(studio.folder.parent.iterdir()))}")
        shutil.copytree(studio.folder, project)
        try:
            words = [sys.executable, "-m", "doit", "-f", str(ROOT / "dodo.py"), "-d", str(project), *COMMANDS[name]]
            sample = process(words, studio.emulator.env if studio.emulator else {})
            images = project / "workspaces" / "video" / "runs" / "CH01-001" / "images"
            made = len(list(images.glob("*.png"))), len(list(images.glob("_thumbs/*.jpg")))
            if made != (count, count):
                raise SystemExit(f"{name} made {made[0]} pictures and {made[1]} previews of {count}")
            return sample
        finally:
            give_back(project)

    return once
