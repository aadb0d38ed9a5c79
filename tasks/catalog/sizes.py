"""Sizes in pixels: "1536x864", what a model makes of them, and those that are near one it does not make."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

EXPLICIT = re.compile(r"([1-9][0-9]{2,3})x([1-9][0-9]{2,3})", re.ASCII)
"""A size in pixels where others are words, such as 1K."""
APART = 0.02
"""Share by which a size's shape may differ from its aspect ratio: sides are whole steps."""


def pixels_of(size: str) -> tuple[int, int] | None:
    """(width, height) of "1536x864"; None for any other word."""
    found = EXPLICIT.fullmatch(size)
    return (int(found[1]), int(found[2])) if found else None


def written(width: int, height: int) -> str:
    return f"{width}x{height}"


def is_of_ratio(width: int, height: int, ratio: str) -> bool:
    """Whether a picture of that size has the aspect ratio, "16:9", as nearly as steps allow."""
    wide, high = map(int, ratio.split(":"))
    return abs(width * high / (height * wide) - 1) <= APART


@dataclass(frozen=True)
class SizeRule:
    """Which sizes a model makes that takes any.

    step: both sides are multiples of it. widest: most of the long side by the short one.
    """

    step: int
    longest: int
    least_pixels: int
    most_pixels: int
    widest: float

    def fits(self, width: int, height: int) -> bool:
        """Whether the model makes a picture of that size."""
        long, short = max(width, height), min(width, height)
        is_stepped = width % self.step == 0 == height % self.step
        is_shaped = long <= self.longest and long <= self.widest * short
        return is_stepped and is_shaped and self.least_pixels <= width * height <= self.most_pixels

    def near(self, width: int, height: int) -> list[tuple[int, int]]:
        """Sizes that fit: the nearest one, and of the very shape the next smaller and the next larger one."""
        nearest = (self._stepped(width), self._stepped(height))
        same = [each for each in self._same_shape(width, height) if self.fits(*each)]
        smaller = [each for each in same if each[0] <= width][-1:]
        larger = [each for each in same if each[0] > width][:1]
        found = [nearest] if self.fits(*nearest) else []
        return list(dict.fromkeys([*found, *smaller, *larger]))

    def _stepped(self, side: int) -> int:
        return max(self.step, (2 * side + self.step) // (2 * self.step) * self.step)

    def _same_shape(self, width: int, height: int) -> Iterator[tuple[int, int]]:
        """Every size of that shape whose sides are whole steps, the smallest first."""
        common = math.gcd(width, height)
        wide, high = width // common, height // common
        unit = math.lcm(*(self.step // math.gcd(side, self.step) for side in (wide, high)))
        for times in range(unit, self.longest // max(wide, high) + 1, unit):
            yield wide * times, high * times
