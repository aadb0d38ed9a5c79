"""The emulator's memory and clock: what survives, what expires, who sees what, and that it is always the same."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.genai import errors

from tasks.emulator.world.output_file import OutputFiles
from tests.support.emulator_process import ROOT, EmulatorProcess
from tests.support.gemini_wire import client, create, jsonl, line, picture, raw, raw_results, results, upload

HOUR = 3600
NOON = "2026-11-23T12:00:00Z"


def state(emulator: EmulatorProcess, job: str) -> str:
    return str(raw("GET", f"{emulator.url}/v1beta/{job}", emulator.key)[1]["metadata"]["state"])


def code(call: object) -> int:
    with pytest.raises(errors.APIError) as caught:
        call()  # type: ignore[operator]
    return int(caught.value.code)


def test_job_survives_the_process(tmp_path: Path) -> None:
    """A job submitted to one process is fetched from another, a day later, after the first was killed."""
    emulator = EmulatorProcess(tmp_path / "state", "--job-seconds", "3600").start()
    job = create(client(emulator.url, emulator.key), line("a"))
    emulator.kill()
    with EmulatorProcess(tmp_path / "state") as later:
        assert state(later, job) == "BATCH_STATE_PENDING"
        later.advance(24 * HOUR)
        assert [result["key"] for result in results(client(later.url, later.key), job)] == ["a"]
        assert (later.ledger()["jobs_created"], later.ledger()["requests_billed"]) == (1, 1)


def test_two_processes_share_one_state(tmp_path: Path) -> None:
    """Two emulators over one state give every job once and bill every answer once."""
    with EmulatorProcess(tmp_path / "s", "--job-seconds", "0") as one, EmulatorProcess(tmp_path / "s") as two:
        sides = [client(side.url, side.key) for side in (one, two)]
        jobs = [create(sdk, line("a"), name=f"run-{number}") for number, sdk in enumerate(sides)]
        assert len(set(jobs)) == 2
        assert raw_results(sides[0], jobs[1]) == raw_results(sides[1], jobs[1])
        assert one.ledger()["requests_billed"] == two.ledger()["requests_billed"] == 2


def test_equal_calls_get_equal_bytes(tmp_path: Path) -> None:
    """With a standing clock, two emulators fed the same calls answer the same, byte for byte."""

    def told(folder: str) -> list[object]:
        with EmulatorProcess(tmp_path / folder, "--job-seconds", "0", "--clock", NOON) as emulator:
            sdk = client(emulator.url, emulator.key)
            job = create(sdk, line("a", "雪"), line("b", "波"))
            seen = [raw("GET", f"{emulator.url}/v1beta/{name}", emulator.key)[1] for name in (job, "batches", "files")]
            return [*seen, raw_results(sdk, job), emulator.ledger()]

    assert told("one") == told("two")


def test_job_moves_with_the_clock_only(tmp_path: Path) -> None:
    """With a standing clock a job stays where it is; moved on, it runs, counts, and ends when its time is over."""
    with EmulatorProcess(tmp_path / "s", "--job-seconds", "100", "--clock", NOON) as emulator:
        job = create(client(emulator.url, emulator.key), *(line(str(number)) for number in range(8)))
        assert state(emulator, job) == "BATCH_STATE_PENDING"
        emulator.advance(60)
        metadata = raw("GET", f"{emulator.url}/v1beta/{job}", emulator.key)[1]["metadata"]
        assert metadata["state"] == "BATCH_STATE_RUNNING"
        assert metadata["batchStats"] == {
            "requestCount": "8",
            "successfulRequestCount": "4",
            "pendingRequestCount": "4",
        }
        emulator.advance(40)
        metadata = raw("GET", f"{emulator.url}/v1beta/{job}", emulator.key)[1]["metadata"]
        assert metadata["state"] == "BATCH_STATE_SUCCEEDED"
        assert metadata["endTime"].startswith("2026-11-23T12:01:40")


def test_cancelled_job_bills_what_it_reached(tmp_path: Path) -> None:
    """A job cancelled half way has billed its first half and keeps no results."""
    with EmulatorProcess(tmp_path / "s", "--job-seconds", "100", "--clock", NOON) as emulator:
        sdk = client(emulator.url, emulator.key)
        job = create(sdk, *(line(str(number)) for number in range(8)))
        emulator.advance(60)
        sdk.batches.cancel(name=job)
        emulator.advance(HOUR)
        body = raw("GET", f"{emulator.url}/v1beta/{job}", emulator.key)[1]
        assert body["metadata"]["state"] == "BATCH_STATE_CANCELLED" and "output" not in body["metadata"]
        assert [row["key"] for row in emulator.ledger()["billed"]] == ["0", "1", "2", "3"]


def test_results_and_files_live_48_hours(emulator: EmulatorProcess) -> None:
    """48 hours after its end a job still says SUCCEEDED but its results are 403, and so is the uploaded file."""
    sdk = client(emulator.url, emulator.key)
    file = upload(sdk, jsonl(line("a")))
    job = sdk.batches.create(model="emulator-image", src=file).name
    emulator.advance(47 * HOUR)
    assert sdk.files.get(name=file).name == file and len(results(sdk, job)) == 1
    emulator.advance(2 * HOUR)
    assert state(emulator, job) == "BATCH_STATE_SUCCEEDED"
    assert code(lambda: raw_results(sdk, job)) == 403
    assert code(lambda: sdk.files.get(name=file)) == 403
    assert raw("GET", f"{emulator.url}/v1beta/files", emulator.key)[1] == {}


def test_pending_job_expires_after_48_hours(emulator: EmulatorProcess) -> None:
    """A job stuck in the queue is EXPIRED after 48 hours, without results and without a bill."""
    emulator.fault("stuck_pending")
    job = create(client(emulator.url, emulator.key), line("a"))
    emulator.advance(47 * HOUR)
    assert state(emulator, job) == "BATCH_STATE_PENDING"
    emulator.advance(1 * HOUR + 1)
    body = raw("GET", f"{emulator.url}/v1beta/{job}", emulator.key)[1]
    assert body["metadata"]["state"] == "BATCH_STATE_EXPIRED" and body["done"] and "response" not in body
    assert emulator.ledger()["requests_billed"] == 0


def test_other_keys_see_nothing(emulator: EmulatorProcess) -> None:
    """Another key gets 404 for the job, 403 for the file and the results, and empty lists."""
    mine, theirs = client(emulator.url, emulator.key), client(emulator.url, "other-key")
    file = upload(mine, jsonl(line("a")))
    job = mine.batches.create(model="emulator-image", src=file).name
    output = f"files/batch-{job.removeprefix('batches/')}"
    assert code(lambda: theirs.batches.get(name=job)) == 404
    assert code(lambda: theirs.files.get(name=file)) == 403
    assert code(lambda: theirs.files.download(file=output)) == 403
    assert code(lambda: theirs.batches.create(model="emulator-image", src=file)) == 403
    for name in ("batches", "files"):
        assert raw("GET", f"{emulator.url}/v1beta/{name}", "other-key")[1] == {}


def test_large_upload_comes_in_pieces(emulator: EmulatorProcess) -> None:
    """A file of over 16 MiB arrives in three pieces and whole."""
    sdk = client(emulator.url, emulator.key)
    data = b"x" * (17 << 20)
    file = sdk.files.get(name=upload(sdk, data))
    assert file.size_bytes == len(data)
    assert emulator.ledger()["requests"]["upload_chunk"] == 3


def test_input_may_be_deleted_once_the_job_exists(emulator: EmulatorProcess) -> None:
    """The job keeps its own copy of the requests."""
    sdk = client(emulator.url, emulator.key)
    file = upload(sdk, jsonl(line("a")))
    job = sdk.batches.create(model="emulator-image", src=file).name
    sdk.files.delete(name=file)
    assert [result["key"] for result in results(sdk, job)] == ["a"]


@pytest.mark.parametrize(("data", "word"), [(b"", "no requests"), (b'{"key": "a"\n', "line 1"), (b"[1]\n", "Line 1")])
def test_unreadable_input_fails_the_job(emulator: EmulatorProcess, data: bytes, word: str) -> None:
    """A file that is not JSON lines makes a FAILED job whose top-level error says where; nothing is billed."""
    sdk = client(emulator.url, emulator.key)
    job = sdk.batches.create(model="emulator-image", src=upload(sdk, data)).name
    body = raw("GET", f"{emulator.url}/v1beta/{job}", emulator.key)[1]
    assert body["metadata"]["state"] == "BATCH_STATE_FAILED"
    assert body["error"]["code"] == 3 and word in body["error"]["message"]
    assert emulator.ledger()["requests_billed"] == 0


def test_wrong_requests_fail_their_lines(emulator: EmulatorProcess) -> None:
    """What the model cannot do, an unknown field and an empty prompt are error 3 in their own lines."""
    wrong = [
        line("ratio", imageConfig={"aspectRatio": "7:5"}),
        line("size", imageConfig={"imageSize": "512"}),
        line("field", aspectRatio="16:9"),
        line("level", thinkingConfig={"thinkingLevel": "extreme"}),
        line("empty", text=" "),
        {"key": "bare"},
    ]
    sdk = client(emulator.url, emulator.key)
    job = create(sdk, *wrong, line("fine"))
    by_key = {result["key"]: result for result in results(sdk, job)}
    assert {key for key, result in by_key.items() if result.get("error", {}).get("code") == 3} == set(by_key) - {"fine"}
    assert [row["key"] for row in emulator.ledger()["billed"]] == ["fine"]


def test_extra_fields_come_back(emulator: EmulatorProcess) -> None:
    """Fields beside the request are echoed, arrays as empty ones; a line without key comes back without key."""
    sdk = client(emulator.url, emulator.key)
    job = create(sdk, line(None) | {"metadata": {"id": "CH01-251#0001"}, "note": "朝", "tags": ["a"]})
    (result,) = results(sdk, job)
    assert (result["metadata"], result["note"], result["tags"]) == ({"id": "CH01-251#0001"}, "朝", [])
    assert "key" not in result


@pytest.mark.parametrize(
    ("model", "config", "magic", "tokens"),
    [
        ("emulator-image", {}, b"\x89PNG", 1120),
        ("gemini-nano-banana-2.1", {"imageConfig": {"aspectRatio": "16:9", "imageSize": "2K"}}, b"\xff\xd8\xff", 1680),
        ("gemini-3-pro-image", {"image_config": {"aspect_ratio": "9:16", "image_size": "4K"}}, b"\xff\xd8\xff", 2000),
    ],
)
def test_pictures_are_as_asked(
    emulator: EmulatorProcess, model: str, config: dict[str, object], magic: bytes, tokens: int
) -> None:
    """Format follows the model, image tokens follow the size, both field spellings work."""
    sdk = client(emulator.url, emulator.key)
    (result,) = results(sdk, create(sdk, line("a", **config), model=model))
    assert picture(result)[1].startswith(magic)
    assert emulator.ledger()["billed"][0]["image_tokens"] == tokens


def test_thinking_is_counted_apart(emulator: EmulatorProcess) -> None:
    """Thoughts are billed as text but stand in thoughtsTokenCount only; at level minimal there are none."""
    sdk = client(emulator.url, emulator.key)
    levels = [line(level, thinkingConfig={"thinkingLevel": level}) for level in ("minimal", "MEDIUM")]
    job = create(sdk, *levels, model="gemini-nano-banana-2.1")
    minimal, medium = (result["response"]["usageMetadata"] for result in results(sdk, job))
    assert "thoughtsTokenCount" not in minimal and medium["thoughtsTokenCount"] >= 500
    assert medium["candidatesTokenCount"] == minimal["candidatesTokenCount"]
    cheap, dear = emulator.ledger()["billed"]
    assert dear["usd"] - cheap["usd"] == pytest.approx(medium["thoughtsTokenCount"] * 7.5 / 2 / 1_000_000)


def test_at_most_100_jobs_at_a_time(tmp_path: Path) -> None:
    """The 101st live job is refused with 429 and is not made."""
    with EmulatorProcess(tmp_path / "s", "--job-seconds", "3600") as emulator:
        sdk = client(emulator.url, emulator.key)
        file = upload(sdk, jsonl(line("a")))
        for _ in range(100):
            sdk.batches.create(model="emulator-image", src=file)
        assert code(lambda: sdk.batches.create(model="emulator-image", src=file)) == 429
        assert emulator.ledger()["jobs_created"] == 100


def test_large_output_is_sent_while_it_is_painted(tmp_path: Path) -> None:
    """The first lines of a result file can be read before its last one exists; whole, it is a file like any other."""
    first_was_read = threading.Event()

    def lines() -> Iterator[bytes]:
        yield b"one\n"
        assert first_was_read.wait(30)
        yield b"two\n"

    files = OutputFiles(tmp_path)
    growing = files.make("job", lines)
    assert not growing.wait(0) and files.find("job") is None
    pieces = growing.pieces()
    assert next(pieces) == b"one\n"
    first_was_read.set()
    assert b"".join(pieces) == b"two\n"
    whole = files.find("job")
    assert whole is not None and whole.read_bytes() == b"one\ntwo\n"


def test_control_is_not_counted(emulator: EmulatorProcess) -> None:
    """Looking at the ledger, the clock, the faults and the jobs leaves the ledger empty."""
    for _ in range(2):
        ledger = emulator.ledger()
        emulator.advance(1)
        emulator.jobs()
    assert ledger == {"requests": {}, "http_total": 0, "jobs_created": 0, "requests_billed": 0, "billed": [], "usd": 0}


def test_emulator_ends_when_its_starter_does(tmp_path: Path) -> None:
    """With --until-stdin-closes it ends by itself, with status 0, when standard input ends."""
    command = [sys.executable, "-m", "tasks.emulator", "--state", str(tmp_path), "--until-stdin-closes"]
    done = subprocess.run(command, cwd=ROOT, input=b"", capture_output=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"GOOGLE_GEMINI_BASE_URL=http://127.0.0.1:" in done.stdout


def test_emulator_imports_nothing_else_of_tasks() -> None:
    """It is a program of its own: no module of it imports another room of the project."""
    folder = ROOT / "tasks" / "emulator"
    for path in folder.rglob("*.py"):
        most = len(path.relative_to(folder).parts)
        for text in path.read_text().splitlines():
            assert not text.startswith(("from tasks", "import tasks", "from ." + most * ".")), f"{path.name}: {text}"
