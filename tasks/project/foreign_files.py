"""Files of other programs that say what is wanted: whether there are any, by the names in configs/sources.yaml.

Only a quick look, taken where no prompts file of ours is: what the config means and whether it is right, the catalogue
says, and what the files hold is read when it is needed.
"""

import functools
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from .layers import layers
from .names import CHANNEL

CONFIG = ("configs", "sources.yaml")
CHANNEL_FIELD = "{channel}"


class ForeignFiles(NamedTuple):
    """runs: names of files in the folder of a run. thumbnails: paths from workspaces/ with {channel} in them."""

    runs: tuple[str, ...] = ()
    thumbnails: tuple[str, ...] = ()


class Preference(NamedTuple):
    """Which of several runs of an episode is the one. drafts: names in its folder by which a run is finished.

    preferred: parts of names, the best first.
    """

    drafts: tuple[str, ...] = ()
    preferred: tuple[str, ...] = ()


_FILE = re.compile(r"""\bfile:[ \t]*(?:"([^"\n]+)"|'([^'\n]+)'|((?:\{channel\}|[^"',{}#\n])+))""")
_COMMENT = re.compile(r"(?m)(?:^|(?<=\s))#.*")


def names(workspaces: Path) -> ForeignFiles:
    """The files that the project's config names; none where there is no config, or none that can be read.

    Read without a YAML parser, which every command would have to load for it; the schema says where a path has
    {channel} in it.
    """
    return _named(_text(workspaces))


def preference(workspaces: Path) -> Preference:
    """What the config says about runs of one episode."""
    return _preference(_text(workspaces))


def _text(workspaces: Path) -> str:
    """Both layers, one after the other: what the second one takes away is told when it is read in full."""
    found = [path for path in layers(workspaces.parent.joinpath(*CONFIG))[:2] if path]
    return "\n---\n".join(text for path in found if (text := _unchanged(path)))


def _unchanged(path: Path) -> str:
    try:
        about = path.stat()
    except OSError:
        return ""
    return _read(path, about.st_mtime_ns, about.st_size)


@functools.lru_cache(maxsize=8)
def _read(path: Path, _changed: int, _size: int) -> str:
    try:
        return path.read_text("utf-8") if path.is_file() else ""
    except (OSError, ValueError):
        return ""


@functools.lru_cache(maxsize=8)
def _named(text: str) -> ForeignFiles:
    found = ((a or b or c).strip() for a, b, c in _FILE.findall(_COMMENT.sub("", text)))
    paths = list(dict.fromkeys(found))
    runs = (path for path in paths if CHANNEL_FIELD not in path and "/" not in path)
    return ForeignFiles(tuple(runs), tuple(path for path in paths if CHANNEL_FIELD in path))


@functools.lru_cache(maxsize=8)
def _preference(text: str) -> Preference:
    import yaml

    try:
        layers = list(yaml.load_all(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
        runs = [each["runs"] for each in layers if each and each.get("runs")]
        sources = [each for found in reversed(runs) for each in found.values() if isinstance(each, dict)]
        drafts = tuple(str(each["draft"]) for each in sources if each.get("draft"))
        return Preference(drafts, tuple(str(part) for each in sources for part in each.get("prefer") or ()))
    except (yaml.YAMLError, RecursionError, TypeError, KeyError, AttributeError):
        return Preference()


def of_run(folder: Path) -> list[Path]:
    """Those in the folder of a run."""
    if len(folder.parents) < 3:
        return []
    found = (folder / name for name in names(folder.parents[2]).runs)
    return [path for path in found if os.path.lexists(path)]


def of_thumbnails(workspaces: Path, channel: str) -> list[Path]:
    """Those with the subjects of a channel's thumbnails."""
    found = (workspaces / pattern.replace(CHANNEL_FIELD, channel) for pattern in names(workspaces).thumbnails)
    return [path for path in found if os.path.lexists(path)]


def channels_of_thumbnails(workspaces: Path) -> list[str]:
    """The channels that have any, in order."""
    return sorted({channel for pattern in names(workspaces).thumbnails for channel in _channels(workspaces, pattern)})


def _channels(workspaces: Path, pattern: str) -> Iterator[str]:
    """The channels of all files that a pattern is good for."""
    shape = re.escape(pattern).replace(re.escape(CHANNEL_FIELD), "([^/]+)", 1)
    shape = shape.replace(re.escape(CHANNEL_FIELD), "\\1")
    for path in workspaces.glob(pattern.replace(CHANNEL_FIELD, "*")):
        found = re.fullmatch(shape, path.relative_to(workspaces).as_posix())
        if found and CHANNEL.fullmatch(found[1]):
            yield found[1]
