"""Contents that nobody means: what a disk, an editor, another program or an attacker can leave in a file."""

import json
from collections.abc import Callable, Mapping
from typing import Any

DEEP = 100_000

BYTES: Mapping[str, bytes] = {
    "empty": b"",
    "one newline": b"\n",
    "nul bytes": b"\0" * 4096,
    "not utf-8": b'{"prompts": "\xff\xfe\xc3("}',
    "utf-16": '{"prompts": []}'.encode("utf-16"),
    "null": b"null\n",
    "a number": b"7\n",
    "a huge number": b"1" + b"0" * 5000,
    "infinity": b"[1e999, NaN]",
    "a string": b'"<script>alert(1)</script>"\n',
    "a list": b"[]\n",
    "an object": b"{}\n",
    "deep list": b"[" * DEEP,
    "deep and closed": b"[" * DEEP + b"]" * DEEP,
    "deep object": b'{"a":' * DEEP,
    "lone surrogate": b'{"prompts": [{"id": "0001", "prompt": "\\ud800"}], "version": 1}',
    "line separators": "{\u2028\u2029\x85}".encode(),
    "yaml tag": b"!!python/object/apply:os.system ['false']\n",
    "yaml aliases": b"a: &a [x, x, x, x, x, x, x, x, x]\n"
    + b"".join(b"%c: &%c [%s]\n" % (98 + n, 98 + n, b", ".join([b"*%c" % (97 + n)] * 9)) for n in range(9)),
    "yaml recursion": b"&a [*a]\n",
    "control characters": b"\x1b[2J\x1b]8;;http://x\x07\r\n",
    "a megabyte without newline": b"x" * (1 << 20),
}
"""Whole files, whatever was there before."""


def half(data: bytes) -> bytes:
    return data[: len(data) // 2]


def bom(data: bytes) -> bytes:
    return b"\xef\xbb\xbf" + data


def crlf(data: bytes) -> bytes:
    return data.replace(b"\n", b"\r\n")


def doubled(data: bytes) -> bytes:
    return data + data


def flipped(data: bytes) -> bytes:
    """Every 97th byte with one bit turned."""
    changed = bytearray(data)
    for place in range(13, len(changed), 97):
        changed[place] ^= 1 << place % 7
    return bytes(changed)


def numbers_for_texts(data: bytes) -> bytes:
    return _each(data, lambda value: 7 if isinstance(value, str) else value)


def texts_for_numbers(data: bytes) -> bytes:
    return _each(data, lambda value: "7" if isinstance(value, int | float) else value)


def nulls(data: bytes) -> bytes:
    return _each(data, lambda value: None)


def negative(data: bytes) -> bytes:
    return _each(data, lambda value: -5 if isinstance(value, int | float) else value)


def climbing(data: bytes) -> bytes:
    """Every text is a path out of its folder."""
    return _each(data, lambda value: "../../../../outside" if isinstance(value, str) else value)


CHANGES: tuple[Callable[[bytes], bytes], ...] = (
    *(half, bom, crlf, doubled, flipped),
    *(numbers_for_texts, texts_for_numbers, nulls, negative, climbing),
)
"""What was there before, spoiled."""


def _each(data: bytes, change: Callable[[Any], Any]) -> bytes:
    """JSON, or JSON line by line, with every plain value changed; anything else only cut."""
    try:
        return json.dumps(_walk(json.loads(data), change)).encode()
    except ValueError:
        pass
    try:
        lines = [json.loads(line) for line in data.split(b"\n") if line]
        return b"".join(json.dumps(_walk(line, change)).encode() + b"\n" for line in lines)
    except ValueError:
        return half(data)


def _walk(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, dict):
        return {name: _walk(each, change) for name, each in value.items()}
    if isinstance(value, list):
        return [_walk(each, change) for each in value]
    return change(value)
