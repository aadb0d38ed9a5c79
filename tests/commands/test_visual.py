"""`doit visual`, start to end, through the real client and the emulator: what comes out, and what was paid for it."""

import json
import os
import time

import pytest

from tasks.pictures import picture
from tests.support.studio import Studio, story


@pytest.mark.parametrize("shrunk", [1])
def test_every_prompt_becomes_a_picture(studio: Studio) -> None:
    """Prompts go in; pictures that decode, results, usage and gallery come out; one job, one billed request each."""
    studio.prompts(story(3))
    said = studio.visual()
    assert (
        "CH01-001: 3 pictures, g-1 = gemini_nano_banana_2_1 (gemini-nano-banana-2.1), lane batch, 16:9 1K, about $0.05"
        in said
    )
    assert sorted(studio.images()) == ["0001.png", "0002.png", "0003.png"]
    for path in (studio.run() / "images").glob("*.png"):
        facts = picture.inspect(path.read_bytes())
        assert (facts.format, facts.width, facts.height) == ("PNG", 1376, 768)
    assert (studio.jobs_created, studio.billed) == (1, 3)
    assert [row["status"] for row in studio.usage()] == ["ok"] * 3
    assert (studio.run() / "gallery.html").is_file()
    assert studio.leftovers() == []


def test_usage_says_what_the_ledger_says(studio: Studio) -> None:
    """Tokens and cost of every row equal the provider's own account, thinking included."""
    studio.prompts(story(3))
    studio.visual()
    assert studio.emulator
    billed = {row["key"]: row for row in studio.emulator.ledger()["billed"]}
    for row in studio.usage():
        paid = billed[row["key"]]
        for kind in ("input_tokens", "image_tokens", "text_tokens", "thinking_tokens"):
            assert int(row[kind]) == paid[kind]
        assert float(row["cost_usd"]) == pytest.approx(paid["usd"], abs=1e-6)
        assert row["cost_basis"] == "measured"


def test_again_sends_nothing_and_writes_nothing(studio: Studio) -> None:
    """A second run asks the provider nothing and leaves every time stamp alone."""
    assert studio.emulator
    studio.prompts(story(3))
    studio.visual()
    before, asked = studio.snapshot(), studio.emulator.ledger()["http_total"]
    said = studio.visual()
    assert "nothing was sent" in said
    assert studio.snapshot() == before
    assert studio.emulator.ledger()["http_total"] == asked


@pytest.mark.parametrize("disturbance", ["database deleted", "prompts touched", "always", "clean"])
def test_losing_what_doit_knows_costs_nothing(studio: Studio, disturbance: str) -> None:
    """Without doit's database, with touched prompts, with -a and after `doit clean`, nothing is bought again."""
    prompts = studio.prompts(story(2))
    studio.visual()
    words: tuple[str, ...] = ()
    if disturbance == "database deleted":
        (studio.folder / ".doit.db").unlink()
    elif disturbance == "prompts touched":
        os.utime(prompts, (time.time() + 5, time.time() + 5))
    elif disturbance == "always":
        words = ("-a",)
    else:
        assert studio.doit("clean", "CH=CH01", "request", "usage", "visual").returncode == 0
        assert not (studio.run() / "usage.csv").exists()
    done = studio.doit(*words, "visual", "CH=CH01") if not words else studio.doit("run", "-a", "visual", "CH=CH01")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (studio.run() / "usage.csv").is_file()
    assert len(studio.images()) == 2
    assert (studio.jobs_created, studio.billed) == (1, 2)


def test_asking_for_a_gallery_sends_nothing(studio: Studio) -> None:
    """doit gallery draws what is there, with new prompts as waiting cards: no request leaves and no job is made."""
    assert studio.emulator
    studio.prompts(story(1))
    studio.visual()
    studio.prompts(story(3))
    asked = studio.emulator.ledger()["http_total"]
    assert "gallery.html" in studio.ask("gallery", "CH=CH01")
    assert "0003" in (studio.run() / "gallery.html").read_text("utf-8")
    assert studio.emulator.ledger()["http_total"] == asked and (studio.jobs_created, studio.billed) == (1, 1)
    studio.visual()
    assert (studio.jobs_created, studio.billed, len(studio.images())) == (2, 3, 3)


def test_an_edit_an_addition_a_deletion_and_an_undone_edit(studio: Studio) -> None:
    """One edited prompt bills one request, one added bills one, a deleted picture and an undone edit bill none."""
    texts = story(3)
    studio.prompts(texts)
    studio.visual()
    first = studio.images()

    studio.prompts(texts | {"0002": "まったく別の絵"})
    studio.visual()
    edited = studio.images()
    assert studio.billed == 4
    assert edited["0002.png"] != first["0002.png"] and edited["0001.png"] == first["0001.png"]

    studio.prompts(texts | {"0002": "まったく別の絵", "0004": "新しい場面"})
    studio.visual()
    assert studio.billed == 5

    (studio.run() / "images" / "0003.png").unlink()
    studio.visual()
    assert studio.images()["0003.png"] == first["0003.png"]
    assert studio.billed == 5

    studio.prompts(texts)
    studio.visual()
    assert studio.images()["0002.png"] == first["0002.png"]
    assert studio.billed == 5
    assert [row["cost_basis"] for row in studio.usage()].count("reused") == 1


def test_two_prompts_with_the_same_text_are_two_pictures(studio: Studio) -> None:
    """The same words twice in one run are bought twice, once each, and stay apart."""
    studio.prompts({"a": "夜空", "b": "夜空"})
    studio.visual()
    assert sorted(studio.images()) == ["a.png", "b.png"]
    assert studio.billed == 2
    assert len({line["digest"] for line in studio.results()}) == 2


def test_jobs_submitted_today_are_collected_tomorrow(studio: Studio) -> None:
    """WAIT=0 submits and returns; another process a day later collects the same job."""
    assert studio.emulator
    studio.emulator.job_seconds(3600)
    studio.prompts(story(2))
    said = studio.visual("WAIT=0")
    assert "on their way" in said
    assert studio.images() == {}
    studio.emulator.advance(24 * 3600)
    studio.visual()
    assert len(studio.images()) == 2
    assert (studio.jobs_created, studio.billed) == (1, 2)


def test_a_limited_wait_ends_without_losing_the_job(studio: Studio) -> None:
    """WAIT=<minutes> gives up waiting, not the job."""
    assert studio.emulator
    studio.emulator.job_seconds(3600)
    studio.prompts(story(1))
    assert "on their way" in studio.visual("WAIT=0.01")
    studio.emulator.advance(3600)
    studio.visual()
    assert (studio.jobs_created, len(studio.images())) == (1, 1)


def test_limit_sends_that_many_and_the_next_run_the_next(studio: Studio) -> None:
    """LIMIT=2 of 5 sends two, again two more, and a run without it the rest."""
    studio.prompts(story(5))
    studio.visual("LIMIT=2")
    assert sorted(studio.images()) == ["0001.png", "0002.png"]
    studio.visual("LIMIT=2")
    assert len(studio.images()) == 4
    studio.visual()
    assert len(studio.images()) == 5
    assert (studio.jobs_created, studio.billed) == (3, 5)


def test_large_runs_are_split_by_count_and_by_bytes(studio: Studio) -> None:
    """Jobs hold at most max_requests_per_job requests and max_bytes_per_job bytes."""
    assert studio.emulator
    studio.limits(max_requests_per_job=2)
    studio.prompts(story(5))
    studio.visual("WAIT=0")
    assert [len(each["requests"]) for each in studio.manifest()["submissions"]] == [2, 2, 1]
    studio.limits(max_bytes_per_job=1000)
    studio.prompts({name: text * 20 for name, text in story(3).items()}, run="CH01-002")
    studio.visual()
    assert len(studio.manifest("CH01-002")["submissions"]) == 3
    assert studio.billed == 8


def test_all_runs_of_a_channel_are_submitted_before_one_is_awaited(studio: Studio) -> None:
    """With two runs, both jobs exist before the first status is asked."""
    assert studio.emulator
    studio.prompts(story(2), run="CH01-001")
    studio.prompts({"0001": "別の話"}, run="CH01-002")
    studio.visual()
    assert studio.jobs_created == 2
    submitted = [
        each["submitted_at"] for run in ("CH01-001", "CH01-002") for each in studio.manifest(run)["submissions"]
    ]
    assert len(submitted) == 2
    assert len(studio.images("CH01-001")) == 2 and len(studio.images("CH01-002")) == 1


def test_prompts_on_different_models_travel_in_different_jobs(studio: Studio) -> None:
    """A prompt's own slot pins its model; one job never mixes models, and usage names each."""
    entries = [{"id": "0001", "prompt": "山"}, {"id": "0002", "prompt": "川", "slot": "g-3"}]
    studio.write("workspaces/video/runs/CH01-001/prompts.json", {"prompts": entries})
    studio.visual()
    assert {row["prompt_id"]: row["model_name"] for row in studio.usage()} == {
        "0001": "gemini-nano-banana-2.1",
        "0002": "gemini-3-pro-image",
    }
    assert studio.jobs_created == 2


def test_another_slot_is_bought_once_and_rolling_back_is_free(studio: Studio) -> None:
    """A preset switched to another model buys when it is said; switched back, the earlier ones return for nothing."""
    studio.prompts(story(2))
    studio.visual()
    first = studio.images()
    studio.presets("g-3")
    said = studio.visual("RETRY=changed")
    assert "has pictures from gemini-nano-banana-2.1 too" in said
    second = studio.images()
    assert studio.billed == 4
    studio.presets("g-1")
    studio.visual()
    assert studio.images() == first != second
    assert studio.billed == 4


def test_output_size_crops_what_is_already_paid_for(studio: Studio) -> None:
    """A preset that asks for 1920x1080 makes the pictures anew from the store, without a request."""
    studio.prompts(story(1))
    studio.visual()
    studio.presets(output_size="1920x1080")
    studio.visual()
    facts = picture.inspect((studio.run() / "images" / "0001.png").read_bytes())
    assert (facts.width, facts.height) == (1920, 1080)
    assert studio.billed == 1


def test_a_picture_changed_by_hand_is_kept(studio: Studio) -> None:
    """A whole picture that a person put in place of ours is not overwritten; a broken file is."""
    studio.prompts(story(2))
    studio.visual()
    images = studio.run() / "images"
    by_hand = (images / "0002.png").read_bytes()
    original = (images / "0001.png").read_bytes()
    (images / "0001.png").write_bytes(by_hand)
    (images / "0002.png").write_bytes(by_hand[: len(by_hand) // 2])
    studio.visual()
    assert (images / "0001.png").read_bytes() == by_hand != original
    assert (images / "0002.png").read_bytes() == by_hand
    assert studio.billed == 2


def test_skipped_prompts_are_not_made(studio: Studio) -> None:
    """`skip: true` leaves a prompt out."""
    entries = [{"id": "0001", "prompt": "山"}, {"id": "0002", "prompt": "川", "skip": True}]
    studio.write("workspaces/video/runs/CH01-001/prompts.json", {"prompts": entries})
    studio.visual()
    assert list(studio.images()) == ["0001.png"]


def test_a_lost_manifest_finds_its_job_again(studio: Studio) -> None:
    """Manifest, results, store and pictures deleted while the job lives: the same content finds the same job."""
    assert studio.emulator
    studio.emulator.job_seconds(3600)
    studio.prompts(story(2))
    studio.visual("WAIT=0")
    (studio.run() / "_gemini_batch" / "manifest.json").unlink()
    studio.emulator.advance(3600)
    studio.visual()
    assert (studio.jobs_created, studio.billed, len(studio.images())) == (1, 2, 2)


def test_no_secret_in_any_file(studio: Studio) -> None:
    """The API key stands in no file of the project, only its fingerprint."""
    studio.prompts(story(1))
    assert studio.emulator
    said = studio.visual()
    for path in studio.folder.rglob("*"):
        if path.is_file():
            assert studio.emulator.key.encode() not in path.read_bytes(), path
    assert studio.emulator.key not in said
    assert json.dumps(studio.manifest()).count("key_fingerprint") == 1


def test_pictures_of_an_emulator_never_pass_for_bought_ones(studio: Studio) -> None:
    """Made on a real slot against an address on this machine, a picture has another digest than the real one has."""
    studio.prompts(story(1))
    studio.visual()
    made_here = studio.results()[0]["digest"]
    done = studio.doit("request", "CH=CH01", GOOGLE_GEMINI_BASE_URL="", GEMINI_API_KEY="")
    assert done.returncode == 0, done.stderr
    request = json.loads((studio.run() / "batch_request.jsonl").read_text())
    assert request["key"].startswith("0001-") and request["key"] != f"0001-{made_here[:16]}"


def test_a_key_never_travels_unencrypted(studio: Studio) -> None:
    """An http:// address outside this machine is refused before anything is sent."""
    studio.prompts(story(1))
    said = studio.visual(expect=3, GOOGLE_GEMINI_BASE_URL="http://example.com")
    assert "https" in said and "GOOGLE_GEMINI_BASE_URL" in said


def test_a_model_that_is_going_to_end_is_named_before_sending(studio: Studio) -> None:
    """A deprecated model is used as asked, and its last day and successor are said."""
    studio.prompts(story(1))
    studio.presets("gemini_3_1_flash_image")
    done = studio.doit("visual", "CH=CH01", "WAIT=0")
    assert "is deprecated" in done.stdout and "gemini-nano-banana-2.1" in done.stdout


def test_a_deleted_picture_comes_back_as_it_was(studio: Studio) -> None:
    """Two runs bought a picture of the same text at once: each gets its own back from the store."""
    assert studio.emulator
    studio.prompts({"0001": "題名の絵"}, "CH01-001")
    studio.prompts({"0001": "題名の絵"}, "CH01-002")
    studio.emulator.fault("as_png", times=1)
    studio.visual("RUN=001")
    record = next((studio.folder / "workspaces" / ".store").glob("??/*.json"))
    aside = record.rename(record.with_suffix(".first"))  # the second run does not know of it, as when two machines buy
    studio.visual("RUN=002")
    sha256 = json.loads(record.read_bytes())["sha256"]
    record.rename(record.with_suffix(f".{sha256[:8]}.json"))
    aside.rename(record)
    first, second = studio.images("CH01-001"), studio.images("CH01-002")
    assert studio.billed == 2 and first != second
    for run in ("CH01-001", "CH01-002"):
        (studio.run(run) / "images" / "0001.png").unlink()
    studio.visual()
    assert (studio.images("CH01-001"), studio.images("CH01-002"), studio.billed) == (first, second, 2)


@pytest.mark.parametrize("number", ["thumbnails", "Thumbnails"])
def test_a_run_with_the_name_of_the_thumbnails(studio: Studio, number: str) -> None:
    """CH01-thumbnails are the channel's thumbnails, in locks and names of jobs: no run can be called so."""
    studio.prompts(story(1), f"CH01-{number}")
    assert "no prompts for CH01" in studio.visual(expect=3)
    assert f"RUN= '{number}' cannot name a folder" in studio.visual(f"RUN={number}", expect=3)
    assert f"CH01-{number}: is not the name of a run" in studio.ask("validate")
    assert studio.billed == 0
