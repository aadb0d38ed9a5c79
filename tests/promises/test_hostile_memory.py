"""What would fill the memory is refused before it does: each case in a process of its own whose peak is looked at."""

import json
import subprocess
import sys
import textwrap

import pytest

from tests.support.emulator_process import ROOT

PRELUDE = """
import io, json, struct, tempfile, zlib
from pathlib import Path
from tasks.pictures.ingest import Plan, ingest
from tasks.pictures.ingest_one import Destination, KeptAs
from tasks.pictures.picture import BrokenPicture, to_png
from tasks.pictures.store import Store
from tasks.providers.gemini.responses import open_line
from tests.support.facts import origin
from tests.bench.measure import peak_mib

def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

def png(width, height, *more, rows=b""):
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + b"".join(more) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
    return b"\\x89PNG\\r\\n\\x1a\\n" + body

def refused(data):
    try:
        to_png(data, (64, 64))
    except BrokenPicture as error:
        return str(error)
    return "read"

def arrived(chunks):
    with tempfile.TemporaryDirectory() as folder:
        image, kept = Path(folder) / "images" / "0001.png", KeptAs(Path(folder) / "kept", "kept")
        wanted = {"0001-a": Destination(origin("0001-a", "a" * 64), "CH01-001", image, kept)}
        outcome = ingest(chunks, Plan(wanted, Store(Path(folder) / "store"), "test", open_line))
        return f"{len(outcome.unreadable)} unreadable, {len(outcome.unknown)} unknown, {len(outcome.answers)} answers"
"""
CASES = {
    "a line of a gigabyte": ("arrived([b'x' * (1 << 20)] * 1024 + [b'\\n'])", "1 unreadable", 640),
    "a gigabyte inside an answer": (
        'arrived([b\'{"key": "0001-a", "response": "\'] + [b\'x\' * (1 << 20)] * 1024 + [b\'"}\\n\'])',
        "1 unreadable",
        640,
    ),
    "a hundred thousand levels": ("arrived([b'[' * 100_000, b'\\n'])", "1 unreadable", 100),
    "a million short lines": ("arrived([b'{}\\n' * 1000] * 1000)", "1000000 unknown", 300),
    "a PNG of 60,000 x 60,000": ("refused(png(60_000, 60_000))", "60000 x 60000", 100),
    "a PNG that says one pixel and holds a gigabyte": ("refused(png(1, 1, rows=bytes(1 << 30)))", "read", 1200),
    "a text of a gigabyte in a PNG": (
        "refused(png(8, 8, chunk(b'zTXt', b'x\\0\\0' + zlib.compress(bytes(300 << 20), 9)), rows=bytes(200)))",
        "",
        460,
    ),
    "a JPEG of 65,000 x 65,000": (
        "refused(b'\\xff\\xd8\\xff\\xc0' + struct.pack('>HBHHB', 17, 8, 65000, 65000, 3) + bytes(9)"
        " + b'\\xff\\xda\\0\\x02\\xff\\xd9')",
        "65000 x 65000",
        100,
    ),
    "a WebP of 16,383 x 16,383": (
        "refused(b'RIFF' + struct.pack('<I', 22) + b'WEBPVP8 ' + struct.pack('<I', 10)"
        " + b'\\0\\0\\0\\x9d\\x01\\x2a' + struct.pack('<HH', 16383, 16383))",
        "does not decode",
        100,
    ),
}


@pytest.mark.parametrize(("case", "says", "most"), CASES.values(), ids=CASES)
def test_what_is_huge_stays_small(case: str, says: str, most: int) -> None:
    """The answer is right, and the process never held more MiB than that; making the case is part of it."""
    code = PRELUDE + textwrap.dedent(
        f"""
        said = {case}
        print(json.dumps([said, peak_mib()]))
        """
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    said, peak = json.loads(done.stdout)
    assert says in said
    assert peak < most, f"{peak:.0f} MiB"
