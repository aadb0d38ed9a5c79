"""The placeholder pictures of the offline emulator."""

import io
from pathlib import Path

import pytest
from PIL import Image

from tasks.emulator.placeholder.painter import paint

PROMPT = "雪の山道を登る老僧の後ろ姿、朝の光"


@pytest.mark.parametrize(
    ("width", "height"),
    [(1376, 768), (768, 1376), (1024, 1024), (512, 64), (64, 512), (3072, 384), (384, 3072), (2752, 1536), (16, 16)],
)
@pytest.mark.parametrize(("mime", "kind"), [("image/png", "PNG"), ("image/jpeg", "JPEG")])
def test_a_picture_decodes_and_has_the_asked_size_and_format(width: int, height: int, mime: str, kind: str) -> None:
    """Every ratio from 1:8 to 8:1 gives a whole picture of exactly the asked pixels."""
    picture = Image.open(io.BytesIO(paint(PROMPT, width, height, mime, "0001")))
    picture.load()
    assert (picture.format, picture.size, picture.mode) == (kind, (width, height), "RGB")


@pytest.mark.parametrize("mime", ["image/png", "image/jpeg"])
def test_the_same_prompt_gives_the_same_bytes(mime: str) -> None:
    """Two emulators answer one request alike, byte for byte."""
    assert paint(PROMPT, 256, 144, mime, "a") == paint(PROMPT, 256, 144, mime, "a")


def test_another_prompt_or_label_gives_another_picture() -> None:
    """Pictures can be told apart, so that a mix-up of keys shows."""
    made = {paint(prompt, 256, 144, "image/png", label) for prompt in ("a", "b", PROMPT) for label in ("1", "2")}
    assert len(made) == 6


def test_the_ribbon_shows_on_every_picture() -> None:
    """The middle of the lower edge carries the cream ribbon with dark letters, whatever the scene behind it."""
    for prompt in ("夜の海", "嵐の森", "雪の村", "x"):
        picture = Image.open(io.BytesIO(paint(prompt, 1376, 768, "image/png", "0001 · 16:9")))
        ribbon = picture.crop((500, 610, 876, 690)).getcolors(100_000)
        assert ribbon is not None
        count, colour = max(ribbon)
        assert colour == (0xFB, 0xF5, 0xE6)
        assert count < 376 * 80 * 0.95


def test_any_text_can_be_a_prompt_or_a_label() -> None:
    """Emoji, lone surrogates, nothing at all and very long text neither fail nor leave the ribbon."""
    for text in ("", "🏔️", "\ud800", "紙芝居" * 500, "\x00\n"):
        assert paint(text, 160, 90, "image/jpeg", text)


@pytest.mark.parametrize(("width", "height", "mime"), [(8, 90, "image/png"), (160, 90, "image/webp")])
def test_what_cannot_be_painted_is_refused(width: int, height: int, mime: str) -> None:
    """A size or format the painter does not know is an error, not another picture."""
    with pytest.raises(ValueError, match="cannot paint"):
        paint(PROMPT, width, height, mime, "")


def test_emulators_share_what_they_paint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder that is named for it a picture is painted once, and it is the one that would have been painted."""
    arguments = (PROMPT, 160, 90, "image/jpeg", "0001")
    painted = paint(*arguments)
    monkeypatch.setenv("KAMISHIBAI_PAINTINGS", str(tmp_path))
    assert paint(*arguments) == painted
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [painted]
    monkeypatch.setattr("tasks.emulator.placeholder.painter.landscape", None)
    assert paint(*arguments) == painted
    with pytest.raises(TypeError):
        paint(*arguments[:-1], "0002")


def test_pictures_may_be_smaller_than_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many times as a variable says, either way, and no whole one is taken for a small one."""
    monkeypatch.setenv("KAMISHIBAI_PAINTINGS", str(tmp_path))
    sizes = []
    for shrunk in ("1", "4", "1", "40"):
        monkeypatch.setenv("KAMISHIBAI_PAINTINGS_SHRUNK", shrunk)
        sizes.append(Image.open(io.BytesIO(paint(PROMPT, 320, 180, "image/png", "0001"))).size)
    assert sizes == [(320, 180), (80, 45), (320, 180), (16, 16)]
