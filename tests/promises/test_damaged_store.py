"""The store of one run is damaged: its paid pictures are not bought again, and every other run comes home."""

import hashlib
import json
import struct
import zlib
from pathlib import Path

from tests.support.studio import Studio, story


def records(studio: Studio) -> list[Path]:
    return sorted((studio.folder / "workspaces" / ".store").glob("??/*.json"))


def undecodable() -> bytes:
    """A PNG whose structure and checksums are right and whose pixels are no zlib stream."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 64, 64, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"no zlib at all") + chunk(b"IEND", b"")


def test_damaged_records_and_an_open_job(studio: Studio) -> None:
    """collect takes the job's pictures into the store, says which record is damaged, and needs a person."""
    assert studio.emulator
    studio.prompts(story(2))
    studio.visual()
    studio.ask("retake", "CH=CH01", "RUN=001", "IDS=2")
    studio.emulator.job_seconds(3600)
    studio.prompts(story(3))
    studio.visual("WAIT=0")
    studio.emulator.advance(3600)
    for record in records(studio):
        record.write_text("{")
    assert "of a paid picture is damaged" in studio.ask("collect", expect=1)
    assert studio.manifest()["submissions"][-1]["state"] == "collected" and len(records(studio)) == 4


def test_a_stored_picture_that_does_not_decode(studio: Studio) -> None:
    """Wanted in another size, it is named with what to do; the job of another run is fetched by the same command."""
    assert studio.emulator
    studio.prompts(story(1))
    studio.visual()
    (record,) = records(studio)
    facts, data = json.loads(record.read_text()), undecodable()
    record.with_name(facts["file"]).write_bytes(data)
    record.write_text(json.dumps(facts | {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}))
    studio.presets(output_size="1920x1080")
    studio.prompts({"0001": "別の絵"}, "CH01-002")
    said = studio.visual(expect=1)
    assert "cannot be decoded" in said and f"rm {record.relative_to(studio.folder)}" in said
    assert (studio.billed, len(studio.images("CH01-002"))) == (2, 1)


def test_a_damaged_picture_under_one_of_a_person(studio: Studio) -> None:
    """Killed after the store, before results.jsonl; the stored picture is spoiled, a person's lies in its place."""
    studio.prompts(story(1), "CH01-001")
    studio.prompts({"0001": "別の絵"}, "CH01-002")
    studio.killed("before-results")
    (record,) = records(studio)
    picture = next(studio.folder.rglob("images/0001.png"))
    kept = picture.read_bytes() + b"a person's"
    picture.write_bytes(kept)
    record.with_suffix(".jpg").write_bytes(b"spoiled")
    studio.visual()
    assert [studio.run(name).joinpath("images/0001.png").is_file() for name in ("CH01-001", "CH01-002")] == [True, True]
    assert kept in [path.read_bytes() for path in studio.folder.rglob("images/**/*.png")] and studio.billed == 2
