"""Small pictures for the pages: JPEG in `images/_thumbs/`, made from the pixels at hand when a picture arrives.

images/0001.png -> images/_thumbs/0001.<first 8 of its sha256>.jpg, longest side 480 pixels at most. It is a cache:
nothing waits until it is durable, and whatever is missing there is made from the picture by the next page.
"""

import contextlib
import io
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from ..files import atomic, regular
from . import jpg, likeness, picture

if TYPE_CHECKING:
    from PIL import Image

FOLDER = "_thumbs"
LONGEST_SIDE = 480
QUALITY = 80
"""Of JPEG: a tenth of the time of WebP for a third more bytes (docs/benchmarks.md)."""
_FORMER = ".webp"
"""Of previews that versions before made: they stay for as long as their pictures."""
_NEAR = 0.85
"""So much of LONGEST_SIDE does: then the mean of whole blocks of pixels is the preview, as good and quicker."""


def path_of(images: Path, full: Path, sha256: str) -> Path:
    """Where the preview of the picture `full`, somewhere in the folder `images`, lies."""
    inside = full.relative_to(images)
    return images / FOLDER / inside.parent / f"{inside.stem}.{sha256[:8]}.jpg"


def places_of(images: Path, full: Path, sha256: str) -> tuple[Path, Path]:
    """Where it lies, and where one lies that an earlier version made of the same picture."""
    place = path_of(images, full, sha256)
    return place, place.with_suffix(_FORMER)


def there(images: Path, full: Path, sha256: str) -> Path | None:
    """The one on the disk, whichever version made it."""
    return next((place for place in places_of(images, full, sha256) if place.is_file()), None)


def keep(preview: Path, data: bytes) -> None:
    """Write one; flushed by whoever flushes next. After a power cut it may be empty, which counts as not there."""
    part = preview.with_name(f".{preview.name}.{os.getpid()}-{threading.get_ident()}{atomic.PART}")
    preview.parent.mkdir(parents=True, exist_ok=True)
    with regular.created(part) as stream:
        stream.write(data)
    with contextlib.suppress(FileNotFoundError):  # another command may tidy up here; a page then shows the full picture
        part.replace(preview)


def keep_if_new(preview: Path, whole: picture.WholePicture, image: "Image.Image | None") -> None:
    """The preview of a picture that arrives: a page without it makes it, so that nothing fails for it.

    image: the picture's pixels, where somebody has them.
    """
    with contextlib.suppress(OSError, *picture.DECODE_ERRORS, picture.BrokenPicture):
        if not preview.exists():
            keep(preview, encode(image or whole.pixels()))


def encode(image: "Image.Image") -> bytes:
    """A small JPEG of those pixels, modes L, LA, RGB and RGBA, with what it looks like in numbers (likeness.py).

    What shows through is white.
    """
    from PIL import JpegImagePlugin  # noqa: F401 - what writes JPEG: Pillow's search would import every plugin

    small, out = jpg.flat(_small(image)), io.BytesIO()
    small.save(out, "JPEG", quality=QUALITY, comment=likeness.note(likeness.of_image(small)))
    return out.getvalue()


def _small(image: "Image.Image") -> "Image.Image":
    from PIL import Image

    longest = max(image.size)
    blocks = -(-longest // LONGEST_SIDE)
    if longest / blocks >= LONGEST_SIDE * _NEAR or blocks == 1:
        return image.reduce(blocks)
    width, height = (max(1, round(side * LONGEST_SIDE / longest)) for side in image.size)
    return image.resize((width, height), Image.Resampling.BICUBIC, reducing_gap=1.0)


def of_file(full: Path) -> bytes | None:
    """That of the picture at `full`; None when there is no whole picture."""
    try:
        return encode(picture.read(regular.read(full), for_pixels=True).pixels())
    except (picture.BrokenPicture, *picture.DECODE_ERRORS):
        return None
