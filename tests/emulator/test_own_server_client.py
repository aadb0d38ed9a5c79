"""What our client of a picture server alone does: every shape of answer that known servers give."""

import io
import sys
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from PIL import Image

from tasks.providers.answer import Answer, FailureClass, Status
from tasks.providers.failure_class import AccountTrouble
from tasks.providers.failures import Ambiguous, Refused, Unavailable
from tasks.providers.own_server.client import OwnServer
from tests.support.emulator_process import EmulatorProcess

KLEIN = "FLUX.2-klein-4B"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatorProcess]:
    with EmulatorProcess(tmp_path_factory.mktemp("emulator")) as process:
        yield process


@pytest.fixture
def server(shared: EmulatorProcess) -> Iterator[EmulatorProcess]:
    yield shared
    shared.clear_faults()


def client(server: EmulatorProcess, key: str = "", timeout: float = 5) -> OwnServer:
    return OwnServer(server.env["IMAGE_SERVER_URL"], key, timeout)


def body(**more: Any) -> dict[str, Any]:
    asked = {"model": KLEIN, "prompt": "雪の山道", "n": 1, "size": "320x192", "response_format": "b64_json", "seed": 7}
    return asked | more


def answer(server: EmulatorProcess, **more: Any) -> Answer:
    return client(server).generate(KLEIN, body(**more)).answer()


def seen(made: Answer) -> tuple[str | None, tuple[int, int]]:
    assert made.status is Status.OK and made.picture
    with Image.open(io.BytesIO(made.picture)) as picture:
        return picture.format, picture.size


def test_the_real_client_of_that_api_is_answered(server: EmulatorProcess) -> None:
    """The emulator speaks what OpenAI's own client speaks to such a server, extra fields at top level."""
    real = openai.OpenAI(api_key="x", base_url=server.env["IMAGE_SERVER_URL"], max_retries=0)
    made = real.images.generate(
        prompt="雪の山道", model="flux.2-klein-4b", size="512x512", response_format="b64_json", extra_body={"seed": 7}
    )
    assert made.data and made.data[0].b64_json and next(each.id for each in real.models.list()) == "flux.2-klein-4b"
    server.fault("as_url", times=1)
    made = real.images.generate(prompt="a", model="m", size="512x512", response_format="b64_json")
    assert made.data and made.data[0].b64_json is None and made.data[0].url


@pytest.mark.parametrize("form", ["png", "jpeg", "webp"])
def test_any_kind_of_picture(server: EmulatorProcess, form: str) -> None:
    """As its bytes say, with fields that nobody knows beside it or with none."""
    server.fault("own_format", value=form)
    assert seen(answer(server)) == (form.upper(), (320, 192))
    server.fault("bare")
    assert seen(answer(server)) == (form.upper(), (320, 192))


@pytest.mark.parametrize("place", ["here", "relative", "data"])
def test_an_address_at_that_server(server: EmulatorProcess, place: str) -> None:
    """The picture is fetched from there, and nothing else is believed of the address."""
    server.fault("as_url", value=place)
    assert seen(answer(server))[1] == (320, 192)


@pytest.mark.skipif(sys.platform == "win32", reason="has no such name for this machine")
@pytest.mark.parametrize("place", ["here", "relative"])
def test_an_address_at_a_server_elsewhere_in_the_house(server: EmulatorProcess, place: str) -> None:
    """By its host: what counts is that it is the server that was asked, not that it is on this machine."""
    server.fault("as_url", value=place)
    elsewhere = OwnServer(server.env["IMAGE_SERVER_URL"].replace("127.0.0.1", "0.0.0.0"), "", 5)
    assert seen(elsewhere.generate(KLEIN, body()).answer())[1] == (320, 192)


@pytest.mark.parametrize(
    ("place", "kept"), [("elsewhere", b"https://pictures.invalid/"), ("broken", b"http://[broken")]
)
def test_an_address_that_is_not_asked(server: EmulatorProcess, place: str, kept: bytes) -> None:
    """Of another host, or one that cannot be read: what the server named stays in its picture's place, for a person."""
    server.fault("as_url", value=place, times=1)
    assert (answer(server).picture or b"").startswith(kept)


def test_an_address_that_leads_nowhere(server: EmulatorProcess) -> None:
    """At the server, and gone: the answer is lost."""
    server.fault("as_url", value="gone", times=1)
    with pytest.raises(Ambiguous, match="the picture's address answered 404"):
        answer(server)


@pytest.mark.parametrize(
    ("fault", "status", "failure", "reason"),
    [
        ("no_data", Status.EMPTY, FailureClass.RETRYABLE, "no picture"),
        ("empty_picture", Status.EMPTY, FailureClass.RETRYABLE, "no picture"),
        ("error_200", Status.ERROR, FailureClass.RETRYABLE, "error: the sampler failed"),
        ("wrong_size", Status.ERROR, FailureClass.PERMANENT, "another size: 512x512 came, 320x192 was asked for"),
    ],
)
def test_answers_without_the_picture(
    server: EmulatorProcess, fault: str, status: Status, failure: FailureClass, reason: str
) -> None:
    """Each says what it is, in our words."""
    server.fault(fault)
    made = answer(server)
    assert (made.status, made.failure, made.reason, made.picture) == (status, failure, reason, None)


def test_failures_by_what_they_mean(server: EmulatorProcess) -> None:
    """Not taken: offered again, in the server's words. Too little memory: not again."""
    server.fault("refuse", value=503, on="own_generate", times=1)
    with pytest.raises(Unavailable, match="503 loading model"):
        answer(server)
    server.fault("refuse", value=503, on="own_models", times=1)
    with pytest.raises(Unavailable) as loading:
        answer(server)
    assert loading.value.code == 429
    server.fault("out_of_memory", times=1)
    with pytest.raises(Refused, match="out of memory") as memory:
        answer(server)
    assert memory.value.trouble is None
    server.fault("error_text", times=1)
    with pytest.raises(Unavailable, match="500 the sampler failed"):
        answer(server)
    server.fault("error_detail", value=422, times=1)
    with pytest.raises(Refused, match="the value is not valid"):
        answer(server)


def test_who_may_ask_and_for_what(server: EmulatorProcess) -> None:
    """A wrong key, an address without pictures and a model that is not there are told apart; no key is none."""
    with pytest.raises(Refused) as key:
        client(server, "invalid-key").reach()
    assert key.value.trouble is AccountTrouble.KEY and "invalid-key" not in key.value.reason
    with pytest.raises(Refused, match="makes no pictures") as there:
        OwnServer(f"{server.url}/nowhere/v1", "", 5).generate(KLEIN, body())
    assert there.value.trouble is AccountTrouble.ACCOUNT
    with pytest.raises(Refused, match=r"has flux\.2-klein-4b, .*, not Qwen-Image-2\.1") as model:
        client(server).ends_on("Qwen-Image-2.1")
    assert model.value.code == 404
    assert client(server).ends_on("z-image-turbo") is None
    with pytest.raises(Unavailable, match=r"no picture server answers at http://127\.0\.0\.1:9/v1"):
        OwnServer("http://127.0.0.1:9", "", 5).reach()


def test_seeds(server: EmulatorProcess) -> None:
    """One for each key, always the same; told again; of a server that reads it in the text alone, put there."""
    made = client(server)
    seeds = [made.seeded({}, key)["seed"] for key in ("0001-a", "0001-b", "0001-a")]
    assert seeds[0] == seeds[2] != seeds[1] and all(0 <= seed < 2**31 for seed in seeds)
    assert made.generate(KLEIN, body(seed=seeds[0])).seed == seeds[0]
    plain, other = answer(server, seed=1).picture, answer(server, seed=2).picture
    server.fault("served")
    assert (answer(server, seed=1).picture, plain == other) == (plain, False)
