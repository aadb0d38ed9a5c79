"""Reference pictures on the disk: is there one at that path, of a kind and size that providers take, and which?"""

import functools
import hashlib
import os
import unicodedata
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from ..files import regular
from ..files.problem import shown
from ..text.errors import BadInput, Stop, disk_words
from ..text.sentences import t

MOST_BYTES = 20_000_000
_JPEG, _PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"


class Reference(NamedTuple):
    """A picture that a prompt refers to, by its content."""

    path: Path
    sha256: str
    mime: str

    @property
    def token(self) -> str:
        """What stands for it in requests on disk: no address of today, so the same request stays the same."""
        return f"sha256:{self.sha256}"

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height in pixels; None where its head does not say them."""
        return _size(self.path, self.sha256)

    def read(self) -> bytes:
        """The bytes that `sha256` was made from. Raises Stop when the file is another one by now."""
        data = regular.read(self.path)
        if hashlib.sha256(data).hexdigest() != self.sha256:
            raise Stop(
                "{path} was changed while this command was working", "run the same command again", path=self.path
            )
        return data


class NoPicture(BadInput):
    """There is no picture at that path that can be sent. wrong: what `fault` says, without the folder."""

    def __init__(self, folder: Path, wrong: tuple[str, str]) -> None:
        super().__init__(f"{folder}: {wrong[0]}", wrong[1])
        self.wrong = wrong


def load(folder: Path, reference: str, whose: str) -> Reference:
    """The picture at `reference`, a path from `folder`. Raises NoPicture with what `fault` says."""
    if wrong := fault(folder, reference, whose):
        raise NoPicture(folder, wrong)
    path = spelt(folder, reference)[0]
    about = path.stat()
    sha256, mime = _content(path, about.st_mtime_ns, about.st_size)
    return Reference(path, sha256, mime)


def spelt(folder: Path, reference: str) -> list[Path]:
    """The files that a path from `folder` may mean, at least one, also one that is not there.

    Letters with marks, が or é, are written as one character or as two (NFC, NFD): disks and programs differ in which,
    and nobody can see it. As it stands comes first; else what is the same letters.
    """
    if reference.isascii() or (folder / reference).exists():
        return [folder / reference]
    found = [folder]
    for part in PurePosixPath(reference).parts:
        found = [each for place in found for each in _alike(place, part)]
    return found or [folder / reference]


def _alike(place: Path, name: str) -> list[Path]:
    if (place / name).exists():
        return [place / name]
    same = unicodedata.normalize("NFC", name)
    try:
        return sorted(each for each in place.iterdir() if unicodedata.normalize("NFC", each.name) == same)
    except OSError:
        return []


@functools.lru_cache(maxsize=4096)
def _size(path: Path, _sha256: str) -> tuple[int, int] | None:
    from PIL import Image

    try:
        with Image.open(path) as picture:
            return picture.size
    except (OSError, SyntaxError, ValueError):
        return None


@functools.lru_cache(maxsize=4096)
def _content(path: Path, _changed: int, _size: int) -> tuple[str, str]:
    """(sha256, mime) of a file as it is now; many prompts share a few pictures."""
    data = regular.read(path)
    kind = "png" if data.startswith(_PNG) else "jpeg" if data.startswith(_JPEG) else "webp"
    return hashlib.sha256(data).hexdigest(), f"image/{kind}"


def fault(folder: Path, reference: str, whose: str) -> tuple[str, str] | None:
    """(what is wrong, what to do) with the picture at `reference`, a path from `folder`; None when all is right.

    whose: what people call the folder. Reads 12 bytes: kind by magic bytes, at most MOST_BYTES long.
    """
    found, said = spelt(folder, reference), shown(reference)
    if len(found) > 1:
        both = t(" and ").join(ascii(path.name) for path in found)
        return t("{path} could be {both}, which look alike", path=said, both=both), t("move one of them away")
    target = Path(os.path.realpath(found[0]))  # Path.resolve raises RuntimeError for links in a circle
    if not target.is_relative_to(os.path.realpath(folder)):
        return t("{path} leads out of {folder}", path=said, folder=whose), t("copy it there")
    try:
        with regular.opened(target) as stream:
            head = stream.read(12)
            size = stream.seek(0, 2)
    except OSError as error:
        if isinstance(error, FileNotFoundError | IsADirectoryError | NotADirectoryError):
            return t("there is no file {path}", path=said), t("put it there, or correct it")
        what, do = disk_words(error)
        return t("{path} cannot be read: {what}", path=said, what=what), do
    if not (head.startswith((_JPEG, _PNG)) or (head[:4] == b"RIFF" and head[8:] == b"WEBP")):
        return t("{path} is neither PNG, JPEG nor WEBP", path=said), t("save it as one of these")
    if size > MOST_BYTES:
        return t("{path} has {size:.1f} MB, at most 20 can be sent", path=said, size=size / 1e6), t("save it smaller")
    return None
