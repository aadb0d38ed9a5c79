"""Spreadsheets as they come, for runs and for thumbnails: read, said how, and what is not read is named."""

from pathlib import Path

import pytest

from tests.support.studio import Studio, story
from tests.support.workbooks import Cell, workbook

SHEET: list[list[Cell]] = [["id", "prompt"], ["0001", "雪の峠"], [], ["0002", "茶屋の朝"]]
CSV = "id,prompt\n0001,雪の峠\n0002,茶屋の朝\n"
SAYS_SHIFT_JIS = 'prompts.csv: read as Shift_JIS: "0001,雪の峠"'


def put(studio: Studio, name: str, content: bytes, folder: Path | None = None) -> None:
    path = (folder or studio.run()) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("name", "content", "note"),
    [
        ("prompts.csv", CSV.encode("cp932"), SAYS_SHIFT_JIS),
        ("prompts.xlsx", workbook(SHEET), ""),
        ("PROMPTS.XLSX", workbook(SHEET, more=["没案"]), 'the sheet "台本" is read; not read: "没案"'),
        ("prompts.csv", workbook(SHEET), "is an Excel workbook by its content, and read as one"),
        ("prompts.txt", "雪の峠\n\n茶屋の朝\n".encode(), ""),
    ],
)
def test_a_table_is_read_and_how_is_said_in_one_line(studio: Studio, name: str, content: bytes, note: str) -> None:
    """validate, plan and visual say it; two pictures come, under the names that stand there, and are paid for once."""
    put(studio, name, content)
    for said in (studio.ask("validate"), studio.ask("plan", "CH=CH01"), studio.visual()):
        assert note in said and said.count("not read") == note.count("not read") and "読" not in said
    studio.visual()
    assert (list(studio.images()), studio.billed) == (["0001.png", "0002.png"], 2)
    studio.run().joinpath(name).unlink()
    put(studio, "prompts.csv", CSV.encode())
    studio.visual()
    assert studio.billed == 2


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("prompts.csv", CSV.encode("euc_jp"), "prompts.csv:2: is not UTF-8"),
        ("prompts.xlsx", workbook([*SHEET, ["0002", "#REF!"]]), 'at sheet "台本", row 5: found "#REF!"'),
        ("prompts.xlsx", workbook(SHEET)[:900], "prompts.xlsx: is an Excel workbook"),
        ("prompts.xlsx", workbook(SHEET, far="XFD1048576"), "reaches down to row 1,048,576"),
    ],
)
def test_a_table_that_cannot_be_right_is_not_bought(studio: Studio, name: str, content: bytes, says: str) -> None:
    """Exit 3 with the place, for that run; nothing is billed."""
    put(studio, name, content)
    assert says in studio.ask("validate", expect=3)
    assert says in studio.visual(expect=3)
    assert studio.billed == 0


def test_what_lies_there_and_is_not_read_is_named(studio: Studio) -> None:
    """A file that a person may take for the one that counts; a second one that could be read is for them to choose."""
    studio.prompts(story(1))
    put(studio, "prompts.ods", b"PK")
    put(studio, "prompts.numbers", b"PK")
    for said in (studio.ask("validate"), studio.ask("plan", "CH=CH01"), studio.visual()):
        assert 'CH01-001: "prompts.numbers", "prompts.ods" there is not read' in said
    put(studio, "prompts.xlsx", workbook(SHEET))
    assert "has prompts.json and prompts.xlsx; only one can be right" in studio.ask("validate", expect=3)
    thumbnails = studio.folder / "workspaces" / "thumbnails" / "CH01"
    put(studio, "prompts.docx", b"PK", thumbnails)
    assert 'CH01: has no prompts.json, .csv, .tsv, .xlsx or .txt (there is "prompts.docx")' in studio.ask(
        "validate", expect=3
    )
    assert studio.billed == 1


@pytest.mark.parametrize(
    ("name", "content", "note"),
    [
        ("prompts.csv", "episode,thumbnail_prompt,題\n001,雪の峠,旅\n".encode("cp932"), "read as Shift_JIS"),
        ("prompts.xlsx", workbook([["題", "episode", "thumbnail_prompt"], [], ["旅", "001", "雪の峠"]]), ""),
        ("prompts.txt", "雪の峠\n".encode(), ""),
    ],
)
def test_subjects_of_thumbnails_are_read_as_well(studio: Studio, name: str, content: bytes, note: str) -> None:
    """The same readers; a template's {{題}} is filled from the row, else from the channel's variables."""
    channel = {"image_generation": {"model_key": "g-1"}, "variables": {"題": "旅"}}
    studio.write("configs/channel_presets.json", {"channels": {"CH01": channel}})
    template = {"id": "main", "prompt_template": "{{thumbnail_prompt}}、{{題}}"}
    studio.write("workspaces/thumbnails/templates.json", {"channels": {"CH01": {"templates": [template]}}})
    folder = studio.folder / "workspaces" / "thumbnails" / "CH01"
    put(studio, name, content, folder)
    for said in (studio.ask("validate"), studio.ask("thumbnails", expect=1), studio.ask("thumbnails", "CH=CH01")):
        assert note in said and ("Shift_JIS" in said) == ("Shift_JIS" in note)
    assert (studio.folder / "workspaces" / "thumbnails" / "assets" / "CH01" / "001" / "main.png").is_file()
    template["prompt_template"] = "雪の峠、旅"
    studio.write("workspaces/thumbnails/templates.json", {"channels": {"CH01": {"templates": [template]}}})
    studio.ask("thumbnails", "CH=CH01")
    assert studio.billed == 1
