"""What people do to the project between two commands: delete, edit, spoil."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from . import material
from .material import prompts, runs


def remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def replace(project: Path, name: str, old: str, new: str) -> None:
    """Every `old` in a file becomes `new`."""
    path = project / name
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")


def added(project: Path) -> None:
    """Two prompts more in a finished run, and in the one on the offline slot."""
    prompts(project, "CH01-001", 5)
    prompts(project, "CH00-001", 3)


def edited(project: Path) -> None:
    """A prompt of a finished run has another text, and one is left out."""
    prompts(project, "CH01-003", 3, {2: {"prompt": "手を描きなおす"}, 3: {"skip": True}})


def painted_over(project: Path) -> None:
    """A reference picture is another one, saved a second after the first: the manifest knows its time stamp."""
    path = runs(project) / "CH01-016/references/老僧.png"
    before = path.stat().st_mtime_ns
    path.write_bytes(material.png(96, 64, 9))
    os.utime(path, ns=(before + 10**9, before + 10**9))


def restyled(project: Path) -> None:
    replace(project, "configs/channel_presets.json", "墨と淡彩", "水彩")


def resized(project: Path) -> None:
    replace(project, "configs/channel_presets.json", '"output_size": "320x180"', '"output_size": "160x90"')


def bad_line(project: Path) -> None:
    with (runs(project) / "CH04-002/results.jsonl").open("a", encoding="utf-8") as stream:
        stream.write('{"key": "0009-半分\n')


def unreadable_manifest(project: Path) -> None:
    (runs(project) / "CH04-003/_gemini_batch/manifest.json").write_text('{"version": 1, "run"', "utf-8")


def bad_prompts(project: Path) -> None:
    material.write(runs(project) / "CH04-005/prompts.json", '{"prompts": [{"id": "../x", "prompt": ""},]}')


def twice(project: Path) -> None:
    """One id twice, an unknown key and a slot that there is not."""
    rows = [
        {"id": "0001", "prompt": "山"},
        {"id": "0001", "prompt": "海", "slot": "g-77"},
        {"id": "0003", "prmpt": "川"},
    ]
    material.write(runs(project) / "CH04-005/prompts.json", {"prompts": rows})


def foreign_manifest(project: Path) -> None:
    material.write(runs(project) / "CH04-007/_gemini_batch/manifest.json", {"schema": "another program", "jobs": []})


def bad_record(project: Path) -> None:
    """The first record of the store is cut."""
    path = min((project / "workspaces/.store").glob("??/*.json"))
    path.write_bytes(path.read_bytes()[:20])


def bad_review(project: Path) -> None:
    material.write(runs(project) / "CH01-003/review.json", "{")


def bad_presets(project: Path) -> None:
    replace(project, "configs/channel_presets.json", '"model_key": "g-1"', '"modelkey": "g-1"')


def bad_models(project: Path) -> None:
    material.write(
        project / "configs/image_models.local.yaml", "providers: {gemini: {batch: {max_attempts: 何回も}}}\n"
    )


def bad_journal(project: Path) -> None:
    """The last event of an unsettled submission was written by half."""
    path = next((runs(project) / "CH02-003/_immediate").glob("*.jsonl"))
    path.write_bytes(path.read_bytes()[:-7])


def bad_takes(project: Path) -> None:
    material.write(runs(project) / "CH01-002/takes.json", '{"version": 1, "takes": []}')


def bad_templates(project: Path) -> None:
    replace(project, "workspaces/thumbnails/templates.json", "{{title}}", "{{titel}}")


def bad_events(project: Path) -> None:
    path = project / "workspaces/inbox/events.jsonl"
    path.write_bytes(path.read_bytes()[:-30])


SPOILS: tuple[Callable[[Path], None], ...] = (
    *(bad_line, unreadable_manifest, bad_prompts, twice, foreign_manifest, bad_record, bad_review),
    *(bad_presets, bad_models, bad_journal, bad_takes, bad_templates, bad_events),
)


def quick_hands(project: Path) -> None:
    """Many requests at a time, as it comes with the code."""
    replace(project, "configs/image_models.local.yaml", "max_concurrent: 1", "max_concurrent: 4")


def small_jobs(project: Path) -> None:
    """At most two requests a job, and one live job."""
    replace(
        project,
        "configs/image_models.local.yaml",
        "{poll_seconds_first: 0.05",
        "{max_requests_per_job: 2, poll_seconds_first: 0.05",
    )


def poor(project: Path) -> None:
    material.write(project / "configs/budget.local.yaml", "caps: {submission: 0.04, day: 60, month: 300}\n")
