"""What one place paid for and cannot have or read is not bought by another place either, without a word."""

import pytest

from tests.support.studio import Studio

LOST = [
    ("g-1", "missing", "missing"),
    *((slot, fault, "unreadable") for slot in ("g-1", "i-1") for fault in ("foreign_bytes", "address")),
]


def test_what_another_run_lost_counts_though_ours_failed_in_the_same_second(studio: Studio) -> None:
    """An own failure that would be sent again does not hide what another run paid for at the same moment."""
    assert studio.emulator
    for name in ("CH01-001", "CH01-002"):
        studio.prompts({"0001": "雪の山道"}, name)
    for fault, run in (("request_error", "RUN=001"), ("foreign_bytes", "RUN=002")):
        studio.emulator.fault(fault, times=1)
        studio.visual(run, expect=1)
    assert "RETRY=unreadable" in studio.visual("RUN=001", expect=1)
    assert studio.billed == 1


def test_what_another_run_lost_counts_though_the_clocks_of_the_lanes_differ(studio: Studio) -> None:
    """Our failure at once, by our clock, then the other run's loss, by the provider's, which is behind: it is held."""
    assert studio.emulator
    for slot, fault, run in (("i-1", "empty_picture", "CH01-001"), ("g-1", "foreign_bytes", "CH01-002")):
        studio.presets(slot)
        studio.prompts({"0001": "雪の山道"}, run)
        studio.emulator.fault(fault, times=1)
        studio.visual(f"RUN={run[5:]}", expect=1)
    studio.presets("i-1")
    assert "RETRY=unreadable" in studio.visual("RUN=001", expect=1)
    assert studio.billed == 2


def test_what_is_refused_once_is_refused_in_every_run(studio: Studio) -> None:
    """A text that the provider refused is asked for once, whichever run wants it; RETRY=refused asks again."""
    assert studio.emulator
    for name in ("CH01-001", "CH01-002"):
        studio.prompts({"0001": "雪の山道"}, name)
    studio.emulator.fault("blocked_prompt", times=1)
    studio.visual("RUN=001", expect=1)
    said = studio.visual("RUN=002", expect=1)
    assert "CH01-001: " in said and "RETRY=refused" in said and studio.billed == 1
    studio.visual("RUN=002", "RETRY=refused")
    assert len(studio.images("CH01-002")) == 1


def test_a_picture_that_was_sold_empty_is_an_estimated_cost(studio: Studio) -> None:
    """A provider that is paid by the picture says SUCCESS and sends none: its price is counted, as an estimate."""
    assert studio.emulator
    studio.presets("f-1")
    studio.prompts({"0001": "雪の山道"})
    studio.emulator.fault("empty_picture", times=1)
    studio.visual(expect=1)
    studio.visual()
    lines = studio.results()
    assert [line["cost_basis"] for line in lines] == ["estimated", "measured"]
    assert sum(line["cost_usd"] for line in lines) == pytest.approx(studio.emulator.ledger()["usd"])


LOST_LINES = [
    ("g-1", "blocked_prompt", "refused"),
    ("g-1", "foreign_bytes", "unreadable"),
    ("i-1", "blocked_prompt", "refused"),
    ("i-1", "foreign_bytes", "unreadable"),
    ("f-1", "filtered", "refused"),
]


@pytest.mark.parametrize(("slot", "fault", "word"), LOST_LINES)
def test_what_is_held_stays_held_when_its_line_is_lost(studio: Studio, slot: str, fault: str, word: str) -> None:
    """results.jsonl removed: the row of what did not come is told again, byte for byte, and nothing is bought."""
    assert studio.emulator
    studio.presets(slot)
    studio.prompts({"0001": "雪の山道", "0002": "夜の川"})
    studio.emulator.fault(fault, times=1)
    studio.visual(expect=1)
    before, billed = studio.results(), studio.billed
    (studio.run() / "results.jsonl").unlink()
    said = studio.visual(expect=1)
    failed = [line for line in before if line["status"] != "ok"]
    assert f"RETRY={word}" in said and studio.billed == billed
    assert [line for line in studio.results() if line["status"] != "ok"] == failed


def test_attempts_go_on_counting_when_a_file_is_lost(studio: Studio) -> None:
    """What failed as often as max_attempts says is sent no more, whichever of results and manifest was removed."""
    assert studio.emulator
    studio.prompts({"0001": "雪の山道"})
    studio.emulator.fault("no_image")
    for lost in ("results.jsonl", "_gemini_batch/manifest.json"):
        studio.visual(expect=1)
        (studio.run() / lost).unlink()
    for _ in range(3):
        said = studio.visual(expect=1)
    assert "RETRY=exhausted" in said and studio.billed == 3
    assert {line["job"]: line["attempt"] for line in studio.results()} == {
        job["name"]: number for number, job in enumerate(studio.emulator.jobs(), 1)
    }
    assert sum(line["cost_usd"] for line in studio.results()) == pytest.approx(studio.emulator.ledger()["usd"])


@pytest.mark.parametrize(("slot", "fault", "word"), LOST)
def test_what_a_run_lost_is_held_in_every_run(studio: Studio, slot: str, fault: str, word: str) -> None:
    """Exit 1, the place and the word are named, nothing is bought; the word buys it once, for both runs."""
    assert studio.emulator
    studio.presets(slot)
    studio.emulator.fault(fault, times=1)
    for name in ("CH01-001", "CH01-002"):
        studio.prompts({"0001": "雪の山道"}, name)
    studio.visual("RUN=001", "WAIT=0", expect=1)
    studio.emulator.advance(50 * 3600)
    studio.visual("RUN=001", expect=1)
    for _ in range(2):
        said = studio.visual("RUN=002", expect=1)
        assert "CH01-001: " in said and f"RETRY={word}" in said
    assert studio.billed == 1
    assert "1 held" in studio.ask("plan", "CH=CH01", "RUN=002")
    assert "1 of these pictures was paid for before" in studio.visual("RUN=002", f"RETRY={word}")
    studio.visual()
    assert (studio.billed, studio.images("CH01-001")) == (2, studio.images("CH01-002"))


@pytest.mark.parametrize("left", [None, b"\x00garbage\xff"])
def test_what_a_run_lost_is_held_elsewhere_though_its_line_is_gone(studio: Studio, left: bytes | None) -> None:
    """The paying run lost its results.jsonl, and no command came there since: another run holds it too."""
    assert studio.emulator
    for name in ("CH01-001", "CH01-002"):
        studio.prompts({"0001": "雪の山道"}, name)
    studio.emulator.fault("foreign_bytes", times=1)
    studio.visual("RUN=001", expect=1)
    (studio.folder / "workspaces" / ".index.json").unlink()
    (studio.run("CH01-001") / "results.jsonl").unlink()
    if left:
        (studio.run("CH01-001") / "results.jsonl").write_bytes(left)
    assert "RETRY=unreadable" in studio.visual("RUN=002", expect=1)
    assert studio.billed == 1
