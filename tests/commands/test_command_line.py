"""What a command would ignore is refused before it does anything; stages run in one process."""

import pytest

from tests.support.studio import Studio, story


@pytest.mark.parametrize(
    ("words", "next_command"),
    [
        ("visual CH=CH01 RUN=001 IDS=3", "doit retake CH=CH01 RUN=001 IDS=3"),
        ("visual CH=CH01 SLOTS=e-1", "SLOT=g-1"),
        ("plan CH=CH01 IDS=2", "doit retake CH=CH01 RUN=251 IDS=2"),
        ("visual CH=CH01 CH=CH02", "CH=CH01 and CH=CH02"),
        ("visual CH=CH01 WAIT=0 WAIT=0", "name it once"),
        ("visual CH=CH01 FORMAT=json", "doit plan"),
        ("status NAME=x", "doit compare"),
        ("NAME=x", "doit compare"),
        ("compare NAME=x SLOT=g-1", "SLOTS=g-1,i-1"),
        ("validate CH=CH01", "it takes no variables"),
        ("gallery CH=CH01 LIMIT=2", "doit visual"),
    ],
)
def test_what_would_be_ignored_is_refused(studio: Studio, words: str, next_command: str) -> None:
    """Exit 3 with the next command; nothing is written and nobody is asked, however much there is to send."""
    studio.prompts(story(3))
    before = studio.snapshot()
    said = studio.ask(*words.split(), expect=3)
    assert next_command in said and not said.startswith("ERROR")
    assert studio.snapshot() == before
    assert studio.emulator and studio.emulator.ledger()["http_total"] == 0


@pytest.mark.parametrize("word", ["-n2", "--process=2"])
def test_stages_run_in_one_process(studio: Studio, word: str) -> None:
    """doit's own parallel processes would lock each other out: refused before anything is sent, with what does it."""
    studio.prompts(story(1))
    said = studio.doit("visual", word, "CH=CH01")
    assert (said.returncode, studio.jobs_created) == (3, 0) and "leave it out" in said.stderr
