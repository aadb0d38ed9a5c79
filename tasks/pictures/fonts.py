"""A font by the path or the name that a person wrote, and whether it has every letter of a text.

The name is held against what the files themselves say, as FreeType reads it: a system's own search (fontconfig) answers
with another font where there is none of that name.
"""

import difflib
import functools
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ..text.errors import BadInput
from ..text.sentences import t

if TYPE_CHECKING:
    from PIL import ImageFont

OWN = "fonts"
"""The folder of workspaces/ that is looked through before those of the system."""
_ENDINGS = (".ttf", ".otf", ".ttc", ".otc")
_PLAIN_STYLES = frozenset({"regular", "normal", "book", "roman", "w3"})
_MOST_FACES = 64
_NOBODY = "\U0010ffff"
"""No font has this character: it shows what a font draws for those that it has not."""


class Face(NamedTuple):
    """One font of a file. place: which one of a collection, from 0. variation: of a variable font, "" of others."""

    path: Path
    place: int
    family: str
    style: str
    variation: str = ""

    @property
    def name(self) -> str:
        return f"{self.family} {self.style}"

    def at(self, pixels: int) -> "ImageFont.FreeTypeFont":
        """It with letters of that size."""
        from PIL import ImageFont

        font = ImageFont.truetype(self.path, pixels, self.place)
        if self.variation:
            font.set_variation_by_name(self.variation)
        return font


def find(wanted: str, workspaces: Path) -> Face:
    """The font that a template names. Raises BadInput that says why there is none; there is never another one.

    wanted: a path from `workspaces`, or a font's name with or without its style.
    """
    return _in_file(wanted, workspaces) if _is_path(wanted) else _named(wanted, workspaces)


def lacking(face: Face, text: str) -> list[str]:
    """The letters of a text that the font has no glyph for, each once, in their order."""
    from PIL import ImageFont

    font = ImageFont.truetype(face.path, 48, face.place, layout_engine=ImageFont.Layout.BASIC)
    nothing = _drawn(font, _NOBODY)
    seen = dict.fromkeys(letter for letter in text if not letter.isspace())
    return [letter for letter in seen if _drawn(font, letter) == nothing]


def named(letters: Iterable[str]) -> str:
    """Letters as a person finds them, with their code points: 龘 (U+9F98), 龗 (U+9F97)."""
    return ", ".join(f"{letter} (U+{ord(letter):04X})" for letter in letters)


def _drawn(font: "ImageFont.FreeTypeFont", letter: str) -> tuple[object, ...]:
    mask = font.getmask(letter)
    return bytes(mask), mask.size, font.getlength(letter)


def _is_path(wanted: str) -> bool:
    return "/" in wanted or wanted.lower().endswith(_ENDINGS)


def _in_file(wanted: str, workspaces: Path) -> Face:
    path = workspaces / wanted
    if Path(wanted).is_absolute() or ".." in Path(wanted).parts:
        raise BadInput(
            "the font {wanted} lies outside of workspaces/",
            "put the file into workspaces/fonts, or write the font's name instead of a path",
            wanted=wanted,
        )
    if not path.is_file():
        raise BadInput(
            "there is no font file workspaces/{wanted}",
            "put it there, or correct the path; no other font takes its place",
            wanted=wanted,
        )
    faces = list(_faces(path))
    if len(faces) == 1:
        return faces[0]
    if faces:
        raise BadInput(
            "the font file workspaces/{wanted} holds several fonts: {names}",
            "write the name of one of them instead of the path",
            wanted=wanted,
            names=", ".join(face.name for face in faces),
        )
    raise BadInput(
        "workspaces/{wanted} is no font that can be read", "put a .ttf, .otf, .ttc or .otc file there", wanted=wanted
    )


def _named(wanted: str, workspaces: Path) -> Face:
    """By family and style; by its family alone where that has one font, or one that is plain."""
    everywhere = [face for folder in folders(workspaces) for face in _in_folder(folder)]
    name = _folded(wanted)
    found = [face for face in everywhere if _folded(face.name) == name]
    family = [face for face in everywhere if _folded(face.family) == name]
    plain = [face for face in family if face.style.casefold() in _PLAIN_STYLES]
    if first := next(iter(found or plain or (family if len({face.style for face in family}) == 1 else [])), None):
        return first
    if family:
        styles = ", ".join(dict.fromkeys(face.name for face in family))
        raise BadInput(
            "the font {wanted} is there in several styles: {styles}", "write one of these", wanted=wanted, styles=styles
        )
    names = {_folded(each): each for face in everywhere for each in (face.name, face.family)}
    near = [names[each] for each in difflib.get_close_matches(name, names, 3)]
    raise BadInput(
        "no font of the name {wanted} is here, neither in workspaces/fonts nor in the system's folders; {near}",
        "install it, or put its file into workspaces/fonts; no other font takes its place",
        wanted=wanted,
        near=t("near to it: {names}", names=", ".join(near)) if near else t("none is near to it"),
    )


def folders(workspaces: Path) -> list[Path]:
    """Where fonts lie: the workspace's own, the person's, the system's."""
    home = Path.home()
    if sys.platform == "darwin":
        system = [home / "Library" / "Fonts", Path("/Library/Fonts"), Path("/System/Library/Fonts")]
    elif sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA", str(home / "AppData" / "Local"))
        windows = os.environ.get("WINDIR", "C:/Windows")
        system = [Path(local, "Microsoft", "Windows", "Fonts"), Path(windows, "Fonts")]
    else:
        shares = [os.environ.get("XDG_DATA_HOME") or str(home / ".local" / "share")]
        shares += (os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share").split(":")
        system = [home / ".fonts", *(Path(share, "fonts") for share in shares)]
    return [workspaces / OWN, *system]


@functools.lru_cache(maxsize=16)
def _in_folder(folder: Path) -> tuple[Face, ...]:
    """Every font in and below a folder, in the order of its files' names. Read once a command."""
    found: list[Face] = []
    for top, inside, names in os.walk(folder):
        inside.sort()
        for name in sorted(names):
            if name.lower().endswith(_ENDINGS):
                found += _faces(Path(top, name))
    return tuple(found)


def _faces(path: Path) -> Iterator[Face]:
    from PIL import ImageFont

    for place in range(_MOST_FACES):
        try:
            font = ImageFont.truetype(path, 10, place)
        except (OSError, ValueError):
            return
        family, style = font.getname()
        names = _variations(font)
        for name in names:
            yield Face(path, place, family or path.stem, name, name)
        if not names:
            yield Face(path, place, family or path.stem, style or "")


def _variations(font: "ImageFont.FreeTypeFont") -> list[str]:
    """The named styles of a variable font; none of any other."""
    try:
        return [name.decode("utf-8", "replace") for name in font.get_variation_names()]
    except (OSError, NotImplementedError):
        return []


def _folded(name: str) -> str:
    return " ".join(name.casefold().replace("-", " ").split())
