"""The files of one run."""

import os
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from ..text.sentences import t
from . import foreign_files
from .names import EVERY, PROMPT_FILES, PROMPT_ID, Format, RunName, checked


@dataclass(frozen=True)
class Again:
    """What a command to copy must have of the one that was typed.

    more: behind the command that makes a place's pictures: " SLOT=g-1 LIMIT=5". retry: the same of RETRY=, for what
    was not sent yet. instead: the whole command, where no other goes on with it.
    """

    more: str = ""
    retry: str = ""
    instead: str = ""


@dataclass(frozen=True)
class RunPaths:
    """The files of one run, `workspaces/video/runs/<CH>-<NNN>/`, and the commands that are about it."""

    folder: Path
    again: Again = field(default=Again(), compare=False, repr=False)

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
    def plain_command(self) -> str:
        """The command that makes all that is missing of it."""
        return t("doit visual CH={channel} RUN={number}", channel=self.channel, number=self.run_name.number)

    @property
    def plan_of_changed(self) -> str:
        """The command that shows what RETRY=changed would make of it."""
        numbers = {"channel": self.channel, "number": self.run_name.number}
        return t("doit plan CH={channel} RUN={number} RETRY=changed TEXT=1", **numbers)

    @property
    def makes(self) -> str:
        """The same with the slot, limits and times that were typed."""
        return self.plain_command + self.again.more

    @property
    def command(self) -> str:
        """The command that goes on with what was typed, without RETRY=: it is good for one time."""
        return self.again.instead or self.makes

    @property
    def same_command(self) -> str:
        """The command as it was typed, for what it did not come to."""
        return self.command + self.again.retry

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
    def has_traces(self) -> bool:
        """Whether anything in the folder tells that requests of it were written or sent."""
        folders = (self.manifest.parent, self.journal("").parent)
        return any(path.exists() for path in (self.request, self.results, *folders))

    @property
    def cancelled(self) -> Path:
        """Names of the jobs that doit cancel stopped, one a line; without it they count as failed."""
        return self.folder / "_gemini_batch" / "cancelled.txt"

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

    def image(self, prompt_id: str, form: Format = Format.PNG) -> Path:
        return self.images / f"{checked('prompt id', PROMPT_ID, prompt_id, '0001')}.{form}"

    def image_names(self, prompt_id: str) -> list[str]:
        """What the picture may be called, in whatever format, as files say it: by its path from this folder."""
        return [self.relative(self.image(prompt_id, form)) for form in Format]

    def relative(self, path: Path) -> str:
        """A path from this folder, as files say it."""
        return Path(os.path.relpath(path, self.folder)).as_posix()

    def at(self, image: str) -> Path:
        """The file that a path from this folder, as files say it, means."""
        return Path(os.path.normpath(self.folder / image))

    def unreadable(self, prompt_id: str, digest: str) -> Path:
        """What came in place of that picture and nothing here reads, without its extension."""
        name = checked("prompt id", PROMPT_ID, prompt_id, "0001")
        return self.folder / "_gemini_batch" / "unreadable" / f"{name}-{digest[:16]}"

    def journal(self, submission_id: str) -> Path:
        """What became of each request of an immediate submission, while it is under way."""
        return self.folder / "_immediate" / f"{submission_id}.jsonl"

    def prompt_files(self) -> list[Path]:
        """The prompts files that exist, else those of other programs; exactly one is right. Looked up once."""
        return self._prompt_files

    @property
    def is_foreign(self) -> bool:
        """Whether another program's file says what is wanted: configs/sources.yaml names it."""
        return bool(self._prompt_files) and not self._own_files

    @cached_property
    def _prompt_files(self) -> list[Path]:
        return self._own_files or self.foreign_files()

    @cached_property
    def _own_files(self) -> list[Path]:
        return prompt_files(self.folder)

    def foreign_files(self) -> list[Path]:
        """The files of other programs that would say what is wanted, if none of ours did."""
        return foreign_files.of_run(self.folder)


def prompt_files(folder: Path) -> list[Path]:
    """The files of that folder that are named as prompts files, in any letter case: spreadsheets write prompts.CSV.

    What is there and no file is not passed over: who reads it says what it is.
    """
    names = [name for name in _names(folder) if name.casefold() in PROMPT_FILES]
    names.sort(key=lambda name: (PROMPT_FILES.index(name.casefold()), name))
    return [folder / name for name in names]


def unread_files(folder: Path) -> list[str]:
    """Names there that somebody may have meant as prompts, and that are not looked at: prompts.ods."""
    meant = (name for name in _names(folder) if name.casefold().startswith("prompts."))
    return sorted(name for name in meant if name.casefold() not in PROMPT_FILES)


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 - once a run
    except OSError:
        return []
