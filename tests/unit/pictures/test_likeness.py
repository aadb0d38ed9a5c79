"""Which pictures are nearly the same, and which one is unlike the others."""

import io

from PIL import Image, ImageDraw, ImageEnhance

from tasks.pictures import preview
from tasks.pictures.likeness import MOST_NAMED, Likeness, Oddity, near, odd, of_preview


def drawn(shift: int = 0, light: float = 1.0) -> Image.Image:
    image = Image.new("RGB", (480, 270), (120, 150, 200))
    draw = ImageDraw.Draw(image)
    draw.ellipse((60 + shift, 40, 180 + shift, 160), fill=(240, 230, 120))
    draw.polygon([(0, 270), (240 + shift, 90), (480, 270)], fill=(40, 90, 60))
    return ImageEnhance.Brightness(image).enhance(light)


def seen(image: Image.Image, quality: int = 78) -> Likeness:
    out = io.BytesIO()
    image.save(out, "WEBP", quality=quality)
    return of_preview(out.getvalue())


def test_the_same_picture_again_is_near_and_another_is_not() -> None:
    """Another encoding of it, or a little moved, is nearly the same; its mirror image is not."""
    looks = {
        "1": seen(drawn()),
        "2": seen(drawn(3), 40),
        "3": seen(drawn().transpose(Image.Transpose.FLIP_LEFT_RIGHT)),
    }
    assert near(looks) == {"1": ["2"], "2": ["1"]}


def test_another_light_is_another_picture() -> None:
    """The same shapes by night are meant to be another picture."""
    assert near({"day": seen(drawn()), "night": seen(drawn(light=0.4))}) == {}


def test_the_odd_one_out_is_found_and_says_how() -> None:
    """Among pictures of about one light, a dark one, a pale one and a flat one; none among few."""
    usual = {str(number): seen(drawn(number, 0.95 + number / 100)) for number in range(10)}
    assert odd(usual) == {}
    assert odd(usual | {"dark": seen(drawn(light=0.2))})["dark"].darker
    assert odd(usual | {"grey": seen(drawn().convert("L").convert("RGB"))}) == {"grey": Oddity(paler=True)}
    assert odd(dict(list(usual.items())[:4]) | {"dark": seen(drawn(light=0.2))}) == {}


def test_a_preview_says_itself_what_it_looks_like() -> None:
    """Nothing is decoded for that, and it is what decoding would say; any other small picture is decoded."""
    data = preview.encode(drawn())
    told = of_preview(data)
    assert told == of_preview(data[:120] + b"?" * 200)
    bare = seen(drawn())
    assert near({"told": told, "bare": bare}) == {"told": ["bare"], "bare": ["told"]}


def test_many_like_it_are_not_all_named() -> None:
    """Of five hundred pictures alike each names the first few others, in their order; not 250,000 names in all."""
    found = near({str(number): Likeness(7, 100.0, 50.0, 30.0) for number in range(500)})
    assert list(found) == [str(number) for number in range(500)]
    assert {len(named) for named in found.values()} == {MOST_NAMED}
    assert found["2"] == ["0", "1", "3", "4", "5"]
