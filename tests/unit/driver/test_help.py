"""Our own help: every command, by what people do, with its variables and three lines to copy."""

from pathlib import Path

import pytest

from tasks.driver import completion, help, help_text
from tasks.driver.command_line import COMMANDS, check
from tasks.project.paths import Paths
from tasks.project.settings import VARIABLES
from tasks.text.errors import BadInput
from tests.support.emulator_process import ROOT


def test_every_command_stands_in_one_group() -> None:
    """What is new is put where people look for it."""
    grouped = [command for commands in help_text.GROUPS.values() for command in commands]
    assert sorted(grouped) == sorted([*COMMANDS, *help_text.OF_THE_PROGRAM])


def test_all_help_fits_80_columns() -> None:
    """A terminal of the usual width shows it without breaking lines."""
    pages = [help.page(command) for command in ("", *help.described())]
    assert max(len(line) for page in pages for line in page.splitlines()) <= 80
    assert all(title in pages[0] for title in help_text.GROUPS)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_explained_with_its_variables_and_examples(command: str) -> None:
    """What goes in and comes out, each variable it takes with its meaning, three examples that are taken."""
    page = help.page(command)
    assert all(f"\n  {name}=" in page for name in COMMANDS[command])
    assert len(set(help_text.EXAMPLES[command])) == 3
    for example in help_text.EXAMPLES[command]:
        assert f"\n  doit {example.partition(' ')[0]}" in page
        check(example.partition(" &&")[0].partition(" >")[0].split(), VARIABLES)


@pytest.mark.parametrize(
    ("words", "command"),
    [
        ("help", ""),
        ("--help", ""),
        ("help visual", "visual"),
        ("visual --help", "visual"),
        ("visual CH=CH01 -h", "visual"),
        ("help list", None),
        ("list --help", None),
        ("visual CH=CH01", None),
    ],
)
def test_help_is_heard_where_people_ask_for_it(words: str, command: str | None) -> None:
    """Before and behind a command; doit's own commands keep their help."""
    assert help.asked(words.split()) == command


@pytest.mark.parametrize(
    ("line", "some", "none"),
    [
        ("kamishibai ", "visual", "CH="),
        ("kamishibai vis", "visual", "plan"),
        ("kamishibai visual ", "CH=", "NAME="),
        ("kamishibai visual CH=CH00 ", "SLOT=", "CH="),
        ("kamishibai visual CH=", "CH=CH00", "CH=CH77"),
        ("kamishibai visual CH=CH00 RUN=", "RUN=001", "RUN=002"),
        ("kamishibai visual CH=CH00 SLOT=g", "SLOT=g-1", "SLOT=e-1"),
        ("kamishibai compare SLOTS=g-1,", "SLOTS=g-1,i-1", "SLOTS=i-1"),
        ("kamishibai visual RETRY=refused,l", "RETRY=refused,lost", "RETRY=lost"),
    ],
)
def test_a_shell_offers_what_fits(line: str, some: str, none: str) -> None:
    """Commands, the variables one takes and was not given yet, channels, runs, slots."""
    found = completion.offered(line, Paths(ROOT))
    assert some in found and none not in found


def test_outside_a_workspace_commands_are_offered() -> None:
    """What is on the disk is not asked for."""
    assert "visual" in completion.offered("kamishibai ", None)
    assert completion.offered("kamishibai visual CH=", None) == []


def test_a_channel_is_known_by_its_number_where_one_fits(tmp_path: Path) -> None:
    """CH=1 and CH=CH1 mean CH01, RUN=1 means 001; where two channels have that number, the person is asked."""
    for name in ("CH01-001", "CH02-001"):
        (tmp_path / "workspaces" / "video" / "runs" / name).mkdir(parents=True)
    paths = Paths(tmp_path)
    assert paths.meant("1", "1") == paths.meant("CH1", "1") == ("CH01", "001")
    with pytest.raises(BadInput, match="CH=3 is the number of no channel here") as none:
        paths.meant("3", None)
    assert "CH01, CH02" in none.value.do
    (tmp_path / "workspaces" / "video" / "runs" / "XY1-001").mkdir()
    with pytest.raises(BadInput, match="CH=1 is the number of CH01 and XY1"):
        paths.meant("1", None)
