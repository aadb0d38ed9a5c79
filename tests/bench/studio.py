"""Figures of whole commands in a project folder: nothing to do, and building the request file."""

import json
import os
import re
import shutil
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.bench.measure import ROOT, Sample, process, rounds, way
from tests.bench.table import Figure
from tests.bench.ways import CHANNEL

PICTURES = 100
EMPTY = "def task_empty():\n    return {'actions': [], 'uptodate': [True]}\n"
TEXT = "雪の山道を登る老僧の後ろ姿、朝の光、遠くに寺の屋根、{}枚目の場面"


def nothing_to_do(folder: Path, runs: int, times: int, most: float) -> list[Figure]:
    """`doit visual` where every picture is there, against doit itself with one empty task."""
    project(folder, PICTURES)
    (folder / "empty").mkdir()
    (folder / "empty" / "dodo.py").write_text(EMPTY)
    visual(folder)
    multiply(folder, runs)
    visual(folder)
    seen = rounds(times, {"empty": lambda: _doit(folder / "empty", folder / "empty"), "ours": lambda: visual(folder)})
    shutil.rmtree(folder)
    what = f"nothing to do, {runs} runs x {PICTURES}"
    detail = f"doit alone {seen.seconds('empty'):.2f} s, ours {seen.seconds('ours'):.2f} s"
    used = f"doit alone {seen.cpu('empty'):.2f} s, ours {seen.cpu('ours'):.2f} s"
    name = f"{what} / doit with one empty task"
    return [
        Figure(name, seen.ratio("ours", "empty"), "x", most=most, detail=detail),
        Figure(f"{name}: by processor time", seen.cpu_ratio("ours", "empty"), "x", most=most, detail=used),
        Figure(f"{what}: peak memory", seen.mib("ours"), "MiB", most=60 if runs <= 100 else None),
    ]


def request_file(folder: Path, count: int, times: int) -> list[Figure]:
    """batch_request.jsonl of many prompts, against the json module without checks, digests or durability."""
    project(folder, count)
    seen = rounds(
        times,
        {name: lambda name=name: way(name, "", folder, count) for name in ("plain_json", "requests")},
    )
    shutil.rmtree(folder)
    memory = f"{seen.mib('requests'):.0f} and {seen.mib('plain_json'):.0f} MiB"
    detail = f"{seen.seconds('requests'):.2f} and {seen.seconds('plain_json'):.2f} s, {memory}"
    return [
        Figure(
            f"request file of {count} prompts / plain json", seen.ratio("requests", "plain_json"), "x", detail=detail
        )
    ]


def project(folder: Path, count: int) -> None:
    """A project with one run of one channel on the offline slot."""
    shutil.copytree(ROOT / "configs", folder / "configs")
    generation = {"model_key": "e-1", "aspect_ratio": "16:9", "image_size": "1K"}
    presets = {"channels": {CHANNEL: {"name": "測る", "image_generation": generation}}}
    (folder / "configs" / "channel_presets.json").write_text(json.dumps(presets))
    run = runs_of(folder) / f"{CHANNEL}-001"
    run.mkdir(parents=True)
    prompts = [{"id": f"{number:05}", "prompt": TEXT.format(number)} for number in range(1, count + 1)]
    (run / "prompts.json").write_text(json.dumps({"prompts": prompts}, ensure_ascii=False, indent=1))


def multiply(folder: Path, count: int) -> None:
    """Make `count` finished runs of one: the same files, with the run's own name in them, as if looked at just now."""
    first = runs_of(folder) / f"{CHANNEL}-001"
    for number in range(2, count + 1):
        name = f"{CHANNEL}-{number:03}"
        if first.with_name(name).exists():
            continue
        shutil.copytree(first, first.with_name(name), copy_function=os.link)
        for file in ("_gemini_batch/manifest.json", "usage.csv", "gallery.html"):
            path = first.with_name(name) / file
            text = path.read_text().replace(first.name, name)
            path.unlink()
            path.write_text(text)
    soon = datetime.now(UTC) + timedelta(minutes=10)  # a link changes a time stamp of the first run, too
    for path in runs_of(folder).glob("*/_gemini_batch/manifest.json"):
        path.write_text(re.sub('"read_at": *"[^"]*"', f'"read_at": "{soon:%Y-%m-%dT%H:%M:%S.000Z}"', path.read_text()))


def runs_of(folder: Path) -> Path:
    """Where the runs of a project lie."""
    return folder / "workspaces" / "video" / "runs"


def visual(folder: Path) -> Sample:
    """`doit visual` of the project's channel."""
    return doit(folder, "visual", f"CH={CHANNEL}")


def doit(folder: Path, *words: str) -> Sample:
    """One of our commands in a project folder."""
    return _doit(ROOT, folder, *words)


def _doit(code: Path, folder: Path, *words: str) -> Sample:
    return process([sys.executable, "-m", "doit", "-f", str(code / "dodo.py"), "-d", str(folder), *words])
