"""A manifest that is damaged, overwritten or gone: said every night, nothing bought twice, no other run stopped."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tasks.inbox import events
from tasks.project.paths import Paths
from tests.support.studio import Studio, story

OTHER = "CH01-002"
LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 4096\n" % (b"0" * 64)
DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "half": lambda data: data[: len(data) // 2],
    "empty": lambda _: b"",
    "binary": lambda data: b"\x00\xff\x89" + data,
    "a list": lambda _: b"[]",
    "lfs": lambda _: LFS,
    "conflict": lambda data: b"<<<<<<< HEAD\n" + data + b"=======\n" + data + b">>>>>>> other\n",
}


def place(studio: Studio, run: str = "CH01-001") -> Path:
    return studio.run(run) / "_gemini_batch" / "manifest.json"


def spoil(studio: Studio, how: str = "half", run: str = "CH01-001") -> bytes:
    """Damage a run's manifest; its new bytes."""
    path = place(studio, run)
    path.write_bytes(DAMAGE[how](path.read_bytes()))
    return path.read_bytes()


def foreign(studio: Studio, job: str | None, created_at: str = "2026-11-23T00:00:00Z", run: str = "CH01-001") -> bytes:
    """What the studio's other program writes over our manifest; its bytes."""
    items = [{"id": f"{run}#0001", "run_dir": run, "cue_index": 1, "output_path": "images/0001.png"}]
    told: dict[str, Any] = {"schema": "ytm.gemini_batch_images.v1", "created_at": created_at, "items": items}
    if job:
        told["job"] = {"name": job, "state": "JobState.JOB_STATE_PENDING"}
    return studio.write(f"workspaces/video/runs/{run}/_gemini_batch/manifest.json", told).read_bytes()


def aside(studio: Studio, data: bytes, run: str = "CH01-001") -> Path:
    return place(studio, run).with_name(f"manifest.{hashlib.sha256(data).hexdigest()[:8]}.json")


def waiting(studio: Studio, count: int = 3, run: str = "CH01-001") -> str:
    """A run whose job takes a minute; the job's name."""
    assert studio.emulator
    studio.emulator.job_seconds(60)
    studio.prompts({name: f"{run} {text}" for name, text in story(count).items()}, run)
    studio.ask("visual", f"CH={run[:4]}", f"RUN={run[5:]}", "WAIT=0")
    return str(studio.manifest(run)["submissions"][-1]["job"])


def inbox(studio: Studio, subject: str) -> list[events.Event]:
    return [each.event for each in events.read(Paths(studio.folder)) if each.event.subject == subject]


def spent(studio: Studio) -> float:
    return float(json.loads(studio.ask("report", "FORMAT=json"))["total"]["cost_usd"])


def usd(studio: Studio) -> float:
    assert studio.emulator
    return float(studio.emulator.ledger()["usd"])


@pytest.mark.parametrize("how", DAMAGE)
def test_a_damaged_manifest_is_no_secret(studio: Studio, how: str) -> None:
    """With a job open: collect ends with 1, says the backup and doit adopt, tells the inbox once; the others come."""
    assert studio.emulator
    waiting(studio)
    waiting(studio, 2, OTHER)
    before = spoil(studio, how)
    studio.emulator.advance(61)
    for _ in range(2):
        said = studio.ask("collect", expect=1)
        assert "CH01-001/_gemini_batch/manifest.json cannot be read" in said
        assert "backup" in said and "doit adopt" in said and "remove" not in said and "from git" not in said
    [event] = inbox(studio, "CH01-001")
    assert "doit adopt" in event.do and len(studio.images(OTHER)) == 2
    assert place(studio).read_bytes() == before and studio.billed == 5


@pytest.mark.parametrize("how", DAMAGE)
def test_adopt_finds_what_a_damaged_manifest_knew(studio: Studio, how: str) -> None:
    """Without a backup: adopt sets it aside byte for byte and takes the job in; all comes home, billed once."""
    assert studio.emulator
    waiting(studio)
    before = spoil(studio, how)
    assert "took in" in studio.ask("adopt")
    assert aside(studio, before).read_bytes() == before
    studio.emulator.advance(61)
    studio.ask("collect")
    studio.visual()
    assert (studio.jobs_created, studio.billed, len(studio.images())) == (1, 3, 3)
    assert spent(studio) == pytest.approx(usd(studio), abs=1e-5)


def test_adopt_leaves_a_damaged_manifest_while_nothing_is_listed(studio: Studio) -> None:
    """The provider's list fails: the damaged file stays where it is, exit 1."""
    assert studio.emulator
    waiting(studio)
    before = spoil(studio)
    studio.emulator.fault("refuse", value=503, on="list")
    studio.ask("adopt", expect=1)
    assert place(studio).read_bytes() == before and not aside(studio, before).exists()


def test_every_command_says_it(studio: Studio) -> None:
    """Whatever looks at open jobs ends with 1 and names the file; what only looks writes nothing."""
    waiting(studio)
    waiting(studio, 1, OTHER)
    spoil(studio)
    before = studio.snapshot()
    for words in (("status",), ("plan", "CH=CH01"), ("status", "FORMAT=json"), ("plan", "CH=CH01", "FORMAT=json")):
        done = studio.doit(*words)
        assert done.returncode == 1 and "manifest.json cannot be read" in done.stderr, words
        assert OTHER in done.stdout
    assert studio.snapshot() == before
    for words in (
        ("cancel", "CH=CH01", "RUN=001"),
        ("collect", "JOB=batches/unknown"),
        ("retake", "CH=CH01", "RUN=001", "IDS=1"),
        ("visual", "CH=CH01", "RUN=001"),
    ):
        said = studio.ask(*words, expect=1)
        assert "manifest.json cannot be read" in said and "doit adopt" in said, words
    assert len(inbox(studio, "CH01-001")) == 1 and studio.billed == 0


@pytest.mark.parametrize("stage", ["request", "submit", "fetch", "usage", "gallery"])
def test_a_stage_alone_says_it(studio: Studio, stage: str) -> None:
    """A stage that is asked for by itself works on the other runs, names the damaged one and ends with 1."""
    studio.prompts(story(1))
    studio.prompts({"0001": "別の話"}, OTHER)
    studio.visual("RUN=002")
    place(studio).parent.mkdir()
    place(studio).write_text("{")
    said = studio.ask(stage, "CH=CH01", expect=1)
    assert "CH01-001/_gemini_batch/manifest.json cannot be read" in said and "doit adopt" in said
    assert len(inbox(studio, "CH01-001")) == 1 and studio.billed == 1


def test_an_offline_run_proves_nothing_about_the_real_provider(studio: Studio) -> None:
    """Manifest lost, the next command uses the emulator's slot: the list of the real provider is still owed."""
    assert studio.emulator
    waiting(studio)
    place(studio).unlink()
    studio.visual("SLOT=e-1")
    studio.emulator.fault("refuse", value=503, on="list")
    studio.visual("WAIT=0", expect=1)
    studio.emulator.clear_faults()
    studio.visual("WAIT=0")
    studio.emulator.advance(61)
    studio.visual()
    assert (studio.jobs_created, studio.billed) == (1, 3)


def test_a_job_that_is_known_elsewhere_is_collected_in_peace(studio: Studio) -> None:
    """JOB= of another run: that one comes home, exit 0."""
    assert studio.emulator
    waiting(studio)
    job = waiting(studio, 1, OTHER)
    spoil(studio)
    studio.emulator.advance(61)
    studio.ask("collect", f"JOB={job}")
    assert len(studio.images(OTHER)) == 1


@pytest.mark.parametrize("how", ["half", "foreign"])
def test_only_its_own_run_stops(studio: Studio, how: str) -> None:
    """visual of the channel: the others are made, exit 1; nothing of the run leaves, its file stays."""
    studio.prompts(story(2))
    studio.prompts({"0001": "別の話"}, OTHER)
    place(studio).parent.mkdir()
    before = b'{"version": 1, "run"'
    place(studio).write_bytes(before)
    if how == "foreign":
        job = waiting(studio, 1, "CH02-001")
        before = foreign(studio, "batches/theirs")
        assert job
    said = studio.visual("WAIT=0", expect=1)
    assert "CH01-001/_gemini_batch/manifest.json" in said and "CH01-002: " in said
    assert place(studio).read_bytes() == before
    assert not (studio.run() / "batch_request.jsonl").exists()
    assert [each["state"] for each in studio.manifest(OTHER)["submissions"]] != []
    studio.presets("i-1")
    studio.prompts({"0001": "さらに"}, "CH02-002")
    studio.ask("visual", "CH=CH02", "RUN=002")


def test_thumbnails_and_comparisons_too(studio: Studio) -> None:
    """A channel's thumbnails and a slot of a comparison: named with exit 1 by their commands and by collect."""
    template = {"id": "main", "image_model_key": "g-1", "prompt_template": "{{thumbnail_prompt}}"}
    studio.write("workspaces/thumbnails/templates.json", {"channels": {"CH01": {"templates": [template]}}})
    subjects = {"prompts": [{"episode": "001", "thumbnail_prompt": "月夜"}]}
    studio.write("workspaces/thumbnails/CH01/prompts.json", subjects)
    studio.ask("thumbnails", "CH=CH01")
    studio.prompts(story(1))
    studio.ask("compare", "NAME=duel", "SLOTS=g-1,g-2", "CH=CH01", "RUN=001")
    billed = studio.billed
    for name in ("thumbnails/CH01", "compare/duel/g-1"):
        (studio.folder / "workspaces" / name / "_gemini_batch/manifest.json").write_text("{")
    for words in (("thumbnails", "CH=CH01"), ("thumbnails",), ("compare", "NAME=duel"), ("collect",)):
        said = studio.ask(*words, expect=1)
        assert "manifest.json cannot be read" in said, words
    assert studio.billed == billed


def test_a_foreign_file_is_named_with_its_job(studio: Studio) -> None:
    """A file of another program with a live job: its run stops, its job and format are said, never to remove it."""
    waiting(studio, 1, OTHER)
    studio.prompts(story(2))
    before = foreign(studio, "batches/theirs-42")
    for words in (("visual", "CH=CH01", "RUN=001"), ("collect",), ("status",)):
        said = studio.ask(*words, expect=1)
        assert "another program's" in said and "ytm.gemini_batch_images.v1" in said and "batches/theirs-42" in said
        assert "remove" not in said and "backup" not in said
    assert place(studio).read_bytes() == before and studio.jobs_created == 1


def _their_job(studio: Studio) -> str:
    """A job of another program at the provider, made by its own name; done when made."""
    from google import genai
    from google.genai import types

    assert studio.emulator
    options = types.HttpOptions(base_url=studio.emulator.url)
    client = genai.Client(api_key=studio.emulator.key, http_options=options)
    content = types.Content(role="user", parts=[types.Part(text="山")])
    request = types.InlinedRequest(contents=[content], config={"response_modalities": ["IMAGE"]})
    made = client.batches.create(
        model="gemini-nano-banana-2.1", src=[request], config=types.CreateBatchJobConfig(display_name="theirs")
    )
    assert made.name
    return made.name


@pytest.mark.parametrize(
    ("hours", "goes"),
    [(0, False), (40, False), (49, True)],
)
def test_a_foreign_file_goes_aside_when_its_results_are_gone(studio: Studio, hours: int, goes: bool) -> None:
    """By the provider's clock: while its job has results the run stops; 48 hours later visual goes on, saying so."""
    assert studio.emulator
    job = _their_job(studio)
    billed = studio.billed
    studio.prompts(story(2))
    before = foreign(studio, job)
    studio.emulator.advance(hours * 3600)
    said = studio.visual(expect=0 if goes else 1)
    assert (studio.billed - billed, len(studio.images())) == ((2, 2) if goes else (0, 0))
    assert goes == ("byte for byte" in said)
    kept = aside(studio, before) if goes else place(studio)
    assert kept.read_bytes() == before


def test_a_foreign_job_is_asked_for_at_the_provider_that_names_its_jobs_so(studio: Studio) -> None:
    """A job of OpenAI, whose results last 30 days, is not over because Gemini does not know it after five."""
    studio.prompts(story(1))
    before = foreign(studio, "batch_" + "a1" * 12, "2026-11-18T00:00:00Z")
    studio.visual(expect=1)
    assert place(studio).read_bytes() == before and studio.billed == 0


@pytest.mark.parametrize(
    ("job", "created_at", "goes"),
    [
        (None, "2026-11-23T00:00:00Z", True),
        ("batches/never-heard-of", "2026-11-22T00:00:00Z", False),
        ("batches/never-heard-of", "2026-11-18T00:00:00Z", True),
    ],
)
def test_a_foreign_file_whose_job_nobody_knows(studio: Studio, job: str | None, created_at: str, goes: bool) -> None:
    """Without a job it makes room at once; a job unknown with this key counts until it must be over."""
    studio.prompts(story(1))
    before = foreign(studio, job, created_at)
    studio.visual(expect=0 if goes else 1)
    assert studio.billed == int(goes)
    assert (aside(studio, before) if goes else place(studio)).read_bytes() == before


@pytest.mark.parametrize("edited", [False, True])
def test_a_foreign_file_over_ours_loses_nothing(studio: Studio, edited: bool) -> None:
    """Another program overwrote our manifest with a job open: found again by its name, 0 bought twice."""
    assert studio.emulator
    job = waiting(studio)
    before = foreign(studio, None)
    if edited:
        studio.prompts({"0000": "先頭に足した", **json_texts(studio), "0009": "最後に足した"})
    said = studio.visual("WAIT=0")
    assert aside(studio, before).read_bytes() == before and f"took in {job}" in said
    studio.emulator.advance(200)
    studio.visual()
    count = 5 if edited else 3
    assert (studio.billed, len(studio.images())) == (count, count)
    assert spent(studio) == pytest.approx(usd(studio), abs=1e-5)


def json_texts(studio: Studio) -> dict[str, str]:
    data = json.loads((studio.run() / "prompts.json").read_text())
    return {each["id"]: each["prompt"] for each in data["prompts"]}


def test_a_foreign_file_that_names_our_job(studio: Studio) -> None:
    """It names a job that bears our name: that is found again, so the file makes room and nothing is bought."""
    assert studio.emulator
    job = waiting(studio)
    foreign(studio, job)
    studio.visual("WAIT=0")
    studio.emulator.advance(61)
    studio.visual()
    assert (studio.jobs_created, studio.billed, len(studio.images())) == (1, 3, 3)


@pytest.mark.parametrize("gone", ["manifest", "folder", "all but prompts"])
@pytest.mark.parametrize("slot", ["g-1", "i-1"])
def test_a_lost_manifest_buys_nothing_before_a_list_was_read(studio: Studio, gone: str, slot: str) -> None:
    """The list fails: nothing is bought on either lane, exit 1, said; the list is back: the open job is found."""
    assert studio.emulator
    waiting(studio)
    place(studio).unlink()
    if gone != "manifest":
        place(studio).parent.rmdir()
    if gone == "all but prompts":
        for path in studio.run().iterdir():
            if path.is_file() and path.name != "prompts.json":
                path.unlink()
    studio.emulator.fault("refuse", value=503, on="list")
    for _ in range(2):
        said = studio.visual("WAIT=0", f"SLOT={slot}", expect=1)
        assert "its manifest was lost" in said and "nothing was sent" in said
    assert (studio.jobs_created, studio.billed) == (1, 0)
    studio.emulator.clear_faults()
    studio.visual("WAIT=0")
    studio.emulator.advance(61)
    studio.visual()
    assert (studio.jobs_created, studio.billed, len(studio.images())) == (1, 3, 3)


def test_a_first_run_asks_for_no_list(studio: Studio) -> None:
    """Without any trace of former work a list that fails keeps nothing from being made."""
    assert studio.emulator
    studio.emulator.fault("refuse", value=503, on="list")
    studio.prompts(story(2))
    studio.visual()
    assert (studio.jobs_created, studio.billed) == (1, 2)


def test_a_running_job_that_nobody_understands_stops_its_run(studio: Studio) -> None:
    """Manifest lost and every prompt edited: while the job runs nothing is sent; when done its pictures are kept."""
    assert studio.emulator
    waiting(studio)
    texts = json_texts(studio)
    place(studio).unlink()
    studio.prompts(texts | {"0002": "書き直した文"})
    said = studio.visual("WAIT=0", expect=1)
    assert "which pictures it makes" in said and studio.jobs_created == 1
    studio.emulator.advance(61)
    studio.visual("WAIT=0", expect=0)
    studio.emulator.advance(61)
    studio.visual()
    assert (studio.jobs_created, studio.billed, len(studio.images())) == (2, 4, 3)
    assert spent(studio) == pytest.approx(usd(studio), abs=1e-5)


def test_two_open_jobs_are_both_found(studio: Studio) -> None:
    """A job for the first prompts and one for those added later, both open, manifest lost: both come home."""
    assert studio.emulator
    waiting(studio, 2)
    waiting(studio, 5)
    place(studio).unlink()
    studio.visual("WAIT=0")
    studio.emulator.advance(61)
    studio.visual()
    assert (studio.jobs_created, studio.billed, len(studio.images())) == (2, 5, 5)


def test_ids_never_restart(studio: Studio) -> None:
    """A manifest begun anew goes on counting, so that old lines and caps are never taken for the new submission's."""
    studio.prompts(story(2))
    studio.visual()
    place(studio).unlink()
    studio.prompts(story(3))
    studio.visual()
    assert [each["id"] for each in studio.manifest()["submissions"]] == ["s002"]
    assert [line["submission"] for line in studio.results()] == ["s001", "s001", "s002"]
    assert spent(studio) == pytest.approx(usd(studio), abs=1e-5)


@pytest.mark.parametrize("point", ["sent", "kept", "accepted"])
def test_a_journal_without_a_manifest_is_gone_on_with(studio: Studio, point: str) -> None:
    """Killed on the immediate lane, then the manifest is lost: what the journal tells is on record and paid once."""
    assert studio.emulator
    studio.presets("f-3" if point == "accepted" else "i-1")
    studio.prompts(story(1))
    studio.killed(point)
    before = studio.billed
    place(studio).unlink()
    studio.visual()
    lines = studio.results()
    assert lines[0]["submission"] == "s001" and len(studio.images()) == 1
    assert not list((studio.run() / "_immediate").glob("*"))
    if point == "sent":
        assert lines[0]["cause"] == "maybe_billed" and lines[1]["submission"] == "s002"
        return
    assert (before, studio.billed) == (1, 1)
    assert spent(studio) == pytest.approx(usd(studio), abs=1e-5)


@pytest.mark.parametrize("lost", ["results", "results and manifest"])
@pytest.mark.parametrize("slot", ["g-1", "i-1"])
def test_costs_of_unwanted_pictures_come_back(studio: Studio, slot: str, lost: str) -> None:
    """results.jsonl removed: costs of pictures nobody wants any more come back too; all equals the provider's."""
    studio.presets(slot)
    studio.prompts(story(3))
    studio.visual()
    studio.prompts({"0001": "書き直した", "0007": story(3)["0002"], "0003": story(3)["0003"]})
    studio.visual()
    (studio.run() / "results.jsonl").unlink()
    if "manifest" in lost:
        place(studio).unlink()
    studio.visual()
    assert studio.billed == 4 and len(studio.images()) >= 3
    assert spent(studio) == pytest.approx(usd(studio), abs=1e-5)
    studio.visual()
    assert spent(studio) == pytest.approx(usd(studio), abs=1e-5)


@pytest.mark.parametrize("left", [0.0, 0.75])
def test_results_that_were_emptied_or_cut_are_noticed(studio: Studio, left: float) -> None:
    """A full disk, an editor, a merge: nothing is bought; status says it, and the next command tells all again."""
    studio.prompts(story(2))
    studio.visual()
    path = studio.run() / "results.jsonl"
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * left)])
    assert "1 with something to do" in studio.ask("status")
    assert "2 of 2 pictures" in studio.visual()
    assert (len(studio.results()), studio.billed) == (2, 2)
    assert spent(studio) == pytest.approx(usd(studio), abs=1e-5)
    assert "nothing left to do" in studio.ask("status")


def test_a_run_that_lost_its_results_and_the_store_comes_to_rest(studio: Studio) -> None:
    """Nobody can tell the old lines again; once its pictures are made anew there is nothing left to do."""
    studio.prompts(story(2))
    studio.visual()
    shutil.rmtree(studio.folder / "workspaces" / ".store")
    (studio.run() / "results.jsonl").write_bytes(b"")
    assert "1 with something to do" in studio.ask("status")
    studio.visual()
    assert "nothing left to do" in studio.ask("status")


def test_costs_come_back_when_a_job_was_open(studio: Studio) -> None:
    """results.jsonl removed while a job is on its way: collect brings both home."""
    assert studio.emulator
    studio.prompts(story(2))
    studio.visual()
    studio.emulator.job_seconds(60)
    studio.prompts({"0005": "あとの一枚"})
    studio.visual("WAIT=0")
    (studio.run() / "results.jsonl").unlink()
    studio.emulator.advance(61)
    studio.ask("collect")
    studio.visual()
    assert spent(studio) == pytest.approx(usd(studio), abs=1e-5)


def test_a_provider_without_a_key_keeps_nobody_looking(studio: Studio) -> None:
    """Who was asked since is not asked again; the one that could not be is, before anything goes there."""
    studio.prompts(story(2))
    without = {"OPENAI_API_KEY": ""}
    studio.visual("LIMIT=1", **without)
    shutil.rmtree(studio.run() / "_gemini_batch")
    (studio.run() / "results.jsonl").unlink()
    studio.visual("SLOT=g-1", **without)
    manifest = studio.manifest()
    assert (manifest["look_for_jobs"], manifest["looked_for"]) == (True, ["gemini"]) and studio.billed == 2
    studio.prompts(story(3))
    assert "OPENAI_API_KEY is not set" in studio.visual("SLOT=o-2", "LIMIT=1", expect=1, **without)
    studio.visual("SLOT=o-2", "LIMIT=1")
    assert "look_for_jobs" not in studio.manifest()
