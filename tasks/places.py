"""Where everything lies: the one catalogue of paths, and the check that a name stays inside its folder."""

import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tasks.errors import BadInput
from tasks.nearest import nearest

CHANNEL = re.compile(r"[A-Z][A-Z0-9]{0,15}", re.ASCII)
RUN_NUMBER = re.compile(r"(?!(?i:thumbnails)\Z)[A-Za-z0-9][A-Za-z0-9_]{0,31}", re.ASCII)
PROMPT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)
COMPARISON = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)
THUMBNAILS = "thumbnails"
"""Stands for a run's number in the name of a channel's thumbnails: in manifests, locks and names of jobs."""
PROMPT_FILES = ("prompts.json", "prompts.csv", "prompts.tsv")


def checked(kind: str, pattern: re.Pattern[str], name: str, example: str) -> str:
    """`name` if it is a plain name of that kind; BadInput otherwise, before any path is built from it."""
    if pattern.fullmatch(name):
        return name
    shown = ascii(name if len(name) <= 60 else name[:57] + "...")
    raise BadInput(
        f"{kind} {shown} cannot name a folder or file here",
        f"use letters, digits and the like, for example {example} (pattern: {pattern.pattern})",
    )


def local_override(config: Path) -> Path:
    """The file that overrides a YAML config on this machine: image_models.yaml -> image_models.local.yaml.

    Other files have none: `config` itself comes back.
    """
    return config.with_suffix(".local.yaml") if config.suffix == ".yaml" else config


@dataclass(frozen=True)
class RunPlace:
    """The files of one run, `workspaces/video/runs/<CH>-<NNN>/`."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def channel(self) -> str:
        return self.name.partition("-")[0]

    @property
    def task(self) -> str:
        """What its usage rows call the work."""
        return "visual_image_gen"

    @property
    def command(self) -> str:
        """The command that goes on with it."""
        return f"doit visual CH={self.channel} RUN={self.name.partition('-')[2]}"

    @property
    def retake(self) -> str:
        """The command that makes pictures of it again, without which; "" when there is none."""
        return f"doit retake CH={self.channel} RUN={self.name.partition('-')[2]}"

    @property
    def index(self) -> str:
        """Path from this folder to the page over its neighbours; "" when there is none."""
        return f"../../{self.channel}.html"

    @cached_property
    def request(self) -> Path:
        return self.folder / "batch_request.jsonl"

    @cached_property
    def manifest(self) -> Path:
        return self.folder / "_gemini_batch" / "manifest.json"

    @property
    def images(self) -> Path:
        return self.folder / "images"

    @cached_property
    def results(self) -> Path:
        return self.folder / "results.jsonl"

    @cached_property
    def usage(self) -> Path:
        return self.folder / "usage.csv"

    @property
    def gallery(self) -> Path:
        return self.folder / "gallery.html"

    def image(self, prompt_id: str) -> Path:
        return self.images / f"{checked('prompt id', PROMPT_ID, prompt_id, '0001')}.png"

    def image_name(self, prompt_id: str) -> str:
        """The picture's path from this folder, as files say it."""
        return self.relative(self.image(prompt_id))

    def relative(self, path: Path) -> str:
        """A path from this folder, as files say it."""
        return Path(os.path.relpath(path, self.folder)).as_posix()

    def at(self, image: str) -> Path:
        """The file that a path from this folder, as files say it, means."""
        return Path(os.path.normpath(self.folder / image))

    def journal(self, submission_id: str) -> Path:
        """What became of each request of an immediate submission, while it is under way."""
        return self.folder / "_immediate" / f"{submission_id}.jsonl"

    def prompt_files(self) -> list[Path]:
        """The prompts files that exist; exactly one is right. Looked up once."""
        return self._prompt_files

    @cached_property
    def _prompt_files(self) -> list[Path]:
        return [path for name in PROMPT_FILES if (path := self.folder / name).is_file()]


@dataclass(frozen=True)
class Places:
    """Every path of a project, from its root folder."""

    root: Path

    @cached_property
    def models(self) -> Path:
        return self.root / "configs" / "image_models.yaml"

    @cached_property
    def slots(self) -> Path:
        return self.root / "configs" / "image_model_slots.yaml"

    @cached_property
    def presets(self) -> Path:
        return self.root / "configs" / "channel_presets.json"

    @cached_property
    def budget(self) -> Path:
        return self.root / "configs" / "budget.yaml"

    @cached_property
    def configs(self) -> list[Path]:
        """Every config that there is, overrides after the files they override."""
        return [self.models, self.slots, self.presets, self.budget, *self.local_overrides()]

    def local_overrides(self) -> list[Path]:
        """The *.local.yaml files in force; costs one look at the disk each."""
        files = (local_override(path) for path in (self.models, self.slots, self.budget))
        return [path for path in files if path.is_file()]

    @property
    def templates(self) -> Path:
        return self.thumbnails / "templates.json"

    @property
    def thumbnails(self) -> Path:
        return self.workspaces / "thumbnails"

    @cached_property
    def workspaces(self) -> Path:
        return self.root / "workspaces"

    @property
    def store(self) -> Path:
        return self.workspaces / ".store"

    @property
    def emulator(self) -> Path:
        return self.workspaces / ".emulator"

    @property
    def reports(self) -> Path:
        return self.workspaces / "reports"

    @property
    def inbox(self) -> Path:
        return self.workspaces / "inbox"

    def lock(self, run: str) -> Path:
        return self.workspaces / ".locks" / f"{run}.lock"

    @property
    def uploads(self) -> Path:
        return self.store / "uploads.json"

    @cached_property
    def runs(self) -> Path:
        return self.workspaces / "video" / "runs"

    def with_manifest(self) -> list[Path]:
        """The folder of every run, thumbnail set and comparison that ever sent anything."""
        return [path.parent.parent for path in self.in_work_folders("_gemini_batch/manifest.json")]

    def in_work_folders(self, name: str) -> list[Path]:
        """The file of that name in every run, thumbnail set and slot of a comparison that has it."""
        patterns = ("video/runs/*", "thumbnails/*", "compare/*/*")
        return sorted(path for pattern in patterns for path in self.workspaces.glob(f"{pattern}/{name}"))

    def run(self, channel: str, number: str) -> RunPlace:
        checked("channel", CHANNEL, channel, "CH01")
        if number.casefold() == THUMBNAILS:
            what = f"{self.runs / f'{channel}-{number}'} cannot be a run: {channel}-{THUMBNAILS} are its thumbnails"
            raise BadInput(what, f"give the folder another name, for example {channel}-251")
        checked("run", RUN_NUMBER, number, "251")
        return RunPlace(self.runs / f"{channel}-{number}")

    def selection(self, channel: str | None, number: str | None) -> list[RunPlace]:
        """The runs a command is about; none when it names no channel. Raises BadInput when there are none."""
        if channel is None:
            return []
        if number is None:
            runs = self.runs_of(channel)
            where = f"{self.runs}/{'<CH>' if channel == 'ALL' else channel}-<number>"
        else:
            runs = [place for place in [self.run(channel, number)] if place.prompt_files()]
            where = str(self.run(channel, number).folder)
        if runs:
            return runs
        wanted = channel if number is None else f"{channel} run {number}"
        raise BadInput(
            f"no prompts for {wanted}: nothing at {where}/prompts.json (.csv, .tsv)",
            f"write the prompts there, or name another: {self.others(channel, number)}",
        )

    def others(self, channel: str, number: str | None) -> str:
        """The runs of a channel, or, where it has none, the channels with runs, in words for a message."""
        if number is not None and (own := [run.name.partition("-")[2] for run in self.runs_of(channel)]):
            return nearest("RUN", number, own)
        channels = dict.fromkeys(run.channel for run in self.runs_of("ALL"))
        return nearest("CH", channel, list(channels), f"nothing is under {self.runs} yet")

    def runs_of(self, channel: str) -> list[RunPlace]:
        """All runs of `channel` (or of every channel for "ALL") that have a prompts file, in name order."""
        prefix = "" if channel == "ALL" else f"{checked('channel', CHANNEL, channel, 'CH01')}-"
        names = sorted(entry.name for entry in _folders(self.runs) if entry.name.startswith(prefix))
        places = (self.run(*name.split("-", 1)) for name in names if "-" in name and not name.startswith("."))
        return [place for place in places if place.prompt_files()]


def _folders(folder: Path) -> list[Path]:
    return [entry for entry in folder.iterdir() if entry.is_dir()] if folder.is_dir() else []
