"""A line around letters that has no gaps.

FreeType's own is smooth, and lacks pieces where a letter's strokes are much thinner than the line: at the ends of those
of serif fonts (こ, に). What it lacks is here.
"""

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image


def widened(shape: "Image.Image", radius: int) -> "Image.Image":
    """The shape (mode L) with all that is at most so many pixels from it; its edge is of whole pixels."""
    from PIL import ImageChops  # only commands that draw need it

    box = shape.getbbox()
    if not box or radius < 1:
        return shape
    corner = box[0] - radius, box[1] - radius
    row = found = shape.crop((*corner, box[2] + radius, box[3] + radius))
    halves = [math.isqrt(radius**2 - down**2) for down in range(radius + 1)]
    for half in range(radius + 1):
        if half:
            beside = ImageChops.lighter(ImageChops.offset(row, 1, 0), ImageChops.offset(row, -1, 0))
            row = ImageChops.lighter(row, beside)
        for down in (down for down, reach in enumerate(halves) if reach == half):
            for by in {down, -down}:
                found = ImageChops.lighter(found, ImageChops.offset(row, 0, by))
    whole = shape.copy()
    whole.paste(found, corner)
    return whole
