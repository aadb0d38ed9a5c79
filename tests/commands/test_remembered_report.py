"""`doit report` with nothing new says what it said last, from its notes, believed only while all is as it was."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.commands.test_loaded_modules import _loaded
from tests.support.studio import Studio, story


@pytest.fixture
def told(studio: Studio) -> Studio:
    """A failure and two pictures, and a report of them."""
    assert studio.emulator
    studio.prompts(story(3))
    studio.emulator.fault("blocked_prompt", match="0002-", times=1)
    studio.visual(expect=1)
    studio.ask("report")
    return studio


def _json(studio: Studio, *words: str) -> dict[str, Any]:
    return json.loads(studio.ask("report", "FORMAT=json", *words))


def _reports(studio: Studio) -> Path:
    return studio.folder / "workspaces" / "reports"


def _notes(studio: Studio) -> Path:
    return studio.folder / "workspaces" / ".report.json"


def test_the_same_is_said_again(told: Studio) -> None:
    """Table, data and files are those of the report that was made; no file is written."""
    notes = _notes(told)
    notes.unlink()
    table, files = told.ask("report"), told.snapshot()
    assert notes.is_file()
    assert told.ask("report") == table
    again = _json(told)
    assert told.snapshot() == files
    notes.unlink()
    assert _json(told) == again


def test_nothing_heavy_is_loaded(told: Studio) -> None:
    """Neither the engine nor the pages."""
    assert _loaded(told, "run", "report") in ([], ["rich"])


@pytest.mark.parametrize("narrow", [(), ("CH=CH01",), ("SINCE=2026-11-01",)])
def test_what_is_new_is_counted(told: Studio, narrow: tuple[str, ...]) -> None:
    """Another run, and another selection, are no old news."""
    before = _json(told, *narrow)
    assert _json(told, *narrow) == before
    told.prompts(story(2, "b"), "CH01-002")
    told.visual("RUN=002")
    after = _json(told, *narrow)
    assert after["total"]["kept"] == before["total"]["kept"] + 2
    assert _json(told, "CH=CH02")["total"]["kept"] == 0
    assert _json(told, *narrow) == after


def test_a_price_that_changed_is_counted(told: Studio) -> None:
    """What the immediate price would have been comes from the configs."""
    before = _json(told)["total"]["saved_usd"]
    path = told.folder / "configs" / "image_models.yaml"
    data = yaml.safe_load(path.read_text("utf-8"))
    for model in data["models"].values():
        for tier, prices in model.get("prices", {}).items():
            if tier == "standard" and "image_output" in prices:
                prices["image_output"] *= 2
    path.write_text(yaml.safe_dump(data, allow_unicode=True), "utf-8")
    assert _json(told)["total"]["saved_usd"] != before


@pytest.mark.parametrize("name", ["usage.csv", "usage.html"])
def test_a_file_of_the_report_that_is_gone_is_made_anew(told: Studio, name: str) -> None:
    """Or one that somebody wrote into."""
    file = _reports(told) / name
    data = file.read_bytes()
    file.write_bytes(data + b" ")
    told.ask("report")
    assert file.read_bytes() == data
    file.unlink()
    told.ask("report")
    assert file.read_bytes() == data


@pytest.mark.parametrize("spoiled", [b"", b"{", b"[]", b'{"False": {}}', b'{"False": {"of": "", "written": []}}'])
def test_spoiled_notes_are_none(told: Studio, spoiled: bytes) -> None:
    """The report is made anew, and noted."""
    said = _json(told)
    _notes(told).write_bytes(spoiled)
    assert _json(told) == said == _json(told)


def test_a_damaged_usage_is_told_each_time(told: Studio) -> None:
    """What was mended from the results is said as long as it is so."""
    usage = told.run() / "usage.csv"
    usage.write_bytes(usage.read_bytes()[:-5])
    for _ in range(2):
        assert "usage.csv is damaged" in told.ask("report")


def test_the_same_size_and_another_time_is_read_again(told: Studio) -> None:
    """A row that was changed in place."""
    usage = told.run() / "usage.csv"
    before = _json(told)
    cost = told.usage()[0]["cost_usd"]
    data = usage.read_bytes().replace(cost.encode(), b"9" + cost.encode()[1:], 1)
    usage.write_bytes(data)
    os.utime(usage, ns=(1, 1))
    assert _json(told)["total"]["cost_usd"] > before["total"]["cost_usd"]
