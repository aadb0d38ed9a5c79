"""Pixels -> PNG file, quickly.

A PNG is a zlib stream of rows, each with a filter in front (PNG specification, third edition, sections 7-10). The Up
filter is one subtraction for a whole strip of rows, and Intel's deflate does the rest: about six times as fast as
Pillow's fastest level at the same size (docs/benchmarks.md).
"""

import struct
from typing import TYPE_CHECKING

from isal import isal_zlib

if TYPE_CHECKING:
    from PIL import Image

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOUR_TYPES = {"L": 0, "RGB": 2, "LA": 4, "RGBA": 6}
_UP = b"\x02"
_ROWS = 64
"""Rows per strip: about 250 KB of pixels, so that the work stays in the processor's cache and memory stays small."""


def encode(image: "Image.Image", icc_profile: bytes | None = None) -> bytes:
    """A PNG file of `image`, mode L, LA, RGB or RGBA with 8 bits per channel, any size of at least one pixel."""
    header = struct.pack(">IIBBBBB", *image.size, 8, _COLOUR_TYPES[image.mode], 0, 0, 0)
    profile = _chunk(b"iCCP", [b"icc\0\0", isal_zlib.compress(icc_profile)]) if icc_profile else []
    pixels = _chunk(b"IDAT", _pixels(image))
    return b"".join([SIGNATURE, *_chunk(b"IHDR", [header]), *profile, *pixels, *_chunk(b"IEND", [])])


def size(data: bytes) -> tuple[int, int]:
    """Width and height in pixels of a PNG file that is known to be one: its header stands first."""
    width, height = struct.unpack_from(">II", data, 16)
    return width, height


def _pixels(image: "Image.Image") -> list[bytes]:
    width, height = image.size
    stride = width * len(image.getbands())
    deflate = isal_zlib.compressobj(1)
    packed = []
    for top in range(0, height, _ROWS):
        rows = memoryview(_differences(image, top, min(height, top + _ROWS)))
        filtered = [part for start in range(0, len(rows), stride) for part in (_UP, rows[start : start + stride])]
        packed.append(deflate.compress(b"".join(filtered)))
    return [*packed, deflate.flush()]


def _differences(image: "Image.Image", top: int, bottom: int) -> bytes:
    """The rows from `top` to `bottom`, each minus the row above it, modulo 256; above the first row all is 0."""
    from PIL import ImageChops

    above = image.crop((0, top - 1, image.width, bottom - 1))
    return ImageChops.subtract_modulo(image.crop((0, top, image.width, bottom)), above).tobytes()


def _chunk(kind: bytes, data: list[bytes]) -> list[bytes]:
    """The pieces of one chunk. They are joined once, with all others: each copy of two megabytes holds every thread."""
    checksum = isal_zlib.crc32(kind)
    for piece in data:
        checksum = isal_zlib.crc32(piece, checksum)
    return [struct.pack(">I", sum(map(len, data))), kind, *data, struct.pack(">I", checksum)]
