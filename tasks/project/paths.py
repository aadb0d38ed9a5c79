"""Where everything lies: the one catalogue of paths, and the check that a name stays inside its folder."""

import os
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from ..text.errors import BadInput
from ..text.sentences import t
from . import foreign_files, moved_in
from .layers import layers
from .moved_in import PassedOver, Sorted
from .names import CHANNEL, EVERY, RUN_NUMBER, THUMBNAILS, RunName, checked
from .run_paths import Again, RunPaths
from .suggest import nearest, same_name


@dataclass(frozen=True)
class Paths:
    """Every path of a project, from its root folder. again: what commands to copy take over from the one typed."""

    root: Path
    again: Again = field(default=Again(), compare=False, repr=False)

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
    def sources(self) -> Path:
        return self.root.joinpath(*foreign_files.CONFIG)

    @cached_property
    def shared(self) -> Path:
        """Which store is shared with other machines; most projects have no such file."""
        return self.root / "configs" / "store.yaml"

    @cached_property
    def configs(self) -> list[Path]:
        """Every config that there is: the bases, then one's own files over them."""
        bases = [layers(path).base for path in self._named]
        sources = layers(self.sources).base
        return [*bases, *([sources] if os.path.lexists(sources) else []), *self.own_configs()]

    @property
    def _named(self) -> tuple[Path, ...]:
        return self.models, self.slots, self.presets, self.budget

    def own_configs(self) -> list[Path]:
        """One's own files over the bases, as far as they are there; costs one look at the disk each."""
        found = (own for path in (*self._named, self.sources) for own in layers(path)[1:])
        return [path for path in found if path and os.path.lexists(path)]

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
    def index(self) -> Path:
        """What every folder of work has on its way and has cost; derived, may be lost at any time."""
        return self.workspaces / ".index.json"

    @property
    def machines(self) -> Path:
        """Who this project is among the machines that share a store."""
        return self.workspaces / ".machines.json"

    @property
    def imported(self) -> Path:
        """Which channels with files of other programs were taken in."""
        return self.workspaces / ".imported.json"

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
        """The file of that name in every folder of work that has it."""
        return [path for each in self.work_folders() if os.path.exists(path := each / name)]  # noqa: PTH110 - never raises

    def work_folders(self) -> list[Path]:
        """The folder of every run, thumbnail set and slot of a comparison, in order.

        A folder beside runs or thumbnails that bears no such name, like a copy, is none of them, whatever lies in it.
        """
        runs = [each for each in _folders(self.runs) if _is_run(each.name)]
        thumbnails = [each for each in _folders(self.thumbnails) if CHANNEL.fullmatch(each.name)]
        slots = [slot for each in _folders(self.workspaces / "compare") for slot in _folders(each)]
        return sorted(slots) + sorted(thumbnails) + sorted(runs)

    def run(self, channel: str, number: str) -> RunPaths:
        checked("channel", CHANNEL, channel, "CH01")
        if number.casefold() == THUMBNAILS:
            raise BadInput(
                "{runs} cannot be a run: {channel}-{thumbnails} are its thumbnails",
                "give the folder another name, for example {channel}-251",
                runs=self.runs / f"{channel}-{number}",
                thumbnails=THUMBNAILS,
                channel=channel,
            )
        checked("run", RUN_NUMBER, number, "251")
        return RunPaths(self.runs / f"{channel}-{number}", self.again)

    def selection(self, channel: str | None, number: str | None) -> list[RunPaths]:
        """The runs a command is about; none when it names no channel. Raises BadInput when there are none.

        PassedOver when there are some, of another program, and none is to be made.
        """
        found = self.sorted_selection(channel, number)
        if found.lines and not found.worked:
            raise PassedOver(found.lines)
        return found.worked

    def sorted_selection(self, channel: str | None, number: str | None) -> Sorted:
        """The same with those of another program that are not made, and why; a run that is named is made if it may."""
        if channel is None:
            return Sorted([], [], [])
        if number is None:
            found = self.sorted_runs(channel)
            where = f"{self.runs}/{'<CH>' if channel == 'ALL' else channel}-<number>"
        else:
            run = self.run(channel, number)
            found = moved_in.named(self, [run] if run.prompt_files() else [])
            where = str(run.folder)
        if found.worked or found.lines:
            return found
        wanted = channel if number is None else t("{channel} run {number}", channel=channel, number=number)
        raise BadInput(
            "no prompts for {wanted}: nothing at {where}/prompts.json (.csv, .tsv, .xlsx, .txt)",
            "write the prompts there, or name another: {others}",
            wanted=wanted,
            where=where,
            others=self.others(channel, number),
        )

    def meant(self, channel: str, number: str | None) -> tuple[str, str | None]:
        """CH= and RUN= as the folders have them: CH1 is CH01 and 1 is 001 where no other could be meant."""
        runs = [RunName.of(entry.name) for entry in _folders(self.runs)]
        channels = {run.channel for run in runs} | {entry.name for entry in _folders(self.thumbnails)}
        channels |= set(foreign_files.channels_of_thumbnails(self.workspaces))
        channels = {name for name in channels if CHANNEL.fullmatch(name)}
        channel = self._numbered(channel, channels) if channel.isdigit() else same_name(channel, channels)
        return channel, number and same_name(number, {run.number for run in runs if run.channel == channel})

    def _numbered(self, number: str, channels: set[str]) -> str:
        """The one channel that ends in that number: 1 is CH01. Raises BadInput when none or several do."""
        found = sorted(name for name in channels if _ends_in(name, number))
        if len(found) == 1:
            return found[0]
        raise BadInput(
            "CH={number} is the number of {which}",
            "name the channel: {others}",
            number=number,
            which=t(" and ").join(found) or t("no channel here"),
            others=nearest(
                "CH", number, found or sorted(channels), t("nothing is under {folder} yet", folder=self.runs)
            ),
        )

    def others(self, channel: str, number: str | None) -> str:
        """The runs of a channel, or, where it has none, the channels with runs, in words for a message."""
        if number is not None and (own := [run.run_name.number for run in self.runs_of(channel)]):
            return nearest("RUN", number, own)
        channels = dict.fromkeys(run.channel for run in self.runs_of(EVERY))
        return nearest("CH", channel, list(channels), t("nothing is under {folder} yet", folder=self.runs))

    def runs_of(self, channel: str) -> list[RunPaths]:
        """All runs of `channel` (or of every channel for "ALL") that have a prompts file, in name order.

        A folder that is no run, since its name is none or it has no prompts, is passed over; `doit validate` names it.
        Of those with prompts of other programs, only what `moved_in.sort` calls worked.
        """
        return self.sorted_runs(channel).worked

    def sorted_runs(self, channel: str) -> Sorted:
        """The same with those of other programs that are not worked, and why."""
        return moved_in.sort(self, self.with_prompts(channel))

    def with_prompts(self, channel: str) -> list[RunPaths]:
        """All runs with prompts, whoever wrote them and whatever is done with them, in name order."""
        if channel != EVERY:
            checked("channel", CHANNEL, channel, "CH01")
        named = (RunPaths(folder, self.again) for folder in sorted(_folders(self.runs)) if _is_run(folder.name))
        return [paths for paths in named if channel in (EVERY, paths.channel) and paths.prompt_files()]


def _ends_in(name: str, number: str) -> bool:
    tail = name[len(name.rstrip("0123456789")) :]
    return bool(tail) and int(tail) == int(number)


def _is_run(name: str) -> bool:
    return RunName.of(name).is_right


def _folders(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            return [Path(entry.path) for entry in entries if _is_folder(entry)]
    except OSError:
        return []


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link in a circle
        return False
