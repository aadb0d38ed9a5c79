"""Orders of a page that are not finished, as `doit status` names them."""

import dataclasses
import shutil
from pathlib import Path

import pytest

from tasks.project.paths import Paths
from tasks.project.run_paths import RunPaths
from tasks.project.settings import Settings
from tasks.project.thumbnail_paths import ThumbnailPaths
from tasks.requests import orders_file, takes_file
from tasks.requests.orders_file import PlacedOrder
from tasks.requests.takes import first
from tasks.views import open_orders, status

ROOT = Path(__file__).resolve().parents[3]
AT = "2026-11-29T20:14:00Z"
ORDER = PlacedOrder("k3x9a7p2", AT, {"0001": (2,), "0002": (2,)}, 0.0336)


def placed(paths: RunPaths, order: PlacedOrder = ORDER) -> RunPaths:
    """The place, with that order written down and nothing of it done."""
    paths.folder.mkdir(parents=True, exist_ok=True)
    orders_file.place(paths.folder, paths.folder / "lock", order, {})
    return paths


def test_an_order_is_named_until_all_of_it_was_seen(tmp_path: Path) -> None:
    """One line with what is left and the command; none for one that is over or was left."""
    paths = placed(RunPaths(tmp_path / "CH01-001"))
    command = "doit retake CH=CH01 RUN=001 ORDER=k3x9a7p2"
    about = f"the order of {AT} on the page of CH01-001 is not finished"
    assert list(open_orders.notes([paths])) == [f"{about} (0001, 0002); this goes on with it: {command}"]
    seen = first("a" * 64).with_order(None, ["b" * 64], 1, AT).shown(2, AT)
    takes_file.save(paths.folder, {"0001": seen})
    assert list(open_orders.notes([paths])) == [f"{about} (0002); this goes on with it: {command}"]
    takes_file.save(paths.folder, {"0001": seen, "0002": seen})
    assert list(open_orders.notes([paths])) == []
    left = placed(RunPaths(tmp_path / "CH01-002"), dataclasses.replace(ORDER, is_left=True))
    assert list(open_orders.notes([left])) == []


def test_thumbnails_and_files_that_cannot_be_read(tmp_path: Path) -> None:
    """Thumbnails have a command of their own; a damaged file is named and hides no other place."""
    damaged = RunPaths(tmp_path / "CH01-001")
    damaged.folder.mkdir()
    (damaged.folder / "orders.json").write_text("{")
    thumbnails = placed(ThumbnailPaths(tmp_path / "CH01"))
    wrong, named = open_orders.notes([damaged, thumbnails, RunPaths(tmp_path / "CH01-003")])
    assert "CH01-001/orders.json" in wrong
    assert named.endswith("doit thumbnails CH=CH01 ORDER=k3x9a7p2")


def test_status_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Among its notes, for what CH= and RUN= mean."""
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    monkeypatch.chdir(tmp_path)
    paths = Paths(tmp_path)
    run = placed(RunPaths(paths.runs / "CH01-001"))
    (run.folder / "prompts.json").write_text('{"prompts": [{"id": "0001", "prompt": "a boat"}]}')
    assert [note for note in status.look(paths, Settings()).notes if "ORDER=k3x9a7p2" in note]
    assert not [note for note in status.look(paths, Settings(channel="CH00")).notes if "ORDER=" in note]
