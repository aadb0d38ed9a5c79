"""Which runs of another program are made: of channels that were taken in, one an episode, none that is finished."""

import os
import shutil
from pathlib import Path

import pytest

from tasks.project import foreign_files, moved_in
from tasks.project.moved_in import PassedOver
from tasks.project.paths import Paths
from tasks.text.errors import BadInput
from tests.support import old_studio
from tests.support.studio import ROOT


@pytest.fixture
def project(tmp_path: Path) -> Paths:
    """A project with our list of other programs' files."""
    (tmp_path / "configs").mkdir()
    shutil.copy(ROOT / "configs" / "sources.yaml", tmp_path / "configs")
    return Paths(tmp_path)


def add(project: Paths, *names: str) -> None:
    """Runs with a cue file, each newer than the one before."""
    for number, name in enumerate(names):
        path = old_studio.cues(project.runs / name, [old_studio.cue(1, "山")])
        os.utime(path, (1_700_000_000 + number, 1_700_000_000 + number))


def names(project: Paths, channel: str = "CH51") -> list[str]:
    """The runs that are made."""
    return [run.name for run in Paths(project.root).runs_of(channel)]


def test_nothing_is_made_before_it_was_taken_in(project: Paths) -> None:
    """Not by the channel, not by ALL, not by RUN=; each time the one command is said that goes on."""
    add(project, "CH51-001", "CH52-001")
    for channel, number in (("CH51", None), ("ALL", None), ("CH51", "001")):
        with pytest.raises(PassedOver) as stop:
            project.selection(channel, number)
        assert "doit import CH=CH51 shows what would be bought" in stop.value.lines[0]
    old_studio.take_in(project.workspaces, "CH51")
    assert (names(project), names(project, "ALL")) == (["CH51-001"], ["CH51-001"])
    assert moved_in.channels(project) == {"CH51"}


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"version": 2, "channels": {"CH51": {}}}', '{"version":1,"channels":[]}']
)
def test_a_note_that_cannot_be_read_takes_nothing_in(project: Paths, text: str) -> None:
    """Half a file buys nothing."""
    add(project, "CH51-001")
    (project.workspaces / ".imported.json").write_text(text)
    assert names(project) == []


def test_results_of_ours_do_not_take_a_channel_in(project: Paths) -> None:
    """Only the note does."""
    add(project, "CH51-001")
    (project.runs / "CH51-001" / "results.jsonl").write_text("")
    assert names(project) == []


def test_runs_with_prompts_of_ours_need_no_note(project: Paths) -> None:
    """Beside others of another program, which stay."""
    add(project, "CH51-001")
    (project.runs / "CH51-002").mkdir()
    (project.runs / "CH51-002" / "prompts.txt").write_text("山\n")
    assert names(project) == ["CH51-002"]
    assert "CH51 holds runs" in project.sorted_runs("CH51").lines[0]


def test_one_run_of_an_episode_is_made(project: Paths) -> None:
    """The mix first, else the newest; the others are counted, and RUN= names them all the same."""
    add(
        project,
        "CH51-001",
        "CH51-002_mix433_a",
        "CH51-002_capcut_v1",
        "CH51-002_regen_20260101_000000",
        "CH51-003_b",
        "CH51-003",
    )
    old_studio.take_in(project.workspaces, "CH51")
    assert names(project) == ["CH51-001", "CH51-002_mix433_a", "CH51-003"]
    assert "3 runs of another program passed over" in project.sorted_runs("CH51").lines[0]
    assert [run.name for run in project.selection("CH51", "002_capcut_v1")] == ["CH51-002_capcut_v1"]


def test_an_episode_that_is_finished_is_not_bought_again(project: Paths) -> None:
    """A draft of any of its runs says so, also as a link that leads nowhere here."""
    add(project, "CH51-001", "CH51-001_capcut_v1")
    (project.runs / "CH51-001" / "capcut_draft").symlink_to("/srv/elsewhere/draft")
    old_studio.take_in(project.workspaces, "CH51")
    assert names(project) == []
    with pytest.raises(PassedOver) as stop:
        project.selection("CH51", None)
    assert "2 runs of another program passed over" in stop.value.lines[0]
    assert project.selection("CH51", "001")


def test_the_run_that_was_begun_stays_the_one(project: Paths) -> None:
    """Whatever is touched or added later: an episode is not bought a second time."""
    add(project, "CH51-001")
    old_studio.take_in(project.workspaces, "CH51")
    (project.runs / "CH51-001" / "batch_request.jsonl").write_text("")
    add(project, "CH51-000", "CH51-001_mix433_b")
    assert names(project) == ["CH51-000", "CH51-001"]


def test_an_episode_with_prompts_of_ours_is_not_bought_from_theirs(project: Paths) -> None:
    """Somebody wrote its prompts here: the other program's runs of it are passed over."""
    add(project, "CH51-001_capcut_v1")
    old_studio.take_in(project.workspaces, "CH51")
    (project.runs / "CH51-001").mkdir()
    (project.runs / "CH51-001" / "prompts.txt").write_text("山\n")
    assert names(project) == ["CH51-001"]


def test_a_folder_whose_name_is_none_of_a_run_is_passed_over(project: Paths) -> None:
    """Copies of a file manager and reports."""
    add(project, "CH51-001", "CH51-001 のコピー", "CH51-QC_report_20260120_with_a_very_long_name")
    old_studio.take_in(project.workspaces, "CH51")
    assert names(project) == ["CH51-001"]


def test_without_the_config_nothing_of_theirs_is_a_run(project: Paths) -> None:
    """A project of before goes on as it was."""
    add(project, "CH51-001")
    (project.root / "configs" / "sources.yaml").unlink()
    with pytest.raises(BadInput, match="no prompts for CH51"):
        project.selection("CH51", None)


@pytest.mark.parametrize(
    "text",
    [
        "runs:\n  a:\n    file: image_cues.json # a comment\n",
        'runs: { a: { file: "image_cues.json", id: { key: x } } }\n',
        "# file: other.json\nruns:\n  a: {skip_if_file: b.json, file: 'image_cues.json'}\n",
    ],
)
def test_the_quick_look_finds_names_however_they_are_written(project: Paths, text: str) -> None:
    """Block and flow, quoted or not; comments and other keys are none."""
    more = 'thumbnails:\n  p: { file: "plans/{channel}/a.csv" }\n  q:\n    file: x/{channel}.csv\n'
    (project.root / "configs" / "sources.yaml").write_text(text + more)
    assert foreign_files.names(project.workspaces) == (
        ("image_cues.json",),
        ("plans/{channel}/a.csv", "x/{channel}.csv"),
    )


def test_ones_own_file_over_the_config_counts(project: Paths) -> None:
    """A file that it names is looked for too, and what it prefers comes first."""
    own = project.root / "configs" / "sources.local.yaml"
    own.write_text("runs: { image_cues: { prefer: [_gold_] }, shots: { file: shots.json } }\n")
    assert foreign_files.names(project.workspaces).runs == ("image_cues.json", "shots.json")
    add(project, "CH51-001_gold_a", "CH51-001_mix433_a", "CH51-001")
    old_studio.take_in(project.workspaces, "CH51")
    assert names(project) == ["CH51-001_gold_a"]
