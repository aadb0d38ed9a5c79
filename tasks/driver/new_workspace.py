"""`kamishibai init`: a workspace of one's own, which updates of the tool never touch.

What people write (configs, prompts, .gitignore, dodo.py) is made once and never overwritten. What editors read
(schemas/, .env.example) is the tool's, and `init --check` brings it up to date.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..files import atomic, regular, schema
from ..project.layers import PACKAGE
from ..text.errors import BadInput
from ..text.sentences import t

_DEMO = "workspaces/video/runs/CH00-001/prompts.json"
_WRITTEN_ONCE = {
    "dodo.py": "workspace/dodo.py.txt",
    ".gitignore": "workspace/gitignore.txt",
    "configs/budget.yaml": "workspace/budget.yaml",
    "configs/image_models.yaml": "workspace/image_models.yaml",
    "configs/image_model_slots.yaml": "workspace/image_model_slots.yaml",
    "configs/channel_presets.json": "workspace/channel_presets.json",
    _DEMO: "workspace/CH00-001.json",
}
_IN_A_CLONE = {"workspace/channel_presets.json": "configs/channel_presets.json", "workspace/CH00-001.json": _DEMO}
"""Where a clone has what the wheel brings under another name."""
_SHARED = ("dodo.py", ".gitignore")
"""Made once, and worth a word where they are no longer as they were made."""
_WRITTEN = frozenset(
    {"image_models", "image_model_slots", "channel_presets", "budget", "prompts", "templates", "thumbnail_prompts"}
)
"""Schemas of the files that people write."""
_DIFFERENCES = ("image_models", "image_model_slots", "budget")
"""Schemas of files that hold differences only."""


def make(folder: Path) -> None:
    """Make a workspace in `folder`, or what it lacks of one. Nothing that is there is overwritten."""
    if unfit := regular.unfit(folder, is_folder=True):
        raise unfit
    wanted = {**_once(), **_tools()}
    kept = [name for name in wanted if regular.there(folder / name)]
    for name, data in wanted.items():
        if name not in kept:
            atomic.write(folder / name, data)
    made = len(wanted) - len(kept)
    print(t("{folder}: {made:file} made, {kept} kept", folder=folder, made=made, kept=len(kept)))  # noqa: T201
    go = "" if folder.resolve() == Path.cwd() else f"cd {folder} && "
    do = t("{go}kamishibai visual CH=CH00 makes its demo: placeholders, offline, without a key", go=go)
    print(f"  -> {do}")  # noqa: T201


def check(folder: Path) -> None:
    """Say how a workspace differs from a new one; bring what is the tool's up to date. BadInput where there is none."""
    if not (folder / "configs").is_dir() or not (folder / "workspaces").is_dir():
        raise BadInput("{folder} is no workspace", "make one: kamishibai init {folder}", folder=folder)
    for name, data in _tools().items():
        if atomic.write_if_new(folder / name, data):
            print(t("brought up to date: {name}", name=name))  # noqa: T201
    for name, data in _once().items():
        if not regular.there(folder / name) and name != _DEMO:
            do = t("kamishibai init {folder} makes it", folder=folder)
            print(t("missing: {name} ({do})", name=name, do=do))  # noqa: T201
        elif name in _SHARED and regular.read(folder / name) != data:
            print(t("yours, kept as it is: {name} is not as init makes it", name=name))  # noqa: T201
    print(t("{folder}: checked; configs and workspaces are yours and were not touched", folder=folder))  # noqa: T201


def _once() -> dict[str, bytes]:
    return {name: regular.read(_shipped(source)) for name, source in _WRITTEN_ONCE.items()}


def _shipped(source: str) -> Path:
    inside = PACKAGE / source
    return inside if inside.exists() else PACKAGE.parent / _IN_A_CLONE[source]


def _tools() -> dict[str, bytes]:
    schemas = {
        f"schemas/{path.name}": _for_editors(path)
        for path in sorted(schema.FOLDER.glob("*.schema.json"))
        if path.name.partition(".")[0] in _WRITTEN
    }
    return {".env.example": regular.read(PACKAGE / "workspace" / "env.example.txt"), **schemas}


def _for_editors(path: Path) -> bytes:
    """The schema; of a file that holds differences only, one that asks for no key."""
    data = regular.read(path)
    if path.name.partition(".")[0] not in _DIFFERENCES:
        return data
    return (json.dumps(_optional(json.loads(data)), ensure_ascii=False, indent=2) + "\n").encode()


def _optional(node: Any) -> Any:
    if isinstance(node, Mapping):
        return dict(_without_required(node))
    return [_optional(each) for each in node] if isinstance(node, list) else node


def _without_required(node: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in node.items():
        if name != "required" or not isinstance(value, list):
            yield name, _optional(value)
