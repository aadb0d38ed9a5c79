"""Placeholder pictures: little paper-cut landscapes, one per prompt, plainly marked. Needs pillow and nothing else."""

import hashlib
import io
import math
import os
import threading
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from .landscape import landscape

_SCENE_PIXELS = 1_100_000  # a scene is never composed larger than this; a 2K or 4K picture is enlarged from it
_PAPER, _INK, _RED = "#fbf5e6", "#3a2f2a", "#b5402f"
_WORD = "PLACEHOLDER"
_PAINTINGS, _SHRUNK = "KAMISHIBAI_PAINTINGS", "KAMISHIBAI_PAINTINGS_SHRUNK"
"""For tests. The one names a folder where many emulators, one after the other, find what one of them has painted; the
other says how many times smaller than asked for each picture is, either way."""


def paint(prompt: str, width: int, height: int, mime: str, label: str, is_whole: bool = False) -> bytes:
    """Paint the placeholder picture of `prompt`; the same arguments give the same bytes.

    prompt: any text. width, height: pixels, at least 16 each. mime: "image/png" or "image/jpeg".
    label: what the ribbon says under PLACEHOLDER, for example "0001 · 16:9 · 1376 x 768"; Latin letters only,
    others show as "?". is_whole: for a client that compares sizes, never shrunk. ValueError for any other mime or size.
    """
    if mime not in ("image/png", "image/jpeg") or min(width, height) < 16:
        raise ValueError(f"cannot paint {mime} of {width} x {height}")
    shrunk = 1 if is_whole else int(os.environ.get(_SHRUNK, "1"))
    width, height = max(16, width // shrunk), max(16, height // shrunk)
    if not (folder := os.environ.get(_PAINTINGS)):
        return _painted(prompt, width, height, mime, label)
    kept = Path(folder) / hashlib.sha256(repr((prompt, width, height, mime, label)).encode()).hexdigest()
    if not kept.exists():
        part = kept.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
        part.write_bytes(_painted(prompt, width, height, mime, label))
        part.replace(kept)
    return kept.read_bytes()


def _painted(prompt: str, width: int, height: int, mime: str, label: str) -> bytes:
    shrink = min(1.0, math.sqrt(_SCENE_PIXELS / (width * height)))
    picture = landscape(prompt, max(16, round(width * shrink)), max(16, round(height * shrink)))
    if picture.size != (width, height):
        picture = picture.resize((width, height), Image.Resampling.BICUBIC)
    _mark(picture, label.encode("latin-1", "replace").decode("latin-1").strip())
    return _encode(picture, mime)


def repainted(data: bytes, mime: str) -> bytes:
    """The picture `data` as "image/avif", "image/webp" or "image/gif"."""
    picture, out = Image.open(io.BytesIO(data)), io.BytesIO()
    if mime == "image/avif":
        picture.save(out, "AVIF", speed=10)
    elif mime == "image/webp":
        picture.save(out, "WEBP")
    else:
        picture.save(out, "GIF")
    return out.getvalue()


def _encode(picture: Image.Image, mime: str) -> bytes:
    out = io.BytesIO()
    if mime == "image/png":
        picture.save(out, "PNG", compress_level=1)
    else:
        picture.save(out, "JPEG", quality=88, subsampling="4:2:0")
    return out.getvalue()


def _mark(picture: Image.Image, label: str) -> None:
    """Frame the picture and tie the ribbon that says what it is."""
    (width, height), draw = picture.size, ImageDraw.Draw(picture)
    short = min(width, height)
    edge = max(1, round(short * 0.018))
    draw.rectangle((0, 0, width - 1, height - 1), outline=_PAPER, width=edge)
    big, small = _font(_WORD, width * 0.78, short * 0.085), _font(label, width * 0.78, short * 0.045)
    pad, centre, line = big.size * 0.32, width / 2, small.size * 1.25 if label else 0
    half = max(big.getlength(_WORD), small.getlength(label)) / 2 + pad * 2
    bottom = height - edge - big.size * 0.6
    top = bottom - pad * 2 - big.size - line
    for side in (-1, 1):
        _ribbon_end(draw, centre + side * (half - pad), side * pad, top + pad / 2, bottom + pad / 2)
    draw.rectangle((centre - half, top, centre + half, bottom), _PAPER, _RED, max(1, edge // 4))
    draw.text((centre, top + pad + big.size / 2), _WORD, _RED, big, "mm")
    draw.text((centre, bottom - pad * 0.8 - small.size / 2), label, _INK, small, "mm")


def _ribbon_end(draw: ImageDraw.ImageDraw, near: float, outward: float, top: float, bottom: float) -> None:
    far, notch = near + outward * 2.6, (near + outward * 1.9, (top + bottom) / 2)
    draw.polygon([(near, top), (far, top), notch, (far, bottom), (near, bottom)], _RED)


def _font(text: str, room: float, size: float) -> ImageFont.FreeTypeFont:
    """The built-in font at `size` pixels, or as much smaller as `text` needs to fit into `room` pixels."""
    wide = _sized(100).getlength(text) / 100
    return _sized(max(5, int(min(size, room / wide if wide else size))))


@lru_cache(maxsize=64)
def _sized(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont), "pillow's own wheels all carry FreeType"
    return font
