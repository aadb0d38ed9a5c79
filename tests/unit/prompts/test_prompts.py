"""The prompts of a run: prompts.json, .csv or .tsv, and the final text."""

import json
from pathlib import Path
from typing import Any

import pytest

from tasks.catalog.presets import Preset, presets
from tasks.project.run_paths import RunPaths
from tasks.prompts.prompts import Prompt, RunPrompts, final_text, read_prompts
from tasks.text.errors import BadInput
from tests.support.workbooks import DATE, workbook

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
        "values": {key: full[key] for key in full if isinstance(full[key], str)},
        "sheet": "",
        "source": None,
        "at": (),
        "text_key": "",
        "output_size": None,
        "characters": (),
        "revised": (),
        "revisions": None,
    }
    assert second == Prompt("0001", "山", run.file, entry=1, values={"id": "0001", "prompt": "山"})


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
        ("prompt\nやま\n".encode("euc_jp"), "prompts.csv:2: is not UTF-8 (byte 8), expected UTF-8"),
        ("prompt\n雪の山\n".encode("cp932")[:-2], "prompts.csv:2: is not UTF-8 (byte 8), expected UTF-8"),
        ("prompt\nété\n".encode("cp1252"), "prompts.csv:2: is not UTF-8 (byte 8), expected UTF-8"),
        ("prompt\n山\n".encode("cp932") + b"\x80\xfd\n", "prompts.csv:2: is not UTF-8 (byte 8), expected UTF-8"),
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
        ("prompts.csv", 'id,prompt\n7,"山、朝, 雪"\n'.encode("cp932")),
        ("prompts.TSV", "id\tprompt\n7\t山、朝, 雪\n".encode("cp932")),
        ("prompts.xlsx", workbook([["id", "prompt"], ["7", "山、朝, 雪"]])),
        ("Prompts.XLSX", workbook([[], ["PROMPT", "メモ", "Id"], [], ["山、朝, 雪", None, 7.0], [None, " "]])),
        ("prompts.xlsx", workbook([["id", "prompt"], [7, "山、朝, 雪"]], hidden="古い", more=["メモ"])),
        ("prompts.csv", workbook([["id", "prompt"], ["7", "山、朝, 雪"]])),
        ("prompts.txt", "id\tprompt\r\n7\t山、朝, 雪\r\n".encode("utf-16")),
        ("prompts.xlsx", 'id,prompt\n7,"山、朝, 雪"\n'),
        ("prompts.csv", '\ufeff\ufeffid,prompt\n7,"山、朝, 雪"\n'),
    ],
)
def test_the_ways_out_of_a_spreadsheet_are_all_read(tmp_path: Path, name: str, content: str | bytes) -> None:
    """A first line that names the separator, UTF-16 with its mark, a name in capitals, empty cells at a row's end."""
    assert pairs(read(tmp_path, name, content)) == [("7", "山、朝, 雪")]


def test_cells_of_a_workbook_are_text(tmp_path: Path) -> None:
    """Zeros before a number stay where it is a text; numbers have no .0, days are ISO; readings are not the text.

    What was ticked and what was not are the words that Excel shows.
    """
    rows = [
        ["id", "prompt", "数", "日", "率", "夜"],
        ["0001", "雪<山>", 12, (46024, DATE), 1.5, True],
        ["0002", "茶", -0.1, (46024.75, DATE), 1e15, False],
    ]
    run = read(tmp_path, "prompts.xlsx", workbook(rows))
    assert pairs(run) == [("0001", "雪<山>"), ("0002", "茶")]
    names = ("数", "日", "率", "夜")
    assert [[prompt.values[name] for name in names] for prompt in run.prompts] == [
        ["12", "2026-01-02", "1.5", "TRUE"],
        ["-0.1", "2026-01-02T18:00:00", "1000000000000000", "FALSE"],
    ]


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([["id", "text"], ["1", "a"]], 'prompts.xlsx at sheet "台本", row 1: has no column "prompt"'),
        ([[], ["id", "prompt"], [], ["1", "#REF!"]], 'prompts.xlsx at sheet "台本", row 4: found "#REF!"'),
        ([["id", "prompt"], ["#N/A", "a"]], 'prompts.xlsx at sheet "台本", row 2: found "#N/A"'),
        ([["id", "prompt"], ["1", "a"], [1, "b"]], 'at sheet "台本", row 3: the id "1" is taken by entry 1'),
        ([["id", "prompt"], ["1", "{{所}}"]], 'at sheet "台本", row 2: found "{{所}}"'),
        ([], "prompts.xlsx"),
    ],
)
def test_a_workbook_is_refused_with_its_sheet_and_row(tmp_path: Path, rows: Any, says: str) -> None:
    """As the program numbers the rows, empty ones included; the error of a formula is no empty cell."""
    assert says in refused(tmp_path, "prompts.xlsx", workbook(rows))


def test_a_workbook_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """Damaged anywhere, or with a stray cell so far out that no memory holds it: a message, and the process lives."""
    raw = workbook([["id", "prompt"], ["1", "山"]])
    for at in range(0, len(raw), 7):
        try:
            read(tmp_path, "prompts.xlsx", raw[:at] + bytes([raw[at] ^ 0x55]) + raw[at + 1 :])
        except BadInput:
            continue
    assert "prompts.xlsx" in refused(tmp_path, "prompts.xlsx", raw[: len(raw) // 2])
    far = workbook([["id", "prompt"], ["1", "山"]], far="XFD1048576")
    assert "reaches down to row 1,048,576 and over 16,384 columns" in refused(tmp_path, "prompts.xlsx", far)


def test_a_text_file_has_a_prompt_a_line(tmp_path: Path) -> None:
    """Blank lines are skipped, ids go by the order; commas and quotation marks are part of the text."""
    run = read(tmp_path, "prompts.TXT", '\ufeff雪の峠, 朝\r\n\r\n  "茶"\r\n')
    assert pairs(run) == [("0001", "雪の峠, 朝"), ("0002", '"茶"')]
    assert [prompt.line for prompt in run.prompts] == [1, 3]
    (tmp_path / "CH01-251" / "prompts.TXT").unlink()
    assert "holds no prompts" in refused(tmp_path, "prompts.txt", "\n \n")


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


def test_variables_are_filled_from_the_row_then_from_the_channel(tmp_path: Path) -> None:
    """In all that is sent, with blanks inside the braces; an empty cell says nothing; \\{{ is two braces."""
    channel = {
        "style": "{{画風}}、{{ 所 }}",
        "prompt_suffix": "{tag} \\{{x}}",
        "image_generation": {"negative_prompt": "{{避}}"},
        "variables": {"画風": "水彩画", "所": "村", "避": 7},
    }
    preset = presets({"channels": {"CH01": channel}}, Path("p.json"))["CH01"]
    table = "prompt,所,人\n{{所}}の{{人}},峠,老僧\n{{人}},,猫の{{所}}\n"
    run = read(tmp_path, "prompts.csv", table, preset)
    assert [final_text(prompt, preset) for prompt in run.prompts] == [
        "水彩画、峠\n峠の老僧\n{tag} {{x}}\nDo not include: 7",
        "水彩画、村\n猫の村\n{tag} {{x}}\nDo not include: 7",
    ]


@pytest.mark.parametrize("key", ["place", "x-place"])
def test_variables_are_filled_from_an_entrys_own_keys(tmp_path: Path, key: str) -> None:
    """A key that a text asks for is no mistake; one that nobody asks for is, whatever it is called."""
    entries = [{"id": "1", "prompt": "{{place}} {{n}}", key: "峠", "x-n": 3.0}]
    run = read(tmp_path, "prompts.json", {"prompts": entries})
    assert final_text(run.prompts[0], PRESET) == "峠 3"
    assert "unknown key" in refused(tmp_path, "prompts.json", {"prompts": [{"id": "1", "prompt": "a", "place": "峠"}]})
    wrong = {"prompts": [{"id": "1", "prompt": "{{slot}}", "slot": 3}]}
    assert "/prompts/0/slot: found 3" in refused(tmp_path, "prompts.json", wrong)


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("prompt,place\n{{plaec}},a\n", 'prompts.csv:2: found "{{plaec}}", and nothing of that name'),
        ("prompt,place\n{{plaec}},a\n", "did you mean {{place}}?"),
        ("prompt,place\n{{Place}},a\n", "did you mean {{place}}?"),
        ("prompt,place\n{{place}},\n", 'prompts.csv:2: wants "{{place}}": nothing stands there'),
        ("prompt,place\n{{place}},#N/A\n", 'wants "{{place}}": found "#N/A"'),
        ("prompt,place\n{{}},a\n", "holds {{ }} without a name"),
        ("prompt,place\n{{place,a\n", "opens {{ and never closes it with }}"),
        ("prompt,a,b\n{{a}},{{b}},{{a}}\n", 'wants "{{a}}": found "{{b}}", and nothing of that name'),
        ("prompt,a\n{{a}},{{a}}\n", 'wants "{{a}}": found "{{a}}"'),
        ("prompt\n{{prompt}}\n", "prompts.csv:2: "),
        ("prompt\n{{red|blue}}\n", "write \\{{"),
    ],
)
def test_a_variable_that_is_not_filled_is_refused_with_its_line(tmp_path: Path, table: str, says: str) -> None:
    """It would be drawn as letters, and paid for."""
    assert says in refused(tmp_path, "prompts.csv", table)


def test_a_variable_of_the_channel_is_refused_once(tmp_path: Path) -> None:
    """At the line of the preset, with the first row that does not fill it."""
    preset = Preset("CH01", tmp_path / "p.json", style="{{mood}}", variables={"mode": "x"})
    message = refused(tmp_path, "prompts.csv", "prompt,mood\na,calm\nb,\nc,\n", preset)
    assert message.count("mood") == 1 and "at /channels/CH01/style" in message
    assert "for CH01-251/prompts.csv 0002 (and 1 more)" in message
    preset = Preset("CH01", tmp_path / "p.json", prompt_suffix="{{", variables={})
    assert "/channels/CH01/prompt_suffix: opens {{" in refused(tmp_path, "prompts.csv", "prompt\na\n", preset)


def test_presets_skip_names_that_are_not_channels() -> None:
    """Names beginning with _ or x- in channels belong to other programs."""
    data = {"channels": {"CH01": {"image_generation": {"output_size": "1920x1080"}}, "_defaults": 3, "CH02": {}}}
    found = presets(data, Path("p"))
    assert sorted(found) == ["CH01", "CH02"]
    assert found["CH01"].output_size == (1920, 1080)
    assert found["CH02"].model_key is None
