"""What bytes are told apart by, and what a text in place of a picture stands for."""

import base64
import io

import pytest
from PIL import Image

from tasks.providers.picture_kind import ADDRESS, HEIC, JPEG_2000, JPEG_XL, bytes_of, kind_of

PICTURE = b"\xff\xd8\xff\xe0\x00\x10JFIF and more>>>???"


@pytest.mark.parametrize("name", ["PNG", "JPEG", "WEBP", "AVIF", "GIF", "BMP", "TIFF"])
def test_a_picture_that_pillow_reads_has_its_names(name: str) -> None:
    """Pillow opens it by that name, a viewer by that ending, and a browser by that type."""
    written = io.BytesIO()
    Image.new("RGB", (48, 32), "teal").save(written, name)
    kind = kind_of(written.getvalue())
    assert kind and kind.decodable and kind.name == name
    assert (kind.mime, Image.registered_extensions()[f".{kind.extension}"]) == (Image.MIME[name], name)


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", HEIC),
        (b"\xff\x0a rest", JPEG_XL),
        (b"\0\0\0\x0cJXL \r\n\x87\n", JPEG_XL),
        (b"\0\0\0\x0cjP  \r\n\x87\n", JPEG_2000),
        (b"https://example.com/a.png", ADDRESS),
        (b"files/abc-1", ADDRESS),
    ],
)
def test_what_pillow_does_not_read_is_known_all_the_same(head: bytes, kind: object) -> None:
    """Paid bytes are kept under their own name, for a program that reads them."""
    found = kind_of(head)
    assert found is kind and found and not found.decodable


@pytest.mark.parametrize("data", [b"", b"<html>", b"BM and no head of a bitmap", b"RIFF....WAVE", b"see https://x.y"])
def test_what_is_no_picture_has_no_kind(data: bytes) -> None:
    """Two letters are not enough, and neither is an address somewhere inside."""
    assert kind_of(data) is None


@pytest.mark.parametrize(
    "told",
    [
        base64.b64encode(PICTURE).decode(),
        base64.urlsafe_b64encode(PICTURE).decode().rstrip("="),
        f" data:image/jpeg;base64,{base64.b64encode(PICTURE).decode()}\n",
        "data:image/jpeg;base64," + base64.b64encode(PICTURE).decode().replace("=", "%3D").replace("+", "%2B"),
        base64.encodebytes(PICTURE).decode(),
    ],
)
def test_base64_in_any_form_is_the_picture(told: str) -> None:
    """Either alphabet, with or without padding, in lines or as a data: URL."""
    assert bytes_of(told) == PICTURE


@pytest.mark.parametrize("left_out", range(1, 9))
def test_base64_that_is_cut_off_is_the_beginning(left_out: int) -> None:
    """Wherever it was cut, what came is there for a person; only what no byte can be made of is not."""
    told = base64.b64encode(PICTURE).decode().rstrip("=")
    found = bytes_of(told[:-left_out])
    assert PICTURE.startswith(found) and len(found) == (len(told) - left_out) * 3 // 4


@pytest.mark.parametrize("told", [" https://example.com/a.png ", "files/abc-1", "no picture today!"])
def test_what_is_no_base64_stands_for_itself(told: str) -> None:
    """An address above all: it may lead to what was paid for."""
    assert bytes_of(told) == told.strip().encode()
