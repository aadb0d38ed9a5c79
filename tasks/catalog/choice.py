"""How one picture is made: what the first place that says anything decided."""

from dataclasses import dataclass

from .model import Lane, Model


@dataclass(frozen=True)
class Choice:
    """How one picture is made. slot is None when a model key was named; output_size is in pixels (width, height)."""

    slot: str | None
    model: Model
    lane: Lane
    aspect_ratio: str
    image_size: str
    output_size: tuple[int, int] | None
    decided_by: str
