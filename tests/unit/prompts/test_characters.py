"""Those who appear again and again: a prompt names them, and their pictures and words go with it."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tasks.catalog.catalog import load_catalog
from tasks.commands import validate
from tasks.project.paths import Paths
from tasks.project.run_paths import RunPaths
from tasks.requests.request import PromptSpec, requests
from tasks.requests.sources import prompt_specs
from tasks.text.errors import BadInput
from tests.support.studio import ROOT

TOME = {"references": ["video/references/CH01/tome.png"], "words": "トメは丸眼鏡。"}
PON = {"words": "ポンは白い犬。"}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    """Channel CH01 with two characters, one of whom has a picture."""
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    monkeypatch.chdir(tmp_path)
    paths = Paths(tmp_path)
    picture(paths, b"1")
    preset(paths, {"トメ": TOME, "ポン": PON})
    return paths


def picture(project: Paths, content: bytes) -> None:
    """The reference of トメ."""
    path = project.workspaces / "video" / "references" / "CH01" / "tome.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\x89PNG\r\n\x1a\n0000" + content)


def preset(project: Paths, characters: Any, **more: Any) -> None:
    """The channel, with a style and a suffix."""
    channel = {"image_generation": {"model_key": "g-1"}, "style": "墨絵", "prompt_suffix": "余白。"} | more
    channel |= {} if characters is None else {"characters": characters}
    project.presets.write_text(json.dumps({"channels": {"CH01": channel}}))


def specs(project: Paths, *entries: dict[str, Any]) -> list[PromptSpec]:
    """What would be sent of prompts.json with those entries."""
    run = project.runs / "CH01-001"
    run.mkdir(parents=True, exist_ok=True)
    prompts = [{"id": f"{number:04d}", "prompt": "峠"} | entry for number, entry in enumerate(entries, 1)]
    (run / "prompts.json").write_text(json.dumps({"prompts": prompts}))
    return prompt_specs(RunPaths(run), load_catalog(project), None)


def test_words_and_pictures_of_who_is_named_go_with_the_prompt(project: Paths) -> None:
    """In the order in which they are named, between prompt and suffix; a text with commas says the same as a list."""
    both, same, none = specs(
        project, {"characters": ["ポン", "トメ"]}, {"characters": "ポン、トメ"}, {"characters": []}
    )
    assert both.text == same.text == "墨絵\n峠\nポンは白い犬。\nトメは丸眼鏡。\n余白。"
    assert [each.path.name for each in both.references] == ["tome.png"]
    assert (none.text, none.references) == ("墨絵\n峠\n余白。", ())


def test_a_table_has_a_column_for_them(project: Paths) -> None:
    """Of that name; of a channel without characters it stays what it was."""
    run = project.runs / "CH01-001"
    run.mkdir(parents=True)
    (run / "prompts.csv").write_text("prompt,characters\n峠,トメ\n川 {{characters}},\n", "utf-8")
    with pytest.raises(BadInput, match="nothing stands there"):
        prompt_specs(RunPaths(run), load_catalog(project), None)
    (run / "prompts.csv").write_text('prompt,Characters\n峠,"トメ, ポン"\n川,\n', "utf-8")
    first, second = prompt_specs(RunPaths(run), load_catalog(project), None)
    assert (first.text, second.text) == ("墨絵\n峠\nトメは丸眼鏡。\nポンは白い犬。\n余白。", "墨絵\n川\n余白。")
    (run / "prompts.csv").write_text("prompt,characters\n{{characters}} の峠,トメ\n", "utf-8")
    preset(project, None)
    (only,) = prompt_specs(RunPaths(run), load_catalog(project), None)
    assert (only.text, only.references) == ("墨絵\nトメ の峠\n余白。", ())


def test_a_name_that_the_channel_does_not_have_is_refused_with_the_nearest(project: Paths) -> None:
    """With the line, and nothing is sent without them."""
    with pytest.raises(BadInput) as error:
        specs(project, {}, {"characters": ["トメさ"]})
    assert "prompts.json:1 at /prompts/1/characters" in str(error.value)
    assert 'did you mean "トメ"?' in str(error.value)
    preset(project, None)
    with pytest.raises(BadInput, match='found "トメ", and CH01 has no such character: none'):
        specs(project, {"characters": ["トメ"]})


def test_the_digest_follows_the_picture_s_content(project: Paths) -> None:
    """Other bytes under a name are another picture; who is not named changes nothing."""
    first, other = requests(specs(project, {"characters": ["トメ"]}, {}))
    preset(project, {"トメ": TOME | {"words": "トメは丸眼鏡。"}, "ポン": {"words": "黒い犬。"}})
    assert [each.digest for each in requests(specs(project, {"characters": ["トメ"]}, {}))] == [
        first.digest,
        other.digest,
    ]
    picture(project, b"2")
    again, same = requests(specs(project, {"characters": ["トメ"]}, {}))
    assert again.digest != first.digest and same.digest == other.digest
    preset(project, None)
    assert requests(specs(project, {}, {}))[0].digest == requests(specs(project, {}))[0].digest == other.digest


def test_more_pictures_than_the_model_takes_are_refused(project: Paths) -> None:
    """Those of who is named count."""
    with pytest.raises(BadInput, match=r"at /prompts/0/characters.*found 1 reference.*takes none"):
        specs(project, {"characters": ["トメ"], "slot": "f-1"})


def test_a_picture_that_is_not_there_is_named_where_it_is_said(project: Paths) -> None:
    """By the plan and by validate: the line in the presets."""
    preset(project, {"トメ": {"references": ["video/none.png"]}})
    with pytest.raises(BadInput, match=r"channel_presets\.json:1 at /channels/CH01/characters/トメ/references/0"):
        specs(project, {"characters": ["トメ"]})
    (project.root / "configs" / "budget.yaml").write_text("version: 1\ncurrency: USD\ncaps: {}\n")
    assert any("/characters/トメ/references/0" in each.pointer for each in validate.problems(project))


@pytest.mark.parametrize("theirs", [["トメ"], "トメ", 3, {"トメ": "an old man"}])
def test_a_key_of_another_program_is_left_alone(project: Paths, theirs: Any) -> None:
    """What is no object of objects is not ours."""
    preset(project, theirs)
    assert specs(project, {})[0].text == "墨絵\n峠\n余白。"
