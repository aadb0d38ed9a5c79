"""A landscape per prompt: its words choose time of day, weather and scenery, its hash chooses the rest."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random

from PIL import Image, ImageColor

from .paper import Colour, Paper, Point

_RINGS = 9
_SHEETS = 5

_MOOD_WORDS = {
    "spring": ("春", "桜", "spring", "blossom"),
    "snow": ("雪", "冬", "snow", "winter"),
    "dawn": ("朝", "夜明", "dawn", "morning"),
    "dusk": ("夕", "黄昏", "sunset", "dusk"),
    "night": ("夜", "月", "星", "night", "moon"),
    "autumn": ("秋", "紅葉", "autumn"),
    "storm": ("雨", "嵐", "storm", "rain"),
    "day": ("昼", "夏", "summer", "noon"),
}
_SCENERY_WORDS = {
    "sea": ("海", "波", "舟", "船", "浜", "湖", "sea", "ocean", "lake", "boat"),
    "houses": ("家", "村", "町", "里", "house", "village", "town"),
    "shrine": ("鳥居", "神社", "祠", "shrine"),
    "pines": ("森", "林", "松", "山", "forest", "pine", "mountain"),
}


@lru_cache(maxsize=256)
def _rgb(colour: str) -> Colour:
    red, green, blue = ImageColor.getrgb(colour)[:3]
    return red, green, blue


@dataclass(frozen=True)
class Palette:
    """Colours: the sky far from and near the sun, the sun, the farthest and the nearest sheet, trees, clouds."""

    sky: Colour
    glow: Colour
    sun: Colour
    far: Colour
    near: Colour
    tree: Colour
    cloud: Colour


def _palette(colours: str) -> Palette:
    return Palette(*(_rgb(f"#{colour}") for colour in colours.split()))


_PALETTES = {
    "night": _palette("182848 4b6594 f7ebc3 41598a 101c36 0b1530 7f93b8"),
    "dusk": _palette("c85a4c fbd08a fff0c4 b56a6a 4a2b43 33203a fbe0bb"),
    "snow": _palette("9fb8c9 eaf1f2 f3c3ae b9cbd6 f6f9fa 4c6b78 ffffff"),
    "autumn": _palette("e2b877 fbecc6 d9573a c99b62 8e3b2a b8482c fff6df"),
    "spring": _palette("a9cfd8 fbeeea f19a8d c8cfb6 5f8a62 e79aa9 ffffff"),
    "storm": _palette("5d7480 b7c4c2 e4e2cf 7f959b 2f464f 23373f d3dad7"),
    "dawn": _palette("8fb6c4 fbe3c4 f08a5d a9bcb4 3c6b66 2d5450 fff3e2"),
    "day": _palette("6fb3c6 d9eee4 fff3c9 9cc7ae 2f6f5b 24574a ffffff"),
}


def landscape(prompt: str, width: int, height: int) -> Image.Image:
    """The landscape of `prompt`, RGB, width x height pixels; the same arguments give the same picture."""
    scene = _Scene(prompt, Paper(width, height))
    scene.sky()
    scene.land()
    shadows = scene.paper.shadows()
    scene.weather()
    picture = scene.paper.coloured()
    picture.paste(_mix(scene.palette.near, (0, 0, 0), 0.6), (0, 0), shadows)
    return picture


def _mix(first: Colour, second: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def _choose(prompt: str, words: Mapping[str, Sequence[str]], random: Random) -> str:
    """The first entry one of whose words stands in the prompt, else any."""
    lucky, text = random.choice(sorted(words)), prompt.lower()
    return next((name for name, found in words.items() if any(word in text for word in found)), lucky)


class _Scene:
    """The landscape of one prompt, laid sheet by sheet onto its paper, from the sky to the front."""

    def __init__(self, prompt: str, paper: Paper) -> None:
        self.paper = paper
        seed = hashlib.sha256(prompt.encode("utf-8", "surrogatepass")).digest()
        self.random = Random(seed)  # noqa: S311 - chance that comes out the same each time is what is wanted
        self.mood = _choose(prompt, _MOOD_WORDS, self.random)
        self.scenery = _choose(prompt, _SCENERY_WORDS, self.random)
        self.palette = _PALETTES[self.mood]
        self.horizon = paper.height * self.random.uniform(0.46, 0.56)

    def between(self, low: float, high: float) -> float:
        return self.random.uniform(low, high)

    def sky(self) -> None:
        """Rings of light around the sun or moon, stars at night, clouds."""
        paper, colours = self.paper, self.palette
        x = paper.width * self.random.choice((self.between(0.22, 0.36), self.between(0.64, 0.78)))
        y, radius = self.horizon - paper.unit * self.between(0.16, 0.30), paper.unit * self.between(0.09, 0.13)
        reach = min(math.hypot(max(x, paper.width - x), y), paper.unit * 1.5) - radius
        for ring in range(_RINGS):
            share = ring / (_RINGS - 1)
            number = paper.sheet(_mix(colours.sky, colours.glow, share), 0)
            paper.disc(x, y, radius * 1.7 + reach * (1 - share) ** 1.2 if ring else paper.width + paper.height, number)
        if self.mood == "night":
            self.dots(70, paper.sheet(colours.sun, 0), self.horizon, 0.0028)
        paper.disc(x, y, radius, paper.sheet(colours.sun, 2))
        self.clouds()

    def clouds(self) -> None:
        paper, bar = self.paper, self.paper.unit * 0.036
        number = paper.sheet(_mix(self.palette.cloud, self.palette.glow, 0.25), 3)
        for _ in range(self.random.randint(2, 3) + round(paper.width / paper.height / 2)):
            x, y = self.between(-0.05, 0.95) * paper.width, self.between(0.08, 0.62) * self.horizon
            for row in range(self.random.randint(2, 3)):
                left, length = x + paper.unit * self.between(-0.1, 0.1), paper.unit * self.between(0.16, 0.36)
                top = y + row * bar
                paper.draw.rounded_rectangle((left, top, left + length, top + bar + 1), bar / 2, number)

    def land(self) -> None:
        """Two mountain ranges, then hills with what stands on them, or the sea."""
        for index in range(_SHEETS):
            share, depth = index / (_SHEETS - 1), 4 + 2 * index
            colour = _mix(self.palette.far, self.palette.near, share)
            top = self.horizon + (self.paper.height - self.horizon) * 0.78 * share
            if index < 2:
                self.mountains(top, 0.20 - 0.07 * index, colour, depth)
            elif self.scenery == "sea":
                self.waves(top, colour, depth)
            else:
                ridge = self.ridge(top, 0.075 - 0.01 * index)
                self.inhabit(ridge, index, depth - 1)
                self.paper.below(ridge, self.paper.sheet(colour, depth))

    def mountains(self, top: float, rise: float, colour: Colour, depth: int) -> None:
        """A range; every mountain is folded, and one side of the fold is lighter."""
        paper, up = self.paper, True
        ridge, x = [(-9.0, top)], -paper.unit * self.between(0.0, 0.3)
        while x < paper.width:
            height = paper.unit * rise * (self.between(0.55, 1.25) if up else self.between(-0.1, 0.25))
            ridge.append((x, top - height))
            x, up = x + paper.unit * self.between(0.14, 0.30), not up
        paper.below([*ridge, (paper.width + 9.0, top)], paper.sheet(colour, depth))
        light = paper.sheet(_mix(colour, self.palette.glow, 0.22), depth)
        for (left, foot), (x, peak) in zip(ridge[2::2], ridge[3::2], strict=False):
            wide, high = x - left, foot - peak
            fold, end = (x - wide * 0.25, peak + high * 0.55), (x - wide * 0.1, foot + high * 0.6)
            paper.draw.polygon([(x, peak), (left, foot), end, fold], light)

    def ridge(self, top: float, rise: float) -> list[Point]:
        """The rolling upper edge of a hill sheet, left to right."""
        unit = self.paper.unit
        waves = [(self.between(1.6, 2.6) * 1.9**n, self.between(0, 6.3), 0.6**n) for n in range(3)]
        xs = [self.paper.width * step / 90 for step in range(-1, 92)]
        return [(x, top - unit * rise * sum(a * math.sin(f * x / unit + p) for f, p, a in waves)) for x in xs]

    def waves(self, top: float, colour: Colour, depth: int) -> None:
        """Rows of scales (seigaiha): each row covers the lower half of the one behind it."""
        if self.mood == "snow":
            colour = _mix(colour, self.palette.tree, 0.5)  # water stays dark between snowy shores
        paper, radius = self.paper, self.paper.unit * (0.03 + 0.004 * depth)
        water, crest = paper.sheet(colour, depth), paper.sheet(_mix(colour, self.palette.glow, 0.4), depth)
        start = -radius * self.between(0, 2)
        for row in range(max(5, math.ceil((paper.height - top) / radius * 2))):
            y = top + radius * (0.6 + 0.5 * row)
            for step in range(int(paper.width / radius / 2) + 3):
                x = start + radius * (2 * step - row % 2)
                for ring, tone in ((1.0, crest), (0.9, water), (0.64, crest), (0.54, water), (0.28, crest)):
                    paper.disc(x, y, radius * ring, tone)

    def inhabit(self, ridge: Sequence[Point], index: int, depth: int) -> None:
        """Put trees, houses or a gate behind the ridge of hill sheet `index`, which hides their feet."""
        paper, colours = self.paper, self.palette
        size = paper.unit * (0.035 + 0.028 * (index - 1))
        tree = paper.sheet(_mix(colours.tree, colours.far, 0.5 - 0.15 * (index - 1)), depth)
        wall, roof = paper.sheet(_mix(colours.glow, colours.near, 0.25), depth), paper.sheet(_rgb("#5b3a36"), depth)
        plant = paper.round_tree if self.mood in ("spring", "autumn") else paper.conifer
        count = min(24, self.random.randint(4, 7) + round(paper.width / paper.height * 1.4))
        places = self.random.sample(ridge[3:-3], count)
        for place, (x, y) in enumerate(places):
            if self.scenery == "houses" and place % 2 == 0:
                paper.house(x, y, size, wall, roof)
            else:
                plant(x, y, size * self.between(0.9, 1.5), tree)
        if self.scenery == "shrine" and index == _SHEETS - 1:
            beside_the_ribbon = ridge[self.random.choice((14, 17, 74, 77))]
            paper.gate(*beside_the_ribbon, size * 1.5, paper.sheet(_rgb("#b5402f"), depth))

    def weather(self) -> None:
        """Snow, petals, leaves or rain, over everything."""
        if self.mood == "snow":
            self.dots(80, self.paper.sheet((255, 255, 255), 0), self.paper.height, 0.007)
        elif self.mood == "spring":
            self.petals(40, self.paper.sheet(_rgb("#f7c6cf"), 0))
        elif self.mood == "autumn":
            self.petals(26, self.paper.sheet(self.palette.sun, 0))
        elif self.mood == "storm":
            self.rain(60, self.paper.sheet(self.palette.cloud, 0))

    def anywhere(self, bottom: float) -> Point:
        return self.between(0, self.paper.width), self.between(0, bottom)

    def dots(self, count: int, number: int, bottom: float, size: float) -> None:
        for _ in range(count):
            self.paper.disc(*self.anywhere(bottom), self.paper.unit * size * self.between(0.6, 1.4), number)

    def petals(self, count: int, number: int) -> None:
        for _ in range(count):
            wide, high = (self.paper.unit * self.between(0.006, 0.014) for _ in range(2))
            self.paper.petal(*self.anywhere(self.paper.height), wide, high, number)

    def rain(self, count: int, number: int) -> None:
        length, thick = self.paper.unit * 0.045, max(1, round(self.paper.unit * 0.003))
        for _ in range(count):
            x, y = self.anywhere(self.paper.height)
            self.paper.draw.line((x, y, x - length * 0.35, y + length), number, thick)
