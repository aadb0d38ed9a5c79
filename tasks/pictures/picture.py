"""Is this a whole picture, how big is it, and the same picture as a PNG (the models answer JPEG: P-24).

What Pillow decodes whole is a picture, whatever it is called. A usual PNG is not decoded: its checksums, and its rows
counted while they are inflated, say the same in half the time. What is none is BrokenPicture when something of it is
missing or was changed on its way, so that a second download can be better, and UnreadablePicture when it is not.
"""

import importlib
import io
import struct
import warnings
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from ..catalog.output import Output
from ..providers.picture_kind import ADDRESS, AVIF, BMP, GIF, JPEG, PNG, TIFF, WEBP, Kind, kind_of
from . import jpg, png
from .png import MARK_WITHIN as MARK_WITHIN

if TYPE_CHECKING:
    from PIL import Image

MOST_PIXELS = 100_000_000
"""A 4K picture has 17 million; more than this is refused before anything is decoded."""

DECODE_ERRORS = (
    *(OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, ArithmeticError, MemoryError),
    *(AttributeError, RuntimeError, AssertionError, struct.error, zlib.error),
)
"""What Pillow's readers raise for bytes that are not what they seemed."""

_ORIENTATION = 0x0112
"""The EXIF tag."""
_ICC_SPACES = {"RGB": b"RGB ", "RGBA": b"RGB ", "L": b"GRAY", "LA": b"GRAY"}


class BrokenPicture(Exception):
    """These bytes are not a whole picture. The text says why, in a few words."""


class UnreadablePicture(BrokenPicture):
    """Nothing is missing as far as the bytes say, and nothing here reads them. The text says what they are."""


@dataclass(frozen=True)
class Facts:
    """What the bytes really are. width and height in pixels, as stored."""

    kind: Kind
    width: int
    height: int

    @property
    def format(self) -> str:
        """ "PNG", "JPEG", "WEBP" and so on, as Pillow calls it."""
        return self.kind.name


@dataclass(frozen=True)
class WholePicture:
    """A picture that was read to its end. image: None where that was not needed. is_sound: a PNG without a fault."""

    data: bytes
    facts: Facts
    image: "Image.Image | None" = None
    is_sound: bool = False

    def finished(self, output: Output) -> "Finished":
        """It as the file that people want; with a size scaled to cover it and cut to it around the centre.

        A PNG without a fault, or an upright JPEG, that fits already is returned as it is, byte for byte. Else it is
        encoded once: a JPEG in less quality until it has no more bytes than it may, as far as that can be. EXIF
        orientation is applied, CMYK and palettes become RGB or RGBA, more than 8 bits per channel become 8, a fitting
        ICC profile is kept; what shows through becomes white in a JPEG. Raises BrokenPicture for colours that nothing
        here converts.
        """
        if self._is_finished(output):
            return Finished(self.data, (self.facts.width, self.facts.height), None)
        image, profile = self._fitted(output.size)
        return Finished(encoded(image, profile, output), image.size, image)

    def _is_finished(self, output: Output) -> bool:
        if output.size not in (None, (self.facts.width, self.facts.height)):
            return False
        if output.is_png:
            return self.is_sound
        return self._is_plain_jpeg and (output.max_bytes is None or len(self.data) <= output.max_bytes)

    @property
    def _is_plain_jpeg(self) -> bool:
        """Whether every program shows it as it is: upright without EXIF, in colours of a screen."""
        if self.facts.kind is not JPEG or self.image is None or self.image.mode not in ("RGB", "L"):
            return False
        try:
            return bool(self.image.getexif().get(_ORIENTATION, 1) == 1)
        except DECODE_ERRORS:
            return True  # its EXIF data cannot be read by others either

    def _fitted(self, output_size: tuple[int, int] | None) -> "tuple[Image.Image, bytes | None]":
        """(pixels of that size, the ICC profile that came with them). Raises UnreadablePicture."""
        image = self.pixels()
        profile = image.info.get("icc_profile")
        if output_size and image.size != output_size:
            image = _fitted(image, output_size)
        return image, profile

    def pixels(self) -> "Image.Image":
        """Its pixels, upright, in one of the modes that png.encode writes. Raises UnreadablePicture."""
        try:
            return _plain(_upright(self.image or _decoded(self.data, self.facts.kind)))
        except DECODE_ERRORS as error:
            raise UnreadablePicture(f"{self.facts.format} is not converted: {error}") from error


class Finished(NamedTuple):
    """The file that people want. size: width and height in pixels. image: its pixels, None where nobody needed them."""

    data: bytes
    size: tuple[int, int]
    image: "Image.Image | None"


def read(data: bytes, for_pixels: bool = False) -> WholePicture:
    """`data` as a picture, after a look at every byte that matters. Raises BrokenPicture or UnreadablePicture.

    for_pixels: whether somebody asks for them afterwards; what is unpacked to be looked at is then not unpacked twice.
    Memory is bounded: more than MOST_PIXELS pixels are refused by what the header says.
    """
    kind = kind_of(data)
    if kind is None:
        raise UnreadablePicture(f"bytes of no known kind, beginning with {data[:8].hex(' ') or 'nothing'}")
    if kind is ADDRESS:
        raise UnreadablePicture(f"an address in place of a picture: {data.decode('utf-8', 'replace')}")
    if not kind.decodable:
        raise UnreadablePicture(f"{kind.name}, which nothing here reads")
    return _png(data, for_pixels) if kind is PNG else _other(data, kind)


def encoded(image: "Image.Image", profile: bytes | None, output: Output, mark: bytes = b"") -> bytes:
    """Pixels, of one of the modes of `pixels`, as a file of that format and limit; their size stays.

    profile: ICC, kept where it is of their colours. mark: what `mark_of` tells of the file later.
    """
    fitting = profile if profile and profile[16:20] == _ICC_SPACES[image.mode] else None
    if output.is_png:
        return png.encode(image, fitting, mark)
    return jpg.encode(image, fitting, output.max_bytes, mark)


def mark_of(start: bytes) -> bytes:
    """The mark that `encoded` gave a file; b"" where there is none. start: its first MARK_WITHIN bytes, or more."""
    return png.mark_of(start) or jpg.mark_of(start)


def inspect(data: bytes) -> Facts:
    """Kind and size of `data`. Raises as `read`."""
    return read(data).facts


def to_png(data: bytes, output_size: tuple[int, int] | None = None) -> bytes:
    """`data` as a PNG file (WholePicture.finished). Raises as `read`."""
    return read(data).finished(Output(output_size)).data


def _png(data: bytes, for_pixels: bool) -> WholePicture:
    parts = png.parts(data)
    if len(parts.header) == 13:
        _bound(PNG, *png.size(data))
    pixels = _pixels_of(parts) if for_pixels and parts.is_usual and parts.is_bare else None
    rows = png.rows(parts, pixels)
    if rows.are_right and not parts.damage:
        return WholePicture(data, Facts(PNG, *png.size(data)), pixels.image if pixels else None, is_sound=True)
    try:
        if rows.are_short:
            raise EOFError("rows are missing")
        image = _decoded(data, PNG)
    except DECODE_ERRORS as error:
        if parts.damage:
            raise BrokenPicture(f"PNG {parts.damage}") from error
        raise UnreadablePicture(f"PNG does not decode: {error}") from error
    if parts.damage and not parts.is_cut and not png.inflates(parts):
        raise BrokenPicture(f"PNG {parts.damage}")
    return WholePicture(data, Facts(PNG, *image.size), image, is_sound=not (parts.damage or parts.is_usual))


def _pixels_of(parts: png.Parts) -> png.Pixels | None:
    try:
        return png.Pixels(parts)
    except DECODE_ERRORS:
        return None  # then the usual decoder says what is wrong, if anything is


def _other(data: bytes, kind: Kind) -> WholePicture:
    try:
        image = _decoded(data, kind)
    except DECODE_ERRORS as error:
        if _is_complete(data, kind):
            raise UnreadablePicture(f"{kind.name} does not decode: {error}") from error
        raise BrokenPicture(f"{kind.name} cut off after {len(data)} bytes") from error
    return WholePicture(data, Facts(kind, *image.size), image)


def _is_complete(data: bytes, kind: Kind) -> bool:
    """Whether the end that the format itself announces is there; also yes where it announces none (TIFF)."""
    if kind is JPEG:
        return data.rstrip(b"\0\r\n ").endswith(b"\xff\xd9")
    if kind is GIF:
        return data.rstrip(b"\0\r\n ").endswith(b"\0;")
    if kind is WEBP:
        return int.from_bytes(data[4:8], "little") + 8 <= len(data)
    if kind is BMP:
        return int.from_bytes(data[2:6], "little") <= len(data)
    return _has_all_boxes(data) if kind is AVIF else True


def _has_all_boxes(data: bytes) -> bool:
    """Whether the boxes on the top level are whole, with that of the pixels (ISO/IEC 14496-12, section 4.2)."""
    position, kinds = 0, set()
    while position + 8 <= len(data):
        size, kind = int.from_bytes(data[position : position + 4]), data[position + 4 : position + 8]
        if size == 1:
            size = int.from_bytes(data[position + 8 : position + 16])
        kinds.add(kind)
        position = position + size if size >= 8 else len(data)  # 0: it goes on to the end of the file
    return position == len(data) and b"mdat" in kinds


def _bound(kind: Kind, width: int, height: int) -> None:
    if not 0 < width * height <= MOST_PIXELS:
        raise UnreadablePicture(f"{kind.name} of {width} x {height} pixels")


def _decoded(data: bytes, kind: Kind) -> "Image.Image":
    """The pixels, all of them. Raises one of DECODE_ERRORS, or UnreadablePicture for too many."""
    from PIL import Image

    importlib.import_module(f"PIL.{_PLUGINS[kind]}ImagePlugin")  # Pillow's own search would import every plugin
    warnings.filterwarnings("ignore", module=r"PIL\.")  # of metadata that nobody reads
    Image.MAX_IMAGE_PIXELS = None  # our own limit is the only one
    image = Image.open(io.BytesIO(data), formats=[kind.name])
    _bound(kind, *image.size)
    image.load()
    return image


_PLUGINS = {PNG: "Png", JPEG: "Jpeg", WEBP: "WebP", AVIF: "Avif", GIF: "Gif", BMP: "Bmp", TIFF: "Tiff"}


def _upright(image: "Image.Image") -> "Image.Image":
    from PIL import ImageOps

    try:
        ImageOps.exif_transpose(image, in_place=True)
    except DECODE_ERRORS:
        return image  # its EXIF data cannot be read, its pixels can
    return image


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
    """Raises UnreadablePicture."""
    from PIL import Image, ImageOps

    try:
        return ImageOps.fit(image, size, Image.Resampling.LANCZOS)
    except DECODE_ERRORS as error:
        raise UnreadablePicture(f"does not become {size[0]} x {size[1]} pixels: {error}") from error
