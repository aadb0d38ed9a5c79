"""Pixels -> PNG file, quickly.

A PNG is a zlib stream of rows, each with a filter in front (PNG specification, third edition, sections 7-10). The Up
filter is one subtraction for a whole strip of rows, and Intel's deflate does the rest: about six times as fast as
Pillow's fastest level at the same size (docs/benchmarks.md).
"""

import struct
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple, cast

from isal import isal_zlib

if TYPE_CHECKING:
    from PIL import Image

_IsalError = cast("type[Exception]", isal_zlib.error)
SIGNATURE = b"\x89PNG\r\n\x1a\n"
_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Per pixel, by colour type."""
_MODES = {0: "L", 2: "RGB", 4: "LA", 6: "RGBA"}
_USUAL = [bytes((8, colour, 0, 0, 0)) for colour in _MODES]
_COLOUR_TYPES = {mode: colour for colour, mode in _MODES.items()}
_TELLING = frozenset((b"tRNS", b"iCCP", b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"acTL"))
"""Chunks that may change what pixels are shown, and that a reader of the whole file alone understands."""
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""Of an interlaced picture: first column and row, and the steps between them."""
_UP = b"\x02"
_LAST_FILTER = 4
_AT_ONCE = 1 << 20
"""Bytes of rows that are inflated at a time."""
MARK = b"kamishibai\0"
MARK_WITHIN = 256
_BLOCK = 0xFFFF
"""Bytes of one stored block of a zlib stream (RFC 1951, section 3.2.4)."""
_ROWS = 64
"""Rows per strip: about 250 KB of pixels, so that the work stays in the processor's cache and memory stays small."""


def encode(image: "Image.Image", icc_profile: bytes | None = None, mark: bytes = b"") -> bytes:
    """A PNG file of `image`, mode L, LA, RGB or RGBA with 8 bits per channel, any size of at least one pixel.

    mark: ASCII, put into a tEXt chunk of ours, where `mark_of` finds it.
    """
    header = struct.pack(">IIBBBBB", *image.size, 8, _COLOUR_TYPES[image.mode], 0, 0, 0)
    profile = _chunk(b"iCCP", [b"icc\0\0", isal_zlib.compress(icc_profile)]) if icc_profile else []
    text = _chunk(b"tEXt", [MARK, mark]) if mark else []
    pixels = _chunk(b"IDAT", _pixels(image))
    return b"".join([SIGNATURE, *_chunk(b"IHDR", [header]), *text, *profile, *pixels, *_chunk(b"IEND", [])])


def mark_of(start: bytes) -> bytes:
    """The mark that `encode` wrote; b"" where there is none. start: the first MARK_WITHIN bytes of a file, or more."""
    length, kind = struct.unpack_from(">I4s", start, 33) if len(start) >= 41 else (0, b"")
    content = start[41 : 41 + length]
    is_ours = start.startswith(SIGNATURE) and kind == b"tEXt" and content.startswith(MARK)
    return content.removeprefix(MARK) if is_ours else b""


def size(data: bytes) -> tuple[int, int]:
    """Width and height in pixels of a PNG file that is known to be one: its header stands first."""
    width, height = struct.unpack_from(">II", data, 16)
    return width, height


class Parts(NamedTuple):
    """A PNG file taken apart. header, packed: contents of IHDR and of each IDAT.

    is_bare: whether the rows alone tell what is seen. damage: what its own lengths and checksums tell of it, "" for
    nothing. is_cut: whether its end is missing.
    """

    header: bytes
    packed: list[memoryview]
    is_bare: bool = True
    damage: str = ""
    is_cut: bool = False

    @property
    def is_usual(self) -> bool:
        """Whether it has rows of 8 bits per channel, no palette and no interlace."""
        return self.header[8:] in _USUAL and bool(_bytes_of_rows(self.header))


def parts(data: bytes) -> Parts:
    """Walk all chunks and check each CRC (PNG specification, sections 5.3 and 11.2); nothing is inflated."""
    view, position, kind = memoryview(data), len(SIGNATURE), b""
    header, packed, is_bare, damage = b"", list[memoryview](), True, ""
    try:
        while kind != b"IEND":
            length, kind = struct.unpack_from(">I4s", data, position)
            (checksum,) = struct.unpack_from(">I", data, position + 8 + length)
            if isal_zlib.crc32(view[position + 4 : position + 8 + length]) != checksum:
                damage = damage or f"wrong checksum in {kind!r} at byte {position}"
            content = view[position + 8 : position + 8 + length]
            if position == len(SIGNATURE) and kind == b"IHDR":
                header = bytes(content)
            elif kind == b"IDAT":
                packed.append(content)
            is_bare = is_bare and kind not in _TELLING
            position += 12 + length
    except struct.error:
        return Parts(header, packed, is_bare, f"cut off after {len(data)} bytes", is_cut=True)
    return Parts(header, packed, is_bare, damage)


class Rows(NamedTuple):
    """What the packed pixels inflate to. are_short: rows are missing, which some decoders fill up without a word.

    are_right: all are there and no more, each with a known filter; never so of an unusual picture.
    """

    are_short: bool
    are_right: bool


def rows(png: Parts, pixels: "Pixels | None" = None) -> Rows:
    """Count the rows and look at their filters; nothing is kept, so memory is bounded. pixels: take all of them."""
    expected, stride, seen, are_right = _bytes_of_rows(png.header), 0, 0, png.is_usual
    if are_right:
        stride = expected // int.from_bytes(png.header[4:8])
    try:
        for piece in _inflated(png.packed):
            are_right = are_right and not any(kind > _LAST_FILTER for kind in piece[-seen % stride :: stride])
            seen += len(piece)
            if pixels:
                pixels.take(piece)
            if seen > expected:
                break
    except EOFError:
        are_right = False
    except _IsalError:
        return Rows(are_short=False, are_right=False)  # how much came before the fault is not told
    return Rows(seen < expected, are_right and seen == expected)


class Pixels:
    """The pixels of a PNG from its rows as they are inflated: unpacking them takes ISA-L a third of the usual time.

    png: usual and bare, so that there is nothing to know but them. Raises what Pillow raises where it has no such
    decoder or no memory.
    """

    def __init__(self, png: Parts) -> None:
        from PIL import Image

        width, height, _, colour = struct.unpack_from(">IIBB", png.header)
        self._image = Image.new(_MODES[colour], (width, height), None)
        self._decoder = Image._getdecoder(self._image.mode, "zip", (self._image.mode, 0))
        self._decoder.setimage(self._image.im, (0, 0, width, height))
        self._head = b"\x78\x01"  # of a zlib stream (RFC 1950, section 2.2)
        self._is_open, self._error = True, 0

    def take(self, rows: bytes) -> None:
        """The next rows, as they were before they were packed, filters included."""
        if not self._is_open:
            return
        view, pieces = memoryview(rows), list[bytes | memoryview]([self._head])
        for start in range(0, len(rows), _BLOCK):
            block = view[start : start + _BLOCK]
            pieces += [struct.pack("<BHH", 0, len(block), len(block) ^ 0xFFFF), block]
        consumed, self._error = self._decoder.decode(b"".join(pieces))
        self._is_open = consumed >= 0
        self._head = b""

    @property
    def image(self) -> "Image.Image | None":
        """All of them, or None."""
        return None if self._is_open or self._error else self._image


def _bytes_of_rows(header: bytes) -> int:
    """How much the rows of a picture are, filters included (sections 7.2 and 8.2); 0 for a header that has no sense."""
    if len(header) != 13 or header[9] not in _SAMPLES:
        return 0
    width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", header)
    passes = _PASSES if interlace else ((0, 0, 1, 1),)
    sizes = [(-(-(width - x) // dx), -(-(height - y) // dy)) for x, y, dx, dy in passes]
    return sum(h * (1 + -(-w * _SAMPLES[colour] * depth // 8)) for w, h in sizes if w > 0 and h > 0)


def inflates(png: Parts) -> bool:
    """Whether the packed pixels are whole by their own checksum, whatever those of the chunks say."""
    try:
        for _ in _inflated(png.packed):
            pass
    except (EOFError, _IsalError):
        return False
    return True


def _inflated(packed: Iterable[memoryview]) -> Iterator[bytes]:
    """The rows in pieces, to the end of the stream and its checksum. Raises EOFError or _IsalError."""
    inflate = isal_zlib.decompressobj()
    for piece in packed:
        rest: bytes | memoryview = piece
        is_more = True
        while is_more:
            rows, rest = inflate.decompress(rest, _AT_ONCE), inflate.unconsumed_tail
            if rows:
                yield rows
            if inflate.eof:
                return
            is_more = bool(rest) or len(rows) == _AT_ONCE
    raise EOFError


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
