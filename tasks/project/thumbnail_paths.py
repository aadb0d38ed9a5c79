"""Where thumbnails lie: a channel's in `workspaces/thumbnails/<CH>/`, its pictures in `thumbnails/assets/<CH>/`."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..text.sentences import t
from .names import CHANNEL, EVERY, PROMPT_ID, THUMBNAILS, checked
from .paths import Paths
from .run_paths import RunPaths


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

    def image(self, prompt_id: str) -> Path:
        episode, _, template = checked("prompt id", PROMPT_ID, prompt_id, "251-main").partition("-")
        return self.images / episode / f"{template}.png"


def selection(paths: Paths, channel: str | None) -> list[ThumbnailPaths]:
    """The channels with a file of subjects, in name order; only `channel` when it is one and not "ALL"."""
    found = (ThumbnailPaths(folder, paths.again) for folder in _folders(paths))
    wanted = None if channel == EVERY else channel
    return [run_paths for run_paths in found if wanted in (None, run_paths.channel) and run_paths.prompt_files()]


def _folders(paths: Paths) -> Iterator[Path]:
    if paths.thumbnails.is_dir():
        yield from sorted(each for each in paths.thumbnails.iterdir() if CHANNEL.fullmatch(each.name))
