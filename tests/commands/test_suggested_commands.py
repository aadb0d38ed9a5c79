"""Commands to copy: pasted, they do what was typed and not more, and not elsewhere; and they say what they will do."""

import re

import pytest

from tests.commands.test_thumbnails import subjects, templates
from tests.support.studio import Studio, story

TYPED = ("SLOT=i-1", "LIMIT=5", "WAIT=3", "BUDGET=2.5")
MORE = " ".join(TYPED)


def suggested(said: str) -> list[str]:
    """Every command in it that makes pictures, without RETRY=."""
    found = re.findall(r"doit (?:visual|retake|thumbnails|compare)(?: [A-Z]+=[^\s;:()\"]+)+", said)
    return [re.sub(r" RETRY=\w+", "", each) for each in found]


@pytest.mark.parametrize("fault", ["safety", "no_image", ("refuse", 503), ("refuse", 403), "lost_reply"])
def test_visual_keeps_what_was_typed(studio: Studio, fault: str | tuple[str, int]) -> None:
    """Refused, empty, not sent, lost: on both lanes every suggestion has all of it, here and in the inbox."""
    assert studio.emulator
    name, value = fault if isinstance(fault, tuple) else (fault, None)
    studio.prompts(story(2))
    for slot, on in (("g-1", "create"), ("i-1", "generate")):
        studio.emulator.clear_faults()
        studio.emulator.fault(name, value=value, **({"on": on} if name in ("refuse", "lost_reply") else {}))
        studio.emulator.fault("list_lag")
        more = MORE.replace("i-1", slot).replace("WAIT=3", "WAIT=0")
        said = studio.doit("visual", "CH=CH01", *more.split())
        found = suggested(said.stdout + said.stderr)
        assert found, said.stdout + said.stderr
        assert set(found) <= {f"doit visual CH=CH01 {more}", f"doit visual CH=CH01 RUN=001 {more}"}
    assert all("SLOT=" in each for each in suggested(studio.ask("inbox", "FORMAT=json")))


def test_a_retake_names_itself(studio: Studio) -> None:
    """Whatever stops a retake, the command to go on is the retake and not the whole run."""
    assert studio.emulator
    studio.prompts(story(3))
    studio.visual()
    studio.prompts(story(4))
    for fault in ({"name": "refuse", "value": 403, "on": "generate"}, {"name": "safety"}):
        studio.emulator.clear_faults()
        studio.emulator.fault(**fault)  # type: ignore[arg-type]
        said = studio.ask("retake", "CH=CH01", "RUN=001", "IDS=2,3", "SLOT=i-1", "BUDGET=1", expect=1)
        assert set(suggested(said)) == {"doit retake CH=CH01 RUN=001 IDS=2,3 SLOT=i-1 BUDGET=1"}
    said = studio.ask("retake", "CH=CH01", "RUN=001", "IDS=4", "LIMIT=1", expect=1)
    assert suggested(said) == ["doit visual CH=CH01 RUN=001 LIMIT=1"]


def test_a_comparison_names_itself(studio: Studio) -> None:
    """Slots, run, prompts, limits as they were typed."""
    assert studio.emulator
    studio.prompts(story(2))
    studio.emulator.fault("no_image")
    words = ("NAME=duel", "SLOTS=g-1,i-1", "CH=CH01", "RUN=001", "IDS=1,2", "LIMIT=4", "BUDGET=3")
    said = studio.ask("compare", *words, expect=1)
    assert f"doit compare {' '.join(words)} sends" in said
    assert {"doit compare NAME=duel LIMIT=4 BUDGET=3"} == set(suggested(studio.ask("inbox", "FORMAT=json")))


def test_thumbnails_stay_with_their_episode(studio: Studio) -> None:
    """RUN= narrows thumbnails: without it, the pasted command would make all of the channel."""
    assert studio.emulator
    templates(studio)
    subjects(studio, 251, 252)
    studio.emulator.fault("no_image")
    said = studio.ask("thumbnails", "CH=CH01", "RUN=251", "BUDGET=1", expect=1)
    assert set(suggested(said)) == {"doit thumbnails CH=CH01 RUN=251 BUDGET=1"}


def test_after_retry_the_next_command_is_judged(studio: Studio) -> None:
    """Refused again under RETRY=refused: terminal, inbox and gallery say that it is held now.

    What has attempts left is sent again, and all three say so.
    """
    assert studio.emulator
    studio.limits(max_attempts=2)
    studio.prompts(story(2))
    studio.emulator.fault("safety", match="0001")
    studio.emulator.fault("no_image", match="0002")
    said = studio.visual(expect=1)
    assert "sends 1 of them again" in said
    assert "The next run sends it again." in (studio.run() / "gallery.html").read_text()
    said = studio.visual("RETRY=refused,exhausted", expect=1)
    assert "sends it again" not in said and "of them again" not in said
    assert "RETRY=refused" in said and "RETRY=exhausted" in said
    page = (studio.run() / "gallery.html").read_text()
    assert "The next run sends it again." not in page and "RETRY=exhausted" in page
    assert "sends it again" not in studio.ask("inbox", "FORMAT=json")
    jobs = studio.jobs_created
    studio.visual(expect=1)
    assert studio.jobs_created == jobs
    studio.limits(max_attempts=3)
    studio.prompts({"0003": "雪", "0004": "月", "0005": "花"})
    studio.emulator.fault("no_image")
    studio.visual(expect=1)
    assert "LIMIT=2 sends 2 of them again" in studio.visual("LIMIT=2", "RETRY=refused", expect=1)
