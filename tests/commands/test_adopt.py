"""`doit adopt`: jobs whose reply, manifest or folder was lost come home, and no paid picture is lost."""

import hashlib
import io
import json
import shutil
from typing import Any

import pytest

from tasks.inbox import events
from tasks.inbox.events import ADOPTED
from tasks.project.paths import Paths
from tests.support.gemini_wire import raw
from tests.support.studio import Studio, story


def submitted(studio: Studio, count: int = 4) -> str:
    """A run whose job takes a minute; the job's name."""
    assert studio.emulator
    studio.emulator.job_seconds(60)
    studio.prompts(story(count))
    studio.visual("WAIT=0")
    return str(studio.manifest()["submissions"][-1]["job"])


def requests(studio: Studio, operation: str) -> int:
    assert studio.emulator
    return int(studio.emulator.ledger()["requests"].get(operation, 0))


def adopted(studio: Studio) -> list[dict[str, Any]]:
    return [each for each in studio.manifest()["submissions"] if each["adopted"]]


def test_a_lost_reply_is_adopted(studio: Studio) -> None:
    """The manifest knows the requests, the list knows the job: joined, collected, billed once, told once."""
    assert studio.emulator
    studio.emulator.fault("lost_reply", on="create", times=1)
    studio.emulator.fault("list_lag")
    studio.prompts(story(2))
    studio.visual(expect=1)
    studio.emulator.clear_faults()
    before = requests(studio, "list")
    said = studio.ask("adopt", expect=1, GEMINI_API_KEY="", OPENAI_API_KEY="")
    assert "gemini is not looked at: GEMINI_API_KEY is not set" in said and "no account" in said
    assert "openai" not in said
    assert "took in" in studio.ask("adopt")
    assert requests(studio, "list") == before + 2  # each account that has jobs
    assert len(studio.images()) == 2 and len(adopted(studio)) == 1
    assert "0 ours and unknown" in studio.ask("adopt")
    studio.visual()
    assert (studio.jobs_created, studio.billed) == (1, 2)
    assert sum(entry.event.kind == ADOPTED for entry in events.read(Paths(studio.folder))) == 1


def test_a_job_given_up_by_a_person_is_still_adopted(studio: Studio) -> None:
    """RETRY=lost bought again; the first job turns up later: its pictures are kept, the ones in images/ stay."""
    assert studio.emulator
    studio.emulator.fault("lost_reply", on="create", times=1)
    studio.emulator.fault("list_lag")
    studio.prompts(story(2))
    studio.visual(expect=1)
    studio.visual("RETRY=lost")
    images = studio.images()
    studio.emulator.clear_faults()
    studio.ask("adopt")
    assert studio.images() == images and len(images) == 2
    assert len(studio.results()) == 4 and studio.billed == 4 and len(studio.usage()) == 4


@pytest.mark.parametrize("running", [True, False])
def test_a_lost_manifest_is_rebuilt_from_the_prompts(studio: Studio, running: bool) -> None:
    """Manifest gone, prompts the same: the very input is recognised, also while the job is running."""
    assert studio.emulator
    submitted(studio, 3)
    shutil.rmtree(studio.run() / "_gemini_batch")
    if not running:
        studio.emulator.advance(61)
    studio.ask("adopt")
    studio.emulator.advance(61)
    studio.ask("collect")
    studio.visual()
    assert (studio.jobs_created, studio.billed, len(studio.images())) == (1, 3, 3)


def test_a_lost_manifest_and_edited_prompts(studio: Studio) -> None:
    """One prompt edited since: while it runs, a warning; when done, two pictures in place and one in the store."""
    assert studio.emulator
    submitted(studio, 3)
    shutil.rmtree(studio.run() / "_gemini_batch")
    studio.prompts(story(3) | {"0002": "書き直した文"})
    assert "do not send this run" in studio.ask("adopt", expect=1)
    studio.emulator.advance(61)
    studio.ask("adopt")
    assert sorted(studio.images()) == ["0001.png", "0003.png"]
    assert len(list((studio.folder / "workspaces" / ".store").glob("*/*.jpg"))) == 3
    assert [line["status"] for line in studio.results()] == ["ok"] * 3 and len(studio.usage()) == 3
    studio.emulator.job_seconds(0)
    studio.visual()
    assert (studio.jobs_created, studio.billed, len(studio.images())) == (2, 4, 3)


def test_a_line_that_nobody_can_read_hides_no_other(studio: Studio) -> None:
    """Only the results tell what was asked for, and one line of them is torn: all after it come, bought once."""
    assert studio.emulator
    studio.emulator.fault("malformed", match="0001", times=1)
    submitted(studio, 3)
    shutil.rmtree(studio.run() / "_gemini_batch")
    studio.prompts(story(3) | {"0002": "書き直した文"})
    studio.emulator.advance(61)
    studio.ask("adopt")
    assert sorted(studio.images()) == ["0003.png"]
    assert [line["prompt_id"] for line in studio.results()] == ["0002", "0003"]


def test_results_that_are_refused_before_their_time_are_not_bought_again(studio: Studio) -> None:
    """Only they tell what was asked for: while they may come nothing is sent, and when nobody can have them, all is."""
    assert studio.emulator
    submitted(studio, 2)
    shutil.rmtree(studio.run() / "_gemini_batch")
    studio.prompts(story(2) | {"0002": "書き直した文"})
    studio.emulator.advance(61)
    studio.emulator.fault("output_403")
    assert "cannot be read" in studio.ask("adopt", expect=1)
    assert "cannot be read" in studio.ask("visual", "CH=CH01", expect=1)
    assert studio.jobs_created == 1
    studio.emulator.clear_faults()
    studio.emulator.advance(60 * 3600)
    assert "holds no results; nothing to take in" in studio.ask("adopt")
    studio.emulator.job_seconds(0)
    studio.visual()
    assert (studio.jobs_created, len(studio.images())) == (2, 2)


def test_a_run_that_is_not_here(studio: Studio) -> None:
    """Ours by name, for a run of another machine: said, not taken; with CH= RUN= its pictures are kept."""
    assert studio.emulator
    submitted(studio, 2)
    studio.emulator.advance(61)
    shutil.rmtree(studio.run())
    assert "doit adopt CH=CH01 RUN=001" in studio.ask("adopt", expect=1)
    assert not studio.run().exists()
    assert "safe in" in studio.ask("adopt", "CH=CH01", "RUN=001", expect=1)
    assert len(studio.results()) == 2
    studio.prompts(story(2))
    studio.visual()
    assert (studio.jobs_created, studio.billed, len(studio.images())) == (1, 2, 2)


def test_jobs_of_others_are_listed_and_never_touched(studio: Studio) -> None:
    """Another program's job on the account: named, no request about it, nothing written."""
    from google import genai

    assert studio.emulator
    client = genai.Client(
        api_key=studio.emulator.key, http_options=genai.types.HttpOptions(base_url=studio.emulator.url)
    )
    inline = [{"contents": [{"parts": [{"text": "other"}], "role": "user"}]}]
    client.batches.create(model="gemini-nano-banana-2.1", src=inline, config={"display_name": "someone's own"})
    before = studio.snapshot()
    said = studio.ask("adopt")
    assert "1 not ours" in said and "someone's own" in said
    assert requests(studio, "get") == requests(studio, "download") == 0 and studio.snapshot() == before


@pytest.mark.parametrize("known", [True, False])
def test_answers_inside_the_job_itself(studio: Studio, known: bool) -> None:
    """A job of ours without a result file, its requests known by the prompts or by its answers: fetched, paid once."""
    assert studio.emulator
    studio.prompts(story(2))
    studio.ask("request", "CH=CH01")
    data = (studio.run() / "batch_request.jsonl").read_bytes()
    lines = [json.loads(line) for line in data.splitlines()]
    asked = [{"request": each["request"], "metadata": {"key": each["key"]}} for each in lines]
    digits = hashlib.sha256(data).hexdigest()[:16] if known else "0123456789abcdef"
    batch = {"displayName": f"kamishibai CH01-001 s001 {digits}", "inputConfig": {"requests": {"requests": asked}}}
    url = f"{studio.emulator.url}/v1beta/models/gemini-nano-banana-2.1:batchGenerateContent"
    assert raw("POST", url, studio.emulator.key, {"batch": batch})[0] == 200
    assert "took in" in studio.ask("adopt")
    assert studio.manifest()["submissions"][0]["output"] is None and requests(studio, "download") == 0
    assert [row["cost_basis"] for row in studio.usage()] == ["measured", "measured"]
    studio.visual()
    assert (studio.jobs_created, studio.billed, len(studio.images())) == (1, 2, 2)


@pytest.mark.parametrize("state", ["CANCELLED", "EXPIRED", "FAILED"])
def test_a_job_that_ended_without_results_and_has_some_later(studio: Studio, state: str) -> None:
    """Cancelled by its first last word, succeeded by its second: adopt takes the pictures in, at their cost, once."""
    assert studio.emulator
    job = submitted(studio, 2)
    studio.emulator.force(job, state, with_output=False)
    studio.ask("collect", expect=1)
    studio.emulator.force(job, "SUCCEEDED", with_output=True)
    assert f"{job} ended {state}, and is SUCCEEDED after all" in studio.ask("adopt")
    assert len(studio.images()) == 2 and [row["cost_basis"] for row in studio.usage()] == ["measured", "measured"]
    lines = studio.results()
    assert "after all" not in studio.ask("adopt") and studio.results() == lines
    studio.visual()
    assert (studio.jobs_created, studio.billed) == (1, 2)


def test_a_job_that_succeeded_later_than_its_repetition(studio: Studio) -> None:
    """Bought again meanwhile: the pictures in images/ stay, those of the first job are kept, all costs are known."""
    assert studio.emulator
    job = submitted(studio, 2)
    studio.emulator.force(job, "CANCELLED", with_output=False)
    studio.ask("collect", expect=1)
    studio.emulator.job_seconds(0)
    studio.visual()
    images = studio.images()
    studio.emulator.force(job, "SUCCEEDED", with_output=True)
    studio.ask("adopt")
    assert studio.images() == images and len(images) == 2
    assert len(studio.usage()) == 4 == studio.billed
    assert sum(float(row["cost_usd"]) for row in studio.usage()) == pytest.approx(
        studio.emulator.ledger()["usd"], abs=1e-5
    )


def test_two_keys_of_one_digest_in_a_job(studio: Studio) -> None:
    """A job of our name whose results bear one digest twice is taken in, each picture at a place of its own."""
    from google import genai

    assert studio.emulator
    studio.prompts(story(1))
    studio.visual()
    options = genai.types.HttpOptions(base_url=studio.emulator.url, api_version="v1beta")
    client = genai.Client(api_key=studio.emulator.key, http_options=options, vertexai=False)
    body = {"contents": [{"role": "user", "parts": [{"text": "x"}]}]}
    lines = [json.dumps({"key": f"{name}-0123456789abcdef", "request": body}) for name in ("a", "b")]
    config = {"mime_type": "application/jsonl", "display_name": "x"}
    file = client.files.upload(file=io.BytesIO("\n".join(lines).encode()), config=config)
    name = "kamishibai CH01-001 s001 0123456789abcdef"
    client.batches.create(model="gemini-nano-banana-2.1", src=file.name, config={"display_name": name})
    studio.ask("adopt")
    assert len(list((studio.folder / "workspaces" / ".store").glob("*/*.jpg"))) == 3
    assert [line["status"] for line in studio.results()] == ["ok"] * 3
    studio.visual()
