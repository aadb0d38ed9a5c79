"""Names that would leave their folder, and words that mean nothing, are refused before anything is written."""

import pytest

from tests.support.studio import Studio, story

HOSTILE = ["../x", "/etc", "", "x" * 300, "😀", "a/b", "CH01/../..", ".", "..", "-rf", "CH 01"]


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("variable", ["CH", "RUN"])
def test_hostile_channels_and_runs(studio: Studio, variable: str, name: str) -> None:
    """A channel or run that is no plain name: exit 3, a clear message, no file touched, no request."""
    studio.prompts(story(1))
    before = studio.snapshot()
    words = [f"CH={name}"] if variable == "CH" else ["CH=CH01", f"RUN={name}"]
    done = studio.doit("visual", *words)
    assert done.returncode == 3
    assert "Traceback" not in done.stderr + done.stdout
    assert studio.snapshot() == before
    assert studio.emulator and studio.emulator.ledger()["http_total"] == 0


@pytest.mark.parametrize("name", [*HOSTILE, "a\0b", "000\n1"])
def test_hostile_prompt_ids(studio: Studio, name: str) -> None:
    """A prompt id that is no plain name: exit 3, file and line, nothing written, nothing sent."""
    entries = [{"id": "0001", "prompt": "山"}, {"id": name, "prompt": "川"}]
    studio.write("workspaces/video/runs/CH01-001/prompts.json", {"prompts": entries})
    before = studio.snapshot()
    said = studio.visual(expect=3)
    assert "prompts.json:" in said
    assert studio.snapshot() == before
    assert studio.emulator and studio.emulator.ledger()["http_total"] == 0


@pytest.mark.parametrize(
    "word", ["CHH=CH01", "WAIT=soon", "WAIT=-1", "LIMIT=0", "LIMIT=all", "RETRY=everything", "SLOT=a b"]
)
def test_words_that_mean_nothing(studio: Studio, word: str) -> None:
    """Misspelt variables and impossible values stop with exit 3 and say what would do."""
    studio.prompts(story(1))
    done = studio.doit("visual", "CH=CH01", word)
    assert done.returncode == 3
    assert word.split("=")[0] in done.stderr + done.stdout
    assert studio.jobs_created == 0


def test_a_channel_must_be_named(studio: Studio) -> None:
    """`doit visual` without CH= spends nothing and says how to name a channel."""
    studio.prompts(story(1))
    done = studio.doit("visual")
    assert done.returncode == 3
    assert "CH=CH01" in done.stderr
    assert studio.jobs_created == 0


def test_an_unknown_channel_or_run(studio: Studio) -> None:
    """A channel or run without prompts is named together with the place that was looked at."""
    studio.prompts(story(1))
    for words in (["CH=CH77"], ["CH=CH01", "RUN=999"]):
        done = studio.doit("visual", *words)
        assert done.returncode == 3
        assert "prompts.json" in done.stderr + done.stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("CH=ch01", "did you mean CH=CH01?"),
        ("CH=CH01 RUN=CH01-001", "did you mean CH=CH01 RUN=001?"),
        ("RUN=CH01-001", "did you mean CH=CH01 RUN=001?"),
        ("CH=CH01 RUN=3", "there are 001, 002"),
        ("CH=CH09", "there are CH01, CH02"),
    ],
)
def test_what_was_probably_meant_is_said(studio: Studio, words: str, says: str) -> None:
    """A name that is nearly right gets the right one, others the names that there are."""
    for run in ("CH01-001", "CH01-002", "CH02-001"):
        studio.prompts(story(1), run)
    assert says in studio.ask("visual", *words.split(), expect=3)


@pytest.mark.parametrize("command", ["visual", "request", "submit", "fetch", "usage", "gallery", "plan"])
def test_a_command_about_runs_wants_a_channel(studio: Studio, command: str) -> None:
    """Without CH= every stage says what is missing and what to type, instead of doing nothing in silence."""
    studio.prompts(story(1))
    said = studio.ask(command, expect=3)
    assert f"doit {command} is about the runs of a channel" in said and f"doit {command} CH=CH01" in said


def test_one_mistake_stops_its_own_run_only(studio: Studio) -> None:
    """Two runs, one with a mistake: the other one is made; nothing is written where the mistake is."""
    studio.prompts(story(1), run="CH01-001")
    studio.write("workspaces/video/runs/CH01-002/prompts.json", {"prompts": [{"id": "0001"}]})
    assert "CH01-002/prompts.json" in studio.visual(expect=1)
    assert [path.name for path in studio.run("CH01-002").iterdir()] == ["prompts.json"]
    assert (studio.jobs_created, studio.billed) == (1, 1)
