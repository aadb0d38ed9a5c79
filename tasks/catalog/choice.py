"""How one picture is made: what the first place that says anything decided."""

from dataclasses import dataclass

from ..project.names import Format
from .model import Lane, Model
from .output import Output
from .sizes import pixels_of, written


@dataclass(frozen=True)
class Choice:
    """How one picture is made. slot is None when a model key was named; output_size is in pixels (width, height).

    image_size: in the provider's words, or in pixels where the model takes any. quality: None where there are none.
    output_format, max_bytes: of the finished file, as in Output.
    """

    slot: str | None
    model: Model
    lane: Lane
    aspect_ratio: str
    image_size: str
    output_size: tuple[int, int] | None
    decided_by: str
    quality: str | None = None
    output_format: Format = Format.PNG
    max_bytes: int | None = None

    @property
    def output(self) -> Output:
        """What becomes of the picture when it came."""
        return Output(self.output_size, self.output_format, self.max_bytes)

    @property
    def pixels(self) -> tuple[int, int] | None:
        """(width, height) of what the provider is asked for; None where it is asked in words."""
        named = self.model.pixels.get(self.image_size, {}).get(self.aspect_ratio, "")
        return pixels_of(self.image_size) or pixels_of(named)

    @property
    def size(self) -> str | None:
        """The same as it is sent, "1536x864"."""
        return written(*self.pixels) if self.pixels else None

    @property
    def form(self) -> str:
        """What people read of it: ratio and size, in pixels where those are asked for, and quality."""
        in_pixels = "" if self.size in (None, self.image_size) else f" ({self.size})"
        quality = f" {self.quality}" if self.quality else ""
        return f"{self.aspect_ratio} {self.image_size}{in_pixels}{quality}"

    @property
    def image_tokens(self) -> int:
        """Image tokens of the picture, as far as they are known before it is made: 0 where they are not."""
        if self.pixels and self.quality:
            return grid_tokens(self.model.qualities[self.quality], *self.pixels)
        return self.model.tokens_per_image.get(self.image_size, 0)


def grid_tokens(edge: int, width: int, height: int) -> int:
    """Image tokens of a picture on a grid whose long side has so many cells (O-13)."""
    long, short = max(width, height), min(width, height)
    cells = edge * ((2 * edge * short + long) // (2 * long))
    return -(-cells * (2_000_000 + width * height) // 4_000_000)
