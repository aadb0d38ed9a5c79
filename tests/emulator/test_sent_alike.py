"""What we send for an upload and a create is what the provider's own client sends."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tasks.providers.gemini.client import Gemini
from tests.support import gemini_wire
from tests.support.emulator_process import EmulatorProcess
from tests.support.hostile_server import HostileServer

DATA = b'{"key": "a", "request": {"contents": [{"parts": [{"text": "x"}]}]}}\n'
TOLD = ("x-goog-api-key", "x-goog-upload-", "content-length")
"""Headers that mean something to the provider, as far as both have to agree."""


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[HostileServer]:
    """The emulator, with whatever reaches it written down."""
    with EmulatorProcess(tmp_path / "emulator", "--job-seconds", "0") as process, HostileServer(process.url) as server:
        yield server


def test_upload_and_create_are_those_of_the_providers_client(recorder: HostileServer) -> None:
    """The same calls in the same order: address, headers that mean something, and body."""
    key = EmulatorProcess.key
    sdk = gemini_wire.client(recorder.url, key)
    config: Any = {"mime_type": "application/jsonl", "display_name": "input"}
    file = sdk.files.upload(file=io.BytesIO(DATA), config=config)
    sdk.batches.create(model="emulator-image", src=str(file.name), config={"display_name": "run-1"})
    theirs = [_told(each) for each in recorder.seen]
    recorder.seen.clear()
    ours = Gemini(recorder.url, "v1beta", key, timeout=10)
    ours.create("emulator-image", ours.upload(DATA, "input"), "run-1")
    for mine, other in zip(map(_told, recorder.seen), theirs, strict=True):
        assert mine == other
    assert [each[0] for each in theirs] == ["upload_start", "upload_chunk", "create"]


def _told(seen: tuple[str, str, bytes, bytes]) -> tuple[str, str, dict[str, str], object]:
    route, line, head, body = seen
    pairs = (each.split(": ", 1) for each in head.decode().split("\r\n")[1:])
    headers = {name.lower(): value for name, value in pairs if name.lower().startswith(TOLD)}
    if route != "upload_chunk":  # how JSON is spaced is nobody's matter
        headers.pop("content-length", None)
    line = line.partition("?")[0]  # the number of an upload, the name of a file: of this very one
    return route, line, headers, body if route == "upload_chunk" else _without_names(json.loads(body))


def _without_names(found: Any) -> Any:
    """Field names in one spelling; a file's own name as "files/…"."""
    if isinstance(found, dict):
        return {name.replace("_", "").lower(): _without_names(each) for name, each in found.items()}
    return "files/…" if isinstance(found, str) and found.startswith("files/") else found
