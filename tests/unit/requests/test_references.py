"""Reference pictures on the disk: found as people see their names, known by what is in them."""

import hashlib
import os
import unicodedata
from pathlib import Path

import pytest
from PIL import Image

from tasks.requests.references import NoPicture, load, spelt
from tasks.text.errors import Stop

NFC = "\u53c2\u8003\u304c/\u00e9.png"
NFD = unicodedata.normalize("NFD", NFC)
HEADS = {"png": b"\x89PNG\r\n\x1a\n0000", "jpeg": b"\xff\xd8\xff\xe0" + bytes(8), "webp": b"RIFF0000WEBPVP8 "}


def put(folder: Path, name: str, content: bytes = HEADS["png"]) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(("stored", "named"), [(NFD, NFC), (NFC, NFD)])
def test_the_same_letters_are_the_same_file(tmp_path: Path, stored: str, named: str) -> None:
    """Its folder and its name may each be written in the other way; others that lie beside it are not meant."""
    path = put(tmp_path, stored)
    put(path.parent, "e.png")
    assert spelt(tmp_path, named) == [path]
    assert load(tmp_path, named, "workspaces/").path == path


def test_a_name_that_is_there_as_it_stands_comes_first(tmp_path: Path) -> None:
    """Two files whose names look alike are two: whoever writes one of them exactly gets that one."""
    both = [put(tmp_path, "\u00e9.png", HEADS["png"] + b"1"), put(tmp_path, "e\u0301.png", HEADS["png"] + b"2")]
    assert [load(tmp_path, path.name, "workspaces/").path for path in both] == both


def test_of_two_names_that_look_alike_none_is_guessed(tmp_path: Path) -> None:
    """Both are spelt out, as nobody sees the difference; what is wrong is said by the path as it was written."""
    for name in ("\u304b\u3099\u00e9.png", "\u304ce\u0301.png"):
        put(tmp_path, name)
    with pytest.raises(NoPicture) as error:
        load(tmp_path, "\u304c\u00e9.png", "workspaces/")
    what, do = error.value.wrong
    assert r"e\u0301" in what and r"\u3099\xe9" in what and "look alike" in what and do == "move one of them away"


def test_a_name_that_nobody_has_is_named_as_it_was_written(tmp_path: Path) -> None:
    """Also where its folder is not there, or is a file."""
    put(tmp_path, "\u30e1\u30e2")
    for name in ("\u96ea.png", "\u96ea/\u5cf0.png", "\u30e1\u30e2/\u304b\u3099.png"):
        assert spelt(tmp_path, name) == [tmp_path / name]
        with pytest.raises(NoPicture, match="there is no file"):
            load(tmp_path, name, "workspaces/")


@pytest.mark.parametrize("kind", HEADS)
def test_the_kind_is_told_by_the_content(tmp_path: Path, kind: str) -> None:
    """Providers are told what a file is, whatever it is called."""
    path = put(tmp_path, "a.dat", HEADS[kind])
    found = load(tmp_path, "a.dat", "workspaces/")
    assert (found.path, found.mime) == (path, f"image/{kind}")
    assert found.token == f"sha256:{hashlib.sha256(HEADS[kind]).hexdigest()}"
    assert found.read() == HEADS[kind]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"GIF89a000000", "is neither PNG, JPEG nor WEBP"),
        (b"RIFF0000WAVE", "is neither PNG, JPEG nor WEBP"),
        (b"0000RIFFWEBP", "is neither PNG, JPEG nor WEBP"),
        (b"", "is neither PNG, JPEG nor WEBP"),
        (HEADS["png"].ljust(20_000_001, b"0"), "has 20.0 MB, at most 20 can be sent"),
    ],
)
def test_what_no_provider_takes_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    """Before anything is sent, with what is wrong of the file; one of just the most bytes is taken."""
    put(tmp_path, "a.png", content)
    with pytest.raises(NoPicture, match=says):
        load(tmp_path, "a.png", "workspaces/")
    put(tmp_path, "b.png", HEADS["png"].ljust(20_000_000, b"0"))
    assert load(tmp_path, "b.png", "workspaces/").mime == "image/png"


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    """A pipe of that name is refused like a file that the disk does not give."""
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(NoPicture, match=r"a\.png.* cannot be read"):
        load(tmp_path, "a.png", "workspaces/")


def test_a_picture_outside_of_its_folder_is_refused(tmp_path: Path) -> None:
    """Also behind a link: nothing is sent that somebody did not put there."""
    put(tmp_path, "else/a.png")
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "a.png").symlink_to(tmp_path / "else" / "a.png")
    for name in ("../else/a.png", "a.png"):
        with pytest.raises(NoPicture, match="leads out of workspaces/"):
            load(tmp_path / "w", name, "workspaces/")


def test_a_picture_that_changes_meanwhile_is_not_sent(tmp_path: Path) -> None:
    """What was counted and agreed to is what leaves; the same command then takes the new one."""
    path = put(tmp_path, "a.png")
    found = load(tmp_path, "a.png", "workspaces/")
    path.write_bytes(HEADS["png"] + b"new")
    with pytest.raises(Stop, match="was changed while this command was working"):
        found.read()
    assert load(tmp_path, "a.png", "workspaces/").read() == HEADS["png"] + b"new"


def test_the_size_of_a_picture(tmp_path: Path) -> None:
    """By its head, for the estimate; one whose head says none has none."""
    Image.new("RGB", (30, 20)).save(tmp_path / "a.png")
    put(tmp_path, "b.png")
    assert load(tmp_path, "a.png", "workspaces/").size == (30, 20)
    assert load(tmp_path, "b.png", "workspaces/").size is None
