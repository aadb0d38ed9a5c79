"""The prompts of a run: prompts.json, .csv or .tsv, and the final text."""

import json
from pathlib import Path
from typing import Any

import pytest

from tasks.catalog.presets import Preset, presets
from tasks.errors import BadInput
from tasks.project.run_paths import RunPaths
from tasks.prompts.prompts import Prompt, RunPrompts, final_text, read_prompts

PRESET = Preset("CH01", Path("configs/channel_presets.json"))


def place(tmp_path: Path, name: str, content: Any) -> RunPaths:
    """A run folder with one prompts file."""
    folder = tmp_path / "CH01-251"
    folder.mkdir(exist_ok=True)
    raw = (
        content
        if isinstance(content, bytes)
        else (content if isinstance(content, str) else json.dumps(content)).encode()
    )
    (folder / name).write_bytes(raw)
    return RunPaths(folder)


def read(tmp_path: Path, name: str, content: Any, preset: Preset = PRESET) -> RunPrompts:
    return read_prompts(place(tmp_path, name, content), preset)


def refused(tmp_path: Path, name: str, content: Any, preset: Preset = PRESET) -> str:
    with pytest.raises(BadInput) as error:
        read(tmp_path, name, content, preset)
    return str(error.value)


def pairs(run: RunPrompts) -> list[tuple[str, str]]:
    return [(prompt.id, prompt.prompt) for prompt in run.prompts]


def test_json_entries_keep_their_order_and_every_key(tmp_path: Path) -> None:
    """What prompts.json says about a picture arrives unchanged; null means not said."""
    full = {
        "id": "0002",
        "prompt": "海\u2028と空",
        "references": ["references/monk.png"],
        "slot": "i-1",
        "aspect_ratio": "9:16",
        "image_size": "2K",
        "negative_prompt": "文字",
        "skip": True,
        "note": {"by": "a"},
    }
    run = read(
        tmp_path, "prompts.json", {"slot": "g-2", "prompts": [full, {"id": "0001", "prompt": "山", "slot": None}]}
    )
    first, second = run.prompts
    assert run.slot == "g-2"
    assert first._asdict() == full | {
        "references": ("references/monk.png",),
        "file": run.file,
        "entry": 0,
        "line": None,
    }
    assert second == Prompt("0001", "山", run.file, entry=1)


def test_csv_reads_two_columns_in_any_case_and_ignores_the_others(tmp_path: Path) -> None:
    """A spreadsheet's export works: byte order mark, quoted line breaks, extra columns, CRLF, blank rows."""
    text = '\ufeffNote,PROMPT,Id\r\nx,"山,\r\n""朝""",a1\r\n\r\n,,\r\ny,海,b2\r\n'
    run = read(tmp_path, "prompts.csv", text)
    assert pairs(run) == [("a1", '山,\r\n"朝"'), ("b2", "海")]
    assert [prompt.line for prompt in run.prompts] == [2, 6]


def test_ids_come_from_the_row_number_where_there_are_none(tmp_path: Path) -> None:
    """Without an id column, or in an empty cell, the number of the data row is the id."""
    assert pairs(read(tmp_path, "prompts.tsv", "Prompt\tCategory\nbond\tAbstract\n\nele\tx\n")) == [
        ("0001", "bond"),
        ("0002", "ele"),
    ]
    (tmp_path / "CH01-251" / "prompts.tsv").unlink()
    assert pairs(read(tmp_path, "prompts.csv", "id,prompt\n,a\nz,b\n")) == [("0001", "a"), ("z", "b")]


@pytest.mark.parametrize(
    ("cell", "prompt"),
    [
        ('a sign "Open" here', 'a sign "Open" here'),
        ('"Open" on a sign', '"Open" on a sign'),
        ('"""Open"" on a sign, twice"', '"Open" on a sign, twice'),
        ('"two\r\nlines"', "two\r\nlines"),
        ('"not closed', '"not closed'),
        ('""', "kept"),
        ("山、川", "山、川"),
        ("u2028\u2028stays", "u2028\u2028stays"),
    ],
)
def test_tsv_cells_are_read_as_both_kinds_of_programs_write_them(tmp_path: Path, cell: str, prompt: str) -> None:
    """A whole cell in quotation marks is unquoted; one that only begins with a mark is plain text, and alone."""
    run = read(tmp_path, "prompts.tsv", f'Prompt\tNote\n{cell}{"kept" if cell == chr(34) * 2 else ""}\tx\r\nlast "\ty')
    assert [text for _, text in pairs(run)] == [prompt if prompt != "kept" else '""kept', 'last "']
    assert run.prompts[1].line == (4 if "\n" in cell else 3)


def test_other_columns_can_be_named_in_the_preset(tmp_path: Path) -> None:
    """A sheet with Japanese headings needs no renaming."""
    data = {"channels": {"CH01": {"image_generation": {"id_column": "番号", "prompt_column": "画像プロンプト"}}}}
    preset = presets(data, Path("p.json"))["CH01"]
    assert pairs(read(tmp_path, "prompts.csv", "番号,画像プロンプト,prompt\n7,山,x\n", preset)) == [("7", "山")]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "prompts.csv:1: is empty"),
        ("id,text\n1,a\n", 'prompts.csv:1: has no column "prompt"; found "id", "text"'),
        ("prompt,Prompt\na,b\n", 'prompts.csv:1: has the column "prompt" twice'),
        ("id,prompt\n1,a\n2\n", 'prompts.csv:3: this row ends before the column "prompt"'),
        ('prompt\n"a\nb\n', "prompts.csv:2: a quotation mark that opens in the row that begins here is never closed"),
        ('prompt\n"a"b\n', "prompts.csv:2: the row that begins here cannot be read"),
        ("id;prompt\n1;a\n", "separated by semicolons: save it with commas, or with tabs as .tsv"),
        ("id\tprompt\n1\ta\n", "separated by tabs: save it with commas"),
        ("id,prompt\n1,a\n1,b\n", 'prompts.csv:3: the id "1" is taken by entry 1'),
        ("id,prompt\n1,a\n2, \n", "prompts.csv:3: the prompt is empty"),
        ("id,prompt\n../x,a\n", 'prompts.csv:2: found "../x", expected 1 to 64 letters'),
        ("id,prompt\n1,a\x1bb\n", "prompts.csv:2: holds the control character U+001B"),
        ("id,prompt\n1,a\0b\n", "prompts.csv:2: holds a NUL character"),
        ("prompt\n山\n".encode("cp932"), "prompts.csv:2: is not UTF-8 (byte 8), expected UTF-8"),
        ("prompt\nやま\n".encode("cp932"), "prompts.csv:2: is Shift_JIS text, expected UTF-8"),
        ("prompt,note\nやま,x\n".encode("utf-16-le"), "prompts.csv:1: is UTF-16 without a byte order mark"),
        ("prompt,note\nやま,x\n".encode("utf-16-be"), "prompts.csv:1: is UTF-16 without a byte order mark"),
        ("prompt\nやま\n".encode("utf-32"), "prompts.csv:1: is UTF-32"),
        ("prompt\nやま\n".encode("utf-16") + b"\n", "prompts.csv:1: begins as UTF-16 and is cut or damaged"),
        ("id,prompt\n1,a monk, snow\n", "prompts.csv:2: this row has 3 cells, the header has 2 columns"),
        ("sep=;\nid;prompt\n1;a\n2;b;c\n", "prompts.csv:4: this row has 3 cells, the header has 2 columns"),
        ("id,prompt\n#REF!,a\n", 'prompts.csv:2: found "#REF!", the error of a formula in the spreadsheet'),
        ("id,prompt\n1,\u3164\u200b\n", "prompts.csv:2: the prompt holds only characters that nobody can see (U+200B"),
    ],
)
def test_tables_that_cannot_be_right_are_refused_with_their_line(tmp_path: Path, text: str | bytes, says: str) -> None:
    """Every mistake in a table names the line where its row begins."""
    message = refused(tmp_path, "prompts.csv", text)
    assert says in message
    assert "\n  -> " in message


@pytest.mark.parametrize(
    "text", ["#REF!", " #N/A ", "#VALUE!", "#NAME?", "#DIV/0!", "#BEZUG!", "#¿NOMBRE?", "Err:508", "####"]
)
def test_the_error_of_a_formula_is_no_prompt(tmp_path: Path, text: str) -> None:
    """What a spreadsheet writes where a formula failed would be drawn and paid for; also in JSON made from it."""
    message = refused(tmp_path, "prompts.json", {"prompts": [{"id": "1", "prompt": text}]})
    assert "/prompts/0/prompt: found " in message and "export the table again" in message


@pytest.mark.parametrize(
    "text", ["\u200b\u200b", "\ufeff", "\xa0 ", "\u3164", "\u2800", "\ufe0f", "\u202e\u2066", "\u0301"]
)
def test_a_prompt_that_nobody_can_see_is_none(tmp_path: Path, text: str) -> None:
    """Zero-width characters, fillers, marks without a letter: nothing is there to be drawn."""
    assert "/prompts/0/prompt: " in refused(tmp_path, "prompts.json", {"prompts": [{"id": "1", "prompt": text}]})


@pytest.mark.parametrize("text", ["山", "👩‍👩‍👧", "C#!", "#雪", "#snow", "…", "か\u3099", "\u0b95\u0bcd\u0bb7"])
def test_what_can_be_seen_is_a_prompt(tmp_path: Path, text: str) -> None:
    """Emoji of several parts, letters in two pieces and short words are left alone."""
    assert pairs(read(tmp_path, "prompts.csv", f"prompt\n{text}\n")) == [("0001", text)]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("prompts.csv", "sep=;\nid;prompt\n7;山、朝, 雪\n"),
        ("prompts.csv", '"sep=|"\r\nid|prompt\r\n7|山、朝, 雪\r\n'),
        ("prompts.csv", "SEP=\t\nid\tprompt\n7\t山、朝, 雪\n"),
        ("prompts.tsv", "sep=;\nid;prompt\n7;山、朝, 雪\n"),
        ("prompts.csv", 'id,prompt\n7,"山、朝, 雪",,\n'),
        ("prompts.CSV", 'id,prompt\n7,"山、朝, 雪"\n'),
        ("Prompts.Tsv", "id\tprompt\n7\t山、朝, 雪\n"),
        ("PROMPTS.JSON", '{"prompts": [{"id": "7", "prompt": "山、朝, 雪"}]}'),
        ("prompts.csv", 'id,prompt\n7,"山、朝, 雪"\n'.encode("utf-16")),
        ("prompts.tsv", b"\xfe\xff" + "id\tprompt\n7\t山、朝, 雪\n".encode("utf-16-be")),
        ("prompts.csv", '\ufeff\ufeffid,prompt\n7,"山、朝, 雪"\n'),
    ],
)
def test_the_ways_out_of_a_spreadsheet_are_all_read(tmp_path: Path, name: str, content: str | bytes) -> None:
    """A first line that names the separator, UTF-16 with its mark, a name in capitals, empty cells at a row's end."""
    assert pairs(read(tmp_path, name, content)) == [("7", "山、朝, 雪")]


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "../x",
        "/etc/passwd",
        "a/b",
        "a\\b",
        ".",
        "..",
        ".hidden",
        "-x",
        "x" * 300,
        "😀",
        "０００１",
        "a b",
        "a\n",
        "CON:",
        "a.png",
    ],
)
def test_ids_that_could_leave_their_folder_are_refused(tmp_path: Path, bad: str) -> None:
    """An id names a file: only plain names pass, whatever the format."""
    message = refused(tmp_path, "prompts.json", {"prompts": [{"id": bad, "prompt": "a"}]})
    assert "/prompts/0/id" in message


def test_ids_that_differ_only_in_case_are_one_file_on_many_disks(tmp_path: Path) -> None:
    """0001a and 0001A would overwrite each other's picture on macOS."""
    message = refused(
        tmp_path, "prompts.json", '{"prompts": [\n{"id": "a", "prompt": "x"},\n{"id": "A", "prompt": "y"}]}'
    )
    assert 'prompts.json:3 at /prompts/1/id: the id "A" is taken by entry 1' in message


def test_every_mistake_of_a_file_is_in_one_message(tmp_path: Path) -> None:
    """A person corrects the file once."""
    entries = [
        {"id": "a", "prompt": " "},
        {"id": "a", "prompt": "\x07"},
        {"id": "b", "prompt": "x", "negative_prompt": "\0"},
    ]
    message = refused(tmp_path, "prompts.json", {"prompts": entries})
    assert [
        f"/prompts/{n}/{k}" in message for n, k in [(0, "prompt"), (1, "id"), (1, "prompt"), (2, "negative_prompt")]
    ] == [True] * 4


@pytest.mark.parametrize("bad", ["../a.png", "/a.png", "a/../../b.png", "~/a.png", "..\\a.png", "a\0.png", "."])
def test_references_outside_the_run_are_refused(tmp_path: Path, bad: str) -> None:
    """A prompts file from elsewhere cannot make us send other files of this machine."""
    message = refused(tmp_path, "prompts.json", {"prompts": [{"id": "1", "prompt": "a", "references": [bad]}]})
    assert "leaves the run's folder" in message


def test_two_prompts_files_or_none_are_refused(tmp_path: Path) -> None:
    """Which of two files counts is for a person to say."""
    place(tmp_path, "prompts.csv", "prompt\na\n")
    assert "has prompts.json and prompts.csv; only one can be right" in refused(
        tmp_path, "prompts.json", {"prompts": []}
    )
    with pytest.raises(BadInput, match=r"has no prompts\.json"):
        read_prompts(RunPaths(tmp_path / "CH01-999"), PRESET)


def test_the_final_text_is_style_prompt_suffix_and_a_sentence_for_what_to_avoid() -> None:
    """Each part has its own line, empty parts leave no trace, the prompt's negative prompt replaces the channel's."""
    preset = Preset("CH01", Path("p"), style="水彩画", prompt_suffix="静かに。", negative_prompt="文字")
    prompt = Prompt("1", " 山 ", Path("f"))
    assert final_text(prompt, preset) == "水彩画\n山\n静かに。\nDo not include: 文字"
    assert final_text(prompt._replace(negative_prompt="人"), preset).endswith("Do not include: 人")
    assert final_text(prompt._replace(negative_prompt=""), preset) == "水彩画\n山\n静かに。"
    assert final_text(prompt, PRESET) == "山"


def test_presets_skip_names_that_are_not_channels() -> None:
    """Names beginning with _ or x- in channels belong to other programs."""
    data = {"channels": {"CH01": {"image_generation": {"output_size": "1920x1080"}}, "_defaults": 3, "CH02": {}}}
    found = presets(data, Path("p"))
    assert sorted(found) == ["CH01", "CH02"]
    assert found["CH01"].output_size == (1920, 1080)
    assert found["CH02"].model_key is None
