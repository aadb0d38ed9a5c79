"""Runs and thumbnails of another program, as a person meets them: what is bought, what is not, and what is said."""

import json
import shutil

import pytest
from PIL import Image

from tests.support import old_studio
from tests.support.old_studio import FIRST, PRESET, SECOND, cue, finished
from tests.support.studio import ROOT, Studio


@pytest.fixture
def moved(studio: Studio) -> Studio:
    """A studio with two runs, a planning table and its templates, put in place as they are."""
    shutil.copy(ROOT / "configs" / "sources.yaml", studio.folder / "configs")
    studio.write("configs/channel_presets.json", {"channels": {"CH51": PRESET, "CH52": PRESET}})
    (studio.folder / "configs" / "budget.yaml").write_text("version: 1\ncurrency: USD\ncaps: { day: 20 }\n")
    workspaces = studio.folder / "workspaces"
    old_studio.cues(studio.run("CH51-001"), [cue(1, finished("峠")), cue(2, None, "鐘の音")])
    old_studio.cues(studio.run("CH52-010_capcut_v1"), [cue(1, finished("大根"))])
    old_studio.templates(
        workspaces, CH51="上: {{thumbnail_upper}}\\n背景: {{thumbnail_prompt}}", CH53="{{thumbnail_prompt}}"
    )
    rows = ({"動画番号": "1", FIRST: "灯り"}, {"動画番号": "2", SECOND: "舟"}, {"動画番号": "3"})
    old_studio.planning(workspaces, "CH51", rows, "\r\n")
    old_studio.planning(workspaces, "CH53", [{"動画番号": "003", FIRST: "時計"}])
    background = workspaces / "thumbnails" / "assets" / "CH51" / "001" / "10_bg.jpg"
    background.parent.mkdir(parents=True)
    Image.new("RGB", (64, 36)).save(background)
    return studio


@pytest.mark.parametrize(
    ("words", "channels"),
    [
        (("visual", "CH=ALL"), ("CH51", "CH52")),
        (("visual", "CH=CH51"), ("CH51",)),
        (("visual", "CH=CH51", "RUN=001"), ("CH51",)),
        (("submit", "CH=CH51"), ("CH51",)),
        (("thumbnails", "CH=ALL"), ("CH51", "CH53")),
        (("thumbnails", "CH=CH53"), ("CH53",)),
    ],
)
def test_nothing_is_bought_before_the_channel_was_taken_in(
    moved: Studio, words: tuple[str, ...], channels: tuple[str, ...]
) -> None:
    """One line a channel with the command that goes on, exit 0, and nothing written or asked."""
    before = moved.snapshot()
    said = moved.ask(*words)
    assert said.count("doit import CH=") == len(channels)
    assert all(f"doit import CH={channel} shows what would be bought" in said for channel in channels)
    assert moved.snapshot() == before
    assert moved.emulator and moved.emulator.ledger()["http_total"] == 0


@pytest.mark.parametrize(
    "words", [("retake", "CH=CH51", "RUN=001", "IDS=1"), ("compare", "NAME=a", "SLOTS=g-1", "CH=CH51", "RUN=001")]
)
def test_no_other_command_buys_it_either(moved: Studio, words: tuple[str, ...]) -> None:
    """They are about single pictures, so they stop."""
    assert "doit import CH=CH51" in moved.ask(*words, expect=3)
    assert moved.emulator and moved.emulator.ledger()["http_total"] == 0


def test_a_plan_shows_the_very_texts_before_anything_is_taken_in(moved: Studio) -> None:
    """And the command that goes on is not one that buys."""
    said = moved.ask("plan", "CH=ALL", "TEXT=1")
    assert "3 pictures would be sent" in said and "CH51-001 0002 g-1\n    鐘の音\n" in said
    assert "doit import CH=CH52" in said and "doit visual" not in said
    shown = moved.ask("thumbnails", "CH=CH51", "TEXT=1")
    assert "CH51-thumbnails 002-10_bg g-1\n    上: \n    背景: 舟\n    Do not include: 字、印、すかし\n" in shown
    assert "1 picture would be sent" in shown
    old_studio.take_in(moved.folder / "workspaces", "CH51")
    assert "1 picture would be sent" in moved.ask("thumbnails", "CH=CH51", "TEXT=1", "IDS=2-10_bg")
    assert moved.emulator and moved.emulator.ledger()["http_total"] == 0


def test_what_was_taken_in_is_bought_once_and_lies_where_that_program_looks(moved: Studio) -> None:
    """Two pictures in the size of the run's file, one thumbnail beside the finished one; the second time nothing."""
    cue_file = moved.run("CH51-001") / "image_cues.json"
    before = cue_file.read_bytes()
    old_studio.take_in(moved.folder / "workspaces", "CH51")
    said = moved.ask("visual", "CH=ALL")
    assert "CH52 holds runs of another program" in said
    assert moved.billed == 2
    assert sorted(path.name for path in (moved.run("CH51-001") / "images").glob("*.png")) == ["0001.png", "0002.png"]
    with Image.open(moved.run("CH51-001") / "images" / "0001.png") as picture:
        assert picture.size == (1920, 1080)
    assert "image_cues.json" in (moved.run("CH51-001") / "gallery.html").read_text()
    assert "1 of 3 rows have no prompt" in moved.ask("thumbnails", "CH=CH51")
    assert moved.billed == 3
    assets = moved.folder / "workspaces" / "thumbnails" / "assets" / "CH51"
    assert sorted(path.relative_to(assets).as_posix() for path in assets.glob("[0-9]*/*.*")) == [
        "001/10_bg.jpg",
        "002/10_bg.png",
    ]
    with Image.open(assets / "002" / "10_bg.png") as picture:
        assert picture.size == (1920, 1080)
    written = moved.snapshot()
    assert "nothing was sent" in moved.ask("visual", "CH=ALL")
    assert "nothing was sent" in moved.ask("thumbnails", "CH=CH51")
    assert (moved.billed, moved.snapshot(), cue_file.read_bytes()) == (3, written, before)


def test_a_finished_background_is_made_anew_only_once_it_was_moved_away(moved: Studio) -> None:
    """Whoever asks for another one is told which file is in its place."""
    old_studio.take_in(moved.folder / "workspaces", "CH51")
    said = moved.ask("thumbnails", "CH=CH51", "IDS=001-10_bg", expect=1)
    assert "another program finished workspaces/thumbnails/assets/CH51/001/10_bg.jpg" in said
    assert moved.billed == 0
    (moved.folder / "workspaces" / "thumbnails" / "assets" / "CH51" / "001" / "10_bg.jpg").unlink()
    moved.ask("thumbnails", "CH=CH51")
    assert moved.billed == 2


def test_a_finished_background_that_is_taken_away_is_made_by_the_next_command(moved: Studio) -> None:
    """Also when everything was done before."""
    old_studio.take_in(moved.folder / "workspaces", "CH51")
    moved.ask("thumbnails", "CH=CH51")
    assert "nothing was sent" in moved.ask("thumbnails", "CH=CH51")
    (moved.folder / "workspaces" / "thumbnails" / "assets" / "CH51" / "001" / "10_bg.jpg").unlink()
    moved.ask("thumbnails", "CH=CH51")
    assert moved.billed == 2


def test_one_episode_is_named_with_or_without_its_zeros(moved: Studio) -> None:
    """As its row and its folder have it."""
    old_studio.take_in(moved.folder / "workspaces", "CH51")
    assert "002-10_bg" in moved.ask("thumbnails", "CH=CH51", "TEXT=1", "RUN=2")
    moved.ask("thumbnails", "CH=CH51", "RUN=2")
    assert moved.billed == 1


def test_a_channel_whose_table_wants_nothing_does_no_harm(moved: Studio) -> None:
    """Every row without a prompt: the others are made, and it is told."""
    workspaces = moved.folder / "workspaces"
    old_studio.planning(workspaces, "CH51", [{"動画番号": "1"}])
    old_studio.take_in(workspaces, "CH51", "CH53")
    assert "1 of 1 row has no prompt" in moved.ask("thumbnails", "CH=ALL")
    assert moved.billed == 1
    moved.ask("thumbnails", "CH=CH51")
    assert moved.billed == 1


def test_a_channel_without_a_preset_gets_its_thumbnails(moved: Studio) -> None:
    """Its template names the model; pages are written too."""
    old_studio.take_in(moved.folder / "workspaces", "CH53")
    moved.ask("thumbnails", "CH=CH53")
    thumbnails = moved.folder / "workspaces" / "thumbnails"
    assert (thumbnails / "assets" / "CH53" / "003" / "10_bg.png").is_file()
    assert "CH53" in (thumbnails / "CH53" / "gallery.html").read_text()


def test_one_bad_channel_stops_nobody_else(moved: Studio) -> None:
    """A template that no row can fill is told, and the other channel is made."""
    workspaces = moved.folder / "workspaces"
    old_studio.templates(workspaces, CH51="{{nobody}}", CH53="{{thumbnail_prompt}}")
    old_studio.take_in(workspaces, "CH51", "CH53")
    assert "nobody" in moved.ask("thumbnails", "CH=ALL", expect=1)
    assert (workspaces / "thumbnails" / "assets" / "CH53" / "003" / "10_bg.png").is_file()


def test_validate_says_all_of_it_with_exit_0(moved: Studio) -> None:
    """What is missing, what is not read, what a code meant; mistakes of runs that nobody makes now are warnings."""
    entries = [cue(1, "山", image_model_key="nobody-1"), cue(2, "川", asset_relpath="b.mp4")]
    old_studio.cues(moved.run("CH51-002"), entries)
    moved.prompts({"0001": finished("峠")}, "CH51-001")
    said = moved.ask("validate")
    assert "CH51-001/image_cues.json: is not read, since prompts.json is there" in said
    assert "prompts.json: 1 of 1 prompt holds the style of CH51 already: it is sent twice" in said
    assert 'at /cues/0/image_model_key: found "nobody-1"' in said
    assert '"b.mp4" is missing: a picture is made of 0002' in said
    assert "1 of 3 rows have no prompt" in said
    old_studio.take_in(moved.folder / "workspaces", "CH51")
    assert "nobody-1" in moved.ask("validate", expect=3)


def test_prompts_of_ours_that_hold_the_style_are_told_before_they_are_paid_for(moved: Studio) -> None:
    """In the plan, and once more while they are sent."""
    moved.prompts({"0001": finished("峠"), "0002": "山"}, "CH51-001")
    words = "1 of 2 prompts hold the style of CH51 already: it is sent twice"
    assert words in moved.ask("plan", "CH=CH51")
    assert words in moved.ask("visual", "CH=CH51")


def test_an_episode_is_bought_once_whatever_runs_there_are_of_it(moved: Studio) -> None:
    """The newest is made, the rest is counted; RUN= names another one, whose same texts cost nothing."""
    old_studio.take_in(moved.folder / "workspaces", "CH52")
    old_studio.cues(moved.run("CH52-010_mix433_a"), [cue(1, finished("大根"))])
    old_studio.cues(moved.run("CH52-011"), [cue(1, finished("湯気"))])
    (moved.run("CH52-011") / "capcut_draft").symlink_to("/srv/elsewhere")
    said = moved.ask("visual", "CH=CH52")
    assert "CH52: 2 runs of another program passed over" in said
    assert moved.billed == 1 and (moved.run("CH52-010_mix433_a") / "images" / "0001.png").is_file()
    moved.ask("visual", "CH=CH52", "RUN=010_capcut_v1")
    assert moved.billed == 1 and (moved.run("CH52-010_capcut_v1") / "images" / "0001.png").is_file()
    moved.ask("visual", "CH=CH52", "RUN=011")
    assert moved.billed == 2
    page = (moved.folder / "workspaces" / "video" / "CH52.html").read_text()
    assert all(name in page for name in ("CH52-010_mix433_a", "CH52-010_capcut_v1", "CH52-011"))


def test_a_plan_of_nothing_but_finished_episodes_says_so(moved: Studio) -> None:
    """With exit 0, for people and for programs."""
    old_studio.take_in(moved.folder / "workspaces", "CH52")
    (moved.run("CH52-010_capcut_v1") / "capcut_draft").mkdir()
    assert "1 run of another program passed over" in moved.ask("plan", "CH=CH52")
    done = moved.doit("plan", "CH=CH52", "FORMAT=json")
    assert (done.returncode, json.loads(done.stdout)["total"]["missing"]) == (0, 0)
    assert "passed over" in moved.ask("visual", "CH=CH52")
