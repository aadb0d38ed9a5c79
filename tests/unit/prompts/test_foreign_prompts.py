"""Prompts of another program's files: read as they are, nothing added, and what a person should know is said."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tasks.catalog.catalog import Catalog, load_catalog
from tasks.project.paths import Paths
from tasks.project.run_paths import RunPaths
from tasks.requests import reading_notes
from tasks.requests.request import PromptSpec
from tasks.requests.sources import prompt_specs
from tasks.text.errors import BadInput
from tests.support import old_studio
from tests.support.old_studio import NOTE, PRESET, SUFFIX, cue, finished
from tests.support.studio import ROOT

LINES = (
    "主題: ちょうちんと足跡",
    "場面: 雪の峠道をちょうちんの灯りが登っていく",
    "調子: 静か",
    "役割: hook",
    "部分: 冒頭",
    SUFFIX,
    NOTE,
)
SUGGESTED = " \n".join(LINES)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    """Our configs with the old studio's presets."""
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    (tmp_path / "configs" / "channel_presets.json").write_text(json.dumps({"channels": {"CH51": PRESET}}))
    monkeypatch.chdir(tmp_path)
    return Paths(tmp_path)


def run(project: Paths, *entries: dict[str, Any], name: str = "CH51-001", **more: Any) -> RunPaths:
    """A run with a cue file."""
    old_studio.cues(project.runs / name, entries, **more)
    return RunPaths(project.runs / name)


def specs(paths: RunPaths) -> dict[str, PromptSpec]:
    """What would be sent, by the picture's name."""
    return {spec.prompt_id: spec for spec in prompt_specs(paths, load_catalog(_project(paths)), None)}


def _project(paths: RunPaths) -> Paths:
    return Paths(paths.folder.parents[3])


def _catalog(paths: RunPaths) -> Catalog:
    return load_catalog(_project(paths))


def refused(paths: RunPaths) -> str:
    """What is said of a file that cannot be read."""
    with pytest.raises(BadInput) as error:
        specs(paths)
    return str(error.value)


def test_a_prompt_is_sent_as_it_stands(project: Paths) -> None:
    """Neither style nor suffix nor negative prompt of the channel is added, and blanks before line ends stay."""
    made = specs(
        run(project, cue(1, finished(SUGGESTED)), cue(2, finished("障子の隙間から漏れる橙の光、雪に伸びる細い影")))
    )
    assert made["0001"].text == (
        "絵の内容: 主題: ちょうちんと足跡 \n場面: 雪の峠道をちょうちんの灯りが登っていく \n調子: 静か \n役割: hook \n"
        "部分: 冒頭 \n余白を広くとる。看板や貼り紙は描かない。 \n語り手のトメばあさんは毎回おなじ丸眼鏡と藍の前掛け。\n"
        "絵柄: 切り絵風の影絵、藍と生成りの二色、和紙の手ざわり\n画面: 1920x1080、主役は右寄り\n主な人物: \n"
        "入れないもの:\n\n約束: 一枚に一つの場面だけを描く。"
    )
    assert made["0002"].text.startswith("絵の内容: 障子の隙間から漏れる橙の光、雪に伸びる細い影\n絵柄: 切り絵風")
    assert SUFFIX not in made["0002"].text


def test_what_is_written_out_and_what_looks_like_a_variable_stays(project: Paths) -> None:
    """A backslash and an n, braces, and blanks at the ends are part of the text that the studio wrote."""
    text = " 朝日の当たる雪原\\nけものの姿はない {{summary}}\n"
    assert specs(run(project, cue(1, text)))["0001"].text == text


def test_without_a_prompt_the_summary_is_the_text(project: Paths) -> None:
    """Also where the prompt is there and empty."""
    made = specs(run(project, cue(1, None, "夜明けの谷に鐘の音が渡る"), cue(2, " ", "川")))
    assert [spec.text for spec in made.values()] == ["夜明けの谷に鐘の音が渡る", "川"]


def test_without_any_text_the_run_is_refused_with_the_place(project: Paths) -> None:
    """Nobody's stock sentence is bought."""
    said = refused(run(project, cue(1, "山"), cue(2, "", "")))
    assert "image_cues.json:" in said and "at /cues/1/prompt: the prompt is empty" in said


def test_size_and_slot_come_from_the_file(project: Paths) -> None:
    """The size of the file is the wanted one; a cue's own model is its slot, by any code."""
    paths = run(
        project, cue(1, "山"), cue(2, "川", image_model_key="img-flux-schnell-1"), size={"width": 1280, "height": 720}
    )
    first, second = specs(paths).values()
    assert (first.choice.slot, first.choice.output_size) == ("g-1", (1280, 720))
    assert (second.choice.slot, second.choice.output_size) == ("f-1", (1280, 720))


def test_a_picture_is_asked_for_in_the_shape_that_it_is_wanted_in(project: Paths) -> None:
    """An upright size is not cut out of a wide picture; a size without a named shape leaves the channel's."""
    upright = run(project, cue(1, "山"), size={"width": 1080, "height": 1920})
    odd = run(project, cue(1, "山"), size={"width": 1376, "height": 700}, name="CH51-002")
    assert specs(upright)["0001"].choice.aspect_ratio == "9:16"
    assert specs(odd)["0001"].choice.aspect_ratio == "16:9"


def test_a_model_that_is_gone_stops_with_the_cue_that_names_it(project: Paths) -> None:
    """File, line and pointer of the key as that program calls it."""
    said = refused(run(project, cue(1, "山"), cue(2, "川", image_model_key="gemini_2_5_flash_image")))
    assert "image_cues.json:" in said and "at /cues/1/image_model_key" in said and "2026-10-02" in said


def test_only_a_file_that_is_there_takes_the_place_of_a_picture(project: Paths) -> None:
    """A missing one is warned about and its picture made; a path out of the run is none; our picture is none."""
    paths = run(
        project,
        cue(1, "山", asset_relpath="broll/0001.mp4"),
        cue(2, "川", asset_relpath="broll/0002.mp4"),
        cue(3, "谷", asset_relpath="../x.mp4"),
        cue(4, "空", asset_relpath="images/0004.png"),
    )
    for name in ("broll/0001.mp4", "../x.mp4", "images/0004.png"):
        (paths.folder / name).parent.mkdir(exist_ok=True)
        (paths.folder / name).write_bytes(b"x")
    assert list(specs(paths)) == ["0002", "0003", "0004"]
    (note,) = [each.what for each in reading_notes.notes(paths, _catalog(paths))]
    assert 'image_cues.json at /cues/1/asset_relpath: "broll/0002.mp4" is missing' in note and "0002, 0003" in note


@pytest.mark.parametrize(("said", "sent"), [(", sent: true", True), (", sent: false", False), ("", True)])
def test_a_reference_of_another_machine_is_the_file_of_that_name_here(project: Paths, said: str, sent: bool) -> None:
    """Said in any case; models that take none get none, and no model does where the config says that none is sent.

    A config that says nothing of it has them sent.
    """
    config = project.root / "configs" / "sources.yaml"
    config.write_text(config.read_text("utf-8").replace(", sent: false", said), "utf-8")
    lost, guide = "/srv/x/lost.png", f"{old_studio.ELSEWHERE}/CH51-001/guides/guide.png"
    paths = run(
        project,
        cue(1, "山", input_images=[guide]),
        cue(2, "川", input_images=[lost]),
        cue(3, "谷", input_images=["C:\\elsewhere\\guide.png"], image_model_key="f-1"),
    )
    (paths.folder / "guides").mkdir()
    (paths.folder / "guides" / "guide.png").write_bytes(b"\x89PNG\r\n\x1a\n0000")
    first, second, third = specs(paths).values()
    assert [each.path.name for each in first.references] == ["guide.png"] * sent
    assert second.references == third.references == ()
    told = [each.what for each in reading_notes.notes(paths, _catalog(paths))]
    assert [("another machine" in each, "0001, 0003" in each) for each in told] == [(True, True), (False, False)][
        : 1 + sent
    ]
    assert "is sent to models" in told[0] if sent else "is not sent" in told[0]
    assert not sent or "0002 go without it" in told[1]


def test_a_file_that_the_other_program_would_have_added_is_named(project: Paths) -> None:
    """persona.txt stands before texts there; here it is not sent, and that is said."""
    paths = run(project, cue(1, "山"))
    (paths.folder / "persona.txt").write_text("トメばあさん\n")
    (note,) = reading_notes.notes(paths, _catalog(paths))
    assert note.warning and "persona.txt: is not sent" in note.what
    assert specs(paths)["0001"].text == "山"


@pytest.mark.parametrize("indexes", [(1, 3), (2, 1), (0, 1), (1, 1)])
def test_numbers_out_of_order_are_refused(project: Paths, indexes: tuple[int, int]) -> None:
    """Batch goes by the number, the draft builder by the place: pictures would land in other scenes."""
    paths = run(project, *(cue(index, f"山{index}") for index in indexes))
    assert "image_cues.json:" in refused(paths)
    assert "/index" in refused(paths)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"schema": "ytm.image_cues.v2"}, 'found schema: "ytm.image_cues.v2", expected "ytm.image_cues.v1"'),
        ({"cues": {}}, 'has no list "cues" of entries'),
        ({"cues": []}, "holds no prompts"),
        ({"cues": [1]}, "found 1, expected an object { }"),
        ({"size": {"width": "a"}}, "expected a width and a height in pixels"),
        ({"cues": [{"prompt": "山"}]}, "expected 1 to 64 letters"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_place(project: Paths, more: dict[str, Any], says: str) -> None:
    """Another format of the same name, no list, nothing in it: one sentence, and nothing is guessed."""
    assert says in refused(run(project, cue(1, "山"), **more))


def test_the_mark_may_be_missing(project: Paths) -> None:
    """Older files of that program have none."""
    paths = run(project, cue(1, "山"))
    data = json.loads((paths.folder / "image_cues.json").read_text())
    del data["schema"]
    (paths.folder / "image_cues.json").write_text(json.dumps(data))
    assert list(specs(paths)) == ["0001"]


def test_a_prompts_file_of_ours_comes_first(project: Paths) -> None:
    """The cue file beside it is not read, whatever is in it."""
    paths = run(project)
    (paths.folder / "prompts.csv").write_text("prompt\n山\n")
    assert not paths.is_foreign
    assert specs(paths)["0001"].text.startswith(PRESET["style"])  # type: ignore[arg-type]


def test_another_studio_writes_ten_lines(project: Paths) -> None:
    """Its own file name, list, numbers, texts, and what it skips; a table too."""
    (project.root / "configs" / "sources.yaml").write_text(
        "version: 1\n"
        "runs:\n"
        "  shots: { file: shots.json, list: film.shots, id: { key: no, digits: 3 }, prompt: [text], skip: done,\n"
        "           size: 640x360 }\n"
        "  table: { file: shots.csv, id: { key: 番号 }, prompt: [絵, 説明], slot: モデル }\n"
    )
    shots = {"film": {"shots": [{"no": 1, "text": "山"}, {"no": "2", "text": "川", "done": True}]}}
    first, second = project.runs / "CH51-001", project.runs / "CH51-002"
    for folder in (first, second):
        folder.mkdir(parents=True)
    (first / "shots.json").write_text(json.dumps(shots))
    (second / "shots.csv").write_bytes("\ufeff番号,絵,説明,モデル\r\na1,,谷,g-2\r\na2,空,,\r\n".encode())
    made = specs(RunPaths(first))
    assert {name: (spec.text, spec.choice.output_size) for name, spec in made.items()} == {"001": ("山", (640, 360))}
    rows = specs(RunPaths(second))
    assert {name: (spec.text, spec.choice.slot) for name, spec in rows.items()} == {
        "a1": ("谷", "g-2"),
        "a2": ("空", "g-1"),
    }
    (second / "shots.csv").write_bytes("番号,絵,モデル\na1,谷,g-99\n".encode())
    assert "shots.csv:2: " in refused(RunPaths(second))


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (
            "番号,メモ\na1,山\n",
            'has no column "絵"; found "番号", "メモ"\n  -> name it "絵", or name the right one in ',
        ),
        ("絵,メモ\n山,\n", 'has no column "番号"; found "絵", "メモ"\n  -> name it "番号", or name the right one in '),
        ("番号,メモ\n", "holds no prompts"),
    ],
)
def test_a_table_without_a_column_that_is_needed_is_refused(project: Paths, table: str, says: str) -> None:
    """With the name that stands first in the config and where another is given; any one of the texts suffices."""
    (project.root / "configs" / "sources.yaml").write_text(
        "version: 1\nruns:\n  t: { file: shots.csv, id: { key: 番号 }, prompt: [絵, 説明] }\n", "utf-8"
    )
    folder = project.runs / "CH51-001"
    folder.mkdir(parents=True)
    (folder / "shots.csv").write_text(table, "utf-8")
    said = refused(RunPaths(folder))
    assert says in said and ("configs/sources.yaml: t." in said or "holds no" in said)
    for column in ("絵", "説明"):
        (folder / "shots.csv").write_text(f"番号,{column}\na1,山\n", "utf-8")
        assert [spec.text for spec in specs(RunPaths(folder)).values()] == ["山"]


def test_a_wrong_config_stops_only_those_who_need_it(project: Paths) -> None:
    """With the line; runs with prompts of ours do not ask for it."""
    paths = run(project, cue(1, "山"))
    (project.root / "configs" / "sources.yaml").write_text(
        "version: 1\nruns:\n  a: { file: image_cues.json, prompt: x }\n"
    )
    assert "sources.yaml:3" in refused(paths)
    (paths.folder / "prompts.txt").write_text("山\n")
    assert list(specs(RunPaths(paths.folder))) == ["0001"]


def test_what_a_channel_adds_a_second_time_is_said(project: Paths) -> None:
    """Prompts of ours that hold the style or suffix already would be sent with it twice, and paid for so."""
    folder = project.runs / "CH51-003"
    folder.mkdir(parents=True)
    entries = [{"id": "1", "prompt": finished(SUGGESTED)}, {"id": "2", "prompt": "山"}]
    (folder / "prompts.json").write_text(json.dumps({"prompts": entries}))
    paths, preset = RunPaths(folder), load_catalog(project).preset("CH51")
    told = reading_notes.doubled(paths, preset, [str(each["prompt"]) for each in entries])
    assert ["1 of 2 prompts hold the style" in told[0].what, "prompt_suffix" in told[1].what] == [True, True]
    assert not reading_notes.doubled(run(project, cue(1, finished("山"))), preset, [finished("山")])
