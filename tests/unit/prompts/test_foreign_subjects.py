"""Subjects of thumbnails in a planning table: read as it is, into the studio's own templates."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from tasks.catalog.catalog import load_catalog
from tasks.project.paths import Paths
from tasks.project.thumbnail_paths import ThumbnailPaths, selection, waiting, waiting_lines
from tasks.requests import reading_notes
from tasks.requests.request import PromptSpec
from tasks.requests.sources import prompt_specs
from tasks.text.errors import BadInput
from tests.support import old_studio
from tests.support.old_studio import FIRST, PRESET, SECOND
from tests.support.studio import ROOT

TEMPLATE = (
    "題: {{title}}\\n上: {{thumbnail_upper}}\\n中: {{thumbnail_title}}\\n下: {{thumbnail_lower}}\\n"
    "背景: {{thumbnail_prompt}}\\n左半分は空けておく。"
)
ROWS = (
    {"動画番号": "1", "タイトル": "第1夜のはなし"},
    {
        "動画番号": "2",
        "タイトル": "第2夜のはなし",
        FIRST: "渡し舟、\n川霧",
        SECOND: "使われない",
        "サムネタイトル上": "空の舟",
    },
    {
        "動画番号": "005",
        "タイトル": "第5夜のはなし",
        SECOND: "障子の影",
        "サムネタイトル": "影の耳",
        "企画意図": "静かに\n聞ける",
    },
)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    """Our configs with the preset of CH51, and templates of CH51 and CH53, which has no preset."""
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    (tmp_path / "configs" / "channel_presets.json").write_text(json.dumps({"channels": {"CH51": PRESET}}))
    monkeypatch.chdir(tmp_path)
    old_studio.templates(tmp_path / "workspaces", CH51=TEMPLATE, CH53="背景: {{thumbnail_prompt}}")
    return Paths(tmp_path)


def specs(
    project: Paths, rows: Sequence[dict[str, str]] = ROWS, channel: str = "CH51", end: str = "\n"
) -> list[PromptSpec]:
    """What would be sent of a table with those rows."""
    old_studio.planning(project.workspaces, channel, rows, end)
    return prompt_specs(ThumbnailPaths(project.thumbnails / channel), load_catalog(project), None)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_rows_go_into_the_studio_s_template(project: Paths, end: str) -> None:
    """The first column that is not empty, empty places as nothing, \\n as line ends, the negative as a sentence."""
    second, fifth = specs(project, end=end)
    assert second.text == (
        "題: 第2夜のはなし\n上: 空の舟\n中: \n下: \n背景: 渡し舟、\n川霧\n左半分は空けておく。\n"
        "Do not include: 字、印、すかし"
    )
    assert "\n中: 影の耳\n下: \n背景: 障子の影\n" in fifth.text


def test_the_picture_lies_where_that_program_looks_for_it(project: Paths) -> None:
    """Three digits however the number is written, 10_bg and not the template's id, in the size of the profile."""
    made = specs(project)
    paths = ThumbnailPaths(project.thumbnails / "CH51")
    where = [paths.image(each.prompt_id).relative_to(project.thumbnails).as_posix() for each in made]
    assert where == ["assets/CH51/002/10_bg.png", "assets/CH51/005/10_bg.png"]
    assert {each.choice.output_size for each in made} == {(1920, 1080)}


def test_a_template_s_own_name_and_size_come_first(project: Paths) -> None:
    """The profile is for templates that say nothing."""
    data = json.loads(project.templates.read_text())
    data["channels"]["CH51"]["templates"][0] |= {"output_name": "20_bg", "output_size": "1280x720"}
    project.templates.write_text(json.dumps(data))
    second, _ = specs(project)
    assert (second.prompt_id, second.choice.output_size) == ("002-20_bg", (1280, 720))


def test_rows_without_a_prompt_are_told_in_one_line(project: Paths) -> None:
    """They are no mistake; a number that can name no folder is told too."""
    specs(project, [*ROWS, {"動画番号": "番外/編", FIRST: "山"}])
    paths = ThumbnailPaths(project.thumbnails / "CH51")
    first, second = [each.what for each in reading_notes.notes(paths, load_catalog(project))]
    assert "CH51.csv: 1 of 4 rows have no prompt" in first
    assert "1 row has a prompt and no 動画番号 that can name a folder: left out" in second


def test_a_table_without_any_prompt_wants_nothing(project: Paths) -> None:
    """Eight channels of a real studio are so: no error, no picture."""
    assert specs(project, ROWS[:1]) == []


def test_one_episode_twice_is_refused_with_its_line(project: Paths) -> None:
    """1 and 001 are one folder."""
    with pytest.raises(BadInput, match=r"CH51.csv:\d+: .*\"002\" with the same template"):
        specs(project, [*ROWS, {"動画番号": "002", FIRST: "山"}])


def test_a_channel_without_a_preset_is_made_by_its_template_s_model(project: Paths) -> None:
    """Where the template names none, the channel is refused as before."""
    (spec,) = specs(project, [{"動画番号": "3", SECOND: "時計店"}], "CH53")
    assert (spec.choice.slot, spec.text.partition("\n")[0]) == ("g-1", "背景: 時計店")
    data = json.loads(project.templates.read_text())
    del data["channels"]["CH53"]["templates"][0]["image_model_key"]
    project.templates.write_text(json.dumps(data))
    with pytest.raises(BadInput, match="CH53"):
        specs(project, [{"動画番号": "3", SECOND: "時計店"}], "CH53")


def test_a_name_that_nobody_knows_is_a_mistake(project: Paths) -> None:
    """An empty place is nothing; a misspelt one would silently be nothing too."""
    old_studio.templates(project.workspaces, CH51="{{thumbnail_promt}}")
    with pytest.raises(BadInput, match="thumbnail_promt"):
        specs(project)


def test_braces_and_written_out_line_ends_in_a_cell_stay(project: Paths) -> None:
    """A cell is text."""
    (spec,) = specs(project, [{"動画番号": "3", SECOND: "{{title}} と \\n"}], "CH53")
    assert spec.text.startswith("背景: {{title}} と \\n\n")


def test_subjects_wait_until_their_channel_was_taken_in(project: Paths) -> None:
    """And a prompts file of ours comes first, at any time."""
    for channel in ("CH51", "CH53"):
        old_studio.planning(project.workspaces, channel, ROWS)
    assert selection(project, "ALL") == []
    assert [each.channel for each in waiting(project, None)] == ["CH51", "CH53"]
    assert "doit import CH=CH51 shows what would be bought" in waiting_lines(waiting(project, "CH51"))[0]
    old_studio.take_in(project.workspaces, "CH53")
    assert [each.channel for each in selection(project, "ALL")] == ["CH53"]
    (project.thumbnails / "CH51").mkdir()
    (project.thumbnails / "CH51" / "prompts.csv").write_text("episode,thumbnail_prompt\n9,山\n")
    assert [each.channel for each in selection(project, "ALL")] == ["CH51", "CH53"]
    assert waiting(project, "ALL") == []
