"""The figures of the last reports, believed while every file that they were made of is what it was.

`workspaces/.report.json` holds, for the page over everything and for the narrowed one, what it was made of (by
inode, size and time stamp) and all that its report says. Derived: losing it costs one slow report.
"""

import contextlib
import hashlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import orjson

from ...files import atomic, regular
from ...project.paths import Paths
from ...project.run_paths import RunPaths
from ...providers.answer import Status
from .. import pages
from .figures import FigureLine, Figures, Reason, Report, Scope

NAME = ".report.json"
_LINES = ("models", "model_lanes", "lanes", "channels", "days", "day_lanes", "months", "bases")
_COUNTS = ("newest", "runs", "undated", "thumbnails", "comparisons")
UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError)
"""What a quick look at the file may raise: it is a cache, and then there is none."""


def mark(paths: Paths, usage: Iterable[Path], scope: Scope) -> str:
    """What all that a report is made of amounts to: usage files, manifests, configs, which rows count, our own code."""
    usage = list(usage)
    manifests = (RunPaths(path.parent).manifest for path in usage)
    folders = Path(__file__).parent, Path(pages.__file__).parent
    code = (each for folder in folders for each in sorted(folder.iterdir()) if each.is_file())
    told = [repr(scope), *(f"{path}{_stamp(path)}" for path in (*usage, *manifests, *paths.configs, *code))]
    return hashlib.blake2b("\n".join(told).encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()


def _stamp(path: Path) -> tuple[int, ...]:
    try:
        about = os.stat(path)  # noqa: PTH116 - a path object costs more
    except OSError:
        return ()
    return about.st_ino, about.st_size, about.st_mtime_ns


def report(paths: Paths, made_of: str, scope: Scope, written: Iterable[Path]) -> Report | None:
    """The report that was made of just this, if what was written with it lies there as it was. made_of: its `mark`."""
    try:
        record = _records(paths).get(str(scope.narrow))
        if record is None or (record["of"], record["written"]) != (made_of, _stamps(written)):
            return None
        return _report(record["report"], scope)
    except UNREADABLE:
        return None


def keep(paths: Paths, made_of: str, made: Report, written: Iterable[Path]) -> None:
    """Remember a report for the next command; a cache, which no disk has to take."""
    with contextlib.suppress(OSError):
        record = {"of": made_of, "written": _stamps(written), "report": made}
        records = {**_known(paths), str(made.selection.narrow): record}
        atomic.write(paths.workspaces / NAME, orjson.dumps(records, option=orjson.OPT_APPEND_NEWLINE))


def _known(paths: Paths) -> Mapping[str, Any]:
    try:
        return _records(paths)
    except UNREADABLE:
        return {}


def _records(paths: Paths) -> Mapping[str, Any]:
    records = orjson.loads(regular.read(paths.workspaces / NAME))
    return dict(records)


def _stamps(written: Iterable[Path]) -> list[list[int]]:
    return [list(_stamp(path)) for path in written]


def _report(data: Mapping[str, Any], scope: Scope) -> Report:
    lines: dict[str, Any] = {name: tuple(map(_line, data[name])) for name in _LINES}
    reasons = tuple(map(_reason, data["reasons"]))
    counts: dict[str, Any] = {name: data[name] for name in _COUNTS}
    known = tuple(data["known"])
    return Report(selection=scope, total=Figures(**data["total"]), reasons=reasons, known=known, **counts, **lines)


def _line(data: Mapping[str, Any]) -> FigureLine:
    return FigureLine(data["name"], Figures(**data["figures"]), data["lane"], data["label"])


def _reason(data: Mapping[str, Any]) -> Reason:
    models = tuple((name, count) for name, count in data["models"])
    return Reason(Status(data["status"]), data["reason"], data["count"], data["cost_usd"], models)
