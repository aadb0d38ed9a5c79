"""Which command takes which variable: nothing that a person typed is passed over in silence."""

import re
from pathlib import Path

import pytest

from tasks.driver.command_line import COMMANDS, OF_DOIT, check, is_about_runs, named
from tasks.project.settings import VARIABLES
from tasks.text.errors import BadInput
from tests.support.emulator_process import ROOT

DOCUMENTS = [*ROOT.glob("README*.md"), *sorted((ROOT / "docs").glob("*.md"))]


def test_every_command_has_its_variables() -> None:
    """A task of dodo.py that the table does not know, or the other way round, fails here."""
    tasks = re.findall(r"^def task_(\w+)", (ROOT / "dodo.py").read_text("utf-8"), re.MULTILINE)
    assert sorted(tasks) == sorted(COMMANDS)


def test_every_variable_has_its_commands() -> None:
    """A new variable is taken by some command, and no command takes one that does not exist."""
    assert {name for takes in COMMANDS.values() for name in takes} == VARIABLES.keys()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_with_every_variable(command: str) -> None:
    """What a command takes passes; anything else is refused with what to do instead."""
    for name in VARIABLES:
        words = [command, f"{name}=1"]
        if name in COMMANDS[command]:
            check(words, VARIABLES)
            continue
        with pytest.raises(BadInput, match=f"^doit {command} takes no {name}=") as refused:
            check(words, VARIABLES)
        assert refused.value.do


@pytest.mark.parametrize(
    ("words", "commands"),
    [
        ("", ("status",)),
        ("CH=CH01", ("status",)),
        ("-f some/dodo.py -d folder visual CH=CH01", ("visual",)),
        ("run visual CH=CH01", ("visual",)),
        ("request fetch CH=CH01", ("request", "fetch")),
        ("CH=CH01 thumbnails:request", ("thumbnails",)),
        ("vis* CH=CH01", ("visual",)),
        ("list", ("list",)),
        ("-d folder clean request visual CH=CH01", ("clean",)),
        ("help visual", ("help",)),
    ],
)
def test_the_commands_of_a_line(words: str, commands: tuple[str, ...]) -> None:
    """Tasks are found wherever doit finds them; doit's own commands stand for themselves."""
    assert named(words.split()) == commands


@pytest.mark.parametrize("command", sorted(OF_DOIT))
def test_commands_of_doit_take_a_selection(command: str) -> None:
    """doit list, clean and the like may name a channel and a run, and nothing that only a real command uses."""
    check([command, "visual", "CH=CH01", "RUN=001"], VARIABLES)
    for name in VARIABLES.keys() - {"CH", "RUN"}:
        with pytest.raises(BadInput):
            check([command, "visual", f"{name}=1"], VARIABLES)


def test_what_needs_runs() -> None:
    """CH=CH01 has to have prompts for commands about runs, also beside others; not for those about jobs."""
    for words in ("visual CH=CH01", "collect visual CH=CH01", "clean CH=CH01", "gallery:CH01 CH=CH01"):
        assert is_about_runs(words.split()), words
    for words in ("", "CH=CH01", "collect CH=CH01", "thumbnails CH=CH01", "report CH=CH01"):
        assert not is_about_runs(words.split()), words


def test_all_commands_of_a_line_have_to_take_it() -> None:
    """In `doit visual report` neither may pass over what the other one takes."""
    check(["request", "fetch", "CH=CH01", "WAIT=0"], VARIABLES)
    with pytest.raises(BadInput, match="doit report takes no SLOT="):
        check(["visual", "report", "CH=CH01", "SLOT=g-3"], VARIABLES)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_what_the_documents_type_is_taken(document: Path) -> None:
    """Every `doit command NAME=…` in the documents has only variables that the command takes."""
    for line in re.findall(r"doit [a-z]+(?: [A-Z]+=[^\s`|)]*)+", document.read_text("utf-8")):
        check(line.split()[1:], VARIABLES)


def test_docstrings_name_only_what_a_command_takes() -> None:
    """The help of `doit list` promises no variable that the command would refuse."""
    text = (ROOT / "dodo.py").read_text("utf-8")
    for command, said in re.findall(r'^def task_(\w+)\(\):\n    """(.*?)"""', text, re.MULTILINE | re.DOTALL):
        assert set(re.findall(r"\b([A-Z]+)=", said)) <= set(COMMANDS[command]), command


def test_stages_take_what_visual_takes() -> None:
    """A chain of stages is one selection, so they take the same variables."""
    assert {COMMANDS[stage] for stage in ("request", "submit", "fetch", "usage")} == {COMMANDS["visual"]}


@pytest.mark.parametrize(
    "line", ["-f dodo -d folder visual", "run visual", "help foo", "-v 2 vis*", "request:CH01", "-a list"]
)
def test_words_that_are_no_commands_of_ours(line: str) -> None:
    """Values of options, arguments of doit's own commands, patterns and stages are left to doit."""
    check(line.split(), VARIABLES)


@pytest.mark.parametrize(
    ("line", "near"), [("visuall", "doit visual"), ("-d folder lst", "doit list"), ("zzz", "doit list")]
)
def test_a_command_that_there_is_not(line: str, near: str) -> None:
    """Refused with what was probably meant, before anything else is looked at."""
    with pytest.raises(BadInput, match="there is no command") as refused:
        check(line.split(), VARIABLES)
    assert near in refused.value.do
