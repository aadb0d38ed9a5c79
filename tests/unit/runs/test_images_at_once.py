"""Questions about every prompt of a run: folders are looked into once, not once a prompt."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tasks.pictures.store import Store
from tasks.project.run_paths import RunPaths
from tasks.requests.request import PromptSpec, Request, requests
from tasks.runs.found_pictures import FoundPictures, Listing
from tasks.runs.images import Images
from tasks.runs.manifest import Manifest
from tasks.runs.run import Run
from tests.support import facts

COUNT = 50


def _wanted() -> list[Request]:
    return requests([PromptSpec(f"{number:04}", f"山{number}", facts.choice()) for number in range(COUNT)])


def _images(folder: Path) -> Images:
    paths = RunPaths(folder / "CH01-001")
    run = Run(paths, None, None, [], Manifest("CH01-001", ()), [], Store(folder / ".store"))  # type: ignore[arg-type]
    run.__dict__["_found"] = FoundPictures(0, tuple)
    return run.images.at_once()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every file that was looked for by its name."""
    seen = list[str]()
    for name in ("stat", "lstat", "open"):
        real = getattr(os, name)

        def counted(path: Any, *args: Any, real: Any = real, **more: Any) -> Any:
            seen.append(os.fspath(path) if isinstance(path, str | os.PathLike) else "")
            return real(path, *args, **more)

        monkeypatch.setattr(os, name, counted)
    return seen


@pytest.mark.parametrize("is_there", [False, True])
def test_pictures_that_are_not_there_are_not_looked_for(tmp_path: Path, asked: list[str], is_there: bool) -> None:
    """Of a run of which nothing was made yet, with a folder of other pictures or without one."""
    if is_there:
        (tmp_path / "CH01-001" / "images").mkdir(parents=True)
        (tmp_path / "CH01-001" / "images" / "other.png").touch()
    images = _images(tmp_path)
    asked.clear()
    for request in _wanted():
        assert images.found(request) is None and not images.is_yours(request) and not images.is_pointer(request)
        assert images.lying(request) == images.place(request)
    assert not [path for path in asked if "images" in path]


@pytest.mark.parametrize("name", ["0007.png", "0007.PNG", "0007.jpg"])
def test_a_picture_that_is_there_is_found_whatever_its_ending(tmp_path: Path, name: str) -> None:
    """What lies there in the other format, or as a person's program spells it, is what it is when asked for alone."""
    folder = tmp_path / "CH01-001" / "images"
    folder.mkdir(parents=True)
    Image.effect_noise((64, 64), 50).save(folder / name)
    images, request = _images(tmp_path), _wanted()[7]
    alone = replace(images, listed=None)
    assert images.found(request) == alone.found(request) and images.lying(request) == alone.lying(request)
    assert (alone.found(request) is not None) is (name != "0007.PNG" or (folder / "0007.png").exists())


def test_a_store_without_a_picture_is_asked_twice_and_nothing_is_opened(tmp_path: Path, asked: list[str]) -> None:
    """For the record, and for that of a stand-in: ten thousand new prompts open no file of it."""
    store = Store(tmp_path)
    asked.clear()
    assert not store.has("a" * 64)
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("there", "asked_for"), [("か\u3099.png", "が.jpg"), ("が.png", "か\u3099.png"), ("A.PNG", "a.png")]
)
def test_a_name_that_some_disk_takes_for_the_same_is_asked_for(tmp_path: Path, there: str, asked_for: str) -> None:
    """A listing says that a file is missing only where no file system could find it: else a picture of one's own would
    be bought."""
    (tmp_path / there).touch()
    assert not Listing().lacks(tmp_path / asked_for)
    assert Listing().lacks(tmp_path / "別.png")
