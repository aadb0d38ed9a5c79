"""Fonts for tests: one that Pillow brings along, Latin letters only; and a Japanese one of this machine, if any."""

from pathlib import Path

import pytest
from PIL import ImageFont

from tasks.pictures import fonts
from tasks.text.errors import BadInput

JAPANESE = ("Noto Sans CJK JP", "Noto Sans JP", "Hiragino Sans", "Yu Gothic", "IPAexGothic")


def latin(workspaces: Path, name: str = "fonts/latin.ttf") -> str:
    """Write the font that Pillow brings along; returns its path from `workspaces`, as templates name it."""
    path = workspaces / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(ImageFont.load_default(20).font_bytes)
    return name


def japanese(workspaces: Path) -> str:
    """The name of a Japanese font that is installed; the test is skipped where there is none."""
    for name in JAPANESE:
        try:
            fonts.find(name, workspaces)
        except BadInput:
            continue
        return name
    pytest.skip("no Japanese font is installed here (fonts-noto-cjk)")
