"""Upload and create by the provider's own client on our network stack: as it would send them, once, and bounded."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tasks.providers.failures import Ambiguous, Refused, Unavailable
from tasks.providers.gemini.client import Gemini
from tests.support import gemini_wire
from tests.support.emulator_process import EmulatorProcess
from tests.support.hostile_server import HostileServer, plain

DATA = b'{"key": "a", "request": {"contents": [{"parts": [{"text": "x"}]}]}}\n'
KEY = EmulatorProcess.key
TOLD = ("x-goog-", "content-length", "content-type", "user-agent")
FINAL = {"X_Goog_Upload_Status": "final"}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatorProcess]:
    with EmulatorProcess(tmp_path_factory.mktemp("emulator"), "--job-seconds", "0") as process:
        yield process


@pytest.fixture
def server(shared: EmulatorProcess) -> Iterator[HostileServer]:
    """The emulator, with whatever reaches it written down."""
    with HostileServer(shared.url) as server:
        yield server


@pytest.fixture
def gemini(server: HostileServer) -> Gemini:
    return Gemini(server.url, "v1beta", KEY, timeout=3)


def routes(server: HostileServer) -> list[str]:
    return [seen[0] for seen in server.seen]


def test_what_leaves_is_what_the_client_sends_by_itself(server: HostileServer, gemini: Gemini) -> None:
    """The same calls in the same order: address, headers that mean something, and body, byte for byte."""
    sdk = gemini_wire.client(server.url, KEY)
    sdk.batches.create(model="emulator-image", src=gemini_wire.upload(sdk, DATA), config={"display_name": "run-1"})
    theirs = [_told(each) for each in server.seen]
    server.seen.clear()
    gemini.create("emulator-image", gemini.upload(DATA, "input"), "run-1")
    assert [_told(each) for each in server.seen] == theirs
    assert routes(server) == ["upload_start", "upload_chunk", "create"]


def _told(seen: tuple[str, str, bytes, bytes]) -> tuple[str, str, dict[str, str], bytes]:
    route, line, head, body = seen
    pairs = (each.split(": ", 1) for each in head.decode().split("\r\n")[1:])
    headers = {name.lower(): value for name, value in pairs if name.lower().startswith(TOLD)}
    line = line.partition("?")[0]  # the number of an upload, the name of a file: of this very one
    return route, line, headers, re.sub(rb"files/\w+", b"files/", body)


def test_a_long_file_goes_in_pieces(server: HostileServer, gemini: Gemini) -> None:
    """Each piece is a call of its own with its own end in time, without a key, and the file arrives whole."""
    data = DATA * (20_000_000 // len(DATA))
    gemini.upload(data, "input")
    pieces = [(head, body) for route, _, head, body in server.seen if route == "upload_chunk"]
    assert len(pieces) == 3 and b"".join(body for _, body in pieces) == data
    assert not any(KEY.encode() in head or b"-api-key" in head.lower() for head, _ in pieces)


def test_a_piece_without_status_is_not_sent_again(server: HostileServer, gemini: Gemini) -> None:
    """The client by itself would send the piece three times and sleep between."""
    server.strike("upload_chunk", plain(b"<html>please log in</html>"), always=True)
    with pytest.raises(Unavailable, match="no status: <html>please log in"):
        gemini.upload(DATA, "input")
    assert routes(server) == ["upload_start", "upload_chunk"]


@pytest.mark.parametrize("told", ["https://evil.example/upload", "http://a@127.0.0.1/x", "//evil.example/", "file:/x"])
def test_no_file_goes_to_a_stranger(server: HostileServer, gemini: Gemini, told: str) -> None:
    """An address to upload to that is not the provider's gets nothing, and is named."""
    server.strike("upload_start", plain(b"{}", X_Goog_Upload_URL=told))
    with pytest.raises(Unavailable, match="not the provider's"):
        gemini.upload(DATA, "input")
    assert (routes(server), server.leaked) == (["upload_start"], [])


def test_no_file_in_the_answer_tries_the_next_type(server: HostileServer, gemini: Gemini) -> None:
    """P-05 and P-06: 200 without a file is a refusal of the MIME type; of all of them, one of the file."""
    server.strike("upload_chunk", plain(b"{}", **FINAL))
    assert gemini.upload(DATA, "input").startswith("files/")
    types = re.findall(rb"X-Goog-Upload-Header-Content-Type: (\S+)", b"".join(seen[2] for seen in server.seen[::2]))
    assert types == [b"application/jsonl", b"application/json"]
    server.strike("upload_chunk", plain(b"{}", **FINAL), always=True)
    with pytest.raises(Refused, match=r"jsonl: the answer held no 'file'; application/json: .*; text/plain: "):
        gemini.upload(DATA, "input")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (plain(b'{"error": {"code": 400, "message": "bad"}}', "400 Bad"), Refused),
        (plain(b'{"error": {"code": 429, "message": "later"}}', "429 Later", Retry_After="7"), Unavailable),
        (plain(b'{"error": {"code": 503, "message": "busy"}}', "503 Busy"), Ambiguous),
        (plain(b'{"name": 7}'), Ambiguous),
        (plain(b'{"name": "batches/x", "metadata": 7}'), Ambiguous),
        (plain(b'{"a":' + b"[" * 900 + b"]" * 900 + b"}"), Ambiguous),
        (plain(b"{" + b'"a":1,' * 300_000 + b'"b":1}'), Ambiguous),
    ],
)
def test_a_create_is_sent_once(server: HostileServer, gemini: Gemini, answer: Any, kind: type) -> None:
    """Whatever the answer: one request, and our own word for what it means."""
    server.strike("create", answer, always=True)
    with pytest.raises(kind) as caught:
        gemini.create("emulator-image", "files/x", "run-1")
    assert routes(server) == ["create"]
    assert getattr(caught.value, "retry_after", None) == (7.0 if kind is Unavailable else None)


def test_the_clients_own_variables_change_nothing(
    server: HostileServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """Other keys, Vertex, a recorder, a folder of certificates: the same calls with our key, and not a word of it."""
    monkeypatch.setenv("GEMINI_API_KEY", "one")
    monkeypatch.setenv("GOOGLE_API_KEY", "other")
    monkeypatch.setenv("GOOGLE_GENAI_USE_VERTEXAI", "true")
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "project")
    monkeypatch.setenv("GOOGLE_GENAI_CLIENT_MODE", "replay")
    monkeypatch.setenv("GOOGLE_API_USE_MTLS_ENDPOINT", "always")
    monkeypatch.setenv("GOOGLE_GENAI_API_VERSION", "v9")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path))
    gemini = Gemini(server.url, "v1beta", KEY, timeout=3)
    gemini.create("emulator-image", gemini.upload(DATA, "input"), "run-1")
    assert routes(server) == ["upload_start", "upload_chunk", "create"]
    assert [KEY.encode() in seen[2] for seen in server.seen] == [True, False, True]
    assert not any(b"other" in seen[2] for seen in server.seen)
    assert caplog.records == []


def test_what_the_client_says_of_strange_words_is_not_printed(
    server: HostileServer, gemini: Gemini, recwarn: pytest.WarningsRecorder, caplog: pytest.LogCaptureFixture
) -> None:
    """A state that the client does not know would reach the terminal as it came, with what moves the cursor."""
    file = b'{"file": {"name": "files/x", "state": "\\u001b[2J", "unknown": [1]}}'
    server.strike("upload_chunk", plain(file, **FINAL))
    assert gemini.upload(DATA, "input") == "files/x"
    assert (list(recwarn), caplog.records) == ([], [])


def test_a_client_that_cannot_be_had_is_said(server: HostileServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A library that its own variable asks for and nobody installed: said, and certainly nothing was sent."""
    monkeypatch.setenv("GOOGLE_GENAI_HTTP_CLIENT", "httpx")
    with pytest.raises(Unavailable, match="google-genai cannot be used: httpx is configured"):
        Gemini(server.url, "v1beta", KEY, timeout=3).create("emulator-image", "files/x", "run-1")
    assert server.seen == []


def test_a_model_that_cannot_be_is_refused_by_the_provider(server: HostileServer, gemini: Gemini) -> None:
    """The client by itself would refuse such a name without asking, which is no word of the provider's."""
    with pytest.raises(Refused, match="404"):
        gemini.create("no such?model&", "files/x", "run-1")
    assert routes(server) == ["create"]
