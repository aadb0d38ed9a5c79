"""Reference pictures: uploaded once per content and key, sent on both lanes, part of what a picture is."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tasks.emulator.placeholder.painter import paint
from tests.support.emulator_process import EmulatorProcess
from tests.support.studio import Studio, story

HOUR = 3600


def refer(studio: Studio, count: int = 3, name: str = "monk", run: str = "CH01-001") -> Path:
    """A run whose prompts all refer to one picture; returns the picture."""
    picture = studio.run(run) / "references" / f"{name}.png"
    picture.parent.mkdir(parents=True, exist_ok=True)
    picture.write_bytes(paint(name, 320, 320, "image/png", name))
    entries = [
        {"id": each, "prompt": text, "references": [f"references/{name}.png"]} for each, text in story(count).items()
    ]
    studio.write(f"workspaces/video/runs/{run}/prompts.json", {"prompts": entries})
    return picture


def uploads(studio: Studio) -> int:
    """Uploaded pictures: uploads less the request files of jobs."""
    assert studio.emulator
    return int(studio.emulator.ledger()["requests"].get("upload_start", 0)) - studio.jobs_created


@pytest.mark.parametrize("slot", ["g-1", "i-1"])
def test_one_upload_serves_many_prompts(studio: Studio, slot: str) -> None:
    """Each picture is uploaded once, read by every request (its tokens are billed), and used again later."""
    studio.presets(slot)
    refer(studio)
    studio.visual()
    assert uploads(studio) == 1
    assert [int(row["input_tokens"]) > 1120 for row in studio.usage()] == [True] * 3
    refer(studio, count=4)
    studio.visual()
    assert (uploads(studio), studio.billed) == (1, 4)


def test_another_picture_is_another_request(studio: Studio) -> None:
    """Painting over the reference sends every prompt again; undone, the first pictures return for nothing."""
    picture = refer(studio, count=2)
    original = picture.read_bytes()
    studio.visual()
    first = studio.images()
    picture.write_bytes(paint("another", 320, 320, "image/png", "x"))
    studio.visual()
    assert studio.billed == 4
    picture.write_bytes(original)
    studio.visual()
    assert (studio.billed, studio.images()) == (4, first)


def test_an_upload_is_renewed_before_it_ends(studio: Studio) -> None:
    """A picture with less life left than a job may need to wait is uploaded anew (they live 48 h)."""
    cache = studio.folder / "workspaces" / ".store" / "uploads.json"
    refer(studio, count=1)
    for hours, expected in ((10, 1), (12, 2)):
        studio.visual()
        (entry,) = json.loads(cache.read_text()).values()
        (upload,) = entry.values()
        moved = datetime.now(UTC) - timedelta(hours=hours)
        cache.write_text(cache.read_text().replace(upload["uploaded_at"], moved.isoformat(timespec="seconds")))
        refer(studio, count=expected + 1)
        studio.visual()
        assert uploads(studio) == expected


@pytest.mark.parametrize("slot", ["g-1", "i-1"])
def test_a_lost_upload_is_made_again(studio: Studio, emulator: EmulatorProcess, slot: str) -> None:
    """When the provider does not know the file any more, the next command uploads it again and gets the picture."""
    studio.presets(slot)
    refer(studio, count=1)
    studio.visual()
    emulator.advance(100 * HOUR)
    refer(studio, count=2)
    studio.visual(expect=1)
    studio.visual()
    assert len(studio.images()) == 2
    assert studio.billed == 2


def test_kontext_gets_the_picture_itself(studio: Studio) -> None:
    """FLUX Kontext takes one picture inside the request; nothing is uploaded to anyone else."""
    studio.presets("f-3")
    refer(studio, count=1)
    studio.visual()
    assert studio.emulator
    free = {"unknown"}  # whether it can be asked at all; the emulator has no such page
    assert studio.emulator.ledger()["requests"].keys() - free == {"flux_submit", "flux_result", "flux_picture"}


def test_a_channel_has_pictures_of_its_own(studio: Studio) -> None:
    """`references` in the preset go with every prompt of the channel."""
    path = studio.folder / "workspaces" / "video" / "references" / "hero.png"
    path.parent.mkdir(parents=True)
    path.write_bytes(paint("hero", 320, 320, "image/png", "h"))
    studio.presets(references=["video/references/hero.png"])
    studio.prompts(story(2))
    studio.visual()
    assert uploads(studio) == 1
    assert all(int(row["input_tokens"]) > 1120 for row in studio.usage())


def test_the_request_file_names_content_not_addresses(studio: Studio) -> None:
    """batch_request.jsonl holds the picture's sha256, so the same prompts always give the same bytes."""
    refer(studio, count=1)
    studio.visual("WAIT=0", "LIMIT=1")
    line = json.loads((studio.run() / "batch_request.jsonl").read_text())
    assert line["request"]["contents"][0]["parts"][1]["fileData"]["fileUri"].startswith("sha256:")


def test_a_missing_picture_sends_nothing(studio: Studio) -> None:
    """A reference that is not there stops the command with its name, before anything is sent."""
    refer(studio, count=1).unlink()
    assert "references/monk.png" in studio.visual(expect=3)
    assert studio.emulator and studio.emulator.ledger()["http_total"] == 0


@pytest.mark.parametrize(
    "spoilt",
    ["[]", "7", '{"ACCOUNT": []}', '{"ACCOUNT": {"TOKEN": 7}}', '{"ACCOUNT": {"TOKEN": {"uploaded_at": "soon"}}}'],
)
def test_a_spoilt_cache_of_uploads_costs_an_upload(studio: Studio, spoilt: str) -> None:
    """uploads.json is a cache: whatever stands in it, the picture is uploaded anew and the command goes on."""
    cache = studio.folder / "workspaces" / ".store" / "uploads.json"
    refer(studio, count=1)
    studio.visual()
    (account,), (entry,) = json.loads(cache.read_text()), json.loads(cache.read_text()).values()
    cache.write_text(spoilt.replace("ACCOUNT", account).replace("TOKEN", next(iter(entry))))
    refer(studio, count=2)
    studio.visual()
    assert (uploads(studio), studio.billed) == (2, 2)
