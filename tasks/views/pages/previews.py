"""The small pictures of a page: what is missing is made from the pictures, what belongs to none any more is removed.

Most are there already, made when their pictures arrived (pictures/preview.py). Whatever lies in `images/_thumbs` can be
deleted: the next page makes it again.
"""

import contextlib
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ...pictures import preview
from ...pictures.ingest import cores
from ...pictures.preview import path_of


def refresh(images: Path, pictures: Mapping[Path, str]) -> dict[Path, Path]:
    """Make what is missing, remove what belongs to no picture any more.

    images: the folder of the pictures. pictures: path of each picture in it -> sha256 of its bytes, as hex.
    Returns picture -> preview; a picture that is gone or cannot be decoded has none. Writes nothing when all is right.
    """
    wanted = {full: path_of(images, full, sha256) for full, sha256 in pictures.items()}
    found = _found(images / preview.FOLDER)
    there = {small for small, size in found.items() if size}
    for stray in found.keys() - (there & set(wanted.values())):
        stray.unlink(missing_ok=True)
    missing = {full: small for full, small in wanted.items() if small not in there}
    made = _make(missing) if missing else set()
    return {full: small for full, small in wanted.items() if small in there or small in made}


def there(images: Path, pictures: Mapping[Path, str]) -> dict[Path, Path]:
    """The previews that are there already, for a page that waits for none: as `refresh`, and nothing is changed."""
    wanted = {full: path_of(images, full, sha256) for full, sha256 in pictures.items()}
    return {full: small for full, small in wanted.items() if small.is_file()}


def _found(folder: Path) -> dict[Path, int]:
    """Every file there with its size. An empty one is none: a power cut came between its name and its contents."""
    found = {}
    for top, _, names in os.walk(folder):
        for path in (Path(top, name) for name in names):
            with contextlib.suppress(FileNotFoundError):  # another command may tidy up here at the same time
                found[path] = path.lstat().st_size
    return found


def _make(missing: Mapping[Path, Path]) -> set[Path]:
    """Encode on all cores; returns what is there now."""
    with ThreadPoolExecutor(cores()) as pool:
        return {made for made in pool.map(_made, missing.keys(), missing.values()) if made}


def _made(full: Path, small: Path) -> Path | None:
    data = preview.of_file(full)
    if data is not None:
        preview.keep(small, data)
    return small if data is not None else None
