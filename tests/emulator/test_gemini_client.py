"""What `Gemini` alone does at once; what it shares with other providers is in test_immediate_contract."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image

from tasks.providers.answer import FailureClass, Status
from tasks.providers.failures import Refused, Unavailable
from tasks.providers.gemini.client import Gemini
from tasks.providers.gemini.responses import open_line
from tasks.providers.picture_kind import JPEG, kind_of
from tests.support.emulator_process import EmulatorProcess

MODEL = "gemini-3.1-flash-lite-image"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatorProcess]:
    with EmulatorProcess(tmp_path_factory.mktemp("emulator"), "--job-seconds", "0") as process:
        yield process


@pytest.fixture
def faulty(shared: EmulatorProcess) -> Iterator[EmulatorProcess]:
    yield shared
    shared.clear_faults()


@pytest.fixture
def gemini(faulty: EmulatorProcess) -> Gemini:
    return Gemini(faulty.url, "v1beta", faulty.key, timeout=5)


def ask(text: str = "雪の山道", ratio: str = "16:9") -> dict[str, Any]:
    config = {"responseModalities": ["IMAGE"], "imageConfig": {"aspectRatio": ratio}}
    return {"contents": [{"role": "user", "parts": [{"text": text}]}], "generationConfig": config}


def billed(emulator: EmulatorProcess) -> int:
    return int(emulator.ledger()["requests_billed"])


def test_an_answer_is_read_as_a_batch_line(gemini: Gemini, faulty: EmulatorProcess) -> None:
    """The picture, its tokens and the line that the batch reader would have found are all there."""
    before = billed(faulty)
    reply = gemini.generate(MODEL, ask())
    answer = reply.answer()
    assert (answer.status, answer.tokens.image) == (Status.OK, 1120)
    assert answer.picture and kind_of(answer.picture) is JPEG
    assert Image.open(io.BytesIO(answer.picture)).size == (1376, 768)
    assert open_line(reply.line).answer() == answer
    assert (reply.key, reply.seed, billed(faulty)) == (None, None, before + 1)
    assert gemini.date is not None


@pytest.mark.parametrize(
    ("fault", "status", "failure"),
    [
        ("no_image", Status.EMPTY, FailureClass.RETRYABLE),
        ("blocked_prompt", Status.BLOCKED, FailureClass.REFUSED),
    ],
)
def test_an_answer_without_picture_is_an_answer(
    gemini: Gemini, faulty: EmulatorProcess, fault: str, status: Status, failure: FailureClass
) -> None:
    """Filtered and empty answers are classified as on the batch lane."""
    faulty.fault(fault, times=1)
    answer = gemini.generate(MODEL, ask()).answer()
    assert (answer.status, answer.failure) == (status, failure)


def test_a_bad_request_is_refused(gemini: Gemini) -> None:
    """An unknown model is 404 and an unknown ratio 400: nothing was billed, and the reason says which."""
    with pytest.raises(Refused, match=r"404 NOT_FOUND models/no-such-model"):
        gemini.generate("no-such-model", ask())
    with pytest.raises(Refused, match=r"400 INVALID_ARGUMENT Aspect ratio 7:5"):
        gemini.generate(MODEL, ask(ratio="7:5"))


def test_a_reference_picture_is_uploaded_and_used(gemini: Gemini) -> None:
    """An uploaded picture has a name, and an address a request can point to."""
    data = gemini.generate(MODEL, ask("僧")).answer().picture
    assert data
    file = gemini.upload_picture(data, "image/jpeg", "monk")
    assert file.name.startswith("files/") and file.uri.endswith(file.name)
    body = ask()
    body["contents"][0]["parts"].append({"fileData": {"fileUri": file.uri, "mimeType": "image/jpeg"}})
    assert gemini.generate(MODEL, body).answer().tokens.input > 1120


def test_a_refused_upload_of_a_picture_says_why(gemini: Gemini, faulty: EmulatorProcess) -> None:
    """An upload that the provider does not take is refused, or asked for again later."""
    faulty.fault("upload_without_file", times=1)
    with pytest.raises(Refused):
        gemini.upload_picture(b"\x89PNG", "image/png", "monk")
    faulty.fault("refuse", value=503, retry_after=3, on="upload_start", times=1)
    with pytest.raises(Unavailable) as caught:
        gemini.upload_picture(b"\x89PNG", "image/png", "monk")
    assert (caught.value.code, caught.value.retry_after) == (503, 3.0)


def test_a_list_that_is_refused_for_now_says_how_long(gemini: Gemini, faulty: EmulatorProcess) -> None:
    """429 with Retry-After to a plain question: its status and its wait reach the caller at once, nobody sleeps."""
    faulty.fault("refuse", value=429, retry_after=37, on="list", times=1)
    with pytest.raises(Unavailable) as caught:
        gemini.listing()
    assert (caught.value.code, caught.value.retry_after) == (429, 37.0)
    assert gemini.listing() == []
