"""Something else stands at a manifest's place: our own file, damaged, or the file of another program.

It may be the only record of paid work, so it stops its run, and is never removed.
"""

import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson

from ..files import atomic, document, schema
from ..files.problem import NotADocument, Problem, short, shown
from ..project.run_paths import RunPaths
from ..text.errors import Stop
from ..text.sentences import t
from .manifest import VERSION

_JOB = re.compile(rb"batches/[A-Za-z0-9_-]+|\bbatch_[A-Za-z0-9]{16,}")
_MOST_NAMED = 3


class SpoiledManifest(Stop):
    """Nobody can say what a run has on its way. Only its own run stops.

    raw: the file's bytes. problems: what is wrong with it as a manifest of ours.
    """

    def __init__(self, paths: RunPaths, raw: bytes, problems: Sequence[Problem]) -> None:
        self.paths = paths
        self.raw = raw
        self._data = _parsed(raw)
        super().__init__("{what}", "{do}", what=self._says(problems), do=self._advice(problems))

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.raw).hexdigest()

    @property
    def aside(self) -> Path:
        """Where it goes when it has to make room."""
        return self.paths.manifest.with_name(f"manifest.{self.sha256[:8]}.json")

    @cached_property
    def jobs(self) -> tuple[str, ...]:
        """The jobs that it names, as far as that can be seen."""
        text = self.raw if self._data is None else orjson.dumps(self._data)  # a slash may be written \\/
        return tuple(dict.fromkeys(found.decode() for found in _JOB.findall(text)))

    @property
    def is_newer(self) -> bool:
        """Whether a newer version of ours wrote it."""
        version = self._data.get("version") if isinstance(self._data, dict) else None
        return type(version) is int and version > VERSION and not self.is_foreign

    @property
    def is_foreign(self) -> bool:
        """Whether another program wrote it: it names another format, or none, and lacks what ours always have."""
        data = self._data
        if not isinstance(data, dict) or {"run", "submissions"} <= data.keys():
            return False
        return "schema" in data or "version" not in data

    @property
    def written_at(self) -> str | None:
        """When its program says that it was written, UTC; None when it does not say."""
        try:
            at = datetime.fromisoformat(self._data["created_at"]) if isinstance(self._data, dict) else None
        except (KeyError, TypeError, ValueError):
            return None
        return at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else None

    @property
    def format(self) -> str:
        """What the file of another program calls its own format, to be shown."""
        name = self._data.get("schema") if isinstance(self._data, dict) else None
        return shown(name) if isinstance(name, str) else t("no format of ours")

    def set_aside(self) -> None:
        """Give the place free: the file goes beside it, byte for byte. Whatever lies there already has these bytes."""
        self.paths.manifest.replace(self.aside)
        atomic.sync_folder(self.aside.parent)

    def _says(self, problems: Sequence[Problem]) -> str:
        manifest, named = short(self.paths.manifest), _named(self.jobs)
        if self.is_newer:
            return problems[0].what
        if self.is_foreign:
            return t(
                "{manifest} is another program's ({format}), not ours{named}: nothing is sent or fetched for {run}",
                manifest=manifest,
                format=self.format,
                named=named,
                run=self.paths.name,
            )
        return t(
            "{manifest} cannot be read ({why}){named}: what {run} has on its way is not known; nothing is sent for it",
            manifest=manifest,
            why=problems[0].message,
            named=named,
            run=self.paths.name,
        )

    def _advice(self, problems: Sequence[Problem]) -> str:
        if self.is_newer:
            return problems[0].do
        if self.is_foreign:
            return t(
                "let that program fetch its pictures; later {command} sets the file aside by itself, "
                "as soon as no job in it can bring any more",
                command=self.paths.command,
            )
        return t("restore that file from a backup; without one: doit adopt finds its jobs at the provider. Keep it")


def refuse(left_out: Sequence[SpoiledManifest]) -> None:
    """Raise Stop for runs that a command had to leave out; nothing when there are none."""
    if len(left_out) == 1:
        raise left_out[0]
    if left_out:
        what = "\n".join(each.what for each in left_out)
        raise Stop("{what}", "{do}", what=what, do=left_out[-1].do)


def spoiled(paths: RunPaths) -> SpoiledManifest | None:
    """What is wrong with a run's manifest, read anew; None for one that can be read, or none at all."""
    try:
        raw = document.read(paths.manifest)
    except NotADocument as error:
        return SpoiledManifest(paths, b"", error.problems) if _is_there(paths.manifest) else None
    _, problems = schema.problems(paths.manifest, "manifest")
    return SpoiledManifest(paths, raw, problems) if problems else None


def _is_there(path: Path) -> bool:
    return path.exists() or path.is_symlink()


def _parsed(raw: bytes) -> Any:
    try:
        return orjson.loads(raw)
    except ValueError:
        return None


def _named(jobs: Sequence[str]) -> str:
    more = t(" and {more} more", more=len(jobs) - _MOST_NAMED) if len(jobs) > _MOST_NAMED else ""
    return t("; it names {jobs}{more}", jobs=", ".join(jobs[:_MOST_NAMED]), more=more) if jobs else ""
