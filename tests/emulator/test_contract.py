"""What a Gemini API does, as the real client sees it: on the emulator, and with `-m live` on the provider.

Live, each test costs at most one picture of gemini-3.1-flash-lite-image; a job that is not done in time is skipped.
"""

import base64
import hashlib
import json
import os
import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from google import genai
from google.genai import errors

from tests.support.emulator_process import EmulatorProcess
from tests.support.gemini_wire import client, create, jsonl, line, picture, raw, results, upload

LIVE_URL = "https://generativelanguage.googleapis.com"
LIVE_MODEL = "gemini-3.1-flash-lite-image"
LIVE_WAIT_SECONDS = 900
DONE = {"JOB_STATE_SUCCEEDED", "JOB_STATE_FAILED", "JOB_STATE_CANCELLED", "JOB_STATE_EXPIRED"}
MISSING = "aaaaaaaaaaaa"


@dataclass(frozen=True)
class Api:
    """One side of the contract; `emulator` is None when it is the provider."""

    url: str
    key: str
    model: str
    emulator: EmulatorProcess | None

    def sdk(self, version: str = "v1beta") -> genai.Client:
        return client(self.url, self.key, version)

    def get(self, path: str) -> tuple[int, dict[str, Any], dict[str, str]]:
        return raw("GET", f"{self.url}{path}", self.key)

    def wait(self, job: str) -> None:
        """Until the job is done; skips when the provider takes its time."""
        sdk, deadline = self.sdk(), time.monotonic() + LIVE_WAIT_SECONDS
        while sdk.batches.get(name=job).state.name not in DONE:
            if time.monotonic() > deadline:
                pytest.skip(f"{job} was not done after {LIVE_WAIT_SECONDS} s")
            time.sleep(0.05 if self.emulator else 20)

    def counts(self, **requests: int) -> None:
        """Assert how many requests of which operation the emulator saw; the provider shows no ledger."""
        if self.emulator:
            seen = self.emulator.ledger()["requests"]
            assert {name: seen.get(name, 0) for name in requests} == requests


@pytest.fixture(params=["emulator", pytest.param("live", marks=pytest.mark.live)])
def api(request: pytest.FixtureRequest) -> Iterator[Api]:
    if request.param == "live":
        if "live" not in (request.config.getoption("-m") or "") or not os.environ.get("GEMINI_API_KEY"):
            pytest.skip("needs -m live and GEMINI_API_KEY; costs money")
        yield Api(LIVE_URL, os.environ["GEMINI_API_KEY"], LIVE_MODEL, None)
        return
    process = request.getfixturevalue("emulator")
    yield Api(process.url, process.key, LIVE_MODEL, process)


def refusal(call: Any) -> errors.ClientError:
    with pytest.raises(errors.ClientError) as caught:
        call()
    return caught.value


def test_upload_makes_an_active_file(api: Api) -> None:
    """An uploaded file has a short name, its true size, the base64 of its hex SHA-256, and 48 hours to live."""
    data = jsonl(line("a"))
    sdk = api.sdk()
    file = sdk.files.get(name=upload(sdk, data, "紙芝居"))
    assert re.fullmatch(r"files/[a-z0-9-]{1,40}", file.name)
    assert (file.display_name, file.size_bytes, file.state.name) == ("紙芝居", len(data), "ACTIVE")
    assert base64.b64decode(file.sha256_hash).decode() == hashlib.sha256(data).hexdigest()
    assert abs(file.expiration_time - file.create_time - timedelta(hours=48)) < timedelta(minutes=1)
    api.counts(upload_start=1, upload_chunk=1, file_get=1)


def test_file_counts_are_text_on_the_wire(api: Api) -> None:
    """sizeBytes is a string, names are camelCase, and an uploaded file has no downloadUri."""
    sdk = api.sdk()
    name = upload(sdk, b"12345\n")
    _, file, _ = api.get(f"/v1beta/{name}")
    assert (file["sizeBytes"], file["source"]) == ("6", "UPLOADED")
    assert "downloadUri" not in file


def test_deleted_file_is_forbidden_not_missing(api: Api) -> None:
    """A file that is gone answers 403 PERMISSION_DENIED, as one that never was."""
    sdk = api.sdk()
    name = upload(sdk, b"{}\n")
    sdk.files.delete(name=name)
    for gone in (name, f"files/{MISSING}"):
        error = refusal(lambda gone=gone: sdk.files.get(name=gone))
        assert (error.code, error.status) == (403, "PERMISSION_DENIED")
    api.counts(file_delete=1, file_get=2)


def test_uploaded_file_cannot_be_downloaded(api: Api) -> None:
    """Only what the provider generated can be downloaded."""
    sdk = api.sdk()
    name = upload(sdk, b"{}\n")
    assert refusal(lambda: sdk.files.download(file=name)).code in (400, 403)


def test_model_can_be_asked_after(api: Api) -> None:
    """A served model names its methods; an unknown and a retired one are 404 NOT_FOUND."""
    sdk = api.sdk()
    assert "generateContent" in sdk.models.get(model=api.model).supported_actions
    for name in ("no-such-model", "imagen-4.0-fast-generate-001"):
        error = refusal(lambda name=name: sdk.models.get(model=name))
        assert (error.code, error.status) == (404, "NOT_FOUND")
    assert f"models/{api.model}" in [model.name for model in sdk.models.list()]


def test_missing_and_wrong_keys_are_told_apart(api: Api) -> None:
    """No key is 403; a wrong key is 400 with reason API_KEY_INVALID."""
    assert raw("GET", f"{api.url}/v1beta/models", None)[0] == 403
    status, body, _ = raw("GET", f"{api.url}/v1beta/models", "invalid-key")
    assert (status, body["error"]["status"]) == (400, "INVALID_ARGUMENT")
    assert "API_KEY_INVALID" in [detail.get("reason") for detail in body["error"]["details"]]


@pytest.mark.parametrize("version", ["v1", "v1beta"])
def test_new_job_is_pending(api: Api, version: str) -> None:
    """A created job is an Operation with a BATCH_STATE, counts as text, absent zero counts and no results yet."""
    sdk = api.sdk(version)
    name = upload(sdk, jsonl(line("a"), line("b")))
    body = {"batch": {"display_name": "紙芝居", "input_config": {"file_name": name}}}
    status, job, _ = raw("POST", f"{api.url}/{version}/models/{api.model}:batchGenerateContent", api.key, body)
    assert status == 200
    assert re.fullmatch(r"batches/[a-z0-9]{36}", job["name"])
    assert job["metadata"]["state"] == "BATCH_STATE_PENDING"
    assert job["metadata"]["batchStats"] == {"requestCount": "2", "pendingRequestCount": "2"}
    assert job["metadata"]["model"] == f"models/{api.model}"
    assert not {"done", "response", "error"} & set(job) and not {"output", "endTime"} & set(job["metadata"])
    sdk.batches.cancel(name=job["name"])
    sdk.batches.delete(name=job["name"])


def test_create_twice_makes_two_jobs(api: Api) -> None:
    """The same creation sent twice is two jobs: there is no idempotency."""
    sdk = api.sdk()
    name = upload(sdk, jsonl(line("a")))
    jobs = [sdk.batches.create(model=api.model, src=name, config={"display_name": "twice"}) for _ in range(2)]
    assert jobs[0].name != jobs[1].name
    for job in jobs:
        sdk.batches.cancel(name=job.name)
        sdk.batches.delete(name=job.name)
    api.counts(create=2, cancel=2, delete=2)


def test_create_is_refused_without_model_or_input(api: Api) -> None:
    """An unknown model is 404, an input file that is not there is refused, and no job comes of either."""
    sdk = api.sdk()
    name = upload(sdk, jsonl(line("a")))
    assert refusal(lambda: sdk.batches.create(model="no-such-model", src=name)).code == 404
    assert refusal(lambda: sdk.batches.create(model=api.model, src=f"files/{MISSING}")).code in (403, 404)
    if api.emulator:
        assert api.emulator.ledger()["jobs_created"] == 0


def test_unknown_job_is_404(api: Api) -> None:
    """A job id nobody has answers 404 NOT_FOUND to get, cancel and delete."""
    sdk = api.sdk()
    for call in (sdk.batches.get, sdk.batches.cancel, sdk.batches.delete):
        error = refusal(lambda call=call: call(name=f"batches/{'a' * 36}"))
        assert (error.code, error.status) == (404, "NOT_FOUND")


def test_listing_is_newest_first_and_paged(api: Api) -> None:
    """Jobs are listed newest first over as many pages as it takes, without their results."""
    sdk = api.sdk()
    made = [create(sdk, line("a"), model=api.model, name=f"listed-{number}") for number in range(3)]
    listed = list(sdk.batches.list(config={"page_size": 2}))
    assert [job.name for job in listed if job.name in made] == made[::-1]
    _, page, _ = api.get("/v1beta/batches?pageSize=2")
    assert len(page["operations"]) == 2 and page["nextPageToken"]
    assert not any("response" in job for job in page["operations"])
    for name in made:
        sdk.batches.delete(name=name)
    assert not {job.name for job in sdk.batches.list()} & set(made)


def test_cancelled_job_says_so(api: Api) -> None:
    """After a cancel the job ends CANCELLED, or with what it had already become."""
    if api.emulator:
        api.emulator.job_seconds(3600)
    sdk = api.sdk()
    name = create(sdk, line("a"), model=api.model)
    sdk.batches.cancel(name=name)
    api.wait(name)
    assert sdk.batches.get(name=name).state.name in ("JOB_STATE_CANCELLED", "JOB_STATE_SUCCEEDED")
    sdk.batches.delete(name=name)
    assert refusal(lambda: sdk.batches.get(name=name)).code == 404
    if api.emulator:
        assert api.emulator.ledger()["requests_billed"] == 0


def test_finished_job_gives_a_picture(api: Api) -> None:
    """A done job names one result file in metadata and response; its line holds key, picture and usage."""
    sdk = api.sdk()
    config = {"responseModalities": ["IMAGE"], "imageConfig": {"aspectRatio": "16:9"}}
    name = create(sdk, line("0001-abc", **config), model=api.model)
    api.wait(name)
    _, job, _ = api.get(f"/v1beta/{name}")
    assert job["done"] and job["metadata"]["state"] == "BATCH_STATE_SUCCEEDED"
    assert job["metadata"]["batchStats"] == {"requestCount": "1", "successfulRequestCount": "1"}
    output = job["metadata"]["output"]["responsesFile"]
    assert output == job["response"]["responsesFile"] == f"files/batch-{name.removeprefix('batches/')}"
    (result,) = results(sdk, name)
    assert result["key"] == "0001-abc"
    mime, data = picture(result)
    assert mime == "image/jpeg" and data.startswith(b"\xff\xd8\xff")
    usage = result["response"]["usageMetadata"]
    assert {"modality": "IMAGE", "tokenCount": 1120} in usage["candidatesTokensDetails"]
    for call in (sdk.files.get, sdk.files.delete):
        assert refusal(lambda call=call: call(name=output)).code == 400
    if api.emulator:
        ledger = api.emulator.ledger()
        assert (ledger["jobs_created"], ledger["requests_billed"]) == (1, 1)
        assert ledger["billed"][0]["key"] == "0001-abc"
        assert ledger["usd"] == pytest.approx(0.0168, rel=0.01)


def test_both_download_addresses_serve_the_results(api: Api) -> None:
    """/v1beta/files/...:download and /download/v1beta/files/...:download answer the same bytes."""
    sdk = api.sdk()
    name = create(sdk, line("a"), model=api.model)
    api.wait(name)
    path = f"v1beta/files/batch-{name.removeprefix('batches/')}:download?alt=media"
    assert api.get(f"/{path}")[:2] == api.get(f"/download/{path}")[:2]


def test_size_on_a_model_without_sizes_fails_its_line_only(api: Api) -> None:
    """imageSize on flash-lite-image is an error in the result line of that request; the other line is fine."""
    sdk = api.sdk()
    bad = line("bad", imageConfig={"imageSize": "1K"})
    name = create(sdk, bad, line("good"), model=LIVE_MODEL)
    api.wait(name)
    by_key = {result["key"]: result for result in results(sdk, name)}
    assert by_key["bad"]["error"]["code"] == 3 and "response" in by_key["good"]
    assert api.get(f"/v1beta/{name}")[1]["metadata"]["batchStats"]["failedRequestCount"] == "1"
    if api.emulator:
        assert [row["key"] for row in api.emulator.ledger()["billed"]] == ["good"]


def test_inline_requests_give_inline_responses(api: Api) -> None:
    """Requests sent inline come back inline, with their metadata."""
    sdk = api.sdk()
    request = {"contents": [{"role": "user", "parts": [{"text": "波"}]}], "metadata": {"key": "wave"}}
    name = sdk.batches.create(model=api.model, src=[request]).name
    api.wait(name)
    job = sdk.batches.get(name=name)
    (answer,) = job.dest.inlined_responses
    assert answer.metadata == {"key": "wave"} and job.dest.file_name is None
    assert any(part.inline_data for part in answer.response.parts)


def test_generate_content_answers_at_once(api: Api) -> None:
    """The immediate lane gives one picture and its usage; an unsupported aspect ratio is 400."""
    sdk = api.sdk()
    config = {"response_modalities": ["IMAGE"], "image_config": {"aspect_ratio": "9:16"}}
    answer = sdk.models.generate_content(model=api.model, contents="波間の舟", config=config)
    (image,) = [part.inline_data for part in answer.parts if part.inline_data]
    assert image.mime_type == "image/jpeg" and image.data.startswith(b"\xff\xd8\xff")
    assert answer.usage_metadata.candidates_tokens_details[0].token_count == 1120
    bad = {"image_config": {"aspect_ratio": "7:5"}}
    error = refusal(lambda: sdk.models.generate_content(model=api.model, contents="波", config=bad))
    assert (error.code, error.status) == (400, "INVALID_ARGUMENT")
    api.counts(generate=2)
    if api.emulator:
        (row,) = api.emulator.ledger()["billed"]
        assert (row["lane"], row["job"]) == ("immediate", None)
        assert row["usd"] == pytest.approx(0.0336, rel=0.01)


LIVE_FLUX_URL = "https://api.fireworks.ai/inference"
FLUX = "v1/workflows/accounts/fireworks/models/flux-1-schnell-fp8/text_to_image"


@pytest.fixture(params=["emulator", pytest.param("live", marks=pytest.mark.live)])
def flux(request: pytest.FixtureRequest) -> tuple[str, str]:
    """(base address, key) of Fireworks; live, each picture of schnell costs $0.0014."""
    if request.param == "live":
        if "live" not in (request.config.getoption("-m") or "") or not os.environ.get("FIREWORKS_API_KEY"):
            pytest.skip("needs -m live and FIREWORKS_API_KEY; costs money")
        return LIVE_FLUX_URL, os.environ["FIREWORKS_API_KEY"]
    env = request.getfixturevalue("emulator").env
    return env["FIREWORKS_BASE_URL"], env["FIREWORKS_API_KEY"]


def flux_post(url: str, key: str | None, body: object, accept: str) -> tuple[int, bytes, dict[str, str]]:
    """(status, body, headers in lower case) of one POST to Fireworks."""
    headers = {"Content-Type": "application/json", "Accept": accept}
    headers |= {"Authorization": f"Bearer {key}"} if key else {}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers, method="POST")
    try:
        reply = urllib.request.urlopen(request, timeout=120)
    except urllib.error.HTTPError as error:
        reply = error
    with reply:
        return reply.status, reply.read(), {name.lower(): value for name, value in reply.headers.items()}


def test_flux_answers_with_a_picture_or_with_json(flux: tuple[str, str]) -> None:
    """The Accept header decides whether the picture comes as it is or as base64 with finishReason and seed."""
    url, key = flux
    body = {"prompt": "波間の舟", "aspect_ratio": "16:9", "num_inference_steps": 4, "seed": 7}
    status, picture_bytes, headers = flux_post(f"{url}/{FLUX}", key, body, "image/jpeg")
    assert (status, picture_bytes[:3], headers["content-type"]) == (200, b"\xff\xd8\xff", "image/jpeg")
    status, text, _ = flux_post(f"{url}/{FLUX}", key, body, "application/json")
    answer = json.loads(text)
    assert (status, answer["finishReason"], answer["seed"]) == (200, "SUCCESS", 7)
    assert base64.b64decode(answer["base64"][0].rpartition(",")[2]).startswith((b"\xff\xd8\xff", b"\x89PNG"))


def test_flux_refuses_by_status(flux: tuple[str, str]) -> None:
    """Without a key and with a wrong one it is 401, for a ratio it does not know 400 or 422."""
    url, key = flux
    for wrong in (None, "invalid-key"):
        assert flux_post(f"{url}/{FLUX}", wrong, {"prompt": "波"}, "application/json")[0] == 401
    assert flux_post(f"{url}/{FLUX}", key, {"prompt": "波", "aspect_ratio": "7:5"}, "application/json")[0] in (400, 422)
