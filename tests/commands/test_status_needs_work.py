"""`doit status` says of every run whether it has something to do, also after what decides about it was changed."""

import json
import os
from typing import Any

import pytest

from tests.support.studio import Studio, story


def _status(studio: Studio, *words: str) -> dict[str, Any]:
    return dict(json.loads(studio.doit("status", "FORMAT=json", *words).stdout))


def _to_do(studio: Studio) -> list[str]:
    return list(_status(studio)["runs"]["to_do"])


def _changed(studio: Studio) -> int:
    return int(_status(studio)["changed"]["pictures"])


def _planned(studio: Studio) -> int:
    return int(json.loads(studio.doit("plan", "CH=ALL", "FORMAT=json").stdout)["total"]["missing"])


@pytest.fixture
def finished(studio: Studio) -> Studio:
    """Two finished runs of two channels."""
    for run in ("CH01-001", "CH02-001"):
        studio.prompts(story(2, "" if run == "CH01-001" else run), run)
    studio.ask("visual", "CH=ALL")
    assert _to_do(studio) == []
    return studio


def test_prompts_that_were_added_are_something_to_do(finished: Studio) -> None:
    """Two prompts more in a finished run: status names it and the command, as plan does, and writes nothing."""
    finished.prompts(story(4))
    before = finished.snapshot()
    said = finished.ask("status")
    assert "1 with something to do" in said and "doit visual CH=CH01 RUN=001" in said
    assert _to_do(finished) == ["CH01-001"] and _planned(finished) == 2
    assert finished.snapshot() == before


def test_prompts_that_only_look_new_are_nothing_to_do(finished: Studio) -> None:
    """A file that was saved again with the same pictures in it is read, and found to want nothing."""
    path = finished.prompts(story(2))
    os.utime(path)
    assert _to_do(finished) == []


def test_an_older_file_put_in_place_is_seen(finished: Studio) -> None:
    """A prompts file that is moved there with an old time stamp is a change as well."""
    path = finished.run() / "prompts.json"
    other = finished.write("other.json", {"prompts": [{"id": "0009", "prompt": "鶴"}]})
    os.utime(other, (1, 1))
    other.rename(path)
    assert _to_do(finished) == ["CH01-001"]


def test_prompts_written_while_a_job_was_on_its_way(studio: Studio) -> None:
    """What was added after the command had read the prompts is still to do when its job has come home."""
    assert studio.emulator
    studio.emulator.job_seconds(3600)
    studio.prompts(story(2))
    command = studio.start()
    while not studio.jobs_created:
        assert command and command.poll() is None
    studio.prompts(story(3))
    studio.emulator.advance(7200)
    assert command.wait(60) == 0 and studio.manifest()["complete"]
    assert _to_do(studio) == ["CH01-001"]


@pytest.mark.parametrize("change", ["preset", "slot"])
def test_a_config_that_asks_for_other_pictures(finished: Studio, change: str) -> None:
    """Another style of a channel changes its pictures alone, another model behind a slot those of all; none is owed."""
    presets = finished.folder / "configs" / "channel_presets.json"
    if change == "preset":
        data = json.loads(presets.read_text())
        data["channels"]["CH02"]["style"] = "水彩"
        presets.write_text(json.dumps(data))
        assert (_to_do(finished), _changed(finished), _planned(finished)) == ([], 2, 0)
        return
    override = finished.folder / "configs" / "image_model_slots.local.yaml"
    override.write_text("slots: {g-1: {model_key: gemini_3_pro_image}}\n")
    assert (_to_do(finished), _changed(finished), _planned(finished)) == ([], 4, 0)
    finished.ask("visual", "CH=CH01", "RETRY=changed")
    override.unlink()
    assert (_to_do(finished), _changed(finished)) == (["CH01-001"], 0), "its first pictures come from the store"


def test_a_slot_of_one_command_leaves_the_next_one_something_to_do(finished: Studio) -> None:
    """SLOT= decides for one command: afterwards the preset's pictures are wanted again, and status says so."""
    finished.visual("SLOT=g-2")
    assert finished.manifest()["complete"] is False and _to_do(finished) == ["CH01-001"]
    finished.visual()
    assert finished.manifest()["complete"] is True and _to_do(finished) == []


def test_a_manifest_of_an_older_version_stays_as_it_is(finished: Studio) -> None:
    """Without the time of reading the run is looked at carefully; a run with nothing to do is not written for it."""
    path = finished.run() / "_gemini_batch" / "manifest.json"
    data = finished.manifest()
    del data["read_at"]
    path.write_text(json.dumps(data))
    (finished.folder / ".doit.db").unlink()
    before = path.stat().st_mtime_ns
    finished.visual()
    assert path.stat().st_mtime_ns == before and _to_do(finished) == []
    finished.prompts(story(3))
    assert _to_do(finished) == ["CH01-001"]


def test_prompts_that_cannot_be_read_hide_nothing(finished: Studio) -> None:
    """A broken file is something to do, said with its place once, and the other runs are told as ever."""
    for run in ("CH01-001", "CH02-001"):
        (finished.run(run) / "prompts.json").write_text("{")
    data = _status(finished)
    assert data["runs"]["to_do"] == ["CH01-001", "CH02-001"]
    [note] = data["notes"]
    assert "CH01-001 and 1 more cannot be read" in note and "prompts.json" in note and "doit validate" in note
