"""What becomes of a bought picture where people look for it. No part of what is asked for: changing it buys nothing."""

from dataclasses import dataclass

from ..project.names import Format


@dataclass(frozen=True)
class Output:
    """size: pixels (width, height), or None for as delivered. max_bytes: of a JPEG's file; None for any."""

    size: tuple[int, int] | None = None
    format: Format = Format.PNG
    max_bytes: int | None = None

    @property
    def is_png(self) -> bool:
        return self.format is Format.PNG

    @property
    def size_text(self) -> str | None:
        """The size as results.jsonl says it: "1920x1080"."""
        return f"{self.size[0]}x{self.size[1]}" if self.size else None


AS_DELIVERED = Output()
"""As a PNG, in the size that came."""
