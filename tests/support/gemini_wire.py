"""What the emulator's tests say to a Gemini API, through the real client and raw."""

import base64
import io
import json
import urllib.error
import urllib.request
from typing import Any

from google import genai
from google.genai import types


def client(url: str, key: str, version: str = "v1beta") -> genai.Client:
    """The real client, without retries."""
    return genai.Client(api_key=key, http_options=types.HttpOptions(base_url=url, api_version=version, timeout=60_000))


def line(key: str | None, text: str = "雪の山道", **config: Any) -> dict[str, Any]:
    """One request of a batch input file. `config` is its generationConfig."""
    request = {"contents": [{"role": "user", "parts": [{"text": text}]}], "generationConfig": config}
    return {"request": request} if key is None else {"key": key, "request": request}


def jsonl(*lines: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(item).encode() + b"\n" for item in lines)


def upload(sdk: genai.Client, data: bytes, name: str = "input") -> str:
    """Upload a batch input file; returns its name."""
    config = types.UploadFileConfig(mime_type="application/jsonl", display_name=name)
    return str(sdk.files.upload(file=io.BytesIO(data), config=config).name)


def create(sdk: genai.Client, *lines: dict[str, Any], model: str = "emulator-image", name: str = "run-1") -> str:
    """Upload the lines and create one job of them; returns its name."""
    job = sdk.batches.create(model=model, src=upload(sdk, jsonl(*lines)), config={"display_name": name})
    return str(job.name)


def results(sdk: genai.Client, job: str) -> list[dict[str, Any]]:
    """The result lines of a job that is done, in file order."""
    return [json.loads(text) for text in raw_results(sdk, job).split(b"\n") if text.strip()]


def raw_results(sdk: genai.Client, job: str) -> bytes:
    """The result file of a job, byte for byte."""
    assert sdk.batches.get(name=job).dest is not None
    return bytes(sdk.files.download(file=f"files/batch-{job.removeprefix('batches/')}"))


def picture(result: dict[str, Any]) -> tuple[str, bytes]:
    """(MIME type, bytes) of the picture that is no thought in a result line or a response."""
    parts = result.get("response", result)["candidates"][0]["content"]["parts"]
    blob = next(part["inlineData"] for part in parts if "inlineData" in part and not part.get("thought"))
    return blob["mimeType"], base64.b64decode(blob["data"])


def raw(method: str, url: str, key: str | None, body: object = None) -> tuple[int, dict[str, Any], dict[str, str]]:
    """(status, JSON body, headers in lower case) of one plain HTTP request."""
    headers = {"Content-Type": "application/json"} | ({"x-goog-api-key": key} if key else {})
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method, headers=headers)
    try:
        reply = urllib.request.urlopen(request, timeout=60)
    except urllib.error.HTTPError as error:
        reply = error
    with reply:
        text = reply.read()
        return reply.status, json.loads(text or b"{}"), {name.lower(): value for name, value in reply.headers.items()}
