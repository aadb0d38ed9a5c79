"""What people and their programs really leave where prompts belong: read, or refused with the line, never bought."""

import json
import unicodedata
from pathlib import Path

import pytest

from tests.support.studio import Studio, story

NFC = "参考/\u304c.png"
NFD = unicodedata.normalize("NFD", NFC)
PIXEL = b"\x89PNG\r\n\x1a\n" + bytes(64)
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"


def put(studio: Studio, name: str, content: str | bytes, run: str = "CH01-001") -> Path:
    path = studio.run(run) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("prompts.csv", "id,prompt\n0001,a monk, snow, mountain\n0002,tea\n", "prompts.csv:2: this row has 4 cells"),
        ("prompts.csv", "id,prompt\n0001,#REF!\n", 'prompts.csv:2: found "#REF!"'),
        ("prompts.csv", "id,prompt\n0001,#NAME?\n0002,#N/A\n", 'prompts.csv:3: found "#N/A"'),
        ("prompts.csv", "id,prompt\n0001,\u200b\u200b\n", "prompts.csv:2: the prompt holds only characters that"),
        ("prompts.csv", b"PK\x03\x04" + bytes(60), "prompts.csv: is an Excel workbook"),
        ("prompts.csv", "id,prompt\n1,雪\n".encode("utf-16-le"), "is UTF-16 without a byte order mark"),
        ("prompts.json", POINTER, "git lfs pull --include="),
        ("prompts.json", '<<<<<<< HEAD\n{"prompts":[]}\n=======\n', "marks of a merge conflict"),
    ],
)
def test_what_is_no_prompt_is_not_bought(studio: Studio, name: str, content: str | bytes, says: str) -> None:
    """Exit 3 with the file and its line, and the provider was never asked."""
    put(studio, name, content)
    assert says in studio.visual(expect=3)
    assert says in studio.ask("validate", expect=3)
    assert studio.billed == 0


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("prompts.CSV", "id,prompt\n0001,雪の峠\n"),
        ("prompts.csv", "sep=,\r\nid,prompt\r\n0001,雪の峠\r\n"),
        ("prompts.csv", "sep=;\r\nid;prompt\r\n0001;雪の峠\r\n"),
        ("prompts.csv", "id,prompt\n0001,雪の峠\n".encode("utf-16")),
    ],
)
def test_what_spreadsheets_write_is_read(studio: Studio, name: str, content: str | bytes) -> None:
    """The one picture is made, once, whatever way the table came out of the program."""
    put(studio, name, content)
    studio.visual()
    studio.visual()
    assert (list(studio.images()), studio.billed) == (["0001.png"], 1)


@pytest.mark.parametrize("text", ["caps: { day: 1,000 }\n", "caps: { dya: null }\n"])
def test_null_hides_no_unknown_key(studio: Studio, text: str) -> None:
    """A cap that was meant and misspelt is not left out without a word."""
    studio.prompts(story(1))
    (studio.folder / "configs" / "budget.local.yaml").write_text(text)
    assert "budget.local.yaml:1 at /caps/" in studio.ask("validate", expect=3)
    assert "budget.local.yaml:1 at /caps/" in studio.visual(expect=3)
    assert studio.billed == 0


@pytest.mark.parametrize(("stored", "named"), [(NFD, NFC), (NFC, NFD)])
def test_a_reference_is_found_in_either_spelling(studio: Studio, stored: str, named: str) -> None:
    """A name that was typed on one system and stored by another is the same name to a person."""
    put(studio, stored, PIXEL)
    entry = {"id": "0001", "prompt": "桜", "references": [named]}
    put(studio, "prompts.json", json.dumps({"prompts": [entry]}))
    studio.visual()
    studio.visual()
    assert studio.billed == 1


def test_two_references_that_look_alike_are_both_said(studio: Studio) -> None:
    """Which of them is meant is for a person to say, who can tell them apart only when they are spelt out."""
    for name in ("か\u3099\u00e9.png", "\u304ce\u0301.png"):
        put(studio, name, PIXEL)
    entry = {"id": "0001", "prompt": "桜", "references": ["\u304c\u00e9.png"]}
    put(studio, "prompts.json", json.dumps({"prompts": [entry]}))
    said = studio.visual(expect=3)
    assert "look alike" in said and "e\\u0301" in said and "\\xe9" in said
    assert studio.billed == 0
