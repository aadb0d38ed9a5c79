"""The lanes of the crash campaign: for each, a small project and the commands that finish it."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.support.studio import Studio, story

RUN = "CH01-001"


@dataclass(frozen=True)
class Step:
    """One command. advance: by how many seconds the provider's clock moves first. trapped: whether it is disturbed.
    change: what a person does to the project before it.
    """

    words: tuple[str, ...]
    advance: float = 0
    trapped: bool = True
    change: Callable[[Studio], object] = lambda _: None


@dataclass(frozen=True)
class Lane:
    """prepare: writes what a person would have written. wanted: prompt ids by place.

    billed, jobs: what the provider books when nothing goes wrong. at_once: how many requests may be under way on the
    immediate lane at any moment, 0 where it is not used: so many answers can be lost by one death. is_over: whether the
    disturbed command did all that was asked and died only then, so that to repeat it would be another wish.
    """

    name: str
    prepare: Callable[[Studio], object]
    steps: tuple[Step, ...]
    wanted: dict[str, tuple[str, ...]]
    billed: int
    jobs: int
    at_once: int = 0
    job_seconds: float = 0
    is_over: Callable[[Path], bool] = lambda _: False

    @property
    def last(self) -> Step:
        return self.steps[-1]


CONCURRENT = 2
"""Requests under way at a time on the immediate lane, in every project of the campaign."""


def _visual(slot: str, count: int) -> Callable[[Studio], object]:
    def prepare(studio: Studio) -> None:
        studio.presets(slot)
        studio.prompts(story(count))

    return prepare


def _thumbnails(studio: Studio) -> None:
    studio.presets("g-2")
    texts = {"prompt_template": "{{thumbnail_prompt}}", "negative_prompt": ""}
    bold, calm = (
        {"id": "bold", "name": "太字"} | texts,
        {"id": "calm", "name": "静か", "image_model_key": "i-2"} | texts,
    )
    channel = {"templates": [bold, calm], "default_template_id": "bold"}
    studio.write("workspaces/thumbnails/templates.json", {"channels": {"CH01": channel}})
    rows = [
        {"episode": 1, "thumbnail_prompt": "雪の峠"},
        {"episode": 2, "thumbnail_prompt": "海", "template_id": "calm"},
    ]
    studio.write("workspaces/thumbnails/CH01/prompts.json", {"prompts": rows})


def _openai_references(studio: Studio) -> None:
    _with_reference(studio, "o-2")
    path = studio.run() / "prompts.json"
    entries = json.loads(path.read_text())["prompts"]
    studio.write(str(path.relative_to(studio.folder)), {"prompts": [*entries, {"id": "0002", "prompt": "海"}]})


def _with_reference(studio: Studio, slot: str = "g-2") -> None:
    studio.presets(slot)
    from tasks.emulator.placeholder.painter import paint

    picture = studio.run() / "references" / "monk.png"
    picture.parent.mkdir(parents=True)
    picture.write_bytes(paint("老僧", 64, 64, "image/png", "monk"))
    entries = [{"id": "0001", "prompt": "山道の老僧", "references": ["references/monk.png"]}]
    studio.write(f"workspaces/video/runs/{RUN}/prompts.json", {"prompts": entries})


def _lose(studio: Studio) -> None:
    """All pictures and what is on record of them, by a person's hand."""
    shutil.rmtree(studio.run(RUN) / "images")
    (studio.run(RUN) / "results.jsonl").unlink()


def _was_shown(folder: Path) -> bool:
    """tasks/commands/retake.py: "An order that no gallery has shown yet is gone on with, not repeated"; this was."""
    takes = folder / "workspaces" / "video" / "runs" / RUN / "takes.json"
    return takes.exists() and json.loads(takes.read_bytes())["takes"]["0002"]["ordered"][-1]["shown_at"] is not None


VISUAL = Step(("visual", "CH=CH01"))
QUIET = Step(VISUAL.words, trapped=False)
TWO, THREE = ("0001", "0002"), ("0001", "0002", "0003")
LANES = {
    lane.name: lane
    for lane in (
        Lane(
            "batch",
            _visual("g-2", 3),
            (Step(("visual", "CH=CH01", "WAIT=0")), Step(("visual", "CH=CH01"), advance=60)),
            {RUN: THREE},
            billed=3,
            jobs=1,
            job_seconds=60,
        ),
        Lane(
            "openai",
            _visual("o-2", 3),
            (Step(("visual", "CH=CH01", "WAIT=0")), Step(("visual", "CH=CH01"), advance=60)),
            {RUN: THREE},
            billed=3,
            jobs=1,
            job_seconds=60,
        ),
        Lane("immediate", _visual("i-2", 3), (VISUAL,), {RUN: THREE}, billed=3, jobs=0, at_once=CONCURRENT),
        Lane("flux", _visual("f-1", 2), (VISUAL,), {RUN: TWO}, billed=2, jobs=0, at_once=CONCURRENT),
        Lane("own_server", _visual("l-1", 2), (VISUAL,), {RUN: TWO}, billed=0, jobs=0, at_once=1),
        Lane("kontext", _visual("f-3", 2), (VISUAL,), {RUN: TWO}, billed=2, jobs=0, at_once=CONCURRENT),
        Lane("reference", _with_reference, (VISUAL,), {RUN: ("0001",)}, billed=1, jobs=1),
        Lane("openai_references", _openai_references, (VISUAL,), {RUN: TWO}, billed=2, jobs=2),
        Lane(
            "thumbnails",
            _thumbnails,
            (Step(("thumbnails", "CH=CH01")),),
            {"CH01-thumbnails": ("1-bold", "2-calm")},
            billed=2,
            jobs=1,
            at_once=CONCURRENT,
        ),
        Lane(
            "retake",
            _visual("i-2", 2),
            (QUIET, Step(("retake", "CH=CH01", "RUN=001", "IDS=2")), QUIET),
            {RUN: TWO},
            billed=3,
            jobs=0,
            at_once=CONCURRENT,
            is_over=_was_shown,
        ),
        Lane(
            "restore",
            _visual("g-2", 2),
            (QUIET, Step(VISUAL.words, change=_lose)),
            {RUN: TWO},
            billed=2,
            jobs=1,
        ),
        Lane(
            "compare",
            _visual("g-2", 1),
            (Step(("compare", "NAME=duel", "SLOTS=g-2,f-1", "CH=CH01", "RUN=001")),),
            {"compare-duel-g-2": ("0001",), "compare-duel-f-1": ("0001",)},
            billed=2,
            jobs=1,
            at_once=CONCURRENT,
        ),
    )
}
