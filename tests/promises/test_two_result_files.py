"""Where successes and failures come in files of their own: one without the other is not the whole of a job."""

import pytest

from tests.support.studio import Studio, agrees, emulator, story


@pytest.fixture
def shop(studio: Studio) -> Studio:
    """A channel on OpenAI's batch, with four prompts."""
    studio.presets("o-2")
    studio.prompts(story(4))
    return studio


@pytest.mark.parametrize(("fault", "value"), [("short", 1), ("cut_silently", 40_000)])
def test_what_was_never_begun_proves_nothing_of_what_was_made(shop: Studio, fault: str, value: int) -> None:
    """Expired with two of four made, one of them not in the file yet: it is awaited, and only the others are sent."""
    emulator(shop).fault("expired_with_output", times=1)
    emulator(shop).fault(fault, value=value, match="file-o", times=2)
    assert "1 of 4 pictures have not come" in shop.visual("WAIT=0", expect=1)
    assert (shop.jobs_created, shop.billed, len(shop.images())) == (1, 2, 1)
    shop.visual()
    assert (shop.jobs_created, shop.billed, len(shop.images())) == (2, 4, 4)
    agrees(shop)


@pytest.mark.parametrize("late", ["output", "error"])
@pytest.mark.parametrize("fate", ["completed", "expired_with_output", "cancelled_with_output"])
def test_one_file_is_told_later_than_the_other(shop: Studio, fate: str, late: str) -> None:
    """Over in any way, with pictures and a failure, of which one file shows late: nothing made is sent again."""
    if fate != "completed":
        emulator(shop).fault(fate, times=1)
    emulator(shop).fault("answer_status", match="0001", times=1)
    emulator(shop).fault("no_output", value=late, times=2)
    for _ in range(3):
        shop.doit("visual", "CH=CH01")
    assert (shop.billed, len(shop.images()), len(set(shop.images().values()))) == (4, 4, 4)
    agrees(shop)


def test_a_picture_that_failed_before(shop: Studio) -> None:
    """A key in both files, refused in one and made in the other: the picture counts, and nothing is sent again."""
    emulator(shop).fault("failed_before", match="0001")
    emulator(shop).fault("failed_before", match="0003", value=400)
    assert "a key that came before" in shop.visual()
    assert (shop.jobs_created, shop.billed, len(shop.images())) == (1, 4, 4)
    agrees(shop)


@pytest.mark.parametrize("fault", ["no_status", "duplicated"])
def test_a_picture_counts_whatever_its_line_says(shop: Studio, fault: str) -> None:
    """It is paid for: kept where no status is told, and once where the line stands twice."""
    emulator(shop).fault(fault, match="0002")
    shop.visual()
    assert (shop.jobs_created, shop.billed, len(shop.images())) == (1, 4, 4)
    agrees(shop)
