"""Run folders that people copy or rename: nothing is counted twice or forgotten, and the message says how to go on."""

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest

from tests.support.studio import Studio, story


def spent(studio: Studio) -> float:
    return float(json.loads(studio.ask("report", "FORMAT=json"))["total"]["cost_usd"])


def billed(studio: Studio) -> float:
    assert studio.emulator
    return float(studio.emulator.ledger()["usd"])


def follow(studio: Studio, said: str) -> None:
    """Do what the message says: move aside what it names, by its path from the project's folder."""
    found = re.search(r"move ([^\n]*?) aside[^\n]*, then ", said)
    assert found, said
    for number, name in enumerate(shlex.split(found[1])):
        (studio.folder / name).rename(studio.folder / f"aside-{number}-{Path(name).name}")


@pytest.mark.parametrize("edited", [False, True])
def test_a_copy_of_a_run_is_refused_until_its_state_is_gone(studio: Studio, edited: bool) -> None:
    """A run that began as a copy sends nothing; without the state of the other, all costs are counted once."""
    studio.prompts(story(2))
    studio.visual()
    first = studio.images()
    shutil.copytree(studio.run(), studio.run("CH01-002"))
    if edited:
        studio.prompts({"0001": "新しい話", "0002": story(2)["0002"]}, "CH01-002")
    for command in (("visual", "CH=CH01", "RUN=002"), ("retake", "CH=CH01", "RUN=002", "IDS=2")):
        said = studio.ask(*command, expect=3)
        assert 'CH01-002 is a copy: its manifest is that of "CH01-001"' in said
    assert studio.billed == 2
    follow(studio, said)
    studio.visual("RUN=002")
    studio.visual()
    assert (
        studio.images()["0001.png"] == first["0001.png"] and studio.images("CH01-002")["0002.png"] == first["0002.png"]
    )
    assert (studio.billed, len(studio.images("CH01-002"))) == (3 if edited else 2, 2)
    assert spent(studio) == pytest.approx(billed(studio), abs=0.0001)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"run": 7}'])
def test_beside_an_unreadable_manifest_nothing_is_a_copy(studio: Studio, text: str) -> None:
    """The other run's records cannot be read, so these may be the only ones: no message has them removed."""
    studio.prompts(story(1))
    studio.visual()
    shutil.copytree(studio.run(), studio.run("CH01-002"))
    own = studio.run() / "_gemini_batch" / "manifest.json"
    whole = own.read_text()
    own.write_text(text)
    said = studio.ask("visual", "CH=CH01", "RUN=002", expect=3)
    assert "CH01-001/_gemini_batch/manifest.json cannot be read" in said and "-> restore " in said
    assert not re.search(r"\brm\b|write \"run\"|is a copy|renamed", said)
    own.write_text(whole)
    assert "CH01-002 is a copy" in studio.ask("visual", "CH=CH01", "RUN=002", expect=3)


def test_a_copy_with_an_open_job_is_not_collected_twice(studio: Studio) -> None:
    """The job of the first run comes home to the first run alone, and the command names the copy."""
    assert studio.emulator
    studio.emulator.job_seconds(3600)
    studio.prompts(story(2))
    studio.visual("WAIT=0")
    shutil.copytree(studio.run(), studio.run("CH01-002"))
    studio.emulator.advance(3600)
    said = studio.ask("collect", expect=1)
    assert "CH01-002 is a copy" in said and len(studio.images()) == 2
    assert studio.results("CH01-002") == []


def test_a_renamed_run_keeps_what_it_cost(studio: Studio) -> None:
    """A folder with a new name is refused; with the new name in its manifest it goes on, and no cost is forgotten."""
    studio.prompts(story(2))
    studio.visual()
    studio.run().rename(studio.run("CH01-002"))
    said = studio.ask("visual", "CH=CH01", "RUN=002", expect=3)
    assert 'that of "CH01-001", which is not there any more: was the folder renamed?' in said
    rename(studio.run("CH01-002"), said)
    follow(studio, said)
    studio.visual("RUN=002")
    assert studio.billed == 2
    assert spent(studio) == pytest.approx(billed(studio), abs=0.0001)


def test_a_renamed_comparison_keeps_what_it_cost(studio: Studio) -> None:
    """Likewise for each slot of a comparison, and a copy of one is a copy."""
    studio.prompts(story(1))
    studio.visual()
    studio.ask("compare", "NAME=first", "SLOTS=g-2", "CH=CH01", "RUN=001")
    folder = studio.folder / "workspaces" / "compare"
    shutil.copytree(folder / "first", folder / "other")
    assert "other/g-2 is a copy" in studio.ask("compare", "NAME=other", expect=3)
    shutil.rmtree(folder / "other")
    (folder / "first").rename(folder / "other")
    said = studio.ask("compare", "NAME=other", expect=3)
    assert 'that of "compare-first-g-2", which is not there any more' in said
    rename(folder / "other" / "g-2", said)
    follow(studio, said)
    studio.ask("compare", "NAME=other")
    assert spent(studio) == pytest.approx(billed(studio), abs=0.0001)


def rename(folder: Path, said: str) -> None:
    """Write the name that the message says into the manifest."""
    found = re.search(r'write ("run": "[^"]+") in that file', said)
    assert found, said
    path = folder / "_gemini_batch" / "manifest.json"
    path.write_text(re.sub(r'"run": "[^"]+"', found[1], path.read_text()))
