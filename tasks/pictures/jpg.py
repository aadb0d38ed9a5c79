"""Pixels -> JPEG file, for pictures that did not come as a JPEG of the right size."""

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

QUALITIES = (95, 90, 85, 80, 75, 70, 60, 50, 40, 30)
"""Of Pillow. The first one, with colours as fine as the rest (4:4:4), unless a file may have so many bytes only."""


def encode(image: "Image.Image", icc_profile: bytes | None = None, max_bytes: int | None = None) -> bytes:
    """A JPEG file of `image`, mode L, LA, RGB or RGBA, in the best of QUALITIES that has no more than `max_bytes`.

    Where none has, it is that of the last one. What shows through becomes white: a JPEG has no transparency.
    """
    flat, data = _flat(image), b""
    for quality in QUALITIES:
        data = _encoded(flat, quality, icc_profile)
        if max_bytes is None or len(data) <= max_bytes:
            break
    return data


def _encoded(image: "Image.Image", quality: int, icc_profile: bytes | None) -> bytes:
    from PIL import JpegImagePlugin  # noqa: F401 - Pillow's search would import every plugin

    out = io.BytesIO()
    image.save(
        out,
        "JPEG",
        quality=quality,
        subsampling="4:4:4" if quality == QUALITIES[0] else "4:2:0",
        icc_profile=icc_profile,
    )
    return out.getvalue()


def _flat(image: "Image.Image") -> "Image.Image":
    from PIL import Image

    if image.mode in ("L", "RGB"):
        return image
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image.convert("RGBA")).convert("L" if image.mode == "LA" else "RGB")
