"""What every batch lane keeps, whoever the provider is: the same promises, on each of them, to the last cent."""

import json

import pytest

from tests.support.studio import Studio, agrees, emulator, story
from tests.support.suppliers import SUPPLIERS, Supplier

EVERY = pytest.mark.parametrize("supplier", SUPPLIERS, ids=lambda each: each.name)
SLOTS = ("o-1", "o-2", "o-3", "o-4", "o-5", "oi-1", "oi-2", "oi-3", "oi-4", "oi-5")


@pytest.fixture
def shop(studio: Studio, supplier: Supplier) -> Studio:
    """A project whose channel is on that provider's batch lane, with four prompts."""
    studio.presets(supplier.slot)
    studio.prompts(story(4))
    return studio


def shown(studio: Studio, key: str) -> list[object]:
    return [line[key] for line in studio.results()]


@EVERY
def test_a_run_from_prompts_to_pictures(shop: Studio) -> None:
    """One job, every picture once, cost as billed; the same command again asks nobody and writes nothing."""
    shop.visual()
    assert (shop.jobs_created, shop.billed, len(shop.images())) == (1, 4, 4)
    agrees(shop)
    before, requests = shop.snapshot(), emulator(shop).ledger()["http_total"]
    shop.visual()
    assert emulator(shop).ledger()["http_total"] == requests
    assert {name: seen for name, seen in shop.snapshot().items() if name in before} == before


@EVERY
@pytest.mark.parametrize("fault", ["lost_reply", "lost_reply_503"])
def test_a_lost_answer_to_create_is_looked_for(shop: Studio, fault: str) -> None:
    """The job is found by its name, in whatever field the provider keeps it, and taken over: one job, one price."""
    emulator(shop).fault(fault, on="create", times=1)
    assert "taking it over" in shop.visual()
    assert (shop.jobs_created, shop.billed, len(shop.images())) == (1, 4, 4)
    agrees(shop)


@EVERY
def test_a_list_that_lags_proves_nothing(shop: Studio) -> None:
    """While no listing shows the job nothing is sent again, however often the command runs."""
    emulator(shop).fault("lost_reply", on="create", times=1)
    emulator(shop).fault("list_lag")
    for _ in range(2):
        assert "a job may exist" in shop.visual(expect=1)
    emulator(shop).clear_faults()
    shop.visual()
    assert (shop.jobs_created, shop.billed, len(shop.images())) == (1, 4, 4)


@EVERY
def test_who_cannot_be_asked_is_no_proof_either(shop: Studio) -> None:
    """A list that is refused with 503 says nothing about jobs: "could not look" is not "not there"."""
    emulator(shop).fault("lost_reply", on="create", times=1)
    emulator(shop).fault("refuse", value=503, on="list")
    shop.visual("WAIT=0")
    assert "nothing was given up" in shop.visual("WAIT=0", "RETRY=lost", expect=1)
    emulator(shop).clear_faults()
    shop.visual()
    assert (shop.jobs_created, shop.billed, len(shop.images())) == (1, 4, 4)


@EVERY
def test_a_refusal_and_a_failure_have_their_lines(shop: Studio, supplier: Supplier) -> None:
    """Refused for good, and failed in passing: each has its line, the first is not sent again, the second is."""
    emulator(shop).fault(supplier.refused["name"], match="0002", times=1)
    emulator(shop).fault(supplier.failed["name"], match="0003", times=1)
    shop.visual(expect=1)
    by_id = {line["prompt_id"]: line for line in shop.results()}
    assert (by_id["0002"]["status"], by_id["0002"]["failure"]) == ("blocked", "refused")
    assert (by_id["0003"]["status"], by_id["0003"]["failure"]) == ("error", "retryable")
    shop.visual(expect=1)
    assert len(shop.images()) == 3 and shop.jobs_created == 2
    agrees(shop)


@EVERY
def test_what_was_done_when_a_job_expired(shop: Studio, supplier: Supplier) -> None:
    """What can be had of it is taken and counted, the rest is sent again; nothing is bought twice."""
    emulator(shop).fault(**supplier.expired, times=1)
    shop.visual(expect=1)
    assert len(shop.images()) == (2 if supplier.kept else 0)
    shop.visual()
    assert (shop.jobs_created, shop.billed, len(shop.images())) == (2, 4, 4)
    agrees(shop)


@EVERY
def test_what_was_done_when_a_job_was_cancelled(shop: Studio) -> None:
    """Partial results of a cancelled job are pictures like any others; of the rest nothing was billed."""
    emulator(shop).fault("cancelled_with_output", times=1)
    shop.visual(expect=1)
    assert (len(shop.images()), shop.billed) == (2, 2)
    agrees(shop)
    shop.visual()
    assert (shop.jobs_created, shop.billed, len(shop.images())) == (2, 4, 4)


@EVERY
def test_lines_that_are_missing_doubled_or_nobodys(shop: Studio) -> None:
    """The order does not matter; a line twice is one picture, a key nobody sent is said, a missing one is asked for."""
    emulator(shop).fault("shuffle")
    emulator(shop).fault("duplicated", match="0001", times=1)
    emulator(shop).fault("unknown_key", match="0002", times=1)
    emulator(shop).fault("missing", match="0003", times=1)
    said = shop.visual("WAIT=0", expect=1)
    assert "a key nobody sent" in said and "a key that came before" in said
    assert len(shop.images()) == 3 and shop.jobs_created == 1


@EVERY
def test_every_request_failed(shop: Studio) -> None:
    """A job that is done and brought nothing: a line for each, nothing billed, all sent again."""
    emulator(shop).fault("every_request_failed", times=1)
    shop.visual(expect=1)
    assert (shop.billed, shown(shop, "status")) == (0, ["error"] * 4)
    shop.visual()
    assert (shop.jobs_created, shop.billed, len(shop.images())) == (2, 4, 4)


@EVERY
@pytest.mark.parametrize("fault", ["cut", "cut_silently"])
def test_a_download_that_breaks_off(shop: Studio, fault: str) -> None:
    """With or without a length: read again, every picture whole, nothing paid twice."""
    emulator(shop).fault(fault, value=40_000, times=1)
    shop.visual()
    assert (shop.jobs_created, shop.billed, len(shop.images())) == (1, 4, 4)


@EVERY
def test_a_wrong_key_sends_nothing(shop: Studio, supplier: Supplier) -> None:
    """Said with the variable's name before anything is uploaded; with the right one it goes on."""
    said = shop.visual(expect=1, **{supplier.key_env: "invalid-key"})
    assert f"does not accept the key in {supplier.key_env}" in said and "invalid-key" not in said
    assert shop.jobs_created == 0
    shop.visual()
    assert (shop.jobs_created, shop.billed) == (1, 4)


@EVERY
def test_the_job_of_another_account(shop: Studio, supplier: Supplier) -> None:
    """With another key nobody asks for a job, nothing is sent again, and the right key brings it home."""
    emulator(shop).job_seconds(60)
    shop.visual("WAIT=0")
    emulator(shop).advance(61)
    said = shop.visual("WAIT=0", expect=1, **{supplier.key_env: "another-key"})
    assert "was made with another API key" in said
    shop.visual()
    assert (shop.jobs_created, shop.billed, len(shop.images())) == (1, 4, 4)


@EVERY
def test_results_that_are_kept_no_longer(shop: Studio, supplier: Supplier) -> None:
    """Fetched an hour before their end they come; after it they are said to be gone, counted, and not bought again."""
    emulator(shop).job_seconds(60)
    shop.visual("WAIT=0")
    emulator(shop).advance(61)
    emulator(shop).fault("refuse", value=503, on="download")
    shop.visual("WAIT=0")
    emulator(shop).clear_faults()
    emulator(shop).advance(supplier.kept_hours * 3600)
    said = shop.visual(expect=1)
    assert f"{supplier.kept_hours:.0f} h after the job's end" in json.dumps(shop.results()) + said
    assert (shop.jobs_created, shop.billed) == (1, 4)
    cost = sum(float(row["cost_usd"]) for row in shop.usage())  # of what nobody saw, an estimate
    assert cost == pytest.approx(emulator(shop).ledger()["usd"], rel=0.05)


@EVERY
@pytest.mark.parametrize("fault", ["refuse", "html_502", "html_200"])
def test_who_answers_strangely_is_asked_again(shop: Studio, fault: str) -> None:
    """A 503, a proxy's page with 502 and a sign-in page with 200 to a look at a job: later, never "failed"."""
    emulator(shop).fault(fault, on="get", times=2)
    shop.visual()
    assert (shop.jobs_created, shop.billed, len(shop.images())) == (1, 4, 4)


@EVERY
def test_a_job_is_cancelled_by_its_name(shop: Studio) -> None:
    """JOB= takes the name as doit status shows it; what was done by then is taken, the rest is sent again."""
    emulator(shop).fault("cancel_leaves_output")  # one of the providers may throw it away
    emulator(shop).job_seconds(60)
    shop.visual("WAIT=0")
    (job,) = [each["job"] for each in shop.manifest()["submissions"]]
    emulator(shop).advance(40)
    assert job in shop.ask("status")
    assert "asked to cancel" in shop.doit("cancel", f"JOB={job}", "WAIT=0").stdout
    emulator(shop).advance(61)
    shop.doit("collect", f"JOB={job}")
    assert len(shop.images()) == 2
    agrees(shop)
    emulator(shop).job_seconds(0)
    shop.visual()
    assert (shop.jobs_created, shop.billed, len(shop.images())) == (2, 4, 4)


@EVERY
def test_a_manifest_that_is_lost_while_a_job_is_under_way(shop: Studio) -> None:
    """The job is found by its name in the provider's list and taken over; nothing is sent a second time."""
    emulator(shop).job_seconds(60)
    shop.visual("WAIT=0")
    (shop.run() / "_gemini_batch" / "manifest.json").unlink()
    emulator(shop).advance(61)
    shop.visual()
    assert (shop.jobs_created, shop.billed, len(shop.images())) == (1, 4, 4)
    agrees(shop)


@EVERY
def test_a_manifest_that_cannot_be_read(shop: Studio) -> None:
    """The job that it names is said, and nothing is sent while nobody knows what became of it."""
    emulator(shop).job_seconds(60)
    shop.visual("WAIT=0")
    path = shop.run() / "_gemini_batch" / "manifest.json"
    (job,) = [each["job"] for each in shop.manifest()["submissions"]]
    path.write_bytes(path.read_bytes()[:-40])
    assert job in shop.visual(expect=1)
    assert shop.jobs_created == 1


POINTS = ("after-intent", "after-upload", "before-create", "after-create", "after-submitted")
LATER = ("after-status", "mid-download", "mid-picture", "before-results", "after-results", "after-collected")


@EVERY
@pytest.mark.parametrize("point", [*POINTS, *LATER])
def test_killed_where_money_is_spent(shop: Studio, point: str) -> None:
    """Dead at any of these instants, the next command ends with every picture, one job, each request billed once."""
    shop.killed(point)
    if point == "before-create":  # whether it left, only a person can say
        assert "a job may exist" in shop.visual(expect=1)
    shop.visual(*(["RETRY=lost"] if point == "before-create" else []))
    assert (shop.jobs_created, shop.billed, len(shop.images())) == (1, 4, 4)
    agrees(shop)
    assert shop.leftovers() == []


@pytest.mark.parametrize("slot", SLOTS)
def test_twelve_pictures_of_a_slot(studio: Studio, slot: str) -> None:
    """As many as were asked for, of the right size, estimated closely, and at the price that the provider books."""
    studio.presets(slot, output_size="1536x800")
    studio.prompts(story(12))
    said = studio.visual()
    assert "12 of 12 pictures" in said and (studio.billed, len(studio.images())) == (12, 12)
    assert {(line["width"], line["height"]) for line in studio.results()} == {(1536, 800)}
    agrees(studio)
    usd = emulator(studio).ledger()["usd"]
    plan = float(said.partition("about $")[2].partition("\n")[0])
    assert plan == pytest.approx(usd, rel=0.05)
    requests = emulator(studio).ledger()["requests"]
    assert (requests.get("create", 0), requests.get("generate", 0)) == ((1, 0) if slot[1] == "-" else (0, 12))
