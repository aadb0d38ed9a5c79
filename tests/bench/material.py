"""What is measured on: result files of batch jobs, made in seconds."""

import io
import os
import random
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import orjson
import pybase64
from PIL import Image, ImageChops

DISTINCT = 16
USAGE = {
    "promptTokenCount": 60,
    "candidatesTokenCount": 1120,
    "thoughtsTokenCount": 40,
    "totalTokenCount": 1220,
    "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 1120}],
}


def key(number: int) -> str:
    return f"{number:04}-{number:032x}"


def digest(number: int) -> str:
    return f"{number * 0x9E3779B97F4A7C15 % 2**64:064x}"[::-1]


def result_file(path: Path, count: int, kind: str) -> int:
    """Write `count` result lines with pictures of `kind` (KINDS); returns the bytes of one picture, about."""
    order = list(range(1, count + 1))
    random.Random(1).shuffle(order)
    return answer_file(path, [key(number) for number in order], kind)


def answer_file(path: Path, keys: Sequence[str], kind: str) -> int:
    """Write a result line for each of `keys`, in that order; returns the bytes of one picture, about."""
    pictures = [KINDS[kind](seed) for seed in range(DISTINCT)]
    with path.open("wb") as stream:
        for number, each in enumerate(keys):
            stream.writelines(_line(each, number, pictures[number % DISTINCT], kind))
    return sum(map(len, pictures)) // DISTINCT


def _line(key: str, number: int, picture: bytes, kind: str) -> Iterator[bytes]:
    head, tail = orjson.dumps(
        {
            "response": {
                "candidates": [
                    {
                        "content": {"parts": [{"inlineData": {"mimeType": f"image/{kind.split()[-1]}", "data": "|"}}]},
                        "finishReason": "STOP",
                    }
                ],
                "usageMetadata": USAGE,
                "modelVersion": "bench",
                "responseId": f"r{number}",
            },
            "key": key,
        }
    ).split(b"|")
    yield from (head, pybase64.b64encode(picture), tail, b"\n")


def noise_png(_: int = 0) -> bytes:
    """1.5 MB that no compression makes smaller, as a whole PNG of 816 x 612 pixels."""
    width, height = 816, 612
    rows = b"".join(b"\0" + os.urandom(width * 3) for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 0)), (b"IEND", b""))
    parts = (struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def painting(seed: int) -> bytes:
    """A JPEG of 1376 x 768 pixels and about 0.4 MB: soft shapes with grain, as image models draw."""
    stream = io.BytesIO()
    _painted(seed, 18).save(stream, "JPEG", quality=93)
    return stream.getvalue()


def painted_png(seed: int) -> bytes:
    """The same with less grain as a PNG of about 1.5 MB, packed as usual: its pixels cost time, noise costs none."""
    stream = io.BytesIO()
    _painted(seed, 4).save(stream, "PNG")
    return stream.getvalue()


def _painted(seed: int, grains: int) -> Image.Image:
    width, height = 1376, 768
    shapes = Image.effect_noise((width // 8, height // 8), 90).resize((width, height), Image.Resampling.BICUBIC)
    slopes = [Image.linear_gradient("L").rotate(40 * seed + 90 * band).resize((width, height)) for band in range(3)]
    bands = [Image.blend(shapes, slope, 0.6) for slope in slopes]
    grain = Image.merge("RGB", [Image.effect_noise((width, height), grains) for _ in range(3)])
    return ImageChops.add(Image.merge("RGB", bands), grain, 2)


KINDS: Mapping[str, Callable[[int], bytes]] = {"png": noise_png, "painted png": painted_png, "jpeg": painting}
