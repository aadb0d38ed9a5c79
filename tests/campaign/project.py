"""A finished project folder as plain data, read without our own readers where that is as short."""

import csv
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tasks.project.comparison_paths import ComparisonPaths
from tasks.project.paths import Paths
from tasks.project.run_paths import RunPaths
from tasks.project.thumbnail_paths import ThumbnailPaths

Line = dict[str, Any]


@dataclass(frozen=True)
class Room:
    """One run, thumbnail set or slot of a comparison, with what its files say."""

    place: RunPaths

    @property
    def name(self) -> str:
        return self.place.name

    @cached_property
    def submissions(self) -> list[dict[str, Any]]:
        return list(json.loads(self.place.manifest.read_bytes())["submissions"])

    @property
    def lost_its_manifest(self) -> bool:
        """Whether one was damaged and set aside: what it told of jobs that were answered is not made anew."""
        return any(self.place.manifest.parent.glob("manifest.*.json"))

    @cached_property
    def complete(self) -> bool:
        return bool(json.loads(self.place.manifest.read_bytes())["complete"])

    @cached_property
    def lines(self) -> list[Line]:
        return lines_of(self.place.results)

    @cached_property
    def usage(self) -> list[dict[str, str]]:
        if not self.place.usage.is_file():
            return []
        with self.place.usage.open(newline="", encoding="utf-8") as stream:
            return list(csv.DictReader(stream))

    @cached_property
    def shown(self) -> dict[str, Line]:
        """For each prompt id the line whose picture should lie in images/."""
        return {line["prompt_id"]: line for line in self.lines if line["image"]}

    def image(self, line: Line) -> Path:
        return self.place.at(line["image"])


@dataclass(frozen=True)
class Record:
    """One record of the store and the picture beside it."""

    path: Path

    @cached_property
    def facts(self) -> dict[str, Any]:
        return dict(json.loads(self.path.read_bytes()))

    @property
    def picture(self) -> Path:
        return self.path.with_name(self.facts["file"])


@dataclass(frozen=True)
class Project:
    """Everything under one project folder."""

    folder: Path

    @cached_property
    def places(self) -> Paths:
        return Paths(self.folder)

    @cached_property
    def rooms(self) -> list[Room]:
        """Every place that has a manifest."""
        return [Room(self._place(folder)) for folder in self.places.with_manifest()]

    def _place(self, folder: Path) -> RunPaths:
        kind = folder.relative_to(self.places.workspaces).parts[0]
        return {"thumbnails": ThumbnailPaths, "compare": ComparisonPaths}.get(kind, RunPaths)(folder)

    @cached_property
    def records(self) -> list[Record]:
        return [Record(path) for path in sorted(self.places.store.glob("??/*.json"))]

    @cached_property
    def stored(self) -> dict[str, Record]:
        """Records by the sha256 of their picture."""
        return {record.facts["sha256"]: record for record in self.records}

    @property
    def lines(self) -> Iterator[tuple[Room, Line]]:
        return ((room, line) for room in self.rooms for line in room.lines)


def lines_of(path: Path) -> list[Line]:
    """The lines of a results.jsonl; none when there is none, or it cannot be read."""
    try:
        return [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1] if line]
    except (FileNotFoundError, ValueError):
        return []


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
