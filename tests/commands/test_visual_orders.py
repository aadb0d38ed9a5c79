"""FLUX Kontext: an order is paid for when it is accepted, so it is asked for until it comes, and not bought again."""

import pytest

from tests.support.studio import Studio, story


@pytest.fixture
def ordered(studio: Studio) -> Studio:
    """One order is accepted and paid for; its picture takes an hour."""
    assert studio.emulator
    studio.prompts(story(1))
    studio.emulator.flux_seconds(3600)
    assert "still making 1 picture" in studio.visual("SLOT=f-3", expect=1)
    assert studio.billed == 1
    return studio


def cost(studio: Studio) -> float:
    return round(sum(float(row["cost_usd"]) for row in studio.usage()), 4)


def test_an_order_that_the_provider_does_not_know_stays_open(ordered: Studio) -> None:
    """404 for an order is said, with what to do; asked again later, the picture comes, paid for once."""
    assert ordered.emulator
    ordered.emulator.fault("refuse", value=404, on="flux_result", times=1)
    said = ordered.visual("SLOT=f-3", expect=1)
    assert "does not hand out 1 picture that it was paid for" in said and "RETRY=lost" in said
    ordered.emulator.advance(3600)
    ordered.visual("SLOT=f-3")
    assert (ordered.billed, len(ordered.images())) == (1, 1)


@pytest.mark.parametrize("key", ["another", "invalid", ""])
def test_an_order_is_asked_for_with_its_own_key(ordered: Studio, key: str) -> None:
    """With another key or none a person is told; with the right one the picture comes, at its price, once."""
    assert ordered.emulator
    ordered.emulator.advance(3600)
    assert "key" in ordered.ask("collect", expect=1, FIREWORKS_API_KEY=key)
    ordered.visual("SLOT=f-3")
    assert (ordered.billed, cost(ordered), len(ordered.images())) == (1, 0.04, 1)


def test_a_refused_account_does_not_end_an_order(ordered: Studio) -> None:
    """402 while asking for a picture is about the account of today: the order stays open, even with RETRY=lost."""
    assert ordered.emulator
    ordered.emulator.fault("refuse", value=402, on="flux_result", times=1)
    assert "cannot be fetched now" in ordered.visual("SLOT=f-3", "RETRY=lost", expect=1)
    ordered.emulator.advance(3600)
    ordered.visual("SLOT=f-3")
    assert (ordered.billed, cost(ordered)) == (1, 0.04)


def test_a_picture_that_is_gone_comes_to_an_end(studio: Studio) -> None:
    """Only RETRY=lost ends an order whose picture is gone: "maybe billed", at its estimate, to be sent again later."""
    assert studio.emulator
    studio.prompts(story(1))
    studio.emulator.fault("refuse", value=410, on="flux_picture")
    for words in ((), ("RETRY=lost",)):
        assert studio.manifest()["submissions"][-1]["state"] == "sending" if words else True
        studio.visual("SLOT=f-3", *words, expect=1)
    (line,) = studio.results()
    assert line["reason"].startswith("maybe billed: given up by RETRY=lost") and line["failure"] == "retryable"
    assert (studio.manifest()["submissions"][0]["state"], cost(studio), studio.billed) == ("collected", 0.04, 1)
    studio.emulator.clear_faults()
    studio.visual("SLOT=f-3")
    assert (studio.billed, len(studio.images())) == (2, 1)


def test_an_order_under_way_is_not_given_up(ordered: Studio) -> None:
    """RETRY=lost, said for something else, leaves a picture alone that is still being made."""
    assert ordered.emulator
    ordered.visual("SLOT=f-3", "RETRY=lost", expect=1)
    ordered.emulator.advance(3600)
    ordered.visual("SLOT=f-3")
    assert (ordered.billed, cost(ordered)) == (1, 0.04)


def test_a_missing_key_keeps_nobody_else_from_coming_home(ordered: Studio) -> None:
    """Without the key of an order, the job of another run is fetched all the same, by collect and by visual."""
    assert ordered.emulator
    for run, command in (("002", ("collect",)), ("003", ("visual", "CH=CH01"))):
        ordered.emulator.job_seconds(3600)
        ordered.prompts(story(2), f"CH01-{run}")
        ordered.visual(f"RUN={run}", "WAIT=0")
        ordered.emulator.advance(3600)
        assert "FIREWORKS_API_KEY" in ordered.ask(*command, expect=1, FIREWORKS_API_KEY="")
        assert len(ordered.images(f"CH01-{run}")) == 2
