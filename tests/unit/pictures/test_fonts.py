"""Fonts by path and by name: the very one, or an error that says why there is none."""

from pathlib import Path

import pytest
from PIL import ImageFont

from tasks.pictures import fonts
from tasks.text.errors import BadInput
from tests.support import environment, own_fonts

FAMILY, STYLE = ImageFont.load_default(20).getname()


def said(wanted: str, workspaces: Path) -> str:
    with pytest.raises(BadInput) as error:
        fonts.find(wanted, workspaces)
    return str(error.value)


def test_a_path_is_that_file(tmp_path: Path) -> None:
    """A path from workspaces/ is the font of that file."""
    path = own_fonts.latin(tmp_path)
    assert fonts.find(path, tmp_path).path == tmp_path / path


def test_a_name_is_read_from_the_files(tmp_path: Path) -> None:
    """Family with style, or family alone where it has one; in any letter case, whatever the file is called."""
    own_fonts.latin(tmp_path, "fonts/below/some-file.ttf")
    for wanted in (FAMILY, f"{FAMILY} {STYLE}", f"{FAMILY} {STYLE}".lower()):
        assert fonts.find(wanted, tmp_path).path.name == "some-file.ttf"


@pytest.mark.parametrize(
    ("platform", "told", "looked"),
    [
        ("linux", {}, ["~/.fonts", "~/.local/share/fonts", "/usr/local/share/fonts", "/usr/share/fonts"]),
        ("linux", {"XDG_DATA_HOME": "/d", "XDG_DATA_DIRS": "/a:/b"}, ["~/.fonts", "/d/fonts", "/a/fonts", "/b/fonts"]),
        ("darwin", {}, ["~/Library/Fonts", "/Library/Fonts", "/System/Library/Fonts"]),
        ("win32", {}, ["~/AppData/Local/Microsoft/Windows/Fonts", "C:/Windows/Fonts"]),
        ("win32", {"LOCALAPPDATA": "D:/l", "WINDIR": "D:/w"}, ["D:/l/Microsoft/Windows/Fonts", "D:/w/Fonts"]),
    ],
)
def test_fonts_are_looked_for_where_the_system_has_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, platform: str, told: dict[str, str], looked: list[str]
) -> None:
    """Those of the workspace first, then the person's, then those of all."""
    for name in ("XDG_DATA_HOME", "XDG_DATA_DIRS", "LOCALAPPDATA", "WINDIR"):
        monkeypatch.delenv(name, raising=False)
    environment.use(monkeypatch, told)
    home = str(Path.home())
    monkeypatch.setattr("sys.platform", platform)
    found = [path.as_posix().replace(Path(home).as_posix(), "~") for path in fonts.folders(tmp_path / "w")]
    assert found == [(tmp_path / "w" / "fonts").as_posix(), *looked]


def test_a_font_that_is_not_there_has_no_other_in_its_place(tmp_path: Path) -> None:
    """The error names the font, and what is near to it."""
    own_fonts.latin(tmp_path)
    what = said(f"{FAMILY}x Bold", tmp_path)
    assert f"no font of the name {FAMILY}x Bold is here" in what and FAMILY in what.partition("near to it")[2]
    assert "there is no font file workspaces/fonts/gone.otf" in said("fonts/gone.otf", tmp_path)


def test_a_path_that_leads_out_of_the_workspace_is_refused(tmp_path: Path) -> None:
    """Fonts are of the workspace or of the system."""
    (tmp_path / "w").mkdir()
    own_fonts.latin(tmp_path)
    assert "lies outside of workspaces/" in said("../fonts/latin.ttf", tmp_path / "w")


def test_what_is_no_font_is_said_to_be_none(tmp_path: Path) -> None:
    """A file with the ending of a font and other bytes in it."""
    (tmp_path / "fonts").mkdir()
    (tmp_path / "fonts" / "bad.ttf").write_bytes(b"no font")
    assert "workspaces/fonts/bad.ttf is no font that can be read" in said("fonts/bad.ttf", tmp_path)


def test_letters_without_a_glyph_are_named(tmp_path: Path) -> None:
    """Each once, in their order; spaces and line breaks need none."""
    face = fonts.find(own_fonts.latin(tmp_path), tmp_path)
    assert fonts.lacking(face, "abc ABC 123\n") == []
    assert fonts.lacking(face, "a雪b山雪😀") == ["雪", "山", "😀"]


def test_a_japanese_font_has_japanese_and_no_emoji(tmp_path: Path) -> None:
    """Kanji, kana and punctuation are there, also where a glyph is as empty as an ideographic space."""
    face = fonts.find(own_fonts.japanese(tmp_path), tmp_path)
    assert fonts.lacking(face, "雪の峠、「山の掟」とは？\u3000鷗ガ") == []
    assert fonts.lacking(face, "雪😀") == ["😀"]


def test_a_collection_by_its_path_is_asked_which_font(tmp_path: Path) -> None:
    """Its fonts are named, and each is found by its name."""
    name = own_fonts.japanese(tmp_path)
    face = fonts.find(name, tmp_path)
    if face.path.suffix.lower() not in (".ttc", ".otc"):
        pytest.skip("this machine's Japanese font is no collection")
    (tmp_path / "fonts").mkdir()
    (tmp_path / "fonts" / "all.ttc").symlink_to(face.path)
    what = said("fonts/all.ttc", tmp_path)
    assert "holds several fonts" in what and face.name in what
