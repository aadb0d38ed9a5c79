"""Where thumbnails lie: a channel's in `workspaces/thumbnails/<CH>/`, its pictures in `thumbnails/assets/<CH>/`."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from ..text.sentences import later, t
from . import foreign_files, moved_in
from .names import CHANNEL, EVERY, PROMPT_ID, THUMBNAILS, Format, checked
from .paths import Paths
from .run_paths import RunPaths

LETTERED = ".text"
"""Stands before the ending of a copy with texts. No template's id has a dot, so it is never the name of a picture."""
FINISHED = (".png", ".jpg", ".jpeg", ".webp")
"""Endings by which other programs find a picture in an episode's folder."""


@dataclass(frozen=True)
class ThumbnailPaths(RunPaths):
    """The files of one channel's thumbnails. A prompt id is `<episode>-<template id>`; no episode has a hyphen."""

    @property
    def name(self) -> str:
        return f"{self.channel}-{THUMBNAILS}"

    @property
    def channel(self) -> str:
        return self.folder.name

    @property
    def task(self) -> str:
        return "thumbnail_image_gen"

    @property
    def plain_command(self) -> str:
        return t("doit thumbnails CH={channel}", channel=self.channel)

    @property
    def plan_of_changed(self) -> str:
        return "doit thumbnails RETRY=changed"

    @property
    def retake(self) -> str:
        return self.plain_command

    @property
    def index(self) -> str:
        return ""

    @property
    def images(self) -> Path:
        return self.folder.parent / "assets" / self.channel

    def foreign_files(self) -> list[Path]:
        return foreign_files.of_thumbnails(self.folder.parent.parent, self.channel)

    def finished(self, prompt_id: str) -> list[Path]:
        """The files that another program's finished picture of that name may be."""
        image = self.image(prompt_id)
        return [image.with_name(image.stem + ending) for ending in FINISHED]

    def lettered(self, prompt_id: str, form: Format) -> Path:
        """The copy of a picture that has its texts drawn onto it, in that format."""
        image = self.image(prompt_id, form)
        return image.with_name(image.stem + LETTERED + image.suffix)

    def image(self, prompt_id: str, form: Format = Format.PNG) -> Path:
        episode, _, template = checked("prompt id", PROMPT_ID, prompt_id, "251-main").partition("-")
        return self.images / episode / f"{template}.{form}"


def selection(paths: Paths, channel: str | None) -> list[ThumbnailPaths]:
    """The channels with a file of subjects, in name order; only `channel` when it is one and not "ALL".

    Those whose subjects stand in another program's file are among them once they were taken in.
    """
    return sort(paths, channel)[0]


def waiting(paths: Paths, channel: str | None) -> list[ThumbnailPaths]:
    """The channels with subjects of another program that nobody took in."""
    return sort(paths, channel)[1]


def sort(paths: Paths, channel: str | None) -> tuple[list[ThumbnailPaths], list[ThumbnailPaths]]:
    """The channels whose thumbnails are made, and those that wait: see `selection` and `waiting`."""
    found = _with_subjects(paths, channel)
    known = moved_in.channels(paths) if any(each.is_foreign for each in found) else frozenset[str]()
    made = [each for each in found if not each.is_foreign or each.channel in known]
    return made, [each for each in found if each not in made]


def waiting_lines(places: Iterable[ThumbnailPaths], said: Collection[str] = ()) -> list[str]:
    """What is said of those that wait, in place of buying anything. said: channels of which it was said already."""
    line = later("{channel} holds thumbnails of another program: doit import CH={channel} shows what would be bought")
    return [t(line, channel=each.channel) for each in places if each.channel not in said]


def _with_subjects(paths: Paths, channel: str | None) -> list[ThumbnailPaths]:
    found = (ThumbnailPaths(folder, paths.again) for folder in _folders(paths))
    wanted = None if channel == EVERY else channel
    return [run_paths for run_paths in found if wanted in (None, run_paths.channel) and run_paths.prompt_files()]


def _folders(paths: Paths) -> list[Path]:
    names = set(foreign_files.channels_of_thumbnails(paths.workspaces))
    if paths.thumbnails.is_dir():
        names |= {each.name for each in paths.thumbnails.iterdir() if CHANNEL.fullmatch(each.name)}
    return [paths.thumbnails / name for name in sorted(names)]
