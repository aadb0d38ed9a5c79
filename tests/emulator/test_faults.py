"""Every fault of the emulator, seen through the real client: what the client gets, and what the provider books."""

import io
import json
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from google import genai
from google.genai import errors
from PIL import Image

from tasks.emulator.world.faults import CATALOGUE
from tests.support.emulator_process import EmulatorProcess
from tests.support.gemini_wire import client, create, jsonl, line, picture, raw, raw_results, results, upload


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatorProcess]:
    with EmulatorProcess(tmp_path_factory.mktemp("emulator"), "--job-seconds", "0") as process:
        yield process


@pytest.fixture
def faulty(shared: EmulatorProcess) -> Iterator[EmulatorProcess]:
    """The emulator of this module, without the faults of the test before."""
    yield shared
    shared.clear_faults()


@pytest.fixture
def sdk(faulty: EmulatorProcess) -> genai.Client:
    return client(faulty.url, faulty.key)


def count(emulator: EmulatorProcess, name: str) -> int:
    value = emulator.ledger()
    return int(value[name] if name in value else value["requests"].get(name, 0))


def operation(emulator: EmulatorProcess, job: str) -> dict[str, Any]:
    return raw("GET", f"{emulator.url}/v1beta/{job}", emulator.key)[1]


# Transport


@pytest.mark.parametrize("status", [429, 500, 503, 403, 404])
def test_refused_create_makes_no_job(faulty: EmulatorProcess, sdk: genai.Client, status: int) -> None:
    """A refusal answers its status once, makes no job, and the next create works."""
    faulty.fault("refuse", value=status, on="create", times=1)
    jobs = count(faulty, "jobs_created")
    with pytest.raises(errors.APIError) as caught:
        create(sdk, line("a"))
    assert caught.value.code == status
    assert count(faulty, "jobs_created") == jobs
    create(sdk, line("a"))


def test_refusal_names_when_to_come_back(faulty: EmulatorProcess, sdk: genai.Client) -> None:
    """retry_after stands in the Retry-After header."""
    faulty.fault("refuse", value=429, on="list", retry_after=7)
    with pytest.raises(errors.ClientError) as caught:
        list(sdk.batches.list())
    assert caught.value.response.headers["Retry-After"] == "7"


@pytest.mark.parametrize(
    ("fault", "options", "error"),
    [
        ("lost_reply", {}, httpx2.TransportError),
        ("lost_reply_503", {}, errors.ServerError),
        ("lost_reply_timeout", {"value": 30}, httpx2.TimeoutException),
    ],
)
def test_lost_reply_leaves_a_job(
    faulty: EmulatorProcess, fault: str, options: dict[str, Any], error: type[Exception]
) -> None:
    """The job exists although its creator saw an error, and the listing shows it under its display name."""
    sdk = genai.Client(api_key=faulty.key, http_options={"base_url": faulty.url, "timeout": 1000})
    file = upload(sdk, jsonl(line("a")))
    faulty.fault(fault, on="create", times=1, match=f"lost by {fault}", **options)
    jobs = count(faulty, "jobs_created")
    with pytest.raises(error):
        sdk.batches.create(model="emulator-image", src=file, config={"display_name": f"lost by {fault}"})
    assert count(faulty, "jobs_created") == jobs + 1
    assert f"lost by {fault}" in [job.display_name for job in sdk.batches.list()]


def test_reset_does_nothing(faulty: EmulatorProcess, sdk: genai.Client) -> None:
    """A reset before acting makes no job."""
    file = upload(sdk, jsonl(line("a")))
    faulty.fault("reset", on="create", times=1)
    jobs = count(faulty, "jobs_created")
    with pytest.raises(httpx2.TransportError):
        sdk.batches.create(model="emulator-image", src=file)
    assert count(faulty, "jobs_created") == jobs


def test_html_502_is_no_json(faulty: EmulatorProcess, sdk: genai.Client) -> None:
    """A proxy's page reaches the client as text."""
    faulty.fault("html_502", on="get", times=1)
    job = create(sdk, line("a"))
    with pytest.raises(errors.ServerError) as caught:
        sdk.batches.get(name=job)
    assert (caught.value.code, caught.value.status) == (502, "Bad Gateway")


def test_slow_operation_is_done_in_the_end(faulty: EmulatorProcess, sdk: genai.Client) -> None:
    """A slow answer is late, not wrong."""
    faulty.fault("slow", value=0.3, on="list")
    started = time.monotonic()
    list(sdk.batches.list())
    assert time.monotonic() - started >= 0.3


def test_every_second_request_is_struck(faulty: EmulatorProcess, sdk: genai.Client) -> None:
    """`every` counts candidates: of four calls the second and fourth fail."""
    faulty.fault("refuse", value=503, on="model_get", every=2)
    seen = []
    for _ in range(4):
        try:
            sdk.models.get(model="emulator-image")
            seen.append(200)
        except errors.ServerError as error:
            seen.append(error.code)
    assert seen == [200, 503, 200, 503]


# Upload and listing


def test_upload_without_file_is_a_key_error(faulty: EmulatorProcess, sdk: genai.Client) -> None:
    """200 without "file" reaches the caller as KeyError, as with the provider in October 2025."""
    faulty.fault("upload_without_file", times=1)
    with pytest.raises(KeyError, match="file"):
        upload(sdk, b"{}\n")


def test_refused_mime_type_is_named(faulty: EmulatorProcess, sdk: genai.Client) -> None:
    """Only the MIME type in question is refused."""
    faulty.fault("mime_refused", value="application/jsonl")
    with pytest.raises(errors.ClientError, match="Unsupported MIME type: application/jsonl"):
        upload(sdk, b"{}\n")
    assert sdk.files.upload(file=io.BytesIO(b"{}\n"), config={"mime_type": "application/json"}).name


def test_lost_chunk_is_sent_again(faulty: EmulatorProcess, sdk: genai.Client) -> None:
    """A chunk refused once arrives with the client's own second try."""
    faulty.fault("refuse", value=503, on="upload_chunk", times=1)
    assert sdk.files.get(name=upload(sdk, b"12345\n")).size_bytes == 6


def test_listing_lags_behind(faulty: EmulatorProcess, sdk: genai.Client) -> None:
    """A new job is missing from two listings while get knows it, then it is there."""
    job = create(sdk, line("a"), name="late")
    faulty.fault("list_lag", match="late", times=2)
    assert [job in [item.name for item in sdk.batches.list()] for _ in range(3)] == [False, False, True]
    faulty.fault("list_lag", value=60, match="late")
    assert job not in [item.name for item in sdk.batches.list()]
    assert sdk.batches.get(name=job).name == job
    faulty.advance(61)
    assert job in [item.name for item in sdk.batches.list()]


# How jobs end


@pytest.mark.parametrize(
    ("fault", "state", "lines", "billed"),
    [
        ("expired", "EXPIRED", None, 0),
        ("failed", "FAILED", None, 0),
        ("cancelled_without_output", "CANCELLED", None, 2),
        ("cancelled_with_output", "CANCELLED", 2, 2),
        ("every_request_failed", "SUCCEEDED", 4, 0),
    ],
)
def test_job_ends_badly(
    faulty: EmulatorProcess, sdk: genai.Client, fault: str, state: str, lines: int | None, billed: int
) -> None:
    """Each bad end has its state, its results or none, and bills what was worked on."""
    before = count(faulty, "requests_billed")
    faulty.fault(fault, times=1)
    job = create(sdk, *(line(str(number)) for number in range(4)))
    body = operation(faulty, job)
    assert body["metadata"]["state"] == f"BATCH_STATE_{state}" and body["done"]
    assert ("output" in body["metadata"]) == (lines is not None)
    assert ("error" in body) == (state in ("FAILED", "CANCELLED"))
    if lines is not None:
        assert len(results(sdk, job)) == lines
    assert count(faulty, "requests_billed") == before + billed


def test_failed_lines_are_counted(faulty: EmulatorProcess, sdk: genai.Client) -> None:
    """A SUCCEEDED job may have failed in every request; the counts say so."""
    faulty.fault("every_request_failed", value=14)
    job = create(sdk, line("a"), line("b"))
    assert operation(faulty, job)["metadata"]["batchStats"] == {"requestCount": "2", "failedRequestCount": "2"}
    assert [result["error"]["code"] for result in results(sdk, job)] == [14, 14]


def test_cancel_can_lose_the_race(faulty: EmulatorProcess, sdk: genai.Client) -> None:
    """A cancel that came too late answers 200, and the job succeeds."""
    faulty.job_seconds(60)
    job = create(sdk, line("a"))
    faulty.fault("cancel_loses_race")
    sdk.batches.cancel(name=job)
    faulty.advance(60)
    faulty.job_seconds(0)
    assert operation(faulty, job)["metadata"]["state"] == "BATCH_STATE_SUCCEEDED"


def test_cancelled_job_may_keep_results(faulty: EmulatorProcess, sdk: genai.Client) -> None:
    """With cancel_leaves_output the finished part can be fetched."""
    faulty.job_seconds(100)
    job = create(sdk, *(line(str(number)) for number in range(4)))
    faulty.job_seconds(0)
    faulty.fault("cancel_leaves_output")
    faulty.advance(65)
    sdk.batches.cancel(name=job)
    assert [result["key"] for result in results(sdk, job)] == ["0", "1"]


@pytest.mark.parametrize("state", ["SUCCEEDED", "FAILED", "CANCELLED", "EXPIRED"])
def test_state_can_be_ordered(faulty: EmulatorProcess, sdk: genai.Client, state: str) -> None:
    """/_emulator/jobs puts a job that hangs into any end."""
    faulty.fault("stuck_pending", times=1)
    job = create(sdk, line("a"))
    assert operation(faulty, job)["metadata"]["state"] == "BATCH_STATE_PENDING"
    faulty.force(job, state)
    body = operation(faulty, job)
    assert body["metadata"]["state"] == f"BATCH_STATE_{state}"
    assert ("output" in body["metadata"]) == (state == "SUCCEEDED")


# Result lines


def parts(result: dict[str, Any]) -> list[dict[str, Any]]:
    return list(result["response"]["candidates"][0]["content"]["parts"])


def opened(result: dict[str, Any]) -> Image.Image:
    """The picture of a line, read to its end."""
    image = Image.open(io.BytesIO(picture(result)[1]))
    image.load()
    return image


ENDS = {
    "request_error": lambda result: result["error"]["code"] == 13,
    "request_status": lambda result: result["status"]["code"] == 13,
    "response_error": lambda result: result["response"]["error"]["code"] == 13,
    "blocked_prompt": lambda result: result["response"]["promptFeedback"] == {"blockReason": "PROHIBITED_CONTENT"},
    "safety": lambda result: result["response"]["candidates"][0]["finishReason"] == "SAFETY",
    "no_image": lambda result: result["response"]["candidates"][0]["finishReason"] == "NO_IMAGE",
    "finish": lambda result: result["response"]["candidates"][0]["finishReason"] == "IMAGE_OTHER",
    "text_only": lambda result: "inlineData" not in json.dumps(result) and "text" in json.dumps(result),
    "empty_picture": lambda result: picture(result)[1] == b"",
    "draft_thought": lambda result: result["response"]["candidates"][0]["content"]["parts"][0]["thought"],
    "as_jpeg": lambda result: picture(result)[1].startswith(b"\xff\xd8\xff"),
    "as_png": lambda result: picture(result)[1].startswith(b"\x89PNG"),
    "as_avif": lambda result: picture(result) == ("image/avif", picture(result)[1]) and opened(result).format == "AVIF",
    "as_gif": lambda result: opened(result).format == "GIF",
    "stray_bytes": lambda result: opened(result).format == "JPEG" and picture(result)[1][20:23] == b"abc",
    "labelled": lambda result: picture(result)[0] == "application/octet-stream" and opened(result),
    "thought_only": lambda result: parts(result)[-1]["thought"] is True and "inlineData" in parts(result)[-1],
    "address": lambda result: parts(result)[-1]["fileData"]["fileUri"].startswith("https://"),
    "split_without_image": lambda result: (
        result["response"]["usageMetadata"]["candidatesTokensDetails"] == [{"modality": "TEXT", "tokenCount": 10}]
    ),
    "key_last": lambda result: list(result)[-1] == "key",
}
FREE = {"request_error", "request_status", "response_error"}


@pytest.mark.parametrize("fault", ENDS)
def test_one_line_is_struck(faulty: EmulatorProcess, sdk: genai.Client, fault: str) -> None:
    """The fault strikes the line whose key matches and no other; errors are free, everything else is billed."""
    before = count(faulty, "requests_billed")
    faulty.fault(fault, match="0002")
    first, second = results(sdk, create(sdk, line("0001"), line("0002")))
    assert (first["key"], second["key"]) == ("0001", "0002")
    assert picture(first)[1].startswith(b"\x89PNG") and next(iter(first)) == "key"
    assert ENDS[fault](second)
    assert count(faulty, "requests_billed") == before + (1 if fault in FREE else 2)


@pytest.mark.parametrize("fault", ["truncated_png", "truncated_jpeg", "corrupt_png"])
def test_damaged_picture_does_not_decode(faulty: EmulatorProcess, sdk: genai.Client, fault: str) -> None:
    """It begins like a picture and is none."""
    faulty.fault(fault)
    (result,) = results(sdk, create(sdk, line("a"), model="gemini-nano-banana-2.1"))
    mime, data = picture(result)
    assert mime == ("image/jpeg" if "jpeg" in fault else "image/png")
    with pytest.raises((OSError, SyntaxError)):
        Image.open(io.BytesIO(data)).load()


def test_corrupt_png_differs_in_a_checksum_only(faulty: EmulatorProcess, sdk: genai.Client) -> None:
    """Every chunk of a corrupt PNG is complete, but one CRC does not fit."""
    faulty.fault("corrupt_png")
    (result,) = results(sdk, create(sdk, line("a")))
    data, position, wrong = picture(result)[1], 8, 0
    while position < len(data):
        length = int.from_bytes(data[position : position + 4])
        body, crc = data[position + 4 : position + 8 + length], data[position + 8 + length : position + 12 + length]
        wrong += zlib.crc32(body) != int.from_bytes(crc)
        position += 12 + length
    assert (wrong, position) == (1, len(data))


def test_lines_go_astray(faulty: EmulatorProcess, sdk: genai.Client) -> None:
    """Missing, duplicated, unknown and malformed lines stand in one file, and each request is billed once."""
    before = count(faulty, "requests_billed")
    for fault, key in (("missing", "a"), ("duplicated", "b"), ("unknown_key", "c"), ("malformed", "d")):
        faulty.fault(fault, match=key)
    data = raw_results(sdk, create(sdk, *(line(key) for key in "abcd")))
    *whole, cut = data.strip().split(b"\n")
    assert [json.loads(item)["key"] for item in whole] == ["b", "b", "c", "nobody-sent-this-3"]
    with pytest.raises(ValueError, match="Unterminated"):
        json.loads(cut)
    assert count(faulty, "requests_billed") == before + 4


def test_order_is_not_kept(faulty: EmulatorProcess, sdk: genai.Client) -> None:
    """Shuffled results hold the same keys in another order."""
    faulty.fault("shuffle")
    keys = [f"{number:02}" for number in range(12)]
    seen = [result["key"] for result in results(sdk, create(sdk, *(line(key) for key in keys)))]
    assert seen != keys and sorted(seen) == keys


def test_unusual_bytes_are_still_json(faulty: EmulatorProcess, sdk: genai.Client) -> None:
    """Raw U+2028, spaces, escaped slashes, CR LF and no last newline change bytes, not the meaning of a line."""
    for fault in ("line_separator", "spaced_json", "escaped_slashes", "crlf", "no_final_newline"):
        faulty.fault(fault)
    data = raw_results(sdk, create(sdk, line("a"), line("b")))
    assert data.count(b"\r\n") == 1 and not data.endswith(b"\n")
    assert "\u2028".encode() in data and b'"data": "' in data and b"\\/" in data
    assert [json.loads(item)["key"] for item in data.split(b"\n")] == ["a", "b"]
    assert all(picture(json.loads(item))[1].startswith(b"\x89PNG") for item in data.split(b"\n"))


def test_output_may_be_empty(faulty: EmulatorProcess, sdk: genai.Client) -> None:
    """An empty result file of a job that succeeded, and was billed."""
    faulty.fault("empty_output")
    assert raw_results(sdk, create(sdk, line("a"))) == b""


def test_fault_can_be_used_up_by_lines(faulty: EmulatorProcess, sdk: genai.Client) -> None:
    """`times` counts lines over all jobs: once struck, the next job of the same key is fine."""
    faulty.fault("no_image", times=1)
    kinds = []
    for _ in range(2):
        (result,) = results(sdk, create(sdk, line("a")))
        kinds.append(result["response"]["candidates"][0]["finishReason"])
    assert kinds == ["NO_IMAGE", "STOP"]


def test_immediate_lane_can_be_struck_too(faulty: EmulatorProcess, sdk: genai.Client) -> None:
    """A line fault strikes generateContent; `match` looks at the prompt."""
    faulty.fault("safety", match="嵐")
    faulty.fault("request_error", value=14, match="雷")
    answer = sdk.models.generate_content(model="emulator-image", contents="嵐の海")
    assert answer.candidates[0].finish_reason.name == "SAFETY"
    with pytest.raises(errors.ServerError):
        sdk.models.generate_content(model="emulator-image", contents="雷")


# Download


def test_cut_download_with_length_is_noticed(faulty: EmulatorProcess, sdk: genai.Client) -> None:
    """Fewer bytes than announced is a protocol error."""
    job = create(sdk, line("a"))
    faulty.fault("cut", value=1234, times=1)
    with pytest.raises(httpx2.RemoteProtocolError):
        raw_results(sdk, job)
    assert len(results(sdk, job)) == 1


def test_cut_download_without_length_is_not_noticed(faulty: EmulatorProcess, sdk: genai.Client) -> None:
    """Without Content-Length the client takes what came for the whole."""
    job = create(sdk, line("a"))
    faulty.fault("cut_silently", value=1234, times=1)
    assert len(raw_results(sdk, job)) == 1234


@pytest.mark.parametrize(
    ("fault", "value", "begins"),
    [
        *[
            ("instead", "web_page", b"<!doctype html>"),
            ("instead", "error", b'{"error"'),
            ("instead", "gzip", b"\x1f\x8b"),
        ],
        *[("instead", "utf_16", b"\xff\xfe{"), ("instead", "bom", b"\xef\xbb\xbf{"), ("short", 1, b'{"key":"a"')],
    ],
)
def test_something_else_in_place_of_the_file(
    faulty: EmulatorProcess, sdk: genai.Client, fault: str, value: object, begins: bytes
) -> None:
    """Status 200 and another body, as often as the fault says; then the file again."""
    job = create(sdk, line("a"), line("b"))
    faulty.fault(fault, value=value, times=1)
    spoiled = raw_results(sdk, job)
    assert spoiled.startswith(begins) and (fault != "short" or spoiled.count(b"\n") == 1)
    assert [each["key"] for each in results(sdk, job)] == ["a", "b"]


def test_a_picture_is_damaged_on_its_way(faulty: EmulatorProcess, sdk: genai.Client) -> None:
    """One byte of the download is another one, its length is right; the next download is whole."""
    job = create(sdk, line("a"))
    faulty.fault("damaged", times=1)
    spoiled, whole = raw_results(sdk, job), raw_results(sdk, job)
    assert len(spoiled) == len(whole) and sum(a != b for a, b in zip(spoiled, whole, strict=True)) == 1


def test_a_finished_job_may_tell_less_than_it_knows(faulty: EmulatorProcess, sdk: genai.Client) -> None:
    """No result file and no counts, or counts that lag; the state is SUCCEEDED all the same."""
    job = create(sdk, line("a"), line("b"))
    faulty.fault("no_output", times=1)
    faulty.fault("counts", times=1)
    told = raw("GET", f"{faulty.url}/v1beta/{job}", faulty.key)[1]
    assert not {"output", "batchStats"} & told["metadata"].keys() and "response" not in told
    faulty.fault("counts", value=1, times=1)
    told = raw("GET", f"{faulty.url}/v1beta/{job}", faulty.key)[1]
    assert told["metadata"]["batchStats"] == {"requestCount": "2", "successfulRequestCount": "1"}
    assert told["metadata"]["state"] == "BATCH_STATE_SUCCEEDED" and told["response"]["responsesFile"]


@pytest.mark.parametrize("fault", ["chunked", "redirect", "rate"])
def test_download_arrives_in_other_ways(faulty: EmulatorProcess, sdk: genai.Client, fault: str) -> None:
    """Chunked, redirected and throttled downloads hold the same bytes."""
    job = create(sdk, line("a"))
    plain = raw_results(sdk, job)
    faulty.fault(fault)
    assert raw_results(sdk, job) == plain


def test_results_can_be_gone(faulty: EmulatorProcess, sdk: genai.Client) -> None:
    """output_403 refuses the download of a job that succeeded."""
    faulty.fault("output_403", match="gone")
    with pytest.raises(errors.ClientError) as caught:
        raw_results(sdk, create(sdk, line("a"), name="gone"))
    assert (caught.value.code, caught.value.status) == (403, "PERMISSION_DENIED")


# Switching on and off


def test_faults_can_be_options(tmp_path: Path) -> None:
    """--fault does what the address does."""
    option = "refuse=503,on=model_get,times=1,retry_after=3"
    with EmulatorProcess(tmp_path / "s", "--fault", option, "--fault", "shuffle") as emulator:
        active = emulator.control("GET", "faults")
        assert [(fault["fault"], fault["left"]) for fault in active] == [("refuse", 1), ("shuffle", None)]
        sdk = client(emulator.url, emulator.key)
        with pytest.raises(errors.ServerError):
            sdk.models.get(model="emulator-image")


@pytest.mark.parametrize("bad", [{"fault": "nope"}, {"fault": "cut", "value": "x"}, {"fault": "cut", "on": "?"}, {}])
def test_unknown_faults_are_refused(faulty: EmulatorProcess, bad: dict[str, Any]) -> None:
    """A mistyped fault is 400 with the known names, not silently nothing."""
    status, body, _ = raw("POST", f"{faulty.url}/_emulator/faults", None, [bad])
    assert status == 400 and body["error"]


def test_help_names_every_fault() -> None:
    """The page at /_emulator/ and --help list all of them."""
    from tasks.emulator.control import help_text

    assert all(f"\n  {name} " in help_text() for name in CATALOGUE)
