"""A stored picture that is damaged stops the command before anything is bought anew."""

import hashlib
import json
import struct
import zlib

import pytest

from tests.support.studio import Studio, story


def undecodable() -> bytes:
    """A PNG whose structure and checksums are right and whose pixels are no zlib stream."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 64, 64, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"no zlib at all") + chunk(b"IEND", b"")


@pytest.mark.parametrize("shrunk", [1])
def test_a_stored_picture_that_does_not_decode(studio: Studio) -> None:
    """It is the trouble of its own prompt, said with what to do, is not bought again, and keeps no other from home."""
    studio.prompts(story(2))
    studio.visual()
    record = sorted((studio.folder / "workspaces" / ".store").glob("??/*.json"))[0]
    facts, data = json.loads(record.read_text()), undecodable()
    record.with_name(facts["file"]).write_bytes(data)
    record.write_text(json.dumps(facts | {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}))
    studio.presets(output_size="1920x1080")
    for _ in range(2):
        said = studio.visual(expect=1)
        assert f"prompt {facts['prompt_id']}: the paid picture" in said
        assert f"buy it again, rm {record.relative_to(studio.folder)}" in said
    sizes = {line["prompt_id"]: line["width"] for line in studio.results()}
    assert sorted(sizes.values()) == [1376, 1920] and studio.billed == 2
