"""The files of one run."""

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ..text.sentences import t
from .names import EVERY, PROMPT_FILES, PROMPT_ID, RunName, checked


@dataclass(frozen=True)
class RunPaths:
    """The files of one run, `workspaces/video/runs/<CH>-<NNN>/`."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def run_name(self) -> RunName:
        return RunName.of(self.name)

    @property
    def channel(self) -> str:
        return self.run_name.channel

    def is_meant(self, channel: str | None, number: str | None) -> bool:
        """Whether CH= and RUN= are about it; None and "ALL" are about everything."""
        return channel in (None, EVERY, self.channel) and number in (None, self.run_name.number)

    @property
    def task(self) -> str:
        """What its usage rows call the work."""
        return "visual_image_gen"

    @property
    def command(self) -> str:
        """The command that goes on with it."""
        return t("doit visual CH={channel} RUN={number}", channel=self.channel, number=self.run_name.number)

    @property
    def retake(self) -> str:
        """The command that makes pictures of it again, without which; "" when there is none."""
        return t("doit retake CH={channel} RUN={number}", channel=self.channel, number=self.run_name.number)

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
        # What is there and no file is not passed over: who reads it says what it is.
        return [path for name in PROMPT_FILES if os.path.lexists(path := self.folder / name)]
