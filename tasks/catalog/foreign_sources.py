"""`configs/sources.yaml`: files of other programs that say what is wanted, and what in them means what."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..files import overrides, regular
from ..files.problem import Problem
from ..project.foreign_files import CHANNEL_FIELD
from ..project.layers import layers
from ..project.paths import Paths


@dataclass(frozen=True)
class ForeignSource:
    """One kind of file. "" and () mean: there is no such key; the schema says what each of them is.

    values: of thumbnails, keys that fill a name in {{ }}, by the name; None for runs, whose texts are finished.
    """

    name: str
    file: str
    id_key: str
    prompt: tuple[str, ...]
    digits: int
    in_order: bool
    marks: Mapping[str, str] = field(hash=False)
    list_keys: tuple[str, ...]
    slot: str
    size: str
    skip: str
    skip_if_file: str
    references: str
    reference_folder: str
    sends_references: bool
    not_sent: tuple[str, ...]
    values: Mapping[str, tuple[str, ...]] | None = field(hash=False)
    output_name: str

    def key(self, ours: str) -> str:
        """What this kind of file calls what we call `ours`."""
        theirs = {"id": self.id_key, "slot": self.slot, "references": self.references, "prompt": self.prompt[0]}
        theirs["aspect_ratio"] = self.size
        return theirs.get(ours) or ours


@dataclass(frozen=True)
class Sources:
    """All kinds, in their order."""

    runs: tuple[ForeignSource, ...] = ()
    thumbnails: tuple[ForeignSource, ...] = ()

    def of_run(self, file: Path) -> tuple[ForeignSource, ...]:
        """Those that a file in the folder of a run may be, by its name."""
        return tuple(source for source in self.runs if source.file == file.name)

    def of_thumbnails(self, file: Path, workspaces: Path, channel: str) -> tuple[ForeignSource, ...]:
        """The same of a channel's subjects."""
        return tuple(each for each in self.thumbnails if workspaces / each.file.replace(CHANNEL_FIELD, channel) == file)


def read_sources(paths: Paths) -> tuple[Sources, list[Problem]]:
    """(sources, []), or (none, every mistake); without the file there are none."""
    found = [path for path in layers(paths.sources) if path and regular.there(path)]
    return _read(paths.sources, *((path, regular.stamp(path)) for path in found)) if found else (Sources(), [])


@functools.lru_cache(maxsize=2)
def _read(path: Path, *_: tuple[Path, regular.Stamp]) -> tuple[Sources, list[Problem]]:
    data, problems = overrides.problems(path, "sources")
    if problems:
        return Sources(), problems
    runs, thumbnails = (data.get(kind) or {} for kind in ("runs", "thumbnails"))
    return Sources(
        tuple(_source(name, record) for name, record in runs.items()),
        tuple(_source(name, record, _values(record)) for name, record in thumbnails.items()),
    ), []


def _values(record: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(keys) for name, keys in (record.get("values") or {}).items()}


def _source(name: str, record: Mapping[str, Any], values: Mapping[str, tuple[str, ...]] | None = None) -> ForeignSource:
    references = record.get("references") or {}
    return ForeignSource(
        name=name,
        file=record["file"],
        id_key=record["id"]["key"],
        prompt=tuple(record["prompt"]),
        digits=record["id"].get("digits") or 0,
        in_order=bool(record["id"].get("in_order")),
        marks=record.get("marks") or {},
        list_keys=tuple(record["list"].split(".")) if record.get("list") else (),
        slot=record.get("slot") or "",
        size=record.get("size") or "",
        skip=record.get("skip") or "",
        skip_if_file=record.get("skip_if_file") or "",
        references=references.get("key") or "",
        reference_folder=references.get("folder") or "",
        sends_references=references.get("sent", True),
        not_sent=tuple(record.get("not_sent") or ()),
        values=values,
        output_name=record.get("output_name") or "",
    )
