"""Texts on thumbnails: a copy beside each clean picture, free, and drawn again when only the text changed."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from tasks.catalog.catalog import load_catalog
from tasks.commands import validate
from tasks.pictures import vertical
from tasks.pictures.lettering import mark_of
from tasks.project.paths import Paths
from tasks.project.thumbnail_paths import selection
from tasks.stages.lettering import all_drawn
from tests.support import own_fonts
from tests.support.studio import Studio

TEXT: dict[str, Any] = {"column": "title", "font": "fonts/latin.ttf", "size": 20}


def write(studio: Studio, titles: dict[int, str], *texts: dict[str, Any], **more: Any) -> None:
    """Template `main` with those texts, one subject an episode with its title."""
    template = {"id": "main", "prompt_template": "{{thumbnail_prompt}}", "texts": list(texts or [TEXT])} | more
    studio.write("workspaces/thumbnails/templates.json", {"channels": {"CH01": {"templates": [template]}}})
    rows = [{"episode": each, "thumbnail_prompt": f"雪の峠{each}", "title": title} for each, title in titles.items()]
    studio.write("workspaces/thumbnails/CH01/prompts.json", {"prompts": rows})
    own_fonts.latin(studio.folder / "workspaces")


def make(studio: Studio, *words: str, expect: int = 0) -> str:
    done = studio.doit("thumbnails", "CH=CH01", *words)
    said = done.stdout + done.stderr
    assert done.returncode == expect, f"exit {done.returncode}, expected {expect}:\n{said}"
    assert "Traceback" not in said, said
    return said


def assets(studio: Studio) -> dict[str, str]:
    """sha256 of every file of the episodes, by its path under assets/CH01/."""
    folder = studio.folder / "workspaces" / "thumbnails" / "assets" / "CH01"
    found = sorted(path for path in folder.glob("[0-9]*/*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def test_a_copy_is_drawn_beside_the_picture_and_follows_its_text(studio: Studio) -> None:
    """The clean picture stays as it is; another title draws one copy anew, sends nothing and costs nothing."""
    write(studio, {1: "Moon", 2: "Snow"})
    make(studio)
    first = assets(studio)
    assert list(first) == ["1/main.png", "1/main.text.png", "2/main.png", "2/main.text.png"]
    digests = [line["digest"] for line in results(studio)]
    before = studio.snapshot()
    assert "all 2 pictures are there" in make(studio)
    assert studio.snapshot() == before
    write(studio, {1: "Moon", 2: "Snow and ice"})
    make(studio)
    second = assets(studio)
    assert [name for name in first if first[name] != second[name]] == ["2/main.text.png"]
    assert (studio.jobs_created, studio.billed) == (1, 2)
    assert [line["digest"] for line in results(studio)] == digests
    assert "assets/CH01/2/main.text.png" in gallery(studio)
    (studio.folder / "workspaces/thumbnails/assets/CH01/1/main.text.png").unlink()
    make(studio)
    assert assets(studio) == second
    write(studio, {1: "", 2: "Snow and ice"})
    make(studio)
    assert list(assets(studio)) == ["1/main.png", "2/main.png", "2/main.text.png"]
    write(studio, {1: "", 2: "Snow and ice"}, texts=[])
    make(studio)
    assert list(assets(studio)) == ["1/main.png", "2/main.png"]
    assert (studio.jobs_created, studio.billed) == (1, 2)


def test_what_cannot_be_drawn_stops_that_one_alone(studio: Studio) -> None:
    """A missing glyph and too much text are said with row and text, exit 1; the other copy and all pictures are there.

    When the row is mended, the copy comes and nothing is sent.
    """
    write(studio, {1: "Moon", 2: "雪", 3: "far too long " * 20})
    said = make(studio, expect=1)
    assert "CH01-thumbnails 2-main: its texts were not drawn" in said and "has no glyph for 雪 (U+96EA)" in said
    assert "CH01-thumbnails 3-main: its texts were not drawn: the text “far too long" in said
    assert list(assets(studio)) == ["1/main.png", "1/main.text.png", "2/main.png", "3/main.png"]
    write(studio, {1: "Moon", 2: "Snow", 3: "Short"})
    make(studio)
    assert len(assets(studio)) == 6
    assert studio.billed == 3


def test_a_copy_that_somebody_else_made_stays(studio: Studio) -> None:
    """A file of that name without our mark is never overwritten."""
    write(studio, {1: "Moon"})
    theirs = studio.folder / "workspaces/thumbnails/assets/CH01/1/main.text.png"
    theirs.parent.mkdir(parents=True)
    theirs.write_bytes(b"\x89PNG\r\n\x1a\nmade by hand")
    assert "was not drawn here, so it stays as it is" in make(studio)
    assert theirs.read_bytes().endswith(b"made by hand")


def test_a_channel_whose_templates_name_their_models_needs_no_preset(studio: Studio) -> None:
    """Its copies are drawn, and the next command sees that they are there without drawing a page."""
    studio.write("configs/channel_presets.json", {"channels": {}})
    write(studio, {1: "Moon"}, image_model_key="g-1")
    make(studio)
    assert list(assets(studio)) == ["1/main.png", "1/main.text.png"]
    paths = Paths(studio.folder)
    assert all_drawn(load_catalog(paths), selection(paths, "CH01"))


def test_a_retake_gets_its_text(studio: Studio) -> None:
    """A thumbnail that is made again has a copy of the new picture."""
    write(studio, {1: "Moon"})
    make(studio)
    copy = studio.folder / "workspaces/thumbnails/assets/CH01/1/main.text.png"
    before = mark_of(copy)
    make(studio, "IDS=1-main")
    assert mark_of(copy) not in ("", before)


def test_a_copy_follows_format_and_limit(studio: Studio) -> None:
    """The copy is the file that is uploaded: .text.jpg where its picture is a .jpg, in as few bytes as that may have.

    The one in the former format goes once the new one is there; nothing is sent, no digest changes, and a command that
    finds nothing to do changes no file.
    """
    write(studio, {1: "Moon"})
    make(studio)
    digests = [line["digest"] for line in results(studio)]
    write(studio, {1: "Moon"}, output_format="jpg")
    make(studio)
    assert list(assets(studio)) == ["1/main.jpg", "1/main.text.jpg"]
    copy = episode(studio) / "main.text.jpg"
    full, before = copy.stat().st_size, studio.snapshot()
    assert copy.read_bytes().startswith(b"\xff\xd8\xff")
    assert "the 1 picture is there" in make(studio)
    assert studio.snapshot() == before
    most = max(10_000, full * 2 // 3)
    write(studio, {1: "Moon"}, output_format="jpg", max_bytes=most)
    make(studio)
    assert copy.stat().st_size <= most < full
    copy.unlink()
    make(studio)
    assert copy.stat().st_size <= most
    write(studio, {1: "Moon"})
    make(studio)
    assert list(assets(studio)) == ["1/main.png", "1/main.text.png"]
    assert (studio.jobs_created, studio.billed) == (1, 1)
    assert {line["digest"] for line in results(studio)} == set(digests)


def test_a_file_of_somebody_else_in_the_former_format_stays(studio: Studio) -> None:
    """Only a copy with our mark makes room, and only for one that was drawn: a broken text leaves neither."""
    write(studio, {1: "Moon"})
    make(studio)
    theirs = episode(studio) / "main.text.png"
    theirs.write_bytes(b"\x89PNG\r\n\x1a\nmade by hand")
    write(studio, {1: "Moon"}, output_format="jpg")
    make(studio)
    assert list(assets(studio)) == ["1/main.jpg", "1/main.text.jpg", "1/main.text.png"]
    assert theirs.read_bytes().endswith(b"made by hand")
    write(studio, {1: "雪"}, output_format="jpg")
    make(studio, expect=1)
    assert list(assets(studio)) == ["1/main.jpg", "1/main.text.png"]


def test_a_copy_that_does_not_get_small_enough_is_said(studio: Studio) -> None:
    """With its own name, beside the picture's: it is there, and exit 1 tells that a person should look."""
    write(studio, {1: "Moon"}, output_format="jpg", image_size="2K", max_bytes=10_000)
    said = " ".join(make(studio, expect=1).split())
    copy = episode(studio) / "main.text.jpg"
    assert f"main.text.jpg has {copy.stat().st_size:,} bytes in the lowest quality, and max_bytes is 10,000" in said


def episode(studio: Studio) -> Path:
    return studio.folder / "workspaces" / "thumbnails" / "assets" / "CH01" / "1"


def problems(folder: Path) -> list[str]:
    return [f"{each.what} -> {each.do}" for each in validate.problems(Paths(folder)) if not each.warning]


def test_validate_finds_columns_fonts_glyphs_and_long_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before any money: each with file and line, a font once for its template, a text at its row."""
    studio = Studio(tmp_path / "project", None)
    monkeypatch.chdir(studio.folder)
    write(studio, {1: "Moon", 2: "Snow"})
    assert problems(studio.folder) == []
    write(studio, {1: "Moon", 2: "Snow"}, TEXT | {"column": "titel"}, TEXT | {"font": "fonts/none.otf"})
    column, font = problems(studio.folder)
    assert "templates.json:" in column and 'found "titel"' in column and "it has episode, thumbnail_prompt" in column
    assert "templates/0/texts/1/font" in font and "there is no font file workspaces/fonts/none.otf" in font
    write(studio, {1: "Moon", 2: "雪", 3: "far too long " * 20})
    glyph, length = problems(studio.folder)
    assert "prompts.json:" in glyph and "has no glyph for 雪 (U+96EA)" in glyph
    assert "prompts/2/title" in length and "does not fit" in length
    write(studio, {1: "Moon"}, TEXT | {"size": "big"})
    (wrong,) = problems(studio.folder)
    assert "texts/0/size" in wrong
    write(studio, {1: "Moon"}, TEXT | {"direction": "down"})
    (wrong,) = problems(studio.folder)
    assert "texts/0/direction" in wrong
    monkeypatch.setattr(vertical, "is_possible", lambda: False)
    write(studio, {1: "Moon", 2: "Snow"}, TEXT | {"direction": "vertical"})
    (columns,) = problems(studio.folder)
    assert "texts/0/direction" in columns and "texts in columns need FriBiDi" in columns
    write(studio, {1: "Moon"}, TEXT | {"box": {"x": 50}})
    (wrong,) = problems(studio.folder)
    assert "texts/0/box: reaches beyond the picture: x 50 and width 92 are more than 100 per cent" in wrong


def results(studio: Studio) -> list[dict[str, Any]]:
    path = studio.folder / "workspaces" / "thumbnails" / "CH01" / "results.jsonl"
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def gallery(studio: Studio) -> str:
    return (studio.folder / "workspaces" / "thumbnails" / "CH01" / "gallery.html").read_text("utf-8")
