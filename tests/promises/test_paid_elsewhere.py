"""What one place paid for and cannot have or read is not bought by another place either, without a word."""

import pytest

from tests.support.studio import Studio

LOST = [
    ("g-1", "missing", "missing"),
    *((slot, fault, "unreadable") for slot in ("g-1", "i-1") for fault in ("foreign_bytes", "address")),
]


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
