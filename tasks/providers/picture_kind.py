"""Which kind of picture bytes are, by how they begin: a label of the provider's decides nothing.

Beginnings: the formats' own specifications; those in `ftyp` boxes, https://mp4ra.org/registered-types/brands.
"""

import re
from typing import NamedTuple
from urllib.parse import unquote

import pybase64


class Kind(NamedTuple):
    """A kind of picture. name: as Pillow calls it, where Pillow reads it. decodable: whether it does."""

    name: str
    extension: str
    mime: str
    decodable: bool = True


PNG = Kind("PNG", "png", "image/png")
JPEG = Kind("JPEG", "jpg", "image/jpeg")
WEBP = Kind("WEBP", "webp", "image/webp")
AVIF = Kind("AVIF", "avif", "image/avif")
GIF = Kind("GIF", "gif", "image/gif")
BMP = Kind("BMP", "bmp", "image/bmp")
TIFF = Kind("TIFF", "tif", "image/tiff")
HEIC = Kind("HEIC", "heic", "image/heic", decodable=False)
JPEG_XL = Kind("JPEG XL", "jxl", "image/jxl", decodable=False)
JPEG_2000 = Kind("JPEG 2000", "jp2", "image/jp2", decodable=False)
ADDRESS = Kind("address", "txt", "text/plain", decodable=False)
"""An address in place of a picture."""

_BEGINNINGS = (
    (rb"\x89PNG\r\n\x1a\n", PNG),
    (rb"\xff\xd8\xff", JPEG),
    (rb"RIFF....WEBP", WEBP),
    (rb"....ftyp(?:avif|avis)|....ftyp(?:mif1|msf1)....(?:....){0,7}?avi[fs]", AVIF),
    (rb"....ftyp(?:hei[cmsxv]|hev[cmsx]|mif1|msf1)", HEIC),
    (rb"GIF8[79]a", GIF),
    (rb"BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0", BMP),
    (rb"II[\x2a\x2b]\0|MM\0[\x2a\x2b]", TIFF),
    (rb"\xff\x0a|\0\0\0\x0cJXL ", JPEG_XL),
    (rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51", JPEG_2000),
    (rb"[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s\x00-\x20]+\Z|files/[\w-]+\Z", ADDRESS),
)
_KINDS = [(re.compile(pattern, re.DOTALL), kind) for pattern, kind in _BEGINNINGS]
LONGEST_ADDRESS = 20_000
PEEK = 200
"""So many characters of base64 tell the kind of a picture, also behind the head of a data: URL."""


def kind_of(data: bytes) -> Kind | None:
    """The kind that `data` begins like; None for no known one. Nothing says that the rest is there, or right."""
    head = data[:LONGEST_ADDRESS]
    return next((kind for pattern, kind in _KINDS if pattern.match(head)), None)


def bytes_of(told: str) -> bytes:
    """The bytes that a text in place of a picture stands for: base64 in either alphabet, with or without padding,
    spaces, or the head of a data: URL, and cut off anywhere.

    What is none of it, an address for example, stands for itself. Never raises.
    """
    own = told.strip().encode("utf-8", "replace")
    if kind_of(own) is ADDRESS:
        return own
    body = told.partition(",")[2] if told.lstrip()[:5].lower() == "data:" else told
    compact = "".join((unquote(body) if "%" in body else body).split())
    compact = compact.translate(_ONE_ALPHABET).rstrip("=")
    compact = compact[: len(compact) - (len(compact) % 4 == 1)]
    try:
        return pybase64.b64decode(compact + "=" * (-len(compact) % 4), validate=True)
    except ValueError:
        return own


_ONE_ALPHABET = str.maketrans("-_", "+/")
