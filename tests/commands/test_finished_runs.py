"""The quick look at finished runs, and what the index lets it believe."""

import os
import shutil
import time
from datetime import date
from pathlib import Path

import pytest
from PIL import Image

from tasks.project.paths import Paths
from tasks.project.settings import Settings
from tasks.runs import index, summary
from tasks.runs.index import Index
from tasks.session.session import Session
from tasks.views import plan
from tests.support import environment
from tests.support.studio import Studio, story


@pytest.fixture
def made(studio: Studio) -> Studio:
    studio.prompts(story(3))
    studio.visual()
    return studio


def _is_known(studio: Studio, each_picture: bool = False) -> bool:
    return Index(Paths(studio.folder)).seen(Paths(studio.folder).runs / "CH01-001", each_picture) is not None


def _summary(studio: Studio, each_picture: bool = False) -> summary.Summary:
    paths = Paths(studio.folder)
    return summary.look(paths.run("CH01", "001"), Index(paths), each_picture)


def test_a_finished_run_is_known_to_the_index(made: Studio) -> None:
    """Its counts come from there; nothing of the run is read."""
    found = _summary(made)
    assert found.seen and (found.pictures, found.failed, found.owed) == (3, 0, False)


@pytest.mark.parametrize("name", ["prompts.json", "results.jsonl", "_gemini_batch/manifest.json"])
def test_what_was_written_to_in_place_is_not_believed(made: Studio, name: str) -> None:
    """Also where the folder's time stamp stays: an editor may save without a new file."""
    with (made.run() / name).open("ab") as stream:
        stream.write(b"\n")
    assert not _is_known(made)


@pytest.mark.parametrize("name", ["images/0002.png", "results.jsonl", "usage.csv", "gallery.html"])
def test_what_was_removed_is_noticed(made: Studio, name: str) -> None:
    """A folder's time stamp tells of it."""
    (made.run() / name).unlink()
    assert not _is_known(made)


def test_a_picture_edited_in_place_is_noticed_where_each_is_looked_at(made: Studio) -> None:
    """Of a few runs the size of every picture is compared; of very many the folders' time stamps only."""
    with (made.run() / "images" / "0002.png").open("r+b") as stream:
        stream.truncate(100)
    assert _is_known(made) and not _is_known(made, each_picture=True)
    assert _summary(made, each_picture=True).owed


@pytest.mark.parametrize("name", ["review.json", "takes.json"])
def test_a_verdict_and_an_order_are_noticed(made: Studio, name: str) -> None:
    """The pages show them."""
    (made.run() / name).write_text("{}")
    assert not _is_known(made)


def test_a_config_that_was_changed_later_lets_the_stages_look_again(made: Studio) -> None:
    """What was read before it is not taken for done."""
    time.sleep(0.02)
    os.utime(made.folder / "configs" / "channel_presets.json")
    seen, decided_at = _summary(made).seen, summary.newest(summary.deciding(Paths(made.folder)))
    assert seen and not summary.is_done(seen, decided_at, str(seen.drawn_for))
    before = made.jobs_created
    made.visual()
    assert made.jobs_created == before


def test_another_address_lets_the_stages_look_again(made: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures of a provider at another address are other pictures."""
    assert made.emulator
    seen = _summary(made).seen
    for name in summary.addresses():
        monkeypatch.delenv(name)
    environment.use(monkeypatch, made.emulator.env)
    assert summary.is_done(seen, 0.0, summary.address())
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", "http://127.0.0.1:1")
    assert not summary.is_done(seen, 0.0, summary.address())


def test_a_lost_index_costs_a_look(made: Studio) -> None:
    """The next command finds the same, and remembers it."""
    Paths(made.folder).index.unlink()
    assert "all 3 pictures are there" in made.visual()
    assert _is_known(made)


def test_a_copied_project_is_looked_at_once_more(made: Studio, tmp_path: Path) -> None:
    """Copied files have other inodes; nothing is sent for them."""
    copy = made.at(tmp_path / "copy")
    shutil.copytree(made.folder, copy.folder)
    assert not _is_known(copy)
    copy.visual()
    assert _is_known(copy) and made.jobs_created == 1


def test_a_plan_by_the_index_is_the_same_plan(made: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing of a run is left to do its prompts need not be read to say so; with SLOT= they are."""
    assert made.emulator
    monkeypatch.setattr(index, "WORTH", 1)
    environment.use(monkeypatch, made.emulator.env)
    paths, today = Paths(made.folder), date(2026, 11, 29)
    runs = paths.selection("CH01", None)
    first = plan.planned(paths, Settings(channel="CH01"), runs, today).rows
    monkeypatch.setattr(plan, "read_run", None)
    assert plan.planned(paths, Settings(channel="CH01"), runs, today).rows == first
    assert [(row.present, row.missing, row.slot) for row in first] == [(3, 0, "g-1")]
    with pytest.raises(TypeError):
        plan.planned(paths, Settings(channel="CH01", slot="i-1"), runs, today)


def test_validate_looks_at_every_picture(made: Studio) -> None:
    """One that was cut off in place is named, with the command that brings it back; one painted over is right."""
    cut, painted = made.run() / "images" / "0002.png", made.run() / "images" / "0003.png"
    whole = cut.read_bytes()
    with cut.open("r+b") as stream:
        stream.truncate(100)
    Image.new("RGB", (30, 20)).save(painted)
    said = made.ask("validate", expect=3)
    assert "images/0002.png" in said and "doit visual CH=CH01 RUN=001" in said and "0003.png" not in said
    made.visual("RUN=001")
    assert cut.read_bytes() == whole and made.jobs_created == 1
    made.ask("validate")


def test_a_run_that_is_opened_lists_no_others(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many runs a command opens, the folders of all places are listed as often as for one of them."""
    for number in ("001", "002", "003"):
        studio.prompts(story(1), run=f"CH01-{number}")
    paths, listed, real = Paths(studio.folder), list[int](), Paths.work_folders
    monkeypatch.setattr(Paths, "work_folders", lambda self: listed.append(1) or real(self))
    runs = Session(paths, Settings(channel="CH01")).runs

    def times(number: str | None) -> int:
        listed.clear()
        assert all(runs.read(each).worklist.send for each in paths.selection("CH01", number))
        return len(listed)

    times("001")  # the index is read
    assert times(None) == times("001")
