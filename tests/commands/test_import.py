"""A studio moves in: its files stay as they are, what is finished stays, nothing is bought before it is taken in."""

import hashlib
import io
import json
import os
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.support import old_studio
from tests.support.old_studio import PRESET, cue, finished
from tests.support.studio import Studio

A, B, C = "CH51-001", "CH51-002_capcut_v1", "CH52-010_regen_20260115_093000"
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 1234567\n"
JOB = "batches/studioopen0001"


def picture(kind: str = "PNG", size: tuple[int, int] = (1920, 1080), *, plain: bool = False) -> bytes:
    out = io.BytesIO()
    made = (
        Image.new("L", size, 245)
        if plain
        else Image.effect_noise((480, 270), 90).resize(size, Image.Resampling.NEAREST)
    )
    made.convert("RGB").save(out, kind)
    return out.getvalue()


def manifest(run: Path, numbers: list[int], job: str, created_at: str = "2026-01-15T00:30:00Z") -> bytes:
    """What that program writes when it creates a job, and never again."""
    items = [
        {
            "id": f"{run.name}#{number:04d}",
            "run_dir": f"{old_studio.ELSEWHERE}/{run.name}",
            "cue_index": number,
            "output_path": f"{old_studio.ELSEWHERE}/{run.name}/images/{number:04d}.png",
            "prompt_sha256": "0" * 64,
        }
        for number in numbers
    ]
    data = {
        "schema": "ytm.gemini_batch_images.v1",
        "created_at": created_at,
        "channel": None,
        "model": "gemini-2.5-flash-image",
        "input": {"path": "batch_input.jsonl", "uploaded_file": "files/x", "count": len(numbers)},
        "job": {"name": job, "state": "JobState.JOB_STATE_PENDING"},
        "items": items,
    }
    path = run / "_gemini_batch" / "manifest.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data, ensure_ascii=False, indent=2), "utf-8")
    return path.read_bytes()


def half_finished(run: Path) -> None:
    """Three whole pictures, a placeholder, an empty file, a pointer, and one that is too small."""
    images = run / "images"
    images.mkdir()
    for name, data in {
        "0001": picture(),
        "0002": picture(),
        "0003": picture(plain=True),
        "0004": b"",
        "0005": picture("JPEG"),
        "0006": POINTER,
        "0008": picture(size=(1376, 768), plain=True),
    }.items():
        (images / f"{name}.png").write_bytes(data)


def strangers(studio: Studio) -> None:
    """A copy, a report, a superseded run and a published one."""
    copy = studio.run("CH51-002_capcut_v1 のコピー")
    old_studio.cues(copy, [cue(1, "x")])
    manifest(copy, [1], JOB)
    report = studio.run("CH51-QC_report_20260120")
    report.mkdir()
    (report / "report.json").write_text("{}")
    superseded = old_studio.cues(studio.run("CH51-001_regen_20251213_091300"), [cue(1, finished("古い"))])
    os.utime(superseded, (1, 1))
    old_studio.cues(studio.run("CH51-003"), [cue(1, finished("公開済み"))])
    (studio.run("CH51-003") / "capcut_draft").symlink_to("/srv/elsewhere")


def thumbnails(workspaces: Path) -> None:
    """One finished and one to make of a channel with a preset, one of a channel without."""
    rows = [{"動画番号": str(n), old_studio.FIRST: f"舟{n}" if n != 3 else ""} for n in (1, 2, 3)]
    old_studio.planning(workspaces, "CH51", rows)
    old_studio.planning(workspaces, "CH53", [{"動画番号": "003", old_studio.FIRST: "月"}])
    old_studio.templates(workspaces, CH51="背景: {{thumbnail_prompt}}", CH53="{{thumbnail_prompt}}")
    done = workspaces / "thumbnails" / "assets" / "CH51" / "001" / "10_bg.png"
    done.parent.mkdir(parents=True)
    done.write_bytes(picture())


@pytest.fixture
def moved(studio: Studio) -> Studio:
    """Another program's channels, put in place: a fresh run, a half finished one, one with an open job, and more."""
    root = Path(__file__).parents[2]
    (studio.folder / "configs" / "sources.yaml").write_bytes((root / "configs" / "sources.yaml").read_bytes())
    kitchen = PRESET | {"name": "台所", "image_generation": {"model_key": "img-flux-schnell-1"}}
    studio.write("configs/channel_presets.json", {"channels": {"CH51": PRESET, "CH52": kitchen}})
    entries = [cue(n, finished(f"峠{n}")) for n in range(1, 9)]
    entries[2]["asset_relpath"] = "broll/0003.mp4"
    old_studio.cues(studio.run(A), entries)
    (studio.run(A) / "broll").mkdir()
    (studio.run(A) / "broll" / "0003.mp4").write_bytes(b"mp4")
    old_studio.cues(studio.run(B), [cue(n, finished(f"渡し{n}")) for n in range(1, 9)])
    half_finished(studio.run(B))
    manifest(studio.run(B), [1, 2, 5], "batches/studioclosed0001")
    old_studio.cues(studio.run(C), [cue(n, finished(f"大根{n}")) for n in range(1, 5)])
    manifest(studio.run(C), [1, 2, 3, 4], JOB)
    strangers(studio)
    thumbnails(studio.folder / "workspaces")
    return studio


def hashes(studio: Studio) -> dict[str, str]:
    """sha256 of every file under workspaces/."""
    files = (path for path in sorted((studio.folder / "workspaces").rglob("*")) if path.is_file())
    found = {str(path.relative_to(studio.folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    return {name: value for name, value in found.items() if ".locks" not in name}


def rows(studio: Studio) -> dict[str, Any]:
    return {row["run"]: row for row in json.loads(studio.doit("plan", "CH=ALL", "FORMAT=json").stdout)["rows"]}


def asked(studio: Studio) -> int:
    assert studio.emulator
    return int(studio.emulator.ledger()["http_total"])


def test_looking_writes_nothing_asks_nobody_and_counts_right(moved: Studio) -> None:
    """validate, plan, status and import without APPLY=1, in a studio as it was left."""
    before = hashes(moved)
    moved.ask("validate")
    moved.ask("status")
    found = rows(moved)
    counts = {name: [row[key] for key in ("present", "missing", "held", "waiting")] for name, row in found.items()}
    assert counts == {A: [0, 7, 0, 0], B: [3, 4, 1, 0], C: [0, 0, 0, 4]}
    said = moved.ask("import", "CH=ALL")
    assert "CH51: 4 done, 12 would be bought, about $0.20, 1 held" in said
    assert "CH52: 0 done, 0 would be bought, about $0.00, 4 wait for a job of that program" in said
    assert "CH53: 0 done, 1 would be bought, about $0.0168" in said
    assert f"{B}: all pictures of that program's job are here; it is not asked for" in said
    assert f"{C}: {JOB} of 2026-01-15 may still bring 4 pictures" in said
    assert f"{B}: Git LFS has not fetched 0006: git lfs pull" in said
    assert f"{B}: no PNG in spite of its name, and counts: 0005" in said
    assert "CH51: 2 runs more of an episode, or finished: CH51-001_regen_20251213_091300, CH51-003" in said
    assert said.count("gemini-2.5-flash-image (shut down on 2026-10-02)") == 1
    assert "doit import CH=ALL APPLY=1" in said
    assert hashes(moved) == before
    assert asked(moved) == 0


def test_nothing_is_bought_before_it_is_taken_in(moved: Studio) -> None:
    """One line a channel, exit 0; no word anywhere tells to remove anything."""
    before = hashes(moved)
    for command in ("visual", "thumbnails"):
        said = moved.ask(command, "CH=ALL")
        assert said.count("doit import CH=") == 2
    said = "".join(moved.ask(*words) for words in (("validate",), ("status",), ("import", "CH=ALL")))
    for word in ("remove", "delete", "move it out", "move the folder"):
        assert word not in said
    assert hashes(moved) == before
    assert asked(moved) == 0


def test_taken_in_only_what_is_missing_is_bought_and_their_files_stay(moved: Studio) -> None:
    """The job that is long gone is asked for once; then 7 + 4 + 4 pictures and 2 thumbnails, in their sizes; then 0."""
    theirs = hashes(moved)
    manifests = {run: (moved.run(run) / "_gemini_batch" / "manifest.json").read_bytes() for run in (B, C)}
    said = moved.ask("import", "CH=ALL", "APPLY=1")
    assert f"{C}: asked for {JOB} of another program, for 4 pictures: the provider knows no such job (404)" in said
    assert "taken in: CH51, CH52, CH53; nothing was bought" in said
    assert (moved.billed, asked(moved)) == (0, 1)
    note = json.loads((moved.folder / "workspaces" / ".imported.json").read_text())
    assert set(note["channels"]) == {"CH51", "CH52", "CH53"}
    assert note["channels"]["CH51"]["codes"]["img-gemini-flash-1"] == "gemini_nano_banana_2_1"
    for run, data in manifests.items():
        kept = list((moved.run(run) / "_gemini_batch").glob("manifest.????????.json"))
        assert [path.read_bytes() for path in kept] == [data]
    said = moved.ask("visual", "CH=ALL", expect=1)
    assert "git lfs pull" in said
    assert moved.billed == 15
    by_run = {run: [line for line in moved.results(run) if line["provider"] != "yours"] for run in (A, B, C)}
    assert {run: len(lines) for run, lines in by_run.items()} == {A: 7, B: 4, C: 4}
    assert {line["slot"] for line in by_run[C]} == {"f-1"}
    moved.ask("thumbnails", "CH=ALL")
    assert moved.billed == 17
    for run, number in ((A, 1), (B, 3), (B, 8), (C, 4)):
        with Image.open(moved.run(run) / "images" / f"{number:04d}.png") as made:
            assert made.size == (1920, 1080)
    now = hashes(moved)
    replaced = {f"workspaces/video/runs/{B}/images/{number:04d}.png" for number in (3, 4, 8)}
    replaced |= {f"workspaces/video/runs/{run}/_gemini_batch/manifest.json" for run in (B, C)}
    assert {name for name, value in theirs.items() if now.get(name) != value} == replaced
    kept = {path.name.partition(".")[0] for path in (moved.run(B) / "images" / "_kept").iterdir()}
    assert kept == {"0003", "0004", "0008"}
    before = hashes(moved)
    moved.ask("visual", "CH=ALL", expect=1)
    moved.ask("thumbnails", "CH=ALL")
    moved.ask("import", "CH=ALL")
    after = hashes(moved)
    assert moved.billed == 17
    assert after == before


def test_a_finished_channel_on_another_model_with_another_suffix_buys_nothing(moved: Studio) -> None:
    """Its pictures are changed, and come back when the preset does."""
    moved.ask("import", "CH=CH51", "APPLY=1")
    moved.ask("visual", "CH=CH51", "RUN=001")
    billed = moved.billed
    path = moved.folder / "configs" / "channel_presets.json"
    old = path.read_text()
    data = json.loads(old)
    data["channels"]["CH51"]["image_generation"]["model_key"] = "g-2"
    data["channels"]["CH51"]["prompt_suffix"] = "べつの言葉"
    moved.write("configs/channel_presets.json", data)
    assert "7 of 7 pictures, 7 changed, about $" in moved.ask("visual", "CH=CH51", "RUN=001")
    path.write_text(old)
    assert "with RETRY=changed" not in moved.ask("visual", "CH=CH51", "RUN=001")
    assert moved.billed == billed


def made_there(studio: Studio, run: str, texts: list[str]) -> str:
    """A job as that program creates it: requests with metadata.id and no key. Its name at the provider."""
    import google.genai
    from google.genai import types

    assert studio.emulator
    lines = [
        {
            "request": {"contents": [{"role": "user", "parts": [{"text": text}]}]},
            "metadata": {"id": f"{run}#{number:04d}"},
        }
        for number, text in enumerate(texts, 1)
    ]
    data = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()
    options = types.HttpOptions(base_url=studio.emulator.url)
    client = google.genai.Client(api_key=studio.emulator.key, http_options=options)
    kind = types.UploadFileConfig(mime_type="jsonl", display_name="theirs")
    uploaded = client.files.upload(file=io.BytesIO(data), config=kind)
    job = client.batches.create(model="gemini-nano-banana-2.1", src=str(uploaded.name))
    assert job.name
    return job.name


@pytest.fixture
def open_job(moved: Studio) -> Studio:
    """The run's job is known at the provider, of today, and at work."""
    assert moved.emulator
    moved.emulator.job_seconds(3600)
    job = made_there(moved, C, [f"大根{n}" for n in range(1, 5)])
    manifest(moved.run(C), [1, 2, 3, 4], job, "2026-11-23T00:00:00Z")
    return moved


def test_a_job_at_work_is_waited_for_and_its_pictures_are_taken_in(open_job: Studio) -> None:
    """Nothing is sent before; when it is done its four pictures come by their ids, cut to size, for nothing."""
    assert open_job.emulator
    said = open_job.ask("import", "CH=CH52", "APPLY=1")
    assert "nothing is sent for this run before it has ended" in said
    billed = open_job.billed
    said = open_job.ask("visual", "CH=CH52")
    assert "4 on their way" in said
    assert open_job.billed == billed
    open_job.emulator.advance(4000)
    said = open_job.ask("visual", "CH=CH52")
    assert f"{C}: 4 pictures of another program's job came, paid for there" in said
    assert open_job.billed == billed + 4
    assert {line["provider"] for line in open_job.results(C)} == {"yours"}
    for number in range(1, 5):
        with Image.open(open_job.run(C) / "images" / f"{number:04d}.png") as made:
            assert made.size == (1920, 1080)
    assert len(list((open_job.run(C) / "_gemini_batch" / "received").iterdir())) == 4
    open_job.ask("visual", "CH=CH52")
    assert (open_job.billed, open_job.jobs_created) == (billed + 4, 1)


def test_a_picture_that_is_here_stays_when_their_job_brings_another(open_job: Studio) -> None:
    """What somebody put in its place meanwhile is the picture: theirs takes the missing places only."""
    assert open_job.emulator
    open_job.ask("import", "CH=CH52", "APPLY=1")
    place = open_job.run(C) / "images" / "0003.png"
    place.parent.mkdir(exist_ok=True)
    own = picture()
    place.write_bytes(own)
    open_job.emulator.advance(4000)
    assert f"{C}: 3 pictures of another program's job came" in open_job.ask("visual", "CH=CH52")
    assert (place.read_bytes() == own, len(list(place.parent.glob("*.png")))) == (True, 4)


def test_what_their_job_did_not_make_is_bought(open_job: Studio) -> None:
    """Three of four came; the fourth is sent on the channel's slot."""
    assert open_job.emulator
    open_job.emulator.fault("no_image", match="#0002")
    open_job.emulator.advance(4000)
    said = open_job.ask("import", "CH=CH52", "APPLY=1")
    assert "it brought nothing for 0002" in said
    open_job.emulator.clear_faults()
    open_job.ask("visual", "CH=CH52")
    [line] = [line for line in open_job.results(C) if line["provider"] != "yours"]
    assert (line["prompt_id"], line["slot"]) == ("0002", "f-1")


def test_a_young_job_that_nobody_knows_is_held_until_it_is_given_up(moved: Studio) -> None:
    """It may be another account's: exit 1 with how, nothing is sent; RETRY=lost sends."""
    manifest(moved.run(C), [1, 2, 3, 4], JOB, "2026-11-22T12:00:00Z")
    moved.ask("import", "CH=CH52", "APPLY=1", expect=1)
    said = moved.ask("visual", "CH=CH52", expect=1)
    assert "RETRY=lost" in said
    assert moved.billed == 0
    moved.ask("visual", "CH=CH52", "RETRY=lost")
    assert moved.billed == 4


def test_without_a_key_nothing_is_sent_for_a_run_with_an_open_job(moved: Studio) -> None:
    """Nobody can say what comes of it: the run is held, with the reason."""
    moved.ask("import", "CH=CH52", "APPLY=1", expect=1, GEMINI_API_KEY="")
    assert "GEMINI_API_KEY is not set" in moved.ask("visual", "CH=CH52", expect=1, GEMINI_API_KEY="")
    assert moved.billed == 0


def test_a_channel_of_ours_has_nothing_to_take_in(studio: Studio) -> None:
    """Said in one line; APPLY=1 writes nothing either."""
    studio.prompts({"0001": "山"})
    for words in ((), ("APPLY=1",)):
        assert "there is nothing to take in" in studio.ask("import", "CH=CH01", *words)
    assert not (studio.folder / "workspaces" / ".imported.json").exists()


def test_a_rehearsal_on_e_1_costs_nothing_and_leaves_what_is_finished(moved: Studio) -> None:
    """Placeholders take the missing places only; the next command makes the real ones."""
    moved.ask("import", "CH=CH51", "APPLY=1")
    whole = {number: (moved.run(B) / "images" / f"{number:04d}.png").read_bytes() for number in (1, 2, 5)}
    moved.ask("visual", "CH=CH51", "SLOT=e-1", expect=1)
    assert moved.billed == 0
    assert {line["provider"] for line in moved.results(A)} == {"emulator"}
    moved.ask("visual", "CH=CH51", expect=1)
    assert moved.billed == 11
    for number, data in whole.items():
        assert (moved.run(B) / "images" / f"{number:04d}.png").read_bytes() == data
