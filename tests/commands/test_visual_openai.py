"""Slots of OpenAI from the command line: what is refused before it costs, and what a person is told."""

import json
import urllib.request

import pytest

from tasks.emulator.placeholder.painter import paint
from tests.support.studio import Studio, emulator, story


def asked(studio: Studio) -> dict[str, int]:
    found: dict[str, int] = emulator(studio).ledger()["requests"]
    return found


@pytest.mark.parametrize("slot", ["o-1", "oi-1"])
def test_a_size_that_is_no_multiple_of_sixteen(studio: Studio, slot: str) -> None:
    """Refused before anything is asked, with the sizes that would do and how to get the one that was meant."""
    studio.presets(slot, image_size="1920x1080")
    studio.prompts(story(1))
    said = studio.visual(expect=3)
    assert "image size 1920x1080" in said and "both sides are multiples of 16" in said
    assert "use 1920x1088, 1792x1008, 2048x1152; with output_size 1920x1080 the picture is cropped to that" in said
    studio.presets(slot, image_size="1024x1024")
    assert "found the image size 1024x1024, which is not 16:9" in studio.visual(expect=3)
    assert asked(studio) == {}
    studio.presets(slot, image_size="1920x1088", output_size="1920x1080")
    studio.visual()
    assert {(line["width"], line["height"]) for line in studio.results()} == {(1920, 1080)}


def test_a_size_in_pixels_of_a_model_that_is_asked_in_words(studio: Studio) -> None:
    """Where a model takes none, the sizes that it has are said."""
    studio.presets("g-1", image_size="1920x1088")
    studio.prompts(story(1))
    assert "use one of 1K, 2K, 4K" in studio.visual(expect=3)


def with_references(studio: Studio, count: int, *pictures: str) -> None:
    """`count` prompts, of which the first one refers to `pictures`."""
    path = studio.prompts(story(count))
    entries = json.loads(path.read_text())["prompts"]
    entries[0]["references"] = list(pictures)
    studio.write("workspaces/video/runs/CH01-001/prompts.json", {"prompts": entries})
    for name in pictures:
        (path.parent / name).write_bytes(paint(name, 320, 200, "image/png", name))


def test_pictures_with_and_without_references_are_two_jobs(studio: Studio) -> None:
    """Each for its own endpoint; the references are uploaded once, counted in the estimate, and paid for as billed."""
    studio.presets("o-2")
    with_references(studio, 3, "monk.png", "fox.png")
    said = studio.visual()
    assert (studio.jobs_created, studio.billed, len(studio.images())) == (2, 3, 3)
    assert sorted(len(each["requests"]) for each in studio.manifest()["submissions"]) == [1, 2]
    usd, spent = emulator(studio).ledger()["usd"], sum(float(row["cost_usd"]) for row in studio.usage())
    assert spent == pytest.approx(usd, abs=1e-5)
    assert float(said.partition("about $")[2].partition("\n")[0]) == pytest.approx(usd, rel=0.05)
    (line,) = [line for line in studio.results() if line["prompt_id"] == "0001"]
    assert line["tokens"]["input"] > 2 * 70 and asked(studio)["upload"] == 4
    with_references(studio, 4, "monk.png", "fox.png")
    studio.visual()
    assert (studio.billed, asked(studio)["upload"]) == (4, 5)


def test_a_reference_at_once_travels_in_the_request(studio: Studio) -> None:
    """The same picture on the other lane: nothing is uploaded, it costs what is booked, and one digest is both."""
    studio.presets("oi-2")
    with_references(studio, 2, "monk.png")
    said = studio.visual()
    assert (asked(studio).get("upload", 0), asked(studio)["edit"], asked(studio)["generate"]) == (0, 1, 1)
    usd, spent = emulator(studio).ledger()["usd"], sum(float(row["cost_usd"]) for row in studio.usage())
    assert spent == pytest.approx(usd, abs=1e-5)
    assert float(said.partition("about $")[2].partition("\n")[0]) == pytest.approx(usd, rel=0.05)
    studio.visual("SLOT=o-2")
    assert (studio.jobs_created, studio.billed) == (0, 2)


def test_a_reference_that_the_provider_lost(studio: Studio) -> None:
    """Its line failed and cost nothing; the next command uploads it anew and asks again."""
    studio.presets("o-2")
    with_references(studio, 1, "monk.png")
    emulator(studio).job_seconds(60)
    studio.visual("WAIT=0")
    uploads = json.loads((studio.folder / "workspaces" / ".store" / "uploads.json").read_text())
    (entry,) = [each for mine in uploads.values() for each in mine.values()]
    address = f"{emulator(studio).url}/openai/v1/files/{entry['uri']}"
    gone = urllib.request.Request(address, method="DELETE", headers={"Authorization": "Bearer emulator-key"})
    with urllib.request.urlopen(gone):
        emulator(studio).advance(61)
    studio.visual(expect=1)
    assert "No such File object" in studio.results()[0]["words"] and studio.billed == 0
    emulator(studio).job_seconds(0)
    studio.visual()
    assert (studio.billed, len(studio.images())) == (1, 1)


def test_more_references_than_it_takes(studio: Studio) -> None:
    """Said with the prompt's line; nothing is sent."""
    studio.presets("o-1")
    with_references(studio, 1, *(f"{number}.png" for number in range(17)))
    said = studio.visual(expect=3)
    assert "17 references, openai_gpt_image_2_5_flare takes 16" in said and asked(studio) == {}


@pytest.mark.parametrize("name", ["gpt-image-1-mini", "gpt-image-1.5", "chatgpt-image-latest", "gpt-image-1"])
def test_models_that_end(studio: Studio, name: str) -> None:
    """Named by the provider's string: the day and what would do."""
    studio.presets(name)
    studio.prompts(story(1))
    said = studio.visual(expect=3)
    assert "2026-1" in said and "the provider recommends gpt-image-2.5-flare" in said and "o-1 (" in said


@pytest.mark.parametrize("slot", ["o-1", "oi-1"])
def test_a_last_day_is_asked_for_before_sending(studio: Studio, slot: str) -> None:
    """Within thirty days it is said and goes on; from that day on nothing is sent, and other slots are named."""
    studio.prompts(story(1))
    emulator(studio).fault("shutdown", value="2026-12-20", times=1)
    said = studio.visual(f"SLOT={slot}")
    assert "ends on 2026-12-20 (27 days left)" in said and studio.billed == 1
    studio.prompts(story(2))
    emulator(studio).fault("shutdown", value="2026-11-23", times=1)
    said = studio.visual(f"SLOT={slot}", expect=1)
    assert "not sent: 1 picture: openai_gpt_image_2_5_flare (gpt-image-2.5-flare) is not served: " in said
    advice = said.partition("is not served")[2]
    assert "o-4 (openai_gpt_image_2_5_sunburst, batch)" in advice or "oi-4" in advice
    assert f"{slot} (" not in advice and studio.billed == 1
    emulator(studio).fault("refuse", value=503, on="model_get", times=1)
    studio.visual(f"SLOT={slot}")
    assert studio.billed == 2


@pytest.mark.parametrize(("slot", "on"), [("o-1", "create"), ("oi-1", "generate")])
def test_no_money_is_not_waited_for(studio: Studio, slot: str, on: str) -> None:
    """429 insufficient_quota: asked once, said with the account, nothing billed; later the same command goes on."""
    studio.presets(slot)
    studio.prompts(story(1))
    emulator(studio).fault("insufficient_quota", on=on)
    said = studio.visual(expect=1)
    assert "insufficient_quota" in said and "check OPENAI_API_KEY and its account" in said
    assert (asked(studio)[on], studio.billed) == (1, 0)
    emulator(studio).clear_faults()
    studio.visual()
    assert studio.billed == 1


@pytest.mark.parametrize("slot", ["o-2", "oi-2"])
def test_what_the_safety_system_refuses(studio: Studio, slot: str) -> None:
    """Refused for good on either lane: not sent again unchanged, not billed, the others come."""
    studio.presets(slot)
    studio.prompts(story(2))
    emulator(studio).fault("moderation_blocked", match="0001" if slot == "o-2" else "その1")
    studio.visual(expect=1)
    (line,) = [line for line in studio.results() if line["status"] != "ok"]
    assert (line["status"], line["failure"], line["reason"]) == ("blocked", "refused", "moderation_blocked")
    before = emulator(studio).ledger()["http_total"]
    studio.visual(expect=1)
    assert (studio.billed, emulator(studio).ledger()["http_total"]) == (1, before)


def test_a_full_queue_is_a_failed_job_that_cost_nothing(studio: Studio) -> None:
    """The provider's word stands in every line; the next command sends it again."""
    studio.presets("o-1")
    studio.prompts(story(2))
    emulator(studio).fault("token_limit_exceeded", times=1)
    studio.visual(expect=1)
    assert all("token_limit_exceeded" in line["reason"] for line in studio.results()) and studio.billed == 0
    studio.visual()
    assert (studio.billed, len(studio.images())) == (2, 2)


@pytest.mark.parametrize("fault", ["lost_reply", "lost_reply_503"])
def test_an_answer_that_is_lost_at_once_may_be_billed(studio: Studio, fault: str) -> None:
    """The connection breaks after a purchase: counted as maybe billed, and asked for once."""
    studio.presets("oi-2")
    studio.prompts(story(1))
    emulator(studio).fault(fault, on="generate", times=1)
    studio.visual(expect=0 if fault == "lost_reply_503" else 1)
    assert asked(studio)["generate"] == (2 if fault == "lost_reply_503" else 1)


def test_an_answer_without_usage_costs_the_estimate(studio: Studio) -> None:
    """What the provider does not tell is what the formula says, and called estimated."""
    studio.presets("oi-1")
    studio.prompts(story(1))
    emulator(studio).fault("no_usage")
    studio.visual()
    (line,) = studio.results()
    assert (line["cost_basis"], line["cost_usd"]) == ("estimated", pytest.approx(280 * 30 / 1e6))


def test_two_suppliers_at_one_host(studio: Studio) -> None:
    """A run on both, behind one address: each is asked for its own jobs, and both lost answers are found again."""
    slots = {"0001": "g-1", "0002": "o-1", "0003": "o-2"}
    entries = [{"id": name, "prompt": f"a boat, {name}", "slot": slot} for name, slot in slots.items()]
    studio.write("workspaces/video/runs/CH01-001/prompts.json", {"prompts": entries})
    emulator(studio).fault("lost_reply", on="create", times=3)
    said = studio.visual()
    assert said.count("taking it over") == 3 and "16:9 1K (1536x864) low" in said
    assert (studio.jobs_created, studio.billed, len(studio.images())) == (3, 3, 3)
    assert {line["provider"] for line in studio.results()} == {"gemini", "openai"}


def test_an_account_that_cannot_be_asked_is_told_apart(studio: Studio) -> None:
    """Before anything is bought each account must list its jobs: that one can does not speak for the other."""
    entries = [{"id": slot, "prompt": "a boat", "slot": slot} for slot in ("g-1", "o-1")]
    studio.write("workspaces/video/runs/CH01-001/prompts.json", {"prompts": entries})
    studio.visual(expect=1, OPENAI_API_KEY="invalid-key")
    assert (studio.jobs_created, studio.billed) == (1, 1)
    studio.visual()
    assert (studio.jobs_created, studio.billed) == (2, 2)


def test_organization_and_project(studio: Studio) -> None:
    """Both travel with the key; a job of one project is not looked for in another; what is no name is refused."""
    studio.presets("o-2")
    studio.prompts(story(1))
    emulator(studio).job_seconds(60)
    mine = {"OPENAI_ORG_ID": "org-house", "OPENAI_PROJECT_ID": "proj_one"}
    studio.visual("WAIT=0", **mine)
    emulator(studio).advance(61)
    assert "was made with another API key" in studio.visual(
        "WAIT=0", expect=1, **mine | {"OPENAI_PROJECT_ID": "proj_two"}
    )
    studio.visual(**mine)
    assert (studio.jobs_created, studio.billed) == (1, 1)
    studio.prompts(story(2))
    said = studio.visual(expect=3, **mine | {"OPENAI_PROJECT_ID": "proj one"})
    assert "OPENAI_PROJECT_ID=proj one is no name of an organization or project; nothing was sent" in said
    assert studio.jobs_created == 1


def test_how_many_jobs_a_provider_allows(studio: Studio) -> None:
    """A full account is said with the provider's own limit, not with another one's."""
    studio.limits(max_live_jobs=1)
    studio.prompts(story(1))
    emulator(studio).job_seconds(60)
    studio.visual("SLOT=o-2", "WAIT=0")
    studio.prompts(story(2))
    said = studio.visual("SLOT=o-2", "WAIT=0", expect=1)
    assert "the provider allows 2,000 new ones an hour" in said
