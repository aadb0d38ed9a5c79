"""Placeholder pictures: little paper-cut landscapes, one per prompt, drawn with pillow and nothing else.

Words of the prompt choose time of day, weather and scenery; its hash chooses the rest. The scene is drawn as flat
sheets of paper numbered by depth, so one blurred copy of the depths gives every sheet its shadow at once.
"""

import hashlib
import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random

from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageFilter, ImageFont

Colour = tuple[int, int, int]
Point = tuple[float, float]
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

_SCENE_PIXELS = 1_100_000  # a scene is never composed larger than this; a 2K or 4K picture is enlarged from it
_FINE = 2  # sheets are cut this much finer and then averaged, which makes the edges smooth
_DEPTH_STEP = 12
_PAPER, _INK, _RED = "#fbf5e6", "#3a2f2a", "#b5402f"


@dataclass(frozen=True)
class Mood:
    """Colours of one time of day or season: sky far from and near the sun, sun, farthest and nearest sheet, trees, clouds."""

    words: tuple[str, ...]
    sky: str
    glow: str
    disc: str
    far: str
    near: str
    tree: str
    cloud: str


_MOODS = {
    "night": Mood(
        ("夜", "月", "星", "night", "moon"), "#182848", "#4b6594", "#f7ebc3", "#41598a", "#101c36", "#0b1530", "#7f93b8"
    ),
    "dusk": Mood(
        ("夕", "黄昏", "sunset", "dusk"), "#c85a4c", "#fbd08a", "#fff0c4", "#b56a6a", "#4a2b43", "#33203a", "#fbe0bb"
    ),
    "snow": Mood(
        ("雪", "冬", "snow", "winter"), "#9fb8c9", "#eaf1f2", "#f3c3ae", "#b9cbd6", "#f6f9fa", "#4c6b78", "#ffffff"
    ),
    "autumn": Mood(
        ("秋", "紅葉", "autumn"), "#e2b877", "#fbecc6", "#d9573a", "#c99b62", "#8e3b2a", "#b8482c", "#fff6df"
    ),
    "spring": Mood(
        ("春", "桜", "spring", "blossom"), "#a9cfd8", "#fbeeea", "#f19a8d", "#c8cfb6", "#5f8a62", "#e79aa9", "#ffffff"
    ),
    "storm": Mood(
        ("雨", "嵐", "storm", "rain"), "#5d7480", "#b7c4c2", "#e4e2cf", "#7f959b", "#2f464f", "#23373f", "#d3dad7"
    ),
    "dawn": Mood(
        ("朝", "夜明", "dawn", "morning"), "#8fb6c4", "#fbe3c4", "#f08a5d", "#a9bcb4", "#3c6b66", "#2d5450", "#fff3e2"
    ),
    "day": Mood(
        ("昼", "夏", "summer", "noon"), "#6fb3c6", "#d9eee4", "#fff3c9", "#9cc7ae", "#2f6f5b", "#24574a", "#ffffff"
    ),
}
_SCENERY = {
    "sea": ("海", "波", "舟", "船", "浜", "湖", "sea", "ocean", "lake", "boat"),
    "houses": ("家", "村", "町", "里", "house", "village", "town"),
    "shrine": ("鳥居", "神社", "祠", "shrine"),
    "pines": ("森", "林", "松", "山", "forest", "pine", "mountain"),
}


def paint(prompt: str, width: int, height: int, mime: str, label: str) -> bytes:
    """Paint the placeholder picture of `prompt`; the same arguments give the same bytes.

    prompt: any text. width, height: pixels, at least 16 each. mime: "image/png" or "image/jpeg".
    label: what the ribbon says under PLACEHOLDER, for example "0001 · 16:9 · 1376 x 768"; Latin letters only,
    others show as "?". ValueError for any other mime or size.
    """
    if mime not in ("image/png", "image/jpeg") or min(width, height) < 16:
        raise ValueError(f"cannot paint {mime} of {width} x {height}")
    shrink = min(1.0, math.sqrt(_SCENE_PIXELS / (width * height)))
    scene = _Scene(prompt, max(16, round(width * shrink)), max(16, round(height * shrink)))
    picture = scene.picture()
    if picture.size != (width, height):
        picture = picture.resize((width, height), Image.Resampling.BICUBIC)
    _mark(picture, label)
    return _encode(picture, mime)


def _encode(picture: Image.Image, mime: str) -> bytes:
    out = io.BytesIO()
    if mime == "image/png":
        picture.save(out, "PNG", compress_level=1)
    else:
        picture.save(out, "JPEG", quality=88, subsampling="4:2:0")
    return out.getvalue()


class _Scene:
    """One landscape while it is being cut: a canvas of sheet numbers, with the colour and the depth of each number."""

    def __init__(self, prompt: str, width: int, height: int) -> None:
        self.size = (width, height)
        self.random = Random(hashlib.sha256(prompt.encode("utf-8", "surrogatepass")).digest())
        self.mood_name = _choose(prompt, {name: mood.words for name, mood in _MOODS.items()}, self.random)
        self.scenery = _choose(prompt, _SCENERY, self.random)
        self.mood = _MOODS[self.mood_name]
        self.width, self.height = width * _FINE, height * _FINE
        self.unit = min(self.width, self.height, max(self.width, self.height) / 2)
        self.canvas = Image.new("L", (self.width, self.height))
        self.draw = ImageDraw.Draw(self.canvas)
        self.colours: list[Colour] = []
        self.depths: list[int] = []

    def sheet(self, colour: Colour, depth: int) -> int:
        """The number to draw with for paper of that colour at that depth (0 is the sky)."""
        self.colours.append(colour)
        self.depths.append(depth)
        return len(self.colours) - 1

    def picture(self) -> Image.Image:
        """The finished scene, RGB, of `size`."""
        self._sky()
        self._land()
        self._weather()
        self.canvas.putpalette([channel for colour in self.colours for channel in colour])
        picture = self.canvas.convert("RGB").reduce(_FINE)
        picture.paste(_mix(_rgb(self.mood.near), (0, 0, 0), 0.6), (0, 0), self._shadows())
        return picture

    def _shadows(self) -> Image.Image:
        """Where and how strongly sheets lie in the shadow of nearer ones: a mask of `size`."""
        table = [self.depths[n] * _DEPTH_STEP if n < len(self.depths) else 0 for n in range(256)]
        numbers = Image.frombytes("L", self.canvas.size, self.canvas.tobytes())
        depth = numbers.resize(self.size, Image.Resampling.NEAREST).point(table)
        low = depth.reduce(4)
        reach = max(1.0, self.unit / _FINE / 4 / 36)
        blurred = ImageChops.offset(low.filter(ImageFilter.BoxBlur(reach)), 0, -max(1, round(reach / 2)))
        nearer = ImageChops.subtract(blurred.resize(self.size, Image.Resampling.BILINEAR), depth)
        return nearer.point([min(120, value * 5) for value in range(256)])

    def _sky(self) -> None:
        rings = 9
        self.horizon = self.height * self.random.uniform(0.46, 0.56)
        x = self.width * self.random.choice((self.random.uniform(0.22, 0.36), self.random.uniform(0.64, 0.78)))
        y = self.horizon - self.unit * self.random.uniform(0.16, 0.30)
        far = math.hypot(max(x, self.width - x), max(y, self.height - y))
        radius = self.unit * self.random.uniform(0.09, 0.13)
        self.draw.rectangle((0, 0, self.width, self.height), self.sheet(_rgb(self.mood.sky), 0))
        for ring in range(1, rings):
            share = ring / (rings - 1)
            tone = _mix(_rgb(self.mood.sky), _rgb(self.mood.glow), share)
            self._disc(
                x, y, radius * 1.7 + (min(far, self.unit * 1.5) - radius) * (1 - share) ** 1.2, self.sheet(tone, 0)
            )
        if self.mood_name == "night":
            self._scatter(70, self.sheet(_rgb(self.mood.disc), 0), 0.0, self.horizon, _dot(0.0028))
        self._disc(x, y, radius, self.sheet(_rgb(self.mood.disc), 2))
        self._clouds()

    def _disc(self, x: float, y: float, radius: float, number: int) -> None:
        self.draw.ellipse((x - radius, y - radius, x + radius, y + radius), number)

    def _clouds(self) -> None:
        number = self.sheet(_mix(_rgb(self.mood.cloud), _rgb(self.mood.glow), 0.25), 3)
        bar = self.unit * 0.036
        for _ in range(self.random.randint(2, 3) + round(self.width / self.height / 2)):
            x, y = self.random.uniform(-0.05, 0.95) * self.width, self.random.uniform(0.08, 0.62) * self.horizon
            for row in range(self.random.randint(2, 3)):
                length, shift = self.unit * self.random.uniform(0.16, 0.36), self.unit * self.random.uniform(-0.1, 0.1)
                top = y + row * bar
                self.draw.rounded_rectangle((x + shift, top, x + shift + length, top + bar + 1), bar / 2, number)

    def _land(self) -> None:
        sheets = 5
        for index in range(sheets):
            share = index / (sheets - 1)
            colour = _mix(_rgb(self.mood.far), _rgb(self.mood.near), share)
            top = self.horizon + (self.height - self.horizon) * 0.78 * share
            number = self.sheet(colour, 4 + 2 * index)
            if index < 2:
                self._strip(self._peaks(top, 0.20 - 0.07 * index), number)
            elif self.scenery == "sea":
                self._waves(top, number, colour, 4 + 2 * index)
            else:
                ridge = self._hills(top, 0.075 - 0.01 * index)
                self._stand(ridge, index)
                self._strip(ridge, number)

    def _strip(self, ridge: Sequence[Point], number: int) -> None:
        """Fill everything below a ridge that runs from the left edge to the right edge."""
        self.draw.polygon([*ridge, (self.width + 9, self.height + 9), (-9, self.height + 9)], number)

    def _peaks(self, top: float, rise: float) -> list[Point]:
        ridge, x, up = [(-9.0, top)], -self.unit * self.random.uniform(0.0, 0.3), True
        while x < self.width:
            height = self.unit * rise * (self.random.uniform(0.55, 1.25) if up else self.random.uniform(-0.1, 0.25))
            ridge.append((x, top - height))
            x, up = x + self.unit * self.random.uniform(0.14, 0.30), not up
        return [*ridge, (self.width + 9.0, top)]

    def _hills(self, top: float, rise: float) -> list[Point]:
        waves = [(self.random.uniform(1.6, 2.6) * 1.9**n, self.random.uniform(0, 6.3), 0.6**n) for n in range(3)]
        xs = [self.width * step / 90 for step in range(-1, 92)]
        return [(x, top - self.unit * rise * sum(a * math.sin(f * x / self.unit + p) for f, p, a in waves)) for x in xs]

    def _waves(self, top: float, number: int, colour: Colour, depth: int) -> None:
        radius = self.unit * (0.035 + 0.006 * depth / 4)
        crest = self.sheet(_mix(colour, _rgb(self.mood.glow), 0.45), depth)
        start = -radius * self.random.uniform(0, 2)
        self.draw.rectangle((0, top, self.width, self.height), number)
        for step in range(int(self.width / radius / 1.7) + 3):
            x = start + step * radius * 1.7
            for ring, tone in ((1.0, number), (0.78, crest), (0.66, number), (0.44, crest), (0.32, number)):
                self._disc(x, top + radius * 0.35, radius * ring, tone)

    def _stand(self, ridge: Sequence[Point], index: int) -> None:
        """Put trees, houses or a gate behind the ridge of land sheet `index`, so that the ridge hides their feet."""
        depth, size = 3 + 2 * index, self.unit * (0.035 + 0.028 * (index - 1))
        tree = self.sheet(_mix(_rgb(self.mood.tree), _rgb(self.mood.far), 0.5 - 0.15 * (index - 1)), depth)
        wall, roof = (
            self.sheet(_mix(_rgb(self.mood.glow), _rgb(self.mood.near), 0.25), depth),
            self.sheet(_rgb("#5b3a36"), depth),
        )
        gate = self.sheet(_rgb(_RED), depth)
        places = self.random.sample(list(ridge[3:-3]), self.random.randint(4, 7) + round(self.width / self.height))
        for place, (x, y) in enumerate(places):
            if self.scenery == "shrine" and index == 3 and place == 0:
                self._gate(x, y, size * 1.5, gate)
            elif self.scenery == "houses" and place % 2 == 0:
                self._house(x, y, size, wall, roof)
            else:
                self._tree(x, y, size * self.random.uniform(0.9, 1.5), tree)

    def _tree(self, x: float, y: float, size: float, number: int) -> None:
        if self.mood_name in ("spring", "autumn"):
            self.draw.rectangle((x - size * 0.07, y - size, x + size * 0.07, y + size), number)
            for dx, dy, radius in ((-0.4, -1.05, 0.45), (0.4, -1.0, 0.42), (0.0, -1.45, 0.5)):
                self._disc(x + dx * size, y + dy * size, radius * size, number)
            return
        self.draw.rectangle((x - size * 0.06, y - size, x + size * 0.06, y + size), number)
        for low, wide in ((0.1, 0.62), (0.65, 0.5), (1.15, 0.36)):
            top, base = y - size * (low + 0.85), y - size * low
            self.draw.polygon([(x, top), (x + wide * size, base), (x - wide * size, base)], number)

    def _house(self, x: float, y: float, size: float, wall: int, roof: int) -> None:
        self.draw.rectangle((x - size * 0.7, y - size * 0.7, x + size * 0.7, y + size), wall)
        self.draw.rectangle((x - size * 0.15, y - size * 0.4, x + size * 0.15, y + size), roof)
        left, right, eave, top = x - size * 1.0, x + size * 1.0, y - size * 0.55, y - size * 1.35
        self.draw.polygon([(left, eave), (x - size * 0.45, top), (x + size * 0.45, top), (right, eave)], roof)

    def _gate(self, x: float, y: float, size: float, number: int) -> None:
        for side in (-0.6, 0.6):
            self.draw.rectangle(
                (x + side * size - size * 0.08, y - size * 1.3, x + side * size + size * 0.08, y + size), number
            )
        self.draw.rectangle((x - size * 0.8, y - size * 1.05, x + size * 0.8, y - size * 0.92), number)
        self.draw.polygon(
            [(x + dx * size, y + dy * size) for dx, dy in ((-1.05, -1.5), (1.05, -1.5), (0.95, -1.26), (-0.95, -1.26))],
            number,
        )

    def _weather(self) -> None:
        white, pink = self.sheet((255, 255, 255), 14), self.sheet(_rgb("#f7c6cf"), 14)
        if self.mood_name == "snow":
            self._scatter(80, white, 0.0, self.height, _dot(0.007))
        elif self.mood_name == "spring":
            self._scatter(40, pink, 0.0, self.height, _petal)
        elif self.mood_name == "autumn":
            self._scatter(26, self.sheet(_rgb(self.mood.disc), 14), 0.0, self.height, _petal)
        elif self.mood_name == "storm":
            self._scatter(60, self.sheet(_rgb(self.mood.cloud), 13), 0.0, self.height, _streak)

    def _scatter(
        self, count: int, number: int, top: float, bottom: float, shape: Callable[["_Scene", float, float, int], None]
    ) -> None:
        for _ in range(count):
            shape(self, self.random.uniform(0, self.width), self.random.uniform(top, bottom), number)


def _dot(size: float) -> Callable[[_Scene, float, float, int], None]:
    return lambda scene, x, y, number: scene._disc(x, y, scene.unit * size * scene.random.uniform(0.6, 1.4), number)


def _petal(scene: _Scene, x: float, y: float, number: int) -> None:
    a, b = scene.unit * scene.random.uniform(0.006, 0.014), scene.unit * scene.random.uniform(0.006, 0.014)
    scene.draw.polygon([(x - a, y - b), (x + b, y - a / 2), (x + a, y + b), (x - b, y + a / 2)], number)


def _streak(scene: _Scene, x: float, y: float, number: int) -> None:
    length = scene.unit * 0.045
    scene.draw.line((x, y, x - length * 0.35, y + length), number, max(1, round(scene.unit * 0.003)))


def _choose(prompt: str, words: dict[str, tuple[str, ...]], random: Random) -> str:
    """The first entry one of whose words stands in the prompt, else any."""
    lucky, text = random.choice(sorted(words)), prompt.lower()
    return next((name for name, found in words.items() if any(word in text for word in found)), lucky)


def _mark(picture: Image.Image, label: str) -> None:
    """Frame the picture and tie the ribbon that says what it is."""
    width, height = picture.size
    draw = ImageDraw.Draw(picture)
    edge = max(1, round(min(width, height) * 0.018))
    draw.rectangle((0, 0, width - 1, height - 1), outline=_PAPER, width=edge)
    plain = label.encode("ascii", "replace").decode().strip()
    big, small = (
        _font("PLACEHOLDER", width * 0.84, min(width, height) * 0.085),
        _font(plain, width * 0.84, min(width, height) * 0.045),
    )
    pad, centre, line = big.size * 0.32, width / 2, small.size * 1.25 if plain else 0
    half = max(big.getlength("PLACEHOLDER"), small.getlength(plain)) / 2 + pad * 2
    top = height - edge - big.size * 0.6 - line - pad * 2 - big.size
    bottom = top + pad * 2 + big.size + line
    draw.rectangle((centre - half, top, centre + half, bottom), _PAPER, _RED, max(1, edge // 4))
    draw.text((centre, top + pad + big.size / 2), "PLACEHOLDER", _RED, big, "mm")
    draw.text((centre, bottom - pad * 0.8 - small.size / 2), plain, _INK, small, "mm")


def _font(text: str, room: float, size: float) -> ImageFont.FreeTypeFont:
    """The built-in font at `size` pixels, or as much smaller as `text` needs to fit into `room` pixels."""
    wide = _sized(100).getlength(text) / 100
    return _sized(max(5, int(min(size, room / wide if wide else size))))


@lru_cache(maxsize=64)
def _sized(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font


@lru_cache(maxsize=256)
def _rgb(colour: str) -> Colour:
    red, green, blue = ImageColor.getrgb(colour)[:3]
    return red, green, blue


def _mix(first: Colour, second: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue
