"""Small pictures for the pages: WebP in `images/_thumbs/`, made once per picture and removed with it.

images/0001.png -> images/_thumbs/0001.<first 8 of its sha256>.webp, longest side 480 pixels. Whatever lies in
`_thumbs` can be deleted: the next page makes it again.
"""

import contextlib
import io
import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ...files import atomic, regular
from ...pictures import picture
from ...pictures.ingest import cores

FOLDER = "_thumbs"
LONGEST_SIDE = 480
QUALITY = 78
_GROUP = 64
"""Previews that become durable together: an interrupted command has lost at most so many."""


def path_of(images: Path, full: Path, sha256: str) -> Path:
    """Where the preview of the picture `full`, somewhere in the folder `images`, lies."""
    inside = full.relative_to(images)
    return images / FOLDER / inside.parent / f"{inside.stem}.{sha256[:8]}.webp"


def refresh(images: Path, pictures: Mapping[Path, str]) -> dict[Path, Path]:
    """Make what is missing, remove what belongs to no picture any more.

    images: the folder of the pictures. pictures: path of each picture in it -> sha256 of its bytes, as hex.
    Returns picture -> preview; a picture that is gone or cannot be decoded has none. Writes nothing when all is right.
    """
    wanted = {full: path_of(images, full, sha256) for full, sha256 in pictures.items()}
    there = set(_there(images / FOLDER))
    for stray in there - set(wanted.values()):
        stray.unlink(missing_ok=True)
    missing = {full: preview for full, preview in wanted.items() if preview not in there}
    made = _make(missing) if missing else set()
    return {full: preview for full, preview in wanted.items() if preview in there or preview in made}


def _there(folder: Path) -> Iterable[Path]:
    return (Path(top, name) for top, _, names in os.walk(folder) for name in names)


def _make(missing: Mapping[Path, Path]) -> set[Path]:
    """Encode on all cores; returns what is durable now."""
    for folder in {preview.parent for preview in missing.values()}:
        atomic.make_folder(folder)
    done: set[Path] = set()
    with ThreadPoolExecutor(cores()) as pool, atomic.GroupSync(next(iter(missing.values())).parent) as disk:
        for start in range(0, len(missing), _GROUP):
            group = dict(list(missing.items())[start : start + _GROUP])
            parts = pool.map(_write_part, group.keys(), group.values())
            written = {part: preview for part, preview in zip(parts, group.values(), strict=True) if part}
            done |= _place(disk, written)
    return done


def _write_part(full: Path, preview: Path) -> Path | None:
    small = encode(full)
    if small is None:
        return None
    part = preview.with_name(f".{preview.name}.{os.getpid()}{atomic.PART}")
    part.write_bytes(small)
    return part


def _place(disk: atomic.GroupSync, parts: Mapping[Path, Path]) -> set[Path]:
    disk.sync(parts)
    for part, preview in parts.items():
        # Another command may tidy up here at the same time; a page without one preview shows the full picture.
        with contextlib.suppress(FileNotFoundError):
            part.replace(preview)
    for folder in {preview.parent for preview in parts.values()}:
        atomic.sync_folder(folder)
    return set(parts.values())


def encode(full: Path) -> bytes | None:
    """The picture at `full` as a small WebP; None when there is no whole picture."""
    from PIL import Image

    try:
        data = regular.read(full)
        image: Image.Image = Image.open(io.BytesIO(data), formats=[picture.inspect(data).format])
        image.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
        if image.mode not in ("RGB", "RGBA"):
            image = image.convert("RGBA" if image.has_transparency_data else "RGB")
        out = io.BytesIO()
        image.save(out, "WEBP", quality=QUALITY, method=2)
    except (picture.BrokenPicture, *picture.DECODE_ERRORS):
        return None
    return out.getvalue()
