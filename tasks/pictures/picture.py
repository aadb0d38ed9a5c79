"""Is this a whole picture, how big is it, and the same picture as a PNG (the models answer JPEG: P-24).

`inspect` reads structure and checksums only: 0.1 ms where a full decode takes 10. What it lets through can still fail
to decode; `to_png` finds that out, and both say so with BrokenPicture.
"""

import io
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from isal import isal_zlib

from . import png

if TYPE_CHECKING:
    from PIL import Image

MOST_PIXELS = 100_000_000
"""A 4K picture has 17 million; more than this is refused before anything is decoded."""

DECODE_ERRORS = (OSError, SyntaxError, ValueError, TypeError, IndexError, KeyError, EOFError, struct.error, zlib.error)
_ICC_SPACES = {"RGB": b"RGB ", "RGBA": b"RGB ", "L": b"GRAY", "LA": b"GRAY"}


class BrokenPicture(Exception):
    """These bytes are not a whole picture. The text says why, in a few words."""


@dataclass(frozen=True)
class Facts:
    """What the bytes really are. format: "PNG", "JPEG" or "WEBP"; width and height in pixels, as stored."""

    format: str
    width: int
    height: int

    @property
    def extension(self) -> str:
        return {"PNG": "png", "JPEG": "jpg", "WEBP": "webp"}[self.format]


def inspect(data: bytes) -> Facts:
    """Format and size of `data`, after a check of its structure from the first to the last byte that matters.

    Raises BrokenPicture for other formats, missing or damaged parts, and more than MOST_PIXELS pixels.
    """
    try:
        facts = _facts(data)
    except (struct.error, IndexError):
        raise BrokenPicture(f"cut off after {len(data)} bytes") from None
    if not 0 < facts.width * facts.height <= MOST_PIXELS:
        raise BrokenPicture(f"{facts.format} of {facts.width} x {facts.height} pixels")
    return facts


def to_png(data: bytes, output_size: tuple[int, int] | None = None) -> bytes:
    """`data` as a PNG file; with `output_size` (width, height) scaled to cover it and cut to it around the centre.

    A PNG that has the right size already is returned as it is, byte for byte. EXIF orientation is applied, CMYK and
    palettes become RGB or RGBA, more than 8 bits per channel become 8, a fitting ICC profile is kept.
    Raises BrokenPicture.
    """
    facts = inspect(data)
    if facts.format == "PNG" and output_size in (None, (facts.width, facts.height)):
        return data
    try:
        image = _plain(_decoded(data, facts.format))
        profile = image.info.get("icc_profile")
        if output_size and image.size != output_size:
            image = _fitted(image, output_size)
    except DECODE_ERRORS as error:
        raise BrokenPicture(f"{facts.format} does not decode: {error}") from error
    return png.encode(image, profile if profile and profile[16:20] == _ICC_SPACES[image.mode] else None)


def _facts(data: bytes) -> Facts:
    if data.startswith(png.SIGNATURE):
        return Facts("PNG", *_png_size(data))
    if data.startswith(b"\xff\xd8\xff"):
        return Facts("JPEG", *_jpeg_size(data))
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return Facts("WEBP", *_webp_size(data))
    raise BrokenPicture(f"neither PNG, JPEG nor WEBP; begins with {data[:8].hex(' ') or 'nothing'}")


def _png_size(data: bytes) -> tuple[int, int]:
    """Walks all chunks and checks each CRC (PNG specification, sections 5.3 and 11.2)."""
    view, position, kind = memoryview(data), len(png.SIGNATURE), b""
    kinds: set[bytes] = set()
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", data, position)
        (checksum,) = struct.unpack_from(">I", data, position + 8 + length)
        if isal_zlib.crc32(view[position + 4 : position + 8 + length]) != checksum:
            raise BrokenPicture(f"PNG with a wrong checksum in {kind!r} at byte {position}")
        if not kinds and (kind, length) != (b"IHDR", 13):
            raise BrokenPicture("PNG without a header")
        kinds.add(kind)
        position += 12 + length
    if b"IDAT" not in kinds:
        raise BrokenPicture("PNG without pixels")
    return png.size(data)


def _jpeg_size(data: bytes) -> tuple[int, int]:
    """Walks the segments to the first scan and looks for the end mark behind it (ITU T.81, annex B)."""
    position, size = 2, None
    while True:
        if data[position] != 0xFF:
            raise BrokenPicture(f"JPEG with damaged structure at byte {position}")
        marker = data[position + 1]
        if marker == 0xFF or marker == 0x01 or 0xD0 <= marker <= 0xD7:
            position += 1 if marker == 0xFF else 2
            continue
        if marker == 0xD9:
            raise BrokenPicture("JPEG without pixels")
        (length,) = struct.unpack_from(">H", data, position + 2)
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", data, position + 5)
            size = (width, height)
        position += 2 + length
        if marker == 0xDA:
            break
    # Inside a scan FF is always followed by 00 or a restart mark, so FF D9 is the end.
    if data.rfind(b"\xff\xd9", position) < 0:
        raise BrokenPicture(f"JPEG without its end, cut off after {len(data)} bytes")
    if size is None:
        raise BrokenPicture("JPEG without a frame header")
    return size


def _webp_size(data: bytes) -> tuple[int, int]:
    """RFC 9649: the RIFF size, then the first chunk's own header."""
    (size,) = struct.unpack_from("<I", data, 4)
    if size + 8 > len(data):
        raise BrokenPicture(f"WEBP cut off after {len(data)} of {size + 8} bytes")
    kind = data[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if kind == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L" and data[20] == 0x2F:
        (bits,) = struct.unpack_from("<I", data, 21)
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    raise BrokenPicture(f"WEBP that begins with {kind!r}")


def _decoded(data: bytes, kind: str) -> "Image.Image":
    from PIL import Image, ImageOps

    if kind == "WEBP":
        from PIL import WebPImagePlugin  # noqa: F401  registers itself; Pillow's own search would import every plugin
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    image = Image.open(io.BytesIO(data), formats=[kind])
    image.load()
    return ImageOps.exif_transpose(image)


def _plain(image: "Image.Image") -> "Image.Image":
    """`image` in one of the modes that png.encode writes."""
    if image.mode.startswith("I"):
        return image.convert("I").point([value >> 8 for value in range(65536)], "L")
    if image.mode in _ICC_SPACES:
        return image
    if image.mode == "1":
        return image.convert("L")
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _fitted(image: "Image.Image", size: tuple[int, int]) -> "Image.Image":
    from PIL import Image, ImageOps

    return ImageOps.fit(image, size, Image.Resampling.LANCZOS)
