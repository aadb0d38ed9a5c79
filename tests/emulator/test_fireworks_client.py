"""What our Fireworks client alone does; what it shares with other providers is in test_immediate_contract."""

import base64
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tasks.providers.answer import FailureClass, Reply, Status
from tasks.providers.failures import Refused, Unavailable
from tasks.providers.fireworks.client import Fireworks
from tasks.providers.picture_kind import JPEG, kind_of
from tests.support.emulator_process import EmulatorProcess

SCHNELL = "accounts/fireworks/models/flux-1-schnell-fp8"
DEV = "accounts/fireworks/models/flux-1-dev-fp8"
PRO = "accounts/fireworks/models/flux-kontext-pro"
MAX = "accounts/fireworks/models/flux-kontext-max"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatorProcess]:
    with EmulatorProcess(tmp_path_factory.mktemp("emulator"), "--job-seconds", "0") as process:
        yield process


@pytest.fixture
def faulty(shared: EmulatorProcess) -> Iterator[EmulatorProcess]:
    yield shared
    shared.clear_faults()


def client(emulator: EmulatorProcess, key: str | None = None, timeout: float = 5) -> Fireworks:
    return Fireworks(emulator.env["FIREWORKS_BASE_URL"], key or emulator.key, timeout)


def asked(prompt: str = "雪の山道", **more: Any) -> dict[str, Any]:
    return {"prompt": prompt, "aspect_ratio": "16:9", **more}


def size(reply: Reply | None) -> tuple[str | None, tuple[int, int]]:
    assert reply is not None
    picture = reply.answer().picture
    assert picture is not None, reply.answer()
    image = Image.open(io.BytesIO(picture))
    image.load()
    return image.format, image.size


def rows(emulator: EmulatorProcess) -> list[dict[str, Any]]:
    return list(emulator.ledger()["billed"])


@pytest.mark.parametrize("form", ["json", "binary"])
def test_a_picture_at_once(faulty: EmulatorProcess, form: str) -> None:
    """JSON and binary answers give a JPEG of the asked ratio and its seed, in each form the same; 0 draws one."""
    faulty.fault("answer_as", value=form)
    first = client(faulty).generate(SCHNELL, asked(seed=0))
    assert size(first) == ("JPEG", (1344, 768))
    assert first.seed and first.seed > 0
    again = client(faulty).generate(SCHNELL, asked(seed=first.seed))
    assert (again.seed, again.answer().picture) == (first.seed, first.answer().picture)
    assert client(faulty).generate(SCHNELL, asked(seed=0)).seed != first.seed


def test_each_model_has_its_price(tmp_path: Path) -> None:
    """The ledger books one row per picture on the immediate lane, by model and steps, and counts each operation."""
    with EmulatorProcess(tmp_path / "emulator", "--job-seconds", "0") as emulator:
        flux = client(emulator)
        flux.generate(SCHNELL, asked(num_inference_steps=4))
        flux.generate(DEV, asked(num_inference_steps=28))
        for model in (PRO, MAX):
            assert size(flux.result(model, flux.submit(model, asked())))[0] == "PNG"
        ledger = emulator.ledger()
    assert {row["model"]: row["usd"] for row in ledger["billed"]} == {SCHNELL: 0.0014, DEV: 0.014, PRO: 0.04, MAX: 0.08}
    assert {row["lane"] for row in ledger["billed"]} == {"immediate"}
    assert ledger["requests"] == {"flux_generate": 2, "flux_submit": 2, "flux_result": 2, "flux_picture": 2}


def test_an_order_outlives_both_sides(tmp_path: Path) -> None:
    """An order is pending until its time has come; another client finds it after the emulator was killed."""
    folder = tmp_path / "emulator"
    with EmulatorProcess(folder, "--flux-seconds", "60", "--clock", "2026-11-23T00:00:00Z") as emulator:
        order = client(emulator).submit(PRO, asked(aspect_ratio="9:16"))
        assert client(emulator).result(PRO, order) is None
        emulator.kill()
    with EmulatorProcess(folder) as emulator:
        emulator.advance(61)
        assert size(client(emulator).result(PRO, order)) == ("PNG", (768, 1344))
        assert len(rows(emulator)) == 1
        for model, key, other in ((MAX, None, order), (PRO, "another", order), (PRO, None, "nobody")):
            with pytest.raises(Refused, match="Task not found") as caught:
                client(emulator, key).result(model, other)
            assert caught.value.code == 404


@pytest.mark.parametrize("form", ["url", "data", "base64", "list"])
def test_the_picture_of_an_order_comes_in_any_form(faulty: EmulatorProcess, form: str) -> None:
    """As an address, a data: URL, base64 or a list, it is the same picture."""
    faulty.fault("sample", value=form)
    flux = client(faulty)
    assert size(flux.result(PRO, flux.submit(PRO, asked()))) == ("PNG", (1344, 768))


def test_results_can_be_asked_for_by_get(faulty: EmulatorProcess) -> None:
    """Where POST is answered with 405, GET is used, and is remembered."""
    faulty.fault("result_by_get")
    flux = client(faulty)
    before = faulty.ledger()["requests"].get("flux_result", 0)
    for _ in range(2):
        assert size(flux.result(PRO, flux.submit(PRO, asked())))[0] == "PNG"
    assert faulty.ledger()["requests"]["flux_result"] - before == 3


_ACCOUNT = ((401, "the key was refused"), (402, "unpaid"), (403, "suspended"), (412, "suspended"))
_CALLS = ("flux_generate", "flux_submit", "flux_result")


@pytest.mark.parametrize(
    ("on", "status", "kind", "word"),
    [(on, status, Refused, word) for on in _CALLS for status, word in _ACCOUNT]
    + [("flux_result", status, Unavailable, str(status)) for status in (429, 500, 503)],
)
def test_a_refusal_says_what_is_wrong(faulty: EmulatorProcess, on: str, status: int, kind: type, word: str) -> None:
    """Every refusal has its status, a plain reason and the wait the provider asked for, and bills nothing."""
    flux = client(faulty)
    order = flux.submit(PRO, asked())
    before = len(rows(faulty))
    faulty.fault("refuse", value=status, on=on, retry_after=9)
    calls = {
        "flux_generate": lambda: flux.generate(SCHNELL, asked()),
        "flux_submit": lambda: flux.submit(PRO, asked()),
        "flux_result": lambda: flux.result(PRO, order),
    }
    with pytest.raises(kind, match=word) as caught:
        calls[on]()
    assert (caught.value.code, caught.value.retry_after) == (status, 9.0)
    assert len(rows(faulty)) == before


def test_asking_for_a_result_may_be_repeated(faulty: EmulatorProcess) -> None:
    """A lost answer to get_result, or a picture that breaks off, is asked for again and costs nothing more."""
    flux = client(faulty)
    order = flux.submit(PRO, asked())
    for operation in ("flux_result", "flux_picture"):
        faulty.fault("lost_reply", on=operation, times=1)
        with pytest.raises(Unavailable):
            flux.result(PRO, order)
    assert size(flux.result(PRO, order))[0] == "PNG"
    assert len([row for row in rows(faulty) if row["job"] == order]) == 1  # not those of slow answers


@pytest.mark.parametrize("form", ["json", "binary"])
def test_a_filtered_picture_is_refused(faulty: EmulatorProcess, form: str) -> None:
    """CONTENT_FILTERED in JSON or in a header is refused for good, not tried again."""
    faulty.fault("answer_as", value=form)
    faulty.fault("filtered", match="禁")
    answer = client(faulty).generate(SCHNELL, asked("禁じられた絵")).answer()
    assert (answer.status, answer.failure, answer.reason) == (Status.BLOCKED, FailureClass.REFUSED, "CONTENT_FILTERED")
    assert client(faulty).generate(SCHNELL, asked()).answer().status is Status.OK


@pytest.mark.parametrize(
    ("fault", "value", "status", "failure", "reason"),
    [
        ("filtered", "Content Moderated", Status.BLOCKED, FailureClass.REFUSED, "Content Moderated"),
        ("filtered", "Request Moderated", Status.BLOCKED, FailureClass.REFUSED, "Request Moderated"),
        ("flux_error", None, Status.ERROR, FailureClass.RETRYABLE, "Error"),
        ("empty_picture", None, Status.EMPTY, FailureClass.RETRYABLE, "no picture"),
    ],
)
def test_an_order_without_picture(
    faulty: EmulatorProcess, fault: str, value: str | None, status: Status, failure: FailureClass, reason: str
) -> None:
    """A moderated order is refused; a failed or empty one is tried again."""
    faulty.fault(fault, value=value)
    flux = client(faulty)
    reply = flux.result(PRO, flux.submit(PRO, asked()))
    assert reply
    answer = reply.answer()
    assert (answer.status, answer.failure, answer.reason) == (status, failure, reason)


def test_spoiled_pictures_arrive_as_they_are(faulty: EmulatorProcess) -> None:
    """A cut picture comes through for the picture check to find, an empty one is empty, a data: URL is read."""
    flux = client(faulty)
    faulty.fault("truncated_jpeg", times=1)
    reply = flux.generate(SCHNELL, asked())
    with pytest.raises(OSError, match="truncated"):
        size(reply)
    faulty.fault("empty_picture", times=1)
    assert flux.generate(SCHNELL, asked()).answer().status is Status.EMPTY
    faulty.fault("data_url", times=1)
    assert kind_of(flux.generate(SCHNELL, asked()).answer().picture or b"") is JPEG


@pytest.mark.parametrize(
    ("model", "body", "code", "word"),
    [
        (SCHNELL, asked(aspect_ratio="7:5"), 400, "aspect_ratio"),
        (SCHNELL, asked("  "), 400, "prompt"),
        (SCHNELL, asked("あ" * 801), 400, "at most 800"),
        (PRO, asked(input_image="no picture"), 400, "input_image"),
        ("accounts/fireworks/models/no-such-model", asked(), 404, "no such model"),
    ],
)
def test_a_bad_request_is_refused(faulty: EmulatorProcess, model: str, body: Any, code: int, word: str) -> None:
    """Each wrong request is named by its status and the field."""
    call = client(faulty).submit if model == PRO else client(faulty).generate
    with pytest.raises(Refused, match=word) as caught:
        call(model, body)
    assert caught.value.code == code


def test_a_reference_picture_is_taken(faulty: EmulatorProcess) -> None:
    """Kontext takes a picture as a data: URL."""
    flux = client(faulty)
    picture = flux.generate(SCHNELL, asked()).answer().picture
    assert picture
    url = "data:image/jpeg;base64," + base64.b64encode(picture).decode()
    assert size(flux.result(MAX, flux.submit(MAX, asked(input_image=url))))[0] == "PNG"


def test_the_key_stays_secret(faulty: EmulatorProcess) -> None:
    """The emulator's state holds no key."""
    client(faulty, "fw_very_secret").submit(PRO, asked())
    held = b"".join(path.read_bytes() for path in faulty.state_dir.glob("state.sqlite3*"))
    assert b"fw_very_secret" not in held
