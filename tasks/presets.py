"""`configs/channel_presets.json`: what a channel's pictures have in common. Other programs' keys are not looked at."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks.places import CHANNEL


@dataclass(frozen=True)
class Preset:
    """One channel. None means: not said here, the task's default holds; output_size is in pixels (width, height)."""

    channel: str
    file: Path
    name: str = ""
    model_key: str | None = None
    aspect_ratio: str | None = None
    image_size: str | None = None
    output_size: tuple[int, int] | None = None
    negative_prompt: str = ""
    style: str = ""
    prompt_suffix: str = ""
    id_column: str = "id"
    prompt_column: str = "prompt"


def presets(data: Any, file: Path) -> Mapping[str, Preset]:
    """Presets by channel code from the checked data of `file`."""
    return {
        channel: _preset(channel, record, file)
        for channel, record in data["channels"].items()
        if CHANNEL.fullmatch(channel)
    }


def _preset(channel: str, record: Mapping[str, Any], file: Path) -> Preset:
    made = record.get("image_generation", {})
    return Preset(
        channel=channel,
        file=file,
        name=record.get("name") or "",
        model_key=made.get("model_key"),
        aspect_ratio=made.get("aspect_ratio"),
        image_size=made.get("image_size"),
        output_size=_pixels(made.get("output_size")),
        negative_prompt=made.get("negative_prompt") or "",
        style=record.get("style") or "",
        prompt_suffix=record.get("prompt_suffix") or "",
        id_column=made.get("id_column") or "id",
        prompt_column=made.get("prompt_column") or "prompt",
    )


def _pixels(size: str | None) -> tuple[int, int] | None:
    if not size:
        return None
    width, height = size.split("x")
    return int(width), int(height)
