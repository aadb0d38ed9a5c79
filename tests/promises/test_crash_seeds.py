"""Cases of the crash campaign that went wrong once, each by the call it struck, so that it holds when numbers shift."""

from collections.abc import Iterator

import pytest

from tests.campaign.crash import Case, Theatre
from tests.campaign.lanes import LANES


@pytest.fixture(scope="module")
def theatre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Theatre]:
    """One emulator and one forking process for all cases of this file."""
    with Theatre(tmp_path_factory.mktemp("theatre")) as theatre:
        yield theatre


SEEDS = {
    "the half-made pictures of a killed submission": Case(
        "immediate", 0, 1, "before", match="syncfs workspaces/.store"
    ),
    "a journal that was to go": Case("immediate", 0, 1, "before", match="unlink workspaces/video/runs/CH01-001/_imm"),
    "doit's database on a full disk": Case("batch", 1, 3, "ENOSPC", match="sqlite"),
    "a read-only disk from the start": Case("batch", 1, 1, "EROFS"),
    "an order noted as shown on a disk that fails": Case(
        "retake", 1, 5, "EIO", match="fsync workspaces/video/runs/CH01-001$"
    ),
    "an order shown before its last page": Case("retake", 1, 1, "EIO", match="replace workspaces/video/CH01.html"),
}


@pytest.mark.parametrize("what", SEEDS)
def test_it_stays_right(theatre: Theatre, what: str) -> None:
    """The case is reached, and every invariant holds after it."""
    case = SEEDS[what]
    verdict = theatre.play(LANES[case.lane], case)
    assert verdict.hit is not None
    assert verdict.wrong == [], verdict.said
