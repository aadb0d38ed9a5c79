"""Pixels -> JPEG file, for pictures that did not come as a JPEG of the right size."""

import io
import struct
from typing import TYPE_CHECKING

from .png import MARK

if TYPE_CHECKING:
    from PIL import Image

QUALITIES = (95, 90, 85, 80, 75, 70, 60, 50, 40, 30)
"""Of Pillow. The first one, with colours as fine as the rest (4:4:4), unless a file may have so many bytes only."""
_START = b"\xff\xd8\xff\xe0\x00\x10JFIF\0"
_HEAD = 20
"""Bytes of the start and the JFIF header, which stands first (ITU-T T.871, section 10.1)."""
_SEGMENT, _COMMENT = ">BBH", 0xFE
"""Of ITU-T T.81, section B.2.4.5."""


def encode(
    image: "Image.Image", icc_profile: bytes | None = None, max_bytes: int | None = None, mark: bytes = b""
) -> bytes:
    """A JPEG file of `image`, mode L, LA, RGB or RGBA, in the best of QUALITIES that has no more than `max_bytes`.

    Where none has, it is that of the last one. What shows through becomes white: a JPEG has no transparency.
    mark: ASCII, put into a comment of ours, where `mark_of` finds it.
    """
    pixels, data = flat(image), b""
    for quality in QUALITIES:
        data = _marked(_encoded(pixels, quality, icc_profile), mark)
        if max_bytes is None or len(data) <= max_bytes:
            break
    return data


def mark_of(start: bytes) -> bytes:
    """The mark that `encode` wrote; b"" where there is none. start: as of `png.mark_of`."""
    if not start.startswith(_START):
        return b""
    _, comment, length = struct.unpack_from(_SEGMENT, start.ljust(_HEAD + 4, b"\0"), _HEAD)
    content = start[_HEAD + 4 : _HEAD + 2 + length]
    return content.removeprefix(MARK) if comment == _COMMENT and content.startswith(MARK) else b""


def flat(image: "Image.Image") -> "Image.Image":
    """Pixels of modes L, LA, RGB and RGBA without transparency: what shows through is white."""
    from PIL import Image

    if image.mode in ("L", "RGB"):
        return image
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image.convert("RGBA")).convert("L" if image.mode == "LA" else "RGB")


def _marked(data: bytes, mark: bytes) -> bytes:
    """With the mark behind the header: what Pillow itself writes as a comment comes after the colour profile."""
    if not mark:
        return data
    segment = struct.pack(_SEGMENT, 0xFF, _COMMENT, 2 + len(MARK) + len(mark))
    return data[:_HEAD] + segment + MARK + mark + data[_HEAD:]


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
