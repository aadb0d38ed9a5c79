"""Which pictures are nearly the same, and which one is unlike the others."""

import io

import pytest
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


@pytest.mark.parametrize(
    ("other", "is_near"),
    [
        (Likeness(0b11111, 116.0, 50.0, 90.0), True),
        (Likeness(0b11111 << 59, 84.0, 66.0, 30.0), True),
        (Likeness(0b111111, 100.0, 50.0, 30.0), False),
        (Likeness(0, 116.1, 50.0, 30.0), False),
        (Likeness(0, 100.0, 33.9, 30.0), False),
    ],
)
def test_how_much_two_pictures_may_differ(other: Likeness, is_near: bool) -> None:
    """In few of their edges, and a little in light and in colour; whichever of them comes first."""
    one = Likeness(0, 100.0, 50.0, 30.0)
    both = {"one": ["other"], "other": ["one"]}
    assert near({"one": one, "other": other}) == near({"other": other, "one": one}) == (both if is_near else {})


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"light": 67.0}, Oddity(darker=True)),
        ({"light": 133.0}, Oddity(lighter=True)),
        ({"colour": 57.0}, Oddity(paler=True)),
        ({"contrast": 47.0}, Oddity(flatter=True)),
        ({"light": 67.0, "colour": 57.0}, Oddity(darker=True, paler=True)),
        ({"light": 132.0}, None),
        ({"light": 68.0}, None),
        ({"colour": 200.0, "contrast": 120.0}, None),
    ],
)
def test_one_picture_that_is_unlike_the_others(changed: dict[str, float], says: Oddity | None) -> None:
    """By how it strikes the eye; more colour and more contrast are no fault. Eight pictures are enough to say it."""
    usual = Likeness(0, 100.0, 90.0, 80.0)
    looks = {str(number): usual for number in range(7)} | {"odd": usual._replace(**changed)}
    assert odd(looks) == ({"odd": says} if says else {})
    assert odd(dict(list(looks.items())[1:])) == {}


@pytest.mark.parametrize(("light", "is_odd"), [(165.0, False), (166.0, True)])
def test_pictures_that_differ_anyway_hide_an_odd_one(light: float, is_odd: bool) -> None:
    """What is far is told by how far the others are apart: six times as far as is usual among them."""
    usual = [90.0] * 4 + [100.0] + [110.0] * 4
    looks = {str(number): Likeness(0, each, 90.0, 80.0) for number, each in enumerate(usual)}
    found = odd(looks | {"bright": Likeness(0, light, 90.0, 80.0)})
    assert found == ({"bright": Oddity(lighter=True)} if is_odd else {})
