"""What a picture looks like, in a few numbers: enough to say which two are nearly the same, and which one is unlike the
others. It only marks; nothing is decided by it.
"""

import io
import statistics
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from PIL import Image

_NOTE = b"kamishibai likeness "
_SIDE = 8
NEAR = 5
"""Bits of 64 in which two pictures that people call the same differ at most; two others differ in about 32."""
MOST_NAMED = 5
"""Of one picture so many others are named at most: a page shows four and says where there are more."""
_AS_LIGHT = 16.0
"""So much of 255 may two such differ in light and in colour."""
_FEWEST = 8
"""Among fewer pictures none is the odd one."""
_FAR = 6.0
"""So many times the usual distance from the middle is far."""
_LEAST = 32.0
"""And so far it has to be in any case, of 255."""


class Likeness(NamedTuple):
    """shape: a difference hash, 64 bits: which of each two neighbours is the lighter one. The others are 0 to 255."""

    shape: int
    light: float
    colour: float
    contrast: float


def of_image(image: "Image.Image") -> Likeness:
    """Of pixels, any mode and size."""
    from PIL import Image, ImageStat

    small = image.convert("RGB").resize((_SIDE + 1, _SIDE), Image.Resampling.BOX)
    grey = small.convert("L")
    row = grey.tobytes()
    bits = (row[y * (_SIDE + 1) + x] > row[y * (_SIDE + 1) + x + 1] for y in range(_SIDE) for x in range(_SIDE))
    shape = sum(bit << place for place, bit in enumerate(bits))
    stat = ImageStat.Stat(grey)
    colour = ImageStat.Stat(small.convert("HSV").split()[1]).mean[0]
    return Likeness(shape, round(stat.mean[0], 1), round(colour, 1), round(stat.stddev[0], 1))


def note(look: Likeness) -> bytes:
    """What a preview carries with it, so that nobody decodes it for that."""
    return _NOTE + f"{look.shape:016x} {look.light} {look.colour} {look.contrast}\n".encode()


def of_preview(data: bytes) -> Likeness:
    """Of the bytes of a small picture. Raises what Pillow raises for bytes that are none."""
    from PIL import Image

    begin = data.rfind(_NOTE)
    if begin < 0:
        return of_image(Image.open(io.BytesIO(data)))
    shape, *rest = data[begin + len(_NOTE) :].partition(b"\n")[0].split()
    return Likeness(int(shape, 16), *map(float, rest))


def near(seen: Mapping[str, Likeness]) -> dict[str, list[str]]:
    """Which others each picture is nearly the same as, the first MOST_NAMED; only those with any, in the same order."""
    names, looks = list(seen), list(seen.values())
    shapes = [each.shape for each in looks]
    found: dict[str, list[str]] = {}
    for place, shape in enumerate(shapes):
        for other in range(place + 1, len(shapes)):
            if (shape ^ shapes[other]).bit_count() <= NEAR and _as_light(looks[place], looks[other]):
                _name(found, names[place], names[other])
                _name(found, names[other], names[place])
    return found


def _name(found: dict[str, list[str]], name: str, other: str) -> None:
    named = found.setdefault(name, [])
    if len(named) < MOST_NAMED:
        named.append(other)


def _as_light(one: Likeness, two: Likeness) -> bool:
    return abs(one.light - two.light) <= _AS_LIGHT and abs(one.colour - two.colour) <= _AS_LIGHT


class Oddity(NamedTuple):
    """How a picture is unlike the others; at most one of each pair is true."""

    darker: bool = False
    lighter: bool = False
    paler: bool = False
    flatter: bool = False


def odd(seen: Mapping[str, Likeness]) -> dict[str, Oddity]:
    """Pictures that are far from the middle of the others in light, colour or contrast."""
    if len(seen) < _FEWEST:
        return {}
    light, colour, contrast = (
        _distances([getattr(each, part) for each in seen.values()]) for part in ("light", "colour", "contrast")
    )
    found = {
        name: Oddity(light[place] < -1, light[place] > 1, colour[place] < -1, contrast[place] < -1)
        for place, name in enumerate(seen)
    }
    return {name: oddity for name, oddity in found.items() if any(oddity)}


def _distances(values: Sequence[float]) -> list[float]:
    """How far each value is from the middle one; beyond 1 or -1 it is far."""
    middle = statistics.median(values)
    usual = statistics.median(abs(value - middle) for value in values)
    far = max(_FAR * usual, _LEAST)
    return [(value - middle) / far for value in values]
