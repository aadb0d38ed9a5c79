"""The small pictures of a page: what is missing is made from the pictures, what belongs to none any more is removed.

Beside them lies what each looks like in numbers (pictures/likeness.py), so that none is decoded for that twice.
Most are there already, made when their pictures arrived (pictures/preview.py). Whatever lies in `images/_thumbs` can be
deleted: the next page makes it again.
"""

import contextlib
import os
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import orjson

from ...files import atomic, regular
from ...pictures import likeness, picture, preview
from ...pictures.ingest import cores
from ...pictures.likeness import Likeness

_LOOKS = "likeness.json"


def refresh(images: Path, pictures: Mapping[Path, str]) -> dict[Path, Path]:
    """Make what is missing, remove what belongs to no picture any more.

    images: the folder of the pictures. pictures: path of each picture in it -> sha256 of its bytes, as hex.
    Returns picture -> preview; a picture that is gone or cannot be decoded has none. Writes nothing when all is right.
    """
    found = _found(images / preview.FOLDER)
    there = {small for small, size in found.items() if size}
    wanted = {full: _best(preview.places_of(images, full, sha256), there) for full, sha256 in pictures.items()}
    for stray in found.keys() - (there & set(wanted.values())):
        stray.unlink(missing_ok=True)
    missing = {full: small for full, small in wanted.items() if small not in there}
    made = _make(missing) if missing else set()
    return {full: small for full, small in wanted.items() if small in there or small in made}


def there(images: Path, pictures: Mapping[Path, str]) -> dict[Path, Path]:
    """The previews that are there already, for a page that waits for none: as `refresh`, and nothing is changed."""
    found = {full: preview.there(images, full, sha256) for full, sha256 in pictures.items()}
    return {full: small for full, small in found.items() if small}


def _best(places: tuple[Path, Path], there: Collection[Path]) -> Path:
    """The one that is there, whichever version made it; else where it is to be made."""
    return next((place for place in places if place in there), places[0])


def _found(folder: Path) -> dict[Path, int]:
    """Every file there with its size. An empty one is none: a power cut came between its name and its contents."""
    found = {}
    for top, _, names in os.walk(folder):
        for path in (Path(top, name) for name in names if name != _LOOKS):
            with contextlib.suppress(FileNotFoundError):  # another command may tidy up here at the same time
                found[path] = path.lstat().st_size
    return found


def _make(missing: Mapping[Path, Path]) -> set[Path]:
    """Encode on all cores; returns what is there now."""
    with ThreadPoolExecutor(cores()) as pool:
        return {made for made in pool.map(_made, missing.keys(), missing.values()) if made}


def likenesses(images: Path, small: Mapping[Path, Path]) -> dict[Path, Likeness]:
    """What each picture looks like, by its preview; read from what was noted, and noted where it was not.

    small: of `refresh`. A preview that cannot be decoded has none.
    """
    noted = _noted(images / preview.FOLDER / _LOOKS)
    names = {full: path.relative_to(images / preview.FOLDER).as_posix() for full, path in small.items()}
    missing = [full for full, name in names.items() if name not in noted]
    with ThreadPoolExecutor(cores()) as pool:
        made = dict(zip(missing, pool.map(_look, (small[full] for full in missing)), strict=True)) if missing else {}
    looks = {full: made.get(full) or noted.get(name) for full, name in names.items()}
    found = {full: look for full, look in looks.items() if look}
    if missing or len(noted) > len(found):
        with contextlib.suppress(OSError):  # a cache
            _note(images / preview.FOLDER / _LOOKS, {names[full]: look for full, look in found.items()})
    return found


def _noted(path: Path) -> dict[str, Likeness]:
    try:
        return {
            name: Likeness(int(shape, 16), *rest) for name, (shape, *rest) in orjson.loads(regular.read(path)).items()
        }
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _note(path: Path, looks: Mapping[str, Likeness]) -> None:
    if not looks:
        path.unlink(missing_ok=True)
        return
    said = {name: [f"{look.shape:016x}", *look[1:]] for name, look in looks.items()}
    atomic.write_if_new(path, orjson.dumps(said, option=orjson.OPT_APPEND_NEWLINE))


def _look(small: Path) -> Likeness | None:
    try:
        return likeness.of_preview(regular.read(small))
    except picture.DECODE_ERRORS:
        return None


def _made(full: Path, small: Path) -> Path | None:
    data = preview.of_file(full)
    if data is not None:
        preview.keep(small, data)
    return small if data is not None else None
