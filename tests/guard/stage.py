"""A place where commands are played: a project, and the provider's state beside it, put back after each scenario.

What a command touched is told by inode, time stamps and size, so that only this has to be put back and read.
"""

import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

PROJECT, STATE = "project", "provider"
Marks = Mapping[str, tuple[int, ...]]
"""By path from the stage's folder: what changes when a file is written."""


@dataclass(frozen=True)
class Found:
    """One thing in the project. kind: file, folder, link. data: bytes of a file, target of a link."""

    kind: str
    mode: int
    data: bytes


class Stage:
    """`folder` holds project/ and provider/, copied from `snapshot`, which stays as it is."""

    def __init__(self, folder: Path, snapshot: Path) -> None:
        self.folder, self._snapshot = folder, snapshot
        self.project, self.state = folder / PROJECT, folder / STATE
        self._clean: dict[str, tuple[int, ...]] = {}

    def put_back(self) -> None:
        """Make project and provider equal to the snapshot again, time stamps included."""
        self.folder.mkdir(parents=True, exist_ok=True)
        wanted = {name: path for name, path in _walk(self._snapshot) if name.startswith((PROJECT, STATE))}
        for name, path in reversed(list(_walk(self.folder))):
            if name not in wanted or _kind(path) != _kind(wanted[name]):
                _remove(path)
        for name, source in wanted.items():
            self._copy(name, source)
        for name, source in reversed(wanted.items()):
            if _kind(source) == "folder":
                shutil.copystat(source, self.folder / name)
        self._clean = dict(_marks(self.folder))

    def _copy(self, name: str, source: Path) -> None:
        target = self.folder / name
        if _kind(source) == "folder":
            target.mkdir(parents=True, exist_ok=True)
        elif not target.is_symlink() and target.exists() and _mark(target) == self._clean.get(name):
            return
        else:
            _remove(target)
            shutil.copy2(source, target, follow_symlinks=False)

    def marks(self) -> Marks:
        """The marks of the project's files now, for `touched`."""
        return {name: mark for name, mark in _marks(self.folder) if name.startswith(f"{PROJECT}/")}

    def changed(self) -> Iterator[tuple[str, Found]]:
        """Everything of the project that is not as it was put back, by path from the project."""
        for name, path in _walk(self.project):
            kind, here = _kind(path), f"{PROJECT}/{name}"
            if kind == "folder" or _mark(path) != self._clean.get(here):
                yield name, Found(kind, stat.S_IMODE(path.lstat().st_mode), _data(path, kind))

    def gone(self) -> list[str]:
        """What was put back and is not there any more."""
        names = [name for name in self._clean if name.startswith(f"{PROJECT}/")]
        return sorted(name.removeprefix(f"{PROJECT}/") for name in names if not os.path.lexists(self.folder / name))

    @property
    def size(self) -> int:
        """How many files the project has."""
        return sum(1 for _, path in _walk(self.project) if _kind(path) != "folder")


def touched(before: Marks, after: Marks) -> list[str]:
    """Files that were written, made or removed between two looks; one that got the same bytes again is among them."""
    names = before.keys() | after.keys()
    return sorted(name.removeprefix(f"{PROJECT}/") for name in names if before.get(name) != after.get(name))


def _walk(folder: Path) -> Iterator[tuple[str, Path]]:
    """Everything under `folder` by its path from there, folders before what is in them, in order of names."""
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name) if folder.is_dir() else ():
        yield entry.name, Path(entry.path)
        if entry.is_dir(follow_symlinks=False):
            yield from ((f"{entry.name}/{name}", path) for name, path in _walk(Path(entry.path)))


def _marks(folder: Path) -> Iterator[tuple[str, tuple[int, ...]]]:
    return ((name, _mark(path)) for name, path in _walk(folder) if _kind(path) != "folder")


def _mark(path: Path) -> tuple[int, ...]:
    about = path.lstat()
    return about.st_ino, about.st_mtime_ns, about.st_ctime_ns, about.st_size


def _kind(path: Path) -> str:
    return "link" if path.is_symlink() else "folder" if path.is_dir() else "file"


def _data(path: Path, kind: str) -> bytes:
    if kind == "folder":
        return b""
    return os.readlink(path).encode() if kind == "link" else path.read_bytes()


def _remove(path: Path) -> None:
    if _kind(path) == "folder":
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
