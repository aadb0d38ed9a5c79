"""What our client of a picture server alone does: every shape of answer that known servers give."""

import io
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from PIL import Image

from tasks.catalog.catalog import load_catalog
from tasks.project.paths import Paths
from tasks.providers import address
from tasks.providers.answer import Answer, FailureClass, Status
from tasks.providers.failure_class import AccountTrouble
from tasks.providers.failures import Ambiguous, Refused, Unavailable
from tasks.providers.own_server.body import orders
from tasks.providers.own_server.client import OwnServer
from tasks.text.errors import BadInput, NoAddress
from tests.support.emulator_process import ROOT, EmulatorProcess

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


@pytest.mark.parametrize(
    ("text", "piece"),
    [
        ("a cat <lora:evil:1> asleep", "<lora:evil:1>"),
        ("a cat <LoRA: x>", "<LoRA: x>"),
        ("boat <sd_cpp_extra_args>{}", "<sd_cpp_extra_args>"),
        ("boat </sd_cpp_extra_args>", "</sd_cpp_extra_args>"),
        ("cat | dog", "|"),
        ("cat ｜ dog, 2 < 3 > 1, <lorax>", ""),
    ],
)
def test_texts_that_a_server_would_carry_out(text: str, piece: str) -> None:
    """Found in any case of letters; what only looks like it is a text."""
    assert orders(text) == piece


def test_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain http for that server alone, wherever it stands; what is no address, and none at all, are said."""
    providers = load_catalog(Paths(ROOT)).providers
    own, other = providers["own_server"], providers["openai"]
    monkeypatch.setenv("OPENAI_BASE_URL", "http://192.0.2.1/v1")
    monkeypatch.setenv("IMAGE_SERVER_URL", "http://192.0.2.1:1234/v1")
    assert address.base_url(own) == "http://192.0.2.1:1234/v1"
    with pytest.raises(BadInput, match="keys travel only over https"):
        address.base_url(other)
    for url in ("ftp://gpu/v1", "gpu:1234", "http://me:hidden@gpu/v1", "http://", "http://gpu:x/v1", "http://gpu/?a=1"):
        monkeypatch.setenv("IMAGE_SERVER_URL", url)
        with pytest.raises(BadInput, match="is no address of a server") as wrong:
            address.base_url(own)
        assert "hidden" not in str(wrong.value)
    monkeypatch.delenv("IMAGE_SERVER_URL")
    with pytest.raises(NoAddress):
        address.base_url(own)
    assert address.origin(own) == ""
