"""Whole pictures pass with their true size, damaged ones never do, and every PNG we write shows the same pixels."""

import contextlib
import io
import re
import struct
import warnings
import zlib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageCms

from tasks.catalog.output import Output
from tasks.pictures import picture, png
from tasks.pictures.picture import MOST_PIXELS, BrokenPicture, Facts, UnreadablePicture, inspect, read, to_png
from tasks.project.names import Format
from tasks.providers.picture_kind import PNG

AS_JPG = Output(format=Format.JPG)


def _sample(mode: str = "RGB", size: tuple[int, int] = (37, 150)) -> Image.Image:
    """A picture whose rows and channels all differ."""
    bands = len(Image.new(mode, (1, 1)).getbands())
    channel = Image.linear_gradient("L").rotate(30).resize(size)
    noise = Image.effect_noise(size, 40)
    mixes = [ImageChops.add_modulo(channel, ImageChops.offset(noise, 3 * band, band)) for band in range(bands)]
    return Image.merge(mode, mixes) if bands > 1 else mixes[0].convert(mode)


def _saved(image: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def _opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


FILES = {
    "png": _saved(_sample(), "PNG"),
    "png grey": _saved(_sample("L"), "PNG"),
    "jpeg": _saved(_sample(), "JPEG"),
    "jpeg progressive": _saved(_sample(), "JPEG", progressive=True, quality=95),
    "jpeg restart": _saved(_sample(), "JPEG", restart_marker_blocks=1),
    "webp": _saved(_sample(), "WEBP"),
    "webp lossless": _saved(_sample("RGBA"), "WEBP", lossless=True),
    "avif": _saved(_sample(), "AVIF"),
    "gif": _saved(_sample("L"), "GIF"),
    "bmp": _saved(_sample(), "BMP"),
    "tiff": _saved(_sample(), "TIFF", compression="tiff_deflate"),
    "webp extended": _saved(_sample("RGBA"), "WEBP", exif=Image.Exif().tobytes() + b"\0\0"),
}


def _size(data: bytes) -> tuple[int, int]:
    facts = inspect(data)
    return facts.width, facts.height


def _read_by_pillow(data: bytes) -> tuple[int, int] | None:
    try:
        with warnings.catch_warnings(action="ignore"):
            return _opened(data).size
    except Exception:
        return None


@pytest.mark.parametrize("name", FILES)
def test_a_whole_picture_passes_with_format_and_size(name: str) -> None:
    """Format and size come from the bytes, not from a name or a MIME type."""
    assert (inspect(FILES[name]).format, *_size(FILES[name])) == (name.split()[0].upper(), 37, 150)


@pytest.mark.parametrize("name", FILES)
def test_a_picture_cut_anywhere_is_broken_unless_every_pixel_is_there(name: str) -> None:
    """No prefix that lacks a pixel passes, and none counts as a whole thing that nobody reads (TIFF has no end)."""
    data = FILES[name]
    for end in [*range(12, min(len(data), 700)), *range(700, len(data), 97), *range(len(data) - 30, len(data))]:
        try:
            whole = to_png(data[:end])
        except UnreadablePicture:
            assert name.startswith("tiff") or end < 20
        except BrokenPicture:
            continue
        else:
            assert _opened(whole).tobytes() == _opened(to_png(data)).tobytes()


@given(st.integers(0, len(FILES["png"]) - 1), st.integers(1, 255))
def test_one_wrong_byte_in_a_png_is_noticed_or_changes_no_pixel(place: int, change: int) -> None:
    """The checksums of a PNG are checked over every byte; one that is wrong itself costs no picture."""
    data = bytearray(FILES["png"])
    data[place] ^= change
    try:
        made = to_png(bytes(data))
    except BrokenPicture:
        return
    assert _opened(made).tobytes() == _opened(FILES["png"]).tobytes()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "nothing"),
        (b"<html>503</html>", "no known kind, beginning with 3c 68"),
        (b"\x89PNG", "no known kind"),
        (b"\0\0\0\x18ftypheic" + bytes(40), "HEIC, which nothing here reads"),
        (b"\xff\x0a" + bytes(40), "JPEG XL, which nothing here reads"),
        (b"https://cdn.example/a.png?sig=1", "an address in place of a picture: https://cdn.example/a.png"),
        (b"gs://bucket/a.png", "an address in place of a picture: gs://bucket"),
        (b"files/abc-123", "an address in place of a picture: files/abc"),
    ],
)
def test_what_is_no_picture_is_named(data: bytes, says: str) -> None:
    """Other formats, pages, addresses and nothing at all are unreadable, and said as what they are."""
    with pytest.raises(UnreadablePicture, match=re.escape(says)):
        inspect(data)


@given(st.binary(max_size=60), st.sampled_from([png.SIGNATURE, b"\xff\xd8\xff", b"RIFF\x08\0\0\0WEBP"]))
def test_no_bytes_make_the_check_itself_fail(rest: bytes, start: bytes) -> None:
    """Whatever follows a good beginning, the answer is facts or BrokenPicture."""
    with contextlib.suppress(BrokenPicture):
        inspect(start + rest)


def _pixels(data: bytes, for_pixels: bool) -> tuple[object, ...]:
    """What is known of a picture, its pixels among it."""
    try:
        whole = read(data, for_pixels)
        image = whole.pixels()
    except BrokenPicture as error:
        return type(error), str(error)
    return whole.facts, whole.is_sound, image.mode, image.size, image.tobytes()


def _pixels_are_the_same_however_they_are_asked_for(data: bytes) -> None:
    assert _pixels(data, for_pixels=True) == _pixels(data, for_pixels=False)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(sorted(FILES)),
    st.lists(st.tuples(st.integers(0, 1 << 20), st.binary(min_size=1, max_size=4)), min_size=1, max_size=4),
    st.booleans(),
)
def test_whatever_happens_to_a_picture_pillow_and_we_agree(
    name: str, changes: list[tuple[int, bytes]], grows: bool
) -> None:
    """Bytes changed or put in: what Pillow reads whole is a picture of that size, and nothing else is raised.

    But for a PNG whose checksums say that its pixels are not those that were sent: Pillow does not look.
    """
    data = bytearray(FILES[name])
    for place, new in changes:
        start = place % len(data)
        data[start : start if grows else start + len(new)] = new
    theirs = _read_by_pillow(bytes(data))
    _pixels_are_the_same_however_they_are_asked_for(bytes(data))
    try:
        made = _size(to_png(bytes(data)))
    except BrokenPicture:
        is_too_large = theirs is not None and theirs[0] * theirs[1] > MOST_PIXELS
        assert theirs is None or is_too_large or bytes(data).startswith(png.SIGNATURE)
    else:
        assert theirs in (None, made, made[::-1])


def _png_of(*chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG file of these chunks, with right checksums."""
    parts = [struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in chunks]
    return png.SIGNATURE + b"".join(parts)


def _header(width: int, height: int) -> tuple[bytes, bytes]:
    return b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)


KIND_BOX = struct.pack(">I4s", 20, b"ftyp") + b"avif\0\0\0\0avif"
"""The first box of an AVIF file (ISO/IEC 14496-12); boxes say their size in 4 bytes, in 8 more, or go on to the end."""
PIXELS, END = (b"IDAT", zlib.compress(bytes(4))), (b"IEND", b"")
BROKEN = {
    "no header": (_png_of(PIXELS, END), "does not decode"),
    "a header that is too short": (_png_of((b"IHDR", _header(1, 1)[1][:-2]), PIXELS, END), "does not decode"),
    "no pixels": (_png_of(_header(1, 1), END), "does not decode"),
    "too few rows": (_png_of(_header(1, 9), PIXELS, END), "does not decode"),
    "rows too short": (_png_of(_header(9, 1), PIXELS, END), "does not decode"),
    "no zlib stream": (_png_of(_header(1, 1), (b"IDAT", b"x" * 40), END), "does not decode"),
    "an unknown filter": (_png_of(_header(1, 1), (b"IDAT", zlib.compress(b"\5abc")), END), "does not decode"),
    "an unknown colour type": (_png_of((b"IHDR", _header(1, 1)[1][:9] + b"\7\0\0\0"), PIXELS, END), "does not decode"),
    "PNG of no width": (_png_of(_header(0, 9), PIXELS, END), "0 x 9"),
    "PNG of no height": (_png_of(_header(9, 0), PIXELS, END), "9 x 0"),
    "more than 100 megapixels": (_png_of(_header(20_000, 20_000), PIXELS, END), "20000 x 20000"),
    "fill bytes and no more": (FILES["jpeg"][:2] + b"\xff" * 90, "cut off"),
    "fill bytes before the end, no pixels": (FILES["jpeg"][:2] + b"\xff\xff\xff\xd9", "does not decode"),
    "fill bytes and no end": (FILES["jpeg"][:2] + b"\xff\xff" + FILES["jpeg"][2:-2], "cut off"),
    "AVIF of whole boxes": (KIND_BOX + struct.pack(">I4s", 40, b"mdat") + bytes(32), "does not decode"),
    "AVIF of a large box": (KIND_BOX + struct.pack(">I4sQ", 1, b"mdat", 40) + bytes(24), "does not decode"),
    "AVIF whose last box is open": (KIND_BOX + struct.pack(">I4s", 0, b"mdat") + bytes(9), "does not decode"),
    "AVIF whose last box is empty": (KIND_BOX + struct.pack(">I4s", 8, b"mdat"), "does not decode"),
    "AVIF cut within a box": (KIND_BOX + struct.pack(">I4s", 40, b"mdat") + bytes(31), "cut off"),
    "AVIF cut within a large box": (KIND_BOX + struct.pack(">I4sQ", 1, b"mdat", 40) + bytes(23), "cut off"),
    "AVIF cut between boxes": (KIND_BOX, "cut off"),
    "AVIF cut within the size of a box": (KIND_BOX + struct.pack(">I4s", 8, b"mdat") + bytes(7), "cut off"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_cannot_be_shown_is_refused(what: str) -> None:
    """Right checksums and no picture: nothing is missing, so it is unreadable; what has no end is broken."""
    data, reason = BROKEN[what]
    for call in (inspect, to_png):
        with pytest.raises(BrokenPicture, match=reason) as refused:
            call(data)
        assert isinstance(refused.value, UnreadablePicture) == (reason != "cut off")


def _interlaced() -> bytes:
    """The grey sample as an interlaced PNG (PNG specification, section 8.2)."""
    image, rows = _sample("L"), b""
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    for left, top, right, down in passes:
        for y in range(top, image.height, down):
            rows += b"\0" + bytes(image.getpixel((x, y)) for x in range(left, image.width, right))
    header = struct.pack(">IIBBBBB", *image.size, 8, 0, 0, 0, 1)
    return _png_of((b"IHDR", header), (b"IDAT", zlib.compress(rows)), END)


STRANGE = {
    "stray bytes between two segments": FILES["jpeg"][:20] + b"abc" + FILES["jpeg"][20:],
    "bytes behind the end": FILES["jpeg"] + b"\0\r\n" + bytes(range(256)),
    "EXIF that nobody reads": _saved(_sample(), "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff"),
    "a PNG without its last chunk": FILES["png"][:-12],
    "a PNG with a wrong checksum of its pixels": FILES["png"][:-16] + b"\0\0\0\0" + FILES["png"][-12:],
    "bytes behind a PNG": FILES["png"] + b"more",
    "an interlaced PNG": _interlaced(),
    "a PNG of 16 bits": _saved(Image.new("I;16", (37, 150), 0x8000), "PNG"),
    "a GIF of two pictures": _saved(_sample("L"), "GIF", save_all=True, append_images=[_sample("L").rotate(90)]),
}


@pytest.mark.parametrize("what", STRANGE)
def test_what_pillow_reads_whole_is_a_picture(what: str) -> None:
    """Faults of form cost no picture; what is not faultless PNG is written anew, so that every program opens it."""
    made = to_png(STRANGE[what])
    assert _opened(made).convert("RGB").tobytes() == _opened(STRANGE[what]).convert("RGB").tobytes()
    parts = png.parts(made)
    assert not parts.damage and (png.rows(parts).are_right or not parts.is_usual)


def _padded(data: bytes) -> bytes:
    """The JPEG with three fill bytes before each marker in front of its first scan, as ITU T.81 B.1.1.2 allows."""
    position, made = 2, data[:2]
    while data[position + 1] != 0xDA:
        (length,) = struct.unpack_from(">H", data, position + 2)
        made += b"\xff\xff\xff" + data[position : position + 2 + length]
        position += 2 + length
    return made + b"\xff\xff\xff" + data[position:]


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("jpeg")])
def test_fill_bytes_change_nothing(name: str) -> None:
    """A JPEG with fill bytes before its markers is a whole picture of the same size and pixels."""
    data = _padded(FILES[name])
    assert _size(data) == (37, 150)
    assert _opened(to_png(data)).tobytes() == _opened(to_png(FILES[name])).tobytes()
    for end in range(2, data.index(b"\xff\xda") + 4):
        with pytest.raises(BrokenPicture):
            inspect(data[:end])


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
@pytest.mark.parametrize("size", [(1, 1), (3, 64), (5, 65), (200, 130)])
def test_an_encoded_picture_shows_the_same_pixels(mode: str, size: tuple[int, int]) -> None:
    """Every mode and strip boundary survives, read back by another decoder, with whole checksums."""
    image = _sample(mode, size)
    data = png.encode(image)
    assert inspect(data) == Facts(PNG, *size)
    assert _opened(data).mode == mode
    assert _opened(data).tobytes() == image.tobytes()


def test_a_png_stays_byte_identical() -> None:
    """A PNG is passed on as it came unless another size is asked for."""
    assert to_png(FILES["png"]) is FILES["png"]
    assert to_png(FILES["png"], (37, 150)) is FILES["png"]


@pytest.mark.parametrize("name", [name for name in FILES if "png" not in name])
def test_other_formats_become_png_with_the_same_pixels(name: str) -> None:
    """JPEG and WEBP are decoded once and lose nothing more."""
    converted = _opened(to_png(FILES[name]))
    assert converted.format == "PNG"
    assert converted.tobytes() == _opened(FILES[name]).convert(converted.mode).tobytes()


@pytest.mark.parametrize("size", [(64, 64), (320, 180), (20, 200)])
def test_output_size_covers_and_cuts_around_the_centre(size: tuple[int, int]) -> None:
    """A picture with a mark in its centre keeps the mark in the centre, has the asked size and no bars."""
    image = Image.new("RGB", (200, 100), "white")
    image.paste("red", (90, 40, 110, 60))
    result = _opened(to_png(_saved(image, "PNG"), size))
    assert result.size == size
    assert result.getpixel((size[0] // 2, size[1] // 2)) == (255, 0, 0)
    assert {result.getpixel((x, y)) for x in (0, size[0] - 1) for y in (0, size[1] - 1)} == {(255, 255, 255)}


def test_exif_orientation_is_applied() -> None:
    """A JPEG that is stored lying stands upright in its PNG."""
    exif = Image.Exif()
    exif[0x0112] = 6
    assert _opened(to_png(_saved(_sample(size=(40, 20)), "JPEG", exif=exif))).size == (20, 40)


def test_cmyk_becomes_rgb_without_the_cmyk_profile() -> None:
    """Print colours are converted, and a profile that no longer fits is left out."""
    fake = bytes(16) + b"CMYK" + bytes(108)
    result = _opened(to_png(_saved(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG", icc_profile=fake)))
    assert result.mode == "RGB" and "icc_profile" not in result.info
    assert all(abs(a - b) < 8 for a, b in zip(result.getpixel((4, 4)), (255, 0, 0), strict=True))


def test_a_fitting_colour_profile_is_kept() -> None:
    """An RGB profile travels into the PNG, also through scaling."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = _saved(_sample(), "JPEG", icc_profile=profile)
    assert _opened(to_png(data)).info["icc_profile"] == profile
    assert _opened(to_png(data, (16, 16))).info["icc_profile"] == profile


@pytest.mark.parametrize("mode", ["P", "1", "I;16"])
def test_unusual_png_modes_can_be_scaled(mode: str) -> None:
    """Palettes, black and white and 16 bits become ordinary PNGs when another size is asked for."""
    image = Image.new("I;16", (20, 20), 0x8000) if mode == "I;16" else _sample("L", (20, 20)).convert(mode)
    result = _opened(to_png(_saved(image, "PNG"), (10, 10)))
    assert result.size == (10, 10)
    if mode == "I;16":
        assert result.getpixel((5, 5)) == 0x80


def test_a_picture_that_does_not_decode_is_broken() -> None:
    """Damage that only decoding can find is reported the same way."""
    data = _saved(_sample("RGB", (200, 200)), "WEBP", lossless=True)
    damaged = data[:30] + bytes(len(data) - 30)
    with pytest.raises(UnreadablePicture, match="does not decode"):
        inspect(damaged)


def test_more_pixels_than_pillow_likes_raise_no_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own limit is the only one."""
    monkeypatch.setattr(picture, "MOST_PIXELS", 10)
    with pytest.raises(BrokenPicture):
        to_png(FILES["jpeg"])


def test_a_jpeg_that_fits_stays_as_it_came() -> None:
    """Byte for byte, when it is upright, of the asked size and small enough."""
    data = FILES["jpeg"]
    whole = read(data)
    size = (whole.facts.width, whole.facts.height)
    assert whole.finished(AS_JPG).data is whole.finished(Output(size, Format.JPG, len(data))).data is data
    assert whole.finished(AS_JPG).size == size
    assert whole.finished(Output(size, Format.JPG, len(data) - 1)).data != data


@pytest.mark.parametrize("kind", ["turned", "cmyk", "png", "transparent"])
def test_what_other_programs_may_show_otherwise_is_encoded(kind: str) -> None:
    """A turned JPEG, one in colours of print, a PNG: an upright RGB JPEG, and what shows through is white."""
    exif = Image.Exif()
    exif[0x0112] = 6
    data = {
        "turned": _saved(_sample(size=(40, 20)), "JPEG", exif=exif),
        "cmyk": _saved(Image.new("CMYK", (20, 40), (0, 255, 255, 0)), "JPEG"),
        "png": _saved(_sample(size=(20, 40)), "PNG"),
        "transparent": _saved(Image.new("RGBA", (20, 40), (0, 0, 0, 0)), "PNG"),
    }[kind]
    made = read(data).finished(AS_JPG)
    image = _opened(made.data)
    assert (image.format, image.mode, image.size, made.size) == ("JPEG", "RGB", (20, 40), (20, 40))
    assert not image.getexif().get(0x0112)
    if kind == "transparent":
        assert image.getpixel((10, 20)) == (255, 255, 255)


def test_quality_goes_down_until_the_file_fits() -> None:
    """The first quality that fits is taken; where none does, the last one is what there is."""
    whole = read(_saved(Image.effect_noise((200, 200), 80), "PNG"))
    sizes = [len(whole.finished(replace(AS_JPG, max_bytes=most)).data) for most in (10**6, 30000, 20000, 10)]
    assert sizes == sorted(sizes, reverse=True) and len(set(sizes)) == 4
    assert sizes[1] <= 30000 and sizes[2] <= 20000 < sizes[1]


def test_a_png_in_many_small_pieces_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """However its pixels are cut into chunks, and however little is inflated at a time; with a piece less it is not."""
    monkeypatch.setattr(png, "_AT_ONCE", 100)
    rows = zlib.compress(b"\1" * (37 * 3 + 1) * 150)
    for step in (1, 7, 1000):
        cut = [(b"IDAT", rows[at : at + step]) for at in range(0, len(rows), step)]
        whole = _png_of((b"IHDR", FILES["png"][16:29]), *cut, END)
        assert read(whole).is_sound and png.rows(png.parts(whole)).are_right
        less = _png_of((b"IHDR", FILES["png"][16:29]), *cut[:-1], END)
        assert not png.rows(png.parts(less)).are_right


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (4000, 3), (700, 600)])
@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_rows_that_were_inflated_once_are_the_pixels(mode: str, size: tuple[int, int]) -> None:
    """Whoever asks for pixels beforehand gets those that Pillow reads of the file, and a damaged file none."""
    image = _sample(mode, size)
    data = _saved(image, "PNG")
    inflated = read(data, for_pixels=True)
    assert inflated.image is not None and inflated.image.tobytes() == image.tobytes()
    assert read(data).image is None
    _pixels_are_the_same_however_they_are_asked_for(data[:-20])
    _pixels_are_the_same_however_they_are_asked_for(data[:60] + bytes(4) + data[64:])


def test_what_only_the_whole_file_tells_is_not_lost() -> None:
    """A colour that shows through, a colour profile, an orientation: such pixels are read the usual way."""
    exif = Image.Exif()
    exif[0x0112] = 6
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    lying = _saved(_sample(size=(40, 20)), "PNG", exif=exif)
    assert read(lying, for_pixels=True).pixels().size == (20, 40)
    clear = _saved(_sample(), "PNG", transparency=(1, 2, 3))
    assert read(clear, for_pixels=True).pixels().has_transparency_data
    coloured = _saved(_sample(), "PNG", icc_profile=profile)
    assert read(coloured, for_pixels=True).pixels().info["icc_profile"] == profile


def test_without_the_decoder_for_rows_pixels_are_read_the_usual_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another Pillow may not have it."""
    monkeypatch.delattr(Image, "_getdecoder")
    whole = read(FILES["png"], for_pixels=True)
    assert whole.is_sound and whole.image is None
