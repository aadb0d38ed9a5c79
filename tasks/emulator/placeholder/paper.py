"""Sheets of coloured paper, one before the other, and the things cut from them.

Everything is drawn as flat numbers, one per sheet, at twice the size of the picture. Each number has a colour and a
depth: averaging smooths the edges, and one blurred copy of the depths gives every sheet its shadow at once.
"""

from collections.abc import Sequence

from PIL import Image, ImageChops, ImageDraw, ImageFilter

Colour = tuple[int, int, int]
Point = tuple[float, float]

_FINE = 2
_DEPTH_STEP = 12  # grey levels per unit of depth; the deepest sheet (20) still fits into 255


class Paper:
    """A stack of sheets. Lengths are in fine pixels; `unit` is the short side, for sizes that fit any shape."""

    def __init__(self, width: int, height: int) -> None:
        self.size = (width, height)
        self.width, self.height = width * _FINE, height * _FINE
        self.unit = float(min(self.width, self.height))
        self._canvas = Image.new("L", (self.width, self.height))
        self.draw = ImageDraw.Draw(self._canvas)
        self._colours: list[Colour] = []
        self._depths: list[int] = []

    def sheet(self, colour: Colour, depth: int) -> int:
        """The number to draw with for paper of `colour` at `depth` (0 is the sky, larger is nearer)."""
        self._colours.append(colour)
        self._depths.append(depth)
        return len(self._colours) - 1

    def coloured(self) -> Image.Image:
        """What is drawn so far: RGB, `size`, without shadows."""
        picture = self._canvas.copy()
        picture.putpalette([channel for colour in self._colours for channel in colour])
        return picture.convert("RGB").reduce(_FINE)

    def shadows(self) -> Image.Image:
        """How strongly each pixel lies in the shadow of a nearer sheet: a mask of `size`."""
        table = [depth * _DEPTH_STEP for depth in self._depths]
        depth = self._canvas.resize(self.size, Image.Resampling.NEAREST).point(table + [0] * (256 - len(table)))
        reach = max(1.0, self.unit / _FINE / 144)
        blurred = ImageChops.offset(depth.reduce(4).filter(ImageFilter.BoxBlur(reach)), 0, -max(1, round(reach / 2)))
        nearer = ImageChops.subtract(blurred.resize(self.size, Image.Resampling.BILINEAR), depth)
        return nearer.point([min(120, level * 5) for level in range(256)])

    def disc(self, x: float, y: float, radius: float, number: int) -> None:
        self.draw.ellipse((x - radius, y - radius, x + radius, y + radius), number)

    def below(self, ridge: Sequence[Point], number: int) -> None:
        """Fill everything below a ridge that runs from the left edge to the right edge."""
        self.draw.polygon([*ridge, (self.width + 9, self.height + 9), (-9, self.height + 9)], number)

    def conifer(self, x: float, y: float, size: float, number: int) -> None:
        """A fir whose foot stands at (x, y)."""
        self.draw.rectangle((x - size * 0.06, y - size, x + size * 0.06, y + size), number)
        for low, wide in ((0.1, 0.62), (0.65, 0.5), (1.15, 0.36)):
            top, base = y - size * (low + 0.85), y - size * low
            self.draw.polygon([(x, top), (x + wide * size, base), (x - wide * size, base)], number)

    def round_tree(self, x: float, y: float, size: float, number: int) -> None:
        """A tree in blossom or in autumn leaves."""
        self.draw.rectangle((x - size * 0.07, y - size, x + size * 0.07, y + size), number)
        for dx, dy, radius in ((-0.4, -1.05, 0.45), (0.4, -1.0, 0.42), (0.0, -1.45, 0.5)):
            self.disc(x + dx * size, y + dy * size, radius * size, number)

    def house(self, x: float, y: float, size: float, wall: int, roof: int) -> None:
        self.draw.rectangle((x - size * 0.7, y - size * 0.7, x + size * 0.7, y + size), wall)
        self.draw.rectangle((x - size * 0.15, y - size * 0.4, x + size * 0.15, y + size), roof)
        eave, top = y - size * 0.55, y - size * 1.35
        self.draw.polygon([(x - size, eave), (x - size * 0.45, top), (x + size * 0.45, top), (x + size, eave)], roof)

    def gate(self, x: float, y: float, size: float, number: int) -> None:
        """A torii."""
        for post in (x - size * 0.6, x + size * 0.6):
            self.draw.rectangle((post - size * 0.08, y - size * 1.3, post + size * 0.08, y + size), number)
        self.draw.rectangle((x - size * 0.8, y - size * 1.05, x + size * 0.8, y - size * 0.92), number)
        corners = ((-1.05, -1.5), (1.05, -1.5), (0.95, -1.26), (-0.95, -1.26))
        self.draw.polygon([(x + dx * size, y + dy * size) for dx, dy in corners], number)

    def petal(self, x: float, y: float, wide: float, high: float, number: int) -> None:
        self.draw.polygon(
            [(x - wide, y - high), (x + high, y - wide / 2), (x + wide, y + high), (x - high, y + wide / 2)], number
        )
